"""Search for values that the vault (or a planted canary) knows: a hit is certain.

Values are looked up by their first word, so the time grows with the text and not with the number
of values. People match by their words, whatever divides them and in either order, and by the user
names that are made of them (`joined.py`); web addresses with and without `https://www.`; everything
else matches as it was written, or without its separators.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from privrag.leak.joined import (
    Words,
    forms_of,
    is_ordinary,
    is_rarely_a_word,
    is_worth_telling,
    may_be_one_word,
)
from privrag.pseudonym import SEARCHED
from privrag.pseudonym import label as label_of
from privrag.pseudonymize.lexicon import fold
from privrag.pseudonymize.linking.canonical import canonical
from privrag.vault import Vault

_WORD = re.compile(r"[^\W_]+")
_MIN_CHARACTERS = 6
_MIN_USER_NAME = 4
_LONGEST_GAP = 3
"""Characters between two words of a name: `Marta  Lindqvist`, `Lindqvist, Marta`."""
_SIGNS = "._-"
"""One of them between two words makes a user name of them."""
_SIGNS_OF_INITIALS = "._"
_DIGITS = "0123456789"
_BY_DIGITS = frozenset({"PHONE", "IBAN", "CARD", "SSN", "ID", "ADDRESS", "ACCOUNT"})
"""Without a digit, these are hardly more than a word."""
_SCHEME = re.compile(r"\A(?:(?:https?|ftp)://)?(?:www\.)?")
_SCHEME_BEFORE = re.compile(r"(?i)(?:(?:https?|ftp)://(?:www\.)?|www\.)\Z")
_LONGEST_SCHEME = len("https://www.")
_BEHIND_SITE = frozenset("/?#@")
_ANOTHER_PAGE = re.compile(r"[-./:?#]+\w")

Doubt = Literal["", "name in lower case", "name in one word", "initial and surname", "web address"]


@dataclass(frozen=True, slots=True)
class Match:
    """A value at `text[start:end]`."""

    label: str
    start: int
    end: int
    doubt: Doubt = ""
    """Why these may be other words than the name; empty if they are certainly the value."""
    ordinary: bool = False
    """Whether they are indeed words that documents have: a human has to look."""

    @property
    def sure(self) -> bool:
        """Whether this is the value, whatever stands around it."""
        return not self.doubt

    @property
    def initial(self) -> bool:
        """Whether only an initial of the given name stands there."""
        return self.doubt == "initial and surname"


@dataclass(slots=True)
class _Value:
    label: str
    words: tuple[str, ...] = field(repr=False)
    text: str | None = field(repr=False)
    """Must stand there exactly, case aside; None for people: only the words count."""
    signs: str = ""
    """Of a user name: one of them stands between two words."""
    initial: bool = False
    lead: int = 0
    """Characters of the text before the first of the words."""
    doubt: Doubt = ""


class KnownValues:
    """Values to search for, in memory only."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        """Take (label, words); those too short or too common to be sure of are left out."""
        self._by_first: dict[str, list[_Value]] = {}
        self._whole: dict[str, Words] = {}
        self._short: dict[str, str] = {}
        self._seen: set[tuple[str, ...]] = set()
        self.count = 0
        """Of the values, those that are searched for."""
        self.of = 0
        """All values that were given."""
        for label, words in dict.fromkeys(values):
            self.of += 1
            self.count += label in SEARCHED and self._take(label, words)

    def search(self, text: str) -> Iterator[Match]:
        """Where values stand in a text, from left to right; none within another."""
        if not self._by_first:
            return
        end = end_of_address = -1
        for match in sorted(self._found(text), key=lambda m: (m.start, -m.end, m.doubt != "")):
            if match.label == "URL":  # a name within it is more certain
                if match.end > max(end, end_of_address):
                    end_of_address = match.end
                    yield match
            elif match.end > end:
                end = match.end
                yield match

    def _found(self, text: str) -> Iterator[Match]:
        by_first, whole, short = self._by_first, self._whole, self._short
        for word in _WORD.finditer(text):  # every word of every file: nothing is called for most
            lower = word[0].casefold()
            folded = lower if lower.isascii() else fold(lower)
            letters = folded if folded.isalpha() else folded.rstrip(_DIGITS)
            if lower in by_first:
                yield from self._of_several_words(lower, text, word.start())
            if folded in by_first and folded != lower:
                yield from self._of_several_words(folded, text, word.start())
            if letters in whole or letters in short:
                yield from self._of_one_word(letters, text, *word.span())

    def _of_several_words(self, first: str, text: str, start: int) -> Iterator[Match]:
        for value in self._by_first[first]:
            place = _place_of(value, text, start)
            match = place and _judged(value, text, *place)
            if match:
                yield match

    def _of_one_word(self, letters: str, text: str, start: int, end: int) -> Iterator[Match]:
        """The user name without any sign in it that stands there."""
        words = self._whole.get(letters)
        if words is not None:
            if _has_humps(text[start:end], words) and not any(map(is_ordinary, words)):
                yield Match("PERSON", start, end)
                return
            other = may_be_one_word(letters, words)
            yield Match("PERSON", start, end, "name in one word", other)
            return
        signed = text[start - 1 : start] == "@" or len(letters) < end - start
        if signed or is_worth_telling(letters, self._short[letters]):
            ordinary = not signed and not is_rarely_a_word(letters)
            yield Match("PERSON", start, end, "initial and surname", ordinary)

    def _take(self, label: str, surface: str) -> bool:
        """Add a value in all its forms; gives whether there is any to search for."""
        if label == "PERSON":
            return self._take_person(canonical(label, surface))
        if label == "USERNAME" and not any(c.isdigit() or c in _SIGNS for c in surface):
            name = surface.casefold().removeprefix("@")
            if len(name) < _MIN_USER_NAME or not name.isalpha():
                return False
            self._add(_Value(label, (name,), f"@{name}", lead=1))  # alone it may be any word
            return True
        if label == "URL":
            return self._take_address(surface.casefold())
        if len(surface) < _MIN_CHARACTERS:
            return False
        if label in _BY_DIGITS and not any(c.isdigit() for c in surface):
            return False
        forms = {surface.casefold(), canonical(label, surface).casefold()}
        found = [text for text in forms if len(text) >= _MIN_CHARACTERS and _WORD.search(text)]
        for text in found:
            self._add_text(label, text, by_longest=label == "IP")
        return bool(found)

    def _take_address(self, address: str) -> bool:
        """A web address, also without what a log leaves out; a whole site may be a firm's."""
        text = _SCHEME.sub("", address).rstrip("/")
        if len(text) < _MIN_CHARACTERS or _WORD.search(text) is None:
            return False
        if _BEHIND_SITE.isdisjoint(text):
            self._add_text("URL", address.rstrip("/"), by_longest=True, doubt="web address")
        else:
            self._add_text("URL", text, by_longest=True)
        return True

    def _add_text(self, label: str, text: str, *, by_longest: bool, doubt: Doubt = "") -> None:
        """A value that stands as it is; few addresses share their longest word."""
        words = list(_WORD.finditer(text))
        word = max(words, key=lambda m: len(m[0])) if by_longest else words[0]
        self._add(_Value(label, (word[0],), text, lead=word.start(), doubt=doubt))

    def _take_person(self, name: str) -> bool:
        words = _WORD.findall(name.casefold())
        if len(words) < 2 or sum(map(len, words)) < _MIN_CHARACTERS:
            return False
        self._add(_Value("PERSON", tuple(words), None))
        self._add(_Value("PERSON", (words[-1], *words[:-1]), None))
        forms = forms_of(name)
        for divided in forms.divided:
            self._add(_Value("PERSON", divided, None, _SIGNS))
        for divided in forms.initials:
            self._add(_Value("PERSON", divided, None, _SIGNS_OF_INITIALS, initial=True))
        self._whole |= forms.whole
        self._short |= forms.short
        return True

    def _add(self, value: _Value) -> None:
        key = (value.label, value.text or "", value.signs, *value.words)
        if key not in self._seen:
            self._seen.add(key)
            self._by_first.setdefault(value.words[0], []).append(value)


def known_values(vault: Vault, further: Iterable[tuple[str, str]] = ()) -> KnownValues:
    """Everything that the vault can restore, and what else is to be searched for."""
    own = ((label_of(pseudonym), words) for pseudonym, words in vault.every_surface())
    return KnownValues([*own, *further])


def _place_of(value: _Value, text: str, start: int) -> tuple[int, int] | None:
    """Where the value stands whose first word is at `start`; None if not the whole of it."""
    if value.text is not None:
        first = start - value.lead
        end = first + len(value.text)
        whole = first >= 0 and text[first:end].casefold() == value.text
        stands = (
            whole and not text[end : end + 1].isalnum() and not text[first - 1 : first].isalnum()
        )
        if not stands or (value.doubt and _ANOTHER_PAGE.match(text, end)):
            return None
        scheme = _SCHEME_BEFORE.search(text[max(0, first - _LONGEST_SCHEME) : first])
        return first - len(scheme[0]) if scheme and value.label == "URL" else first, end
    at = start
    for number, word in enumerate(value.words):
        found = _WORD.search(text, at)
        if found is None or not _is_word(found[0], word, value, number):
            return None
        if number and not _divides(text[at : found.start()], value):
            return None
        at = found.end()
    return start, at


def _is_word(found: str, word: str, value: _Value, number: int) -> bool:
    """Whether the words are the same; a user name may end in digits, and has no accents."""
    same = found.casefold()
    if value.signs:
        same = same if same.isascii() else fold(same)
        if number == len(value.words) - 1:
            same = same.rstrip(_DIGITS)
    return same == word


def _divides(gap: str, value: _Value) -> bool:
    if value.signs:
        return len(gap) == 1 and gap in value.signs
    return 0 < len(gap) <= _LONGEST_GAP


def _judged(value: _Value, text: str, start: int, end: int) -> Match | None:
    """How sure it is that what stands there is the value; None if it hardly is."""
    if value.text is not None or (not value.initial and _is_cased(text[start:end])):
        return Match(value.label, start, end, value.doubt)
    words = [is_ordinary(word) for word in value.words if not value.initial or len(word) > 1]
    if value.initial:
        signed = text[start - 1 : start] == "@" or text[end - 1] in _DIGITS
        return (
            None
            if any(words) and not signed
            else Match(value.label, start, end, "initial and surname")
        )
    if not any(words) and (value.signs or _is_full_name(value, text[start:end])):
        return Match(value.label, start, end)
    return Match(value.label, start, end, "name in lower case", all(words))


def _is_full_name(value: _Value, written: str) -> bool:
    """Whether every word is written out, with blanks between them: `marta lindqvist`."""
    between = "".join(_WORD.split(written)).replace(",", " ")
    return all(len(word) > 1 for word in value.words) and not between.strip()


def _has_humps(word: str, words: Words) -> bool:
    """Whether a capital begins every word but the first: `AnnaLee`, `annaLee`."""
    at = 0
    for part in words[:-1]:
        at += len(part)
        if not (word[at - 1 : at].islower() and word[at : at + 1].isupper()):
            return False
    return True


def _is_cased(words: str) -> bool:
    found = _WORD.findall(words)
    return bool(found[0][:1].isupper() and found[-1][:1].isupper())
