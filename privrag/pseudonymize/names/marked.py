"""Names with markup inside: `*Zolta* **Quirm**`, `~~Zolta~~ __Quirm__`, `<b>Zol</b>ta Quirm`.

Whoever reads the page sees a name; whoever reads the text sees words with signs between them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privrag.pseudonymize.lexicon import (
    LETTER,
    PRODUCT_NAMES,
    fold,
    is_given_name,
    is_never_name,
    is_ordinary_word,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match

_TAG = (
    r"</?(?:b|i|u|s|em|strong|span|mark|small|font|del|ins|sup|sub|code|wbr|bdi)"
    r"(?:[ ][^<>\n]{0,80})?/?>"
)
_MARK = (
    rf"(?:\*{{1,3}}|~~|(?<![^\W_])_{{1,3}}(?=[^\W_])|(?<=[^\W_])_{{1,3}}(?![^\W_])|`|(?i:{_TAG}))"
)
_MARKS = re.compile(_MARK)
_LETTERS = rf"[{LETTER}]+(?:['’-][{LETTER}]+)*"
_PIECE = re.compile(rf"(?P<mark>{_MARK})|(?P<letters>{_LETTERS})|(?P<blank>[ \u00a0])|(?P<other>.)")
_AROUND = 60
_MIN_KNOWN = 3


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as its reader sees it."""

    start: int
    end: int
    text: str = field(repr=False)
    cut: bool
    """Markup stands inside."""
    after_mark: bool
    """Only markup and blanks, with markup among them, stand between it and the word before."""


def without_marks(text: str) -> str:
    """The text as its reader sees it, without signs and tags of emphasis."""
    return _MARKS.sub("", text)


def find_marked_names(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Names with markup inside, of a given name or of a word of the names that were found."""
    text = document.text
    known: set[str] | None = None
    done = 0
    for mark in _MARKS.finditer(text):
        if mark.start() < done:
            continue
        if known is None:
            known = _words_of(text, matches)
        line = text.rfind("\n", 0, mark.start()) + 1
        start = max(line, done, mark.start() - _AROUND)
        newline = text.find("\n", mark.end())
        done = min(len(text) if newline < 0 else newline, mark.end() + _AROUND)
        yield from _names(_words(text, start, done), known)


def _words_of(text: str, matches: Sequence[Match]) -> set[str]:
    """Folded words of the people's names, of which none is an ordinary word."""
    people = (text[m.start : m.end] for m in matches if m.label == "PERSON")
    words = (word for name in people for word in re.findall(_LETTERS, without_marks(name)))
    return {fold(w) for w in words if len(w) >= _MIN_KNOWN and not is_ordinary_word(w)}


def _words(text: str, start: int, end: int) -> list[_Word]:
    words: list[_Word] = []
    marked = blank = other = False
    for piece in _PIECE.finditer(text, start, end):
        if piece["mark"]:
            marked = True
        elif piece["blank"]:
            blank = True
        elif piece["other"]:
            other = True
        else:
            last = words[-1] if words else None
            if last is not None and marked and not (blank or other):
                words[-1] = _Word(
                    last.start, piece.end(), last.text + piece[0], True, last.after_mark
                )
            else:
                words.append(_Word(*piece.span(), piece[0], False, marked and blank and not other))
            marked = blank = other = False
    return words


def _names(words: Sequence[_Word], known: set[str]) -> Iterator[Match]:
    for index, word in enumerate(words):
        if word.cut and fold(word.text) in known:
            yield _match(word, word)
        if index and word.after_mark and _are_name(words[index - 1], word, known):
            yield _match(words[index - 1], word)


def _are_name(first: _Word, last: _Word, known: set[str]) -> bool:
    if not (_may_be_name(first.text) and _may_be_name(last.text)):
        return False
    return (
        (is_given_name(first.text) and first.text.casefold() not in PRODUCT_NAMES)
        or fold(first.text) in known
        or fold(last.text) in known
    )


def _may_be_name(word: str) -> bool:
    return (
        word[0].isupper()
        and len(word) > 1
        and not is_never_name(word)
        and not is_organisation_word(word)
        and not (is_ordinary_word(word) and not is_given_name(word))
    )


def _match(first: _Word, last: _Word) -> Match:
    return Match("PERSON", first.start, last.end, 0.7, "marked")
