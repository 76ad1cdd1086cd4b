"""Parts of a name that mean the person, too: `gwendolyn.ashby@` of Gwendolyn Ashby-Mwangi.

A given name with either half of a double-barrelled surname counts as the name, unless somebody
else has that given name and that half in a longer surname: then it may be either, and is counted.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from privrag.leak.joined import is_ordinary
from privrag.leak.values import Match
from privrag.pseudonymize.lexicon import TITLE, fold
from privrag.pseudonymize.linking.canonical import canonical, surname_halves

GENERATIONS = frozenset(
    {
        *("junior", "jnr", "jun", "senior", "snr", "sen", "younger", "elder", "iv"),
        *("fils", "père", "pere", "filho", "neto", "hijo"),
        *("jüngere", "jungere", "juengere", "ältere", "altere", "aeltere"),
    }
)
"""`John Smith Junior` is another person than John Smith. (`Jr.`, `II` and `III` are no part of a
canonical form: those are one entity with John Smith from the start.)"""
_MIN_PART = 3
_MIN_WORD = 4
_BEGINS, _ENDS = r"(?<![^\W_])(?<![^\W_][-'’])", r"(?![^\W_]|[-'’][^\W_])"
"""A half of somebody else's double surname does not stand alone."""
_TITLE_BEFORE = re.compile(rf"(?i)(?<![^\W_])(?:{TITLE}|sr)\.?[ \u00a0]{{1,3}}\Z")
_TITLE_BEHIND = re.compile(rf"(?i),?[ \u00a0]{{1,3}}(?:{TITLE}|sr)(?![^\W_])")
_LONGEST_TITLE = 16

Words = tuple[str, ...]


def words_of(name: str) -> Words:
    """The words of a person's canonical form."""
    return tuple(canonical("PERSON", name).split())


def surname_of(words: Words) -> str:
    """The last word that is no `junior`."""
    return next((word for word in reversed(words) if word not in GENERATIONS), words[-1])


def parts_of(surname: str) -> frozenset[str]:
    """The surname and, if it is a double one, its halves; folded."""
    halves = [fold(half) for half in surname_halves(surname)]
    long_enough = all(len(half) >= _MIN_PART for half in halves)
    return frozenset({fold(surname), *(halves if long_enough else ())})


def taken_parts(names: Iterable[Words]) -> set[str]:
    """The surnames, and halves of surnames, of these people."""
    return {part for words in names if len(words) > 1 for part in parts_of(surname_of(words))}


@dataclass(frozen=True, slots=True)
class Halves:
    """A person's names with half of the surname, as canonical forms."""

    sure: frozenset[Words] = field(repr=False)
    doubtful: frozenset[Words] = field(repr=False)
    """Those that may as well be somebody else's."""

    def values(self, *, sure: bool) -> list[tuple[str, str]]:
        """(label, words), to search for."""
        return [("PERSON", " ".join(words)) for words in (self.sure if sure else self.doubtful)]


def halves_of(own: Iterable[Words], others: Iterable[Words]) -> Halves:
    """The halves of one person's names; `others` are the words of everybody else."""
    found: set[Words] = set()
    for words in own:
        surname = surname_of(words)
        if len(words) > 1 and len(words[0]) > 1 and words[-1] == surname:
            found |= {(*words[:-1], part) for part in parts_of(surname) - {fold(surname)}}
    rivals = {
        (fold(words[0]), part)
        for words in (others if found else ())
        if len(words) > 1
        for part in parts_of(surname_of(words)) - {fold(words[-1])}
    }
    doubtful = {words for words in found if (fold(words[0]), words[-1]) in rivals}
    return Halves(frozenset(found - doubtful), frozenset(doubtful))


class LoneParts:
    """Finds one word of the name where it stands alone: `mrs. deshmukh`, `HENRIETTA MRS`.

    Beside a title it is the person if nobody else has the word in the name; without one a surname
    may be another word, and is in doubt.
    """

    def __init__(self, own: Iterable[Words], others: Collection[Words]) -> None:
        """Take the names of the person, and of everybody else."""
        full = [words for words in own if len(words) > 1]
        self._surnames = {p for words in full for p in parts_of(surname_of(words))}
        written = {w for words in full for w in (words[0], surname_of(words))} | self._surnames
        written |= {fold(words[0]) for words in full}
        self._written = sorted((w for w in written if len(w) >= _MIN_PART), key=len, reverse=True)
        self._pattern = re.compile(
            rf"(?i){_BEGINS}(?:{'|'.join(map(re.escape, self._written))}){_ENDS}"
        )
        self._taken = taken_parts(others) | {fold(word) for words in others for word in words}

    def search(self, text: str) -> Iterator[tuple[Match, bool]]:
        """Each such word, and whether it is surely the person."""
        lower = text.casefold()
        if not any(word in lower for word in self._written):  # nearly every text
            return
        for word in self._pattern.finditer(text):
            start, end = word.span()
            folded = fold(word[0])
            titled = _TITLE_BEHIND.match(text, end) or _TITLE_BEFORE.search(
                text, max(0, start - _LONGEST_TITLE), start
            )
            if titled:
                yield Match("PERSON", start, end), folded not in self._taken
            elif folded in self._surnames and len(folded) >= _MIN_WORD and not is_ordinary(folded):
                yield Match("PERSON", start, end), False
