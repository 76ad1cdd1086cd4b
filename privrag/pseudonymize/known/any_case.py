"""Known full names in lower or mixed case: `john smith`, `john Smith`, `smith, john`.

Nothing in such words says that a name stands there, so every run of two to five words may be one.
To hash them all would take longer than everything else. But a full name is also known by its last
word: the vault is asked once for each different word of the texts, and only runs with such a word
at their end (or before their comma) are looked up.

Of ordinary words alone no name is made: who is called Mark Field does not take `mark field` out of
every manual.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from privrag.pseudonymize.known.encoded import emails_near
from privrag.pseudonymize.lexicon import is_never_name, is_ordinary_word
from privrag.pseudonymize.linking.canonical import canonical
from privrag.vault.store import Vault

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:[-'’‐](?![sS](?!\w))[^\W\d_]+)*(?!\w)")
_GAP = re.compile(r"[ \u00a0]{1,3}|[ \u00a0]{0,2}\n[ \u00a0>]{0,3}")
_AFTER_COMMA = re.compile(r",[ \u00a0]{0,2}|,[ \u00a0]{0,2}\n[ \u00a0]{0,3}")
_AFTER_INITIAL = re.compile(r"\.[ \u00a0]{0,2}")
_MAX_WORDS = 5
_SHORT = 2
"""Surnames of two letters are no form of their names."""
_WORDS_TOO = frozenset("aeiouy")
"""Letters that are a word somewhere: `a smith` is none with an initial, `a. smith` is."""


def ends_of_names(texts: Iterable[str], vault: Vault) -> frozenset[str]:
    """Those of the words (lower case) with which a known, or suppressed, full name may end.

    A surname that somebody else had when its bearer was forgotten is no suppressed form: so once
    anybody was forgotten, every word that may be in a name may be an end.
    """
    words = {word.casefold() for text in texts for word in _WORD.findall(text)}
    forms = {("PERSON", canonical("PERSON", word)): word for word in words if len(word) > 1}
    known = vault.known(forms) | vault.suppressed(forms)
    longest = max(map(len, words), default=0) if vault.any_suppressed() else _SHORT
    others = {w for w in words if _SHORT <= len(w) <= longest and not is_never_name(w)}
    return frozenset(others.union(forms[form] for form in known))


def runs_in_any_case(text: str, ends: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where a full name may stand that has not all its capitals; places may overlap."""
    if not ends:
        return
    words = [m.span() for m in _WORD.finditer(text)]
    for at, (start, end) in enumerate(words):
        if text[start:end].casefold() not in ends:
            continue
        yield from _ending(text, words, at)
        if text[end : end + 1] == ",":
            yield from _last_first(text, words, at)


def _ending(text: str, words: list[tuple[int, int]], last: int) -> Iterator[tuple[int, int]]:
    """Runs of two and more words up to this one."""
    end = words[last][1]
    for first in range(last - 1, max(-1, last - _MAX_WORDS), -1):
        if not _is_gap(text, words[first], words[first + 1][0]):
            return
        if _may_be_name(text, words[first : last + 1]):
            yield words[first][0], end


def _last_first(text: str, words: list[tuple[int, int]], at: int) -> Iterator[tuple[int, int]]:
    """`smith, john` and `smith, john peter`."""
    if at + 1 == len(words) or not _AFTER_COMMA.fullmatch(text, words[at][1], words[at + 1][0]):
        return
    for last in range(at + 1, min(at + _MAX_WORDS - 1, len(words))):
        if last > at + 1 and not _is_gap(text, words[last - 1], words[last][0]):
            return
        if _goes_on(text, words[last][1], text[slice(*words[at])]):
            return
        if _may_be_name(text, words[at : last + 1]):
            yield words[at][0], words[last][1]


def _goes_on(text: str, end: int, surname: str) -> bool:
    """Whether no given name ends there but an address or a user name goes on.

    `Lindqvist, marta.lindqvist@mail.example`
    """
    rest = text[end + 1 : end + 1 + len(surname)]
    spelled = text[end : end + 1] in {".", "-"} and rest.casefold() == surname.casefold()
    return spelled or any(first < end < last for first, last in emails_near(text, end, end))


def outside_addresses(text: str, start: int, end: int) -> tuple[int, int]:
    """The place of a name without the words of it that are parts of an address.

    `john` of `john smith@mail.example`; an empty place if there are no others. Without a dot behind
    its sign it is no address, and the name stays whole: `john smith@2pm`.
    """
    for first, last in emails_near(text, start, end):
        if first <= start < last:
            start = min(last, end)
        elif start < first < end <= last:
            end = first
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_gap(text: str, word: tuple[int, int], following: int) -> bool:
    if _GAP.fullmatch(text, word[1], following):
        return True
    return word[1] - word[0] == 1 and _AFTER_INITIAL.fullmatch(text, word[1], following) is not None


def _may_be_name(text: str, run: list[tuple[int, int]]) -> bool:
    """Whether it lacks a capital, or touches `@`, and is not ordinary words.

    All others are looked up anyway.
    """
    start, end = run[0][0], run[-1][1]
    touching = "@" in (text[start - 1 : start], text[end : end + 1])
    if text[start].isupper() and text[run[-1][0]].isupper() and not touching:
        return False
    words = [text[first:last] for first, last in run]
    if all(is_ordinary_word(word) for word in words if len(word) > 1):
        return False
    return len(words[0]) > 1 or text[run[0][1]] == "." or words[0].casefold() not in _WORDS_TOO
