"""The readings of a text in which an instruction may hide, each with where its characters stand.

A model reads through letters of another script, digits for letters, letters set apart, and base64;
so does this.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from privrag.decoded import Decoded, decode
from privrag.encoded_values import readable_runs

_RUN = re.compile(r"\s+|[^\s*_`~]+")
"""What is left without marks of emphasis."""
_EMPHASIS = re.compile(r"[*`~]+")
_LOOKALIKES = str.maketrans(
    "абвгԁеѕіїјкӏмнорԛгтуԝхсΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχɡℓ",
    "abvgdesiijklmhopqrtywxcabezhikmnoptyxaeiknoptyxgl",
)
"""Cyrillic and Greek letters that look Latin."""
_DIGITS_FOR_LETTERS = str.maketrans("01345679@$!|", "oieasbtgasil")
_WORD = re.compile(r"\S+")
_SET_APART = re.compile(r"(?<!\w)(?:\w[ .\-_·*/]{1,3}){5,}\w(?!\w)")


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text; `places[i]` is where its character `i` stands there."""

    text: str = field(repr=False)
    places: Sequence[int] = field(repr=False)
    encoded: bool = False
    """Whether somebody took the trouble to encode it: then a slight sign is a sure one."""
    guessed: bool = False
    """Whether any text has such a reading: then slight signs say nothing."""


def views_of(text: str) -> Iterator[View]:
    """The plain reading first."""
    decoded = decode(text)
    plain = _as_written(_plain(decoded.text), decoded)
    yield plain
    leet = _each_word(plain, _with_letters)
    if leet is not None:
        yield leet
    joined = _joined(decoded.text)
    if joined is not None:
        yield _as_written(joined, decoded)
    yield View(codecs.encode(plain.text, "rot13"), plain.places, guessed=True)
    yield View(plain.text[::-1], plain.places[::-1], guessed=True)
    for run in readable_runs(text, 0):
        read = _plain(run.text).text
        yield View(read, _spread(run.start, run.end, len(read)), encoded=True)


def as_read(sentence: str) -> str:
    """One sentence without emphasis, look-alike letters and codes of characters, in its case."""
    text = _EMPHASIS.sub("", decode(sentence).text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES).replace("’", "'")
    return text


def _as_written(view: View, decoded: Decoded) -> View:
    """The view of a decoded text with its places in the text as it was written."""
    if not decoded.starts:
        return view
    return replace(view, places=[decoded.written_start(place) for place in view.places])


def _plain(text: str) -> View:
    """Lower case in Latin letters, without emphasis; runs of white space are one space or line.

    A table's cell begins a line.
    """
    out: list[str] = []
    places: list[int] = []
    blank = False
    for run in _RUN.finditer(text):
        if run[0].isspace():
            divides = "\n" in run[0] or "\t" in run[0]
            if blank:
                out[-1] = "\n" if divides else out[-1]
                continue
            blank = True
            out.append("\n" if divides else " ")
            places.append(run.start())
        elif run[0].isascii():
            blank = False
            out.append(run[0].lower())
            places.extend(range(*run.span()))
        else:
            blank = False
            for place, character in enumerate(run[0], run.start()):
                folded = _folded(character)
                out.append(folded)
                places.extend([place] * len(folded))
    return View("".join(out), places)


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    latin = unicodedata.normalize("NFKC", character).translate(_LOOKALIKES).casefold()
    return latin.translate(_LOOKALIKES).replace("’", "'")


def _each_word(view: View, change: Callable[[str], str]) -> View | None:
    """The view with words changed to others of the same length; None if none changes."""
    changed = _WORD.sub(lambda match: change(match[0]), view.text)
    return View(changed, view.places, guessed=True) if changed != view.text else None


def _with_letters(word: str) -> str:
    """`1gn0r3` as `ignore`; numbers stay, and so do words without a letter."""
    core = word.rstrip("!|.,;:?)")
    if not any(c.isalpha() for c in core):
        return word
    return core.translate(_DIGITS_FOR_LETTERS) + word[len(core) :]


def _joined(text: str) -> View | None:
    """Only the letters that are set apart, as one long word each."""
    out: list[str] = []
    places: list[int] = []
    for match in _SET_APART.finditer(text):
        out.append("\n")
        places.append(match.start())
        for place in range(match.start(), match.end()):
            if text[place].isalnum():
                out.append(text[place].translate(_LOOKALIKES).casefold()[:1])
                places.append(place)
    return View("".join(out), places) if out else None


def _spread(start: int, end: int, length: int) -> list[int]:
    """Places for what was decoded from `start` to `end`: any match covers all of it."""
    if length < 2:
        return [start] * length
    return [start + i * (end - 1 - start) // (length - 1) for i in range(length)]
