"""Search for values that the vault (or a planted canary) knows: a hit is certain.

Values are looked up by their first word, so the time grows with the text and not with the number
of values. People match by their words, whatever divides them and in either order; everything else
matches as it was written, or without its separators.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from privrag.pseudonym import label as label_of
from privrag.pseudonymize.canonical import canonical
from privrag.vault import Vault

_WORD = re.compile(r"[^\W_]+")
_MIN_CHARACTERS = 6
_LONGEST_GAP = 3
"""Characters between two words of a name: `Marta  Lindqvist`, `Lindqvist, Marta`."""
_BY_DIGITS = frozenset({"PHONE", "IBAN", "CARD", "SSN", "ID", "ADDRESS", "USERNAME"})
_LABELS = _BY_DIGITS | {"PERSON", "EMAIL", "SECRET"}
"""Types that stand nowhere in clear: a place or a date may, in documents that name nobody."""


@dataclass(frozen=True, slots=True)
class Match:
    """A value at `text[start:end]`."""

    label: str
    start: int
    end: int
    sure: bool
    """False for a name in lower case, which may be two ordinary words."""


@dataclass(slots=True)
class _Value:
    label: str
    words: tuple[str, ...] = field(repr=False)
    text: str | None = field(repr=False)
    """Must stand there exactly, case aside; None for people: only the words count."""


class KnownValues:
    """Values to search for, in memory only."""

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        """Take (label, words); those too short or too common to be sure of are left out."""
        self._by_first: dict[str, list[_Value]] = {}
        self._seen: set[tuple[str, ...]] = set()
        self.count = 0
        for label, words in values:
            if label in _LABELS:
                self._take(label, words)

    def search(self, text: str) -> Iterator[Match]:
        """Where values stand in a text, from left to right."""
        if not self._by_first:
            return
        for word in _WORD.finditer(text):
            for value in self._by_first.get(word[0].casefold(), ()):
                end = _end_of(value, text, word.start())
                if end is not None:
                    sure = value.text is not None or _is_cased(text[word.start() : end])
                    yield Match(value.label, word.start(), end, sure)

    def _take(self, label: str, surface: str) -> None:
        if label == "PERSON":
            words = _WORD.findall(canonical(label, surface).casefold())
            if len(words) > 1 and sum(map(len, words)) >= _MIN_CHARACTERS:
                self._add(_Value(label, tuple(words), None))
                self._add(_Value(label, (words[-1], *words[:-1]), None))
            return
        if len(surface) < _MIN_CHARACTERS:
            return
        if label in _BY_DIGITS and not any(c.isdigit() for c in surface):
            return
        for text in {surface.casefold(), canonical(label, surface).casefold()}:
            if len(text) >= _MIN_CHARACTERS and (words := _WORD.findall(text)):
                self._add(_Value(label, tuple(words), text))

    def _add(self, value: _Value) -> None:
        key = (value.label, value.text or "", *value.words)
        if key not in self._seen:
            self._seen.add(key)
            self.count += 1
            self._by_first.setdefault(value.words[0], []).append(value)


def known_values(vault: Vault, further: Iterable[tuple[str, str]] = ()) -> KnownValues:
    """Everything that the vault can restore, and what else is to be searched for."""
    own = ((label_of(pseudonym), words) for pseudonym, words in vault.every_surface())
    return KnownValues([*own, *further])


def _end_of(value: _Value, text: str, start: int) -> int | None:
    """Where the value ends that begins at `start`; None if it does not stand there whole."""
    if value.text is not None:
        lead = value.text.find(value.words[0])
        first = start - lead
        end = first + len(value.text)
        whole = first >= 0 and text[first:end].casefold() == value.text
        stands = (
            whole and not text[end : end + 1].isalnum() and not text[first - 1 : first].isalnum()
        )
        return end if stands else None
    at = start
    for number, word in enumerate(value.words):
        found = _WORD.search(text, at)
        if found is None or found[0].casefold() != word:
            return None
        if number and not 0 < found.start() - at <= _LONGEST_GAP:
            return None
        at = found.end()
    return at


def _is_cased(words: str) -> bool:
    found = _WORD.findall(words)
    return bool(found[0][:1].isupper() and found[-1][:1].isupper())
