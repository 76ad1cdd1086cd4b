"""In which forms a document's people are looked for all over it: `Zolta Quirm` also as `Quirm`.

A register has five forms for each of its rows, so they are kept small.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privrag.pseudonymize.lexicon import (
    GERMAN_SURNAMES,
    LETTER,
    PARTICLES,
    PRODUCT_NAMES,
    fold,
    is_given_name,
    is_lower_given_name,
    is_never_name,
    is_ordinary_word,
)
from privrag.pseudonymize.lexicon import is_organisation_word as is_org
from privrag.pseudonymize.linking.canonical import is_coded_name, surname_halves
from privrag.pseudonymize.matches import NER, DocumentText, Match
from privrag.pseudonymize.names.marked import without_marks
from privrag.pseudonymize.names.parts import is_given_name_too, writes_german
from privrag.pseudonymize.names.reading import is_cased_like_code, is_only_a_surname

TOKEN = re.compile(rf"[{LETTER}]+(?:[-'’‐](?![sS](?![{LETTER}]))[{LETTER}]+)*")
MIN_SURNAME = 4
SURE_NAME = 0.8
_GENERATION = re.compile(r"(?:Jr|Sr|Jnr|Snr|II|III|IV)")
_TITLED = 0.9
_MIN_ANY_CASE = 5


@dataclass(frozen=True, slots=True)
class NameForm:
    """Folded words to find one after another; `rest` are those after the first."""

    rest: tuple[str, ...] = field(default=(), repr=False)
    comma: bool = False
    any_case: bool = False
    dotted: bool = False
    """Only before a full stop: `zolta q.`."""
    certain: bool = False
    """A surname of somebody who is certain, and no other word: `the Quirm file`, `(Quirm)`."""


def is_sure(match: Match) -> bool:
    """Whether something else than the model says that it is a person."""
    return match.label == "PERSON" and match.rank > NER and match.score >= SURE_NAME


class NameForms:
    """The forms of people, by their first word."""

    def __init__(self, document: DocumentText) -> None:
        self._document = document
        self._foreign = not writes_german(document.lower_words)
        self._seen: set[tuple[str, int, float, str]] = set()
        self._forms: dict[str, list[NameForm]] = {}

    def add(self, match: Match) -> None:
        """The forms of a mention: the whole name, and each part that means nobody else there."""
        text = self._document.text[match.start : match.end]
        mention = (text, match.rank, match.score, match.recognizer)
        if mention in self._seen or is_coded_name(text := without_marks(text)):
            return
        self._seen.add(mention)
        last, comma, first = text.partition(",")
        if comma and _GENERATION.fullmatch(first.strip(" .")):
            last, comma, first = f"{last} {first}", "", ""
        words = TOKEN.findall(f"{first} {last}" if comma else last)
        while len(words) > 1 and _GENERATION.fullmatch(words[-1]):
            words.pop()
        strong = [i for i, word in enumerate(words) if word not in PARTICLES]
        if not strong:
            return
        if len(strong) > 1:
            self._add_full([fold(word) for word in words], strong)
        if match.recognizer == "unknown_name":
            return
        if len(strong) == 1 and match.rank == NER and not is_given_name(words[strong[0]]):
            return
        self._add_parts(match, words[strong[0]], words[strong[-1]], alone=len(strong) == 1)

    def add_fields(self, given: str, surname: str) -> None:
        """The full name of two fields, and either word wherever it is no ordinary one."""
        words = TOKEN.findall(f"{given} {surname}")
        strong = [i for i, word in enumerate(words) if word not in PARTICLES]
        if len(strong) < 2 or is_coded_name(f"{given} {surname}"):
            return
        self._add_full([fold(word) for word in words], strong)
        for at in (strong[0], strong[-1]):
            word = words[at]
            if len(word) > 2 and not self._is_ordinary(word, titled=False):
                certain = at == strong[-1] and is_only_a_surname(word)
                self._add(word, NameForm(certain=certain))

    def by_first_word(self) -> dict[str, list[NameForm]]:
        """First word, folded -> its forms, the longest first."""
        for some in self._forms.values():
            some[:] = sorted(dict.fromkeys(some), key=lambda f: (-len(f.rest), f.rest, f.comma))
        return self._forms

    def _add(self, first: str, form: NameForm) -> None:
        self._forms.setdefault(fold(first), []).append(form)

    def _add_full(self, folded: Sequence[str], strong: Sequence[int]) -> None:
        """First ... last, last-comma-first, initial and last, first and last alone."""
        head, tail = folded[strong[0]], folded[strong[-1]]
        surname = tuple(folded[strong[-2] + 1 :])
        given = folded[: strong[-2] + 1]
        long_enough = len(head) > 1 and len(tail) > 1
        self._add(head, NameForm(tuple(folded[1:]), any_case=long_enough))
        turned = NameForm((*surname[1:], *given), comma=True, any_case=long_enough)
        self._add(surname[0], turned)
        if len(tail) > 1:
            self._add(head[0], NameForm(surname))
            if len(strong) > 2:
                self._add(head, NameForm(surname))
            if long_enough and not is_ordinary_word(head):
                self._add(head, NameForm((tail[0],), any_case=True, dotted=True))

    def _add_parts(self, match: Match, given: str, surname: str, *, alone: bool) -> None:
        """The surname and the given name alone, where nothing else is called so."""
        named = not alone and is_given_name(given)
        for half in () if alone else _in_any_case(match, given, surname, foreign=self._foreign):
            certain = _is_certain(match, half, named=named)
            self._add(half, NameForm(any_case=True, certain=certain))
            if not is_ordinary_word(given[0] + half):
                self._add(given[0] + half, NameForm(any_case=True))
        titled = match.rank > NER and (match.score >= _TITLED or named)
        if self._stands_alone(surname, sure=not alone or match.rank > NER, titled=titled):
            self._add(surname, NameForm(certain=_is_certain(match, surname, named=named)))
        if (
            not alone
            and len(given) > 2
            and (named or is_sure(match))
            and not self._is_ordinary(given, titled=titled)
        ):
            self._add(given, NameForm(any_case=is_lower_given_name(given)))

    def _stands_alone(self, surname: str, *, sure: bool, titled: bool) -> bool:
        """Whether a surname may be looked for without the given name."""
        if is_cased_like_code(surname) or is_org(surname):
            return False
        if len(surname) < (MIN_SURNAME - 1 if sure else MIN_SURNAME):
            return False
        return not self._is_ordinary(surname, titled=titled)

    def _is_ordinary(self, word: str, *, titled: bool) -> bool:
        """Whether it is no name alone; notes that write names in lower case make none a word."""
        if is_never_name(word) or word.casefold() not in self._document.lower_words:
            return is_never_name(word)
        known = is_given_name(word) and word.casefold() not in PRODUCT_NAMES
        return is_ordinary_word(word) or not (titled or known)


def _is_certain(match: Match, surname: str, *, named: bool) -> bool:
    """Whether it is no other word, and of somebody `named` in full, in a field or with a title."""
    return (named or is_sure(match)) and is_only_a_surname(surname)


def _in_any_case(match: Match, given: str, surname: str, *, foreign: bool) -> Iterator[str]:
    """A surname, or both halves of one, that is no other word: it is a name in lower case, too.

    In a `foreign` text, one that is not in German, German words are none: `sauer`.
    """
    known = is_given_name(given) or (match.rank > NER and is_given_name_too(given))
    if not known and (match.rank == NER or match.score < SURE_NAME):
        return
    for part in {surname, *surname_halves(surname)}:
        german = foreign and part.casefold() in GERMAN_SURNAMES
        word_too = not german and (is_ordinary_word(part) or is_org(part) or is_given_name(part))
        if len(part) >= _MIN_ANY_CASE and not word_too and not is_cased_like_code(part):
            yield part
