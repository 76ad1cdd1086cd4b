"""Known values that stand in base64 or hexadecimal, or in another value: what is said there.

    VG9iaWFzIFdyZW5maWVsZA==                 Tobias Wrenfield
    https://corp.example/?owner=Anna%20Lee   https corp.example owner Anna Lee

The same runs as the leak scan reads, so that nothing it would report goes into the index: of a run
the whole is hidden. What is encoded twice stays.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from privrag.decoded import decode
from privrag.encoded_values import from_base64, readable

ENCODED = "known.encoded"
"""The recognizer of what was found this way."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{10,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*={0,2}")
_LINE = re.compile(r"[^\r\n]{10,}")
_HEX = re.compile(r"[0-9a-fA-F]{14,}")
_BREAKS = re.compile(r"[\r\n=]+")
_READABLE = 0.8
_SIGNS = re.compile(r"[^\w.%'’-]+")
_MAX_ADDRESS = 320
"""Characters of an e-mail address (RFC 5321: 64, the sign and 255)."""
_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Run:
    """An encoded run at `text[start:end]` and one reading of it."""

    start: int
    end: int
    said: str = field(repr=False)


def encoded_runs(text: str) -> Iterator[Run]:
    """Every readable reading of every run; a run may have several."""
    for match in _BASE64.finditer(text):
        lines = [match.span()]
        if "\n" in match[0]:
            lines += [line.span() for line in _LINE.finditer(text, *match.span())]
        for start, end in lines:
            run = text[start:end]
            if run.islower() or run.isupper() or run.istitle():  # nearly all: words
                continue
            for said in from_base64(_BREAKS.sub("", run), _READABLE):
                yield Run(start, end, said)
    for match in _HEX.finditer(text):
        for skipped in range(1 + len(match[0]) % 2):
            digits = match[0][skipped:]
            text_of_it = readable(bytes.fromhex(digits[: len(digits) // 2 * 2]), _READABLE)
            if text_of_it is not None:
                yield Run(*match.span(), text_of_it)


def emails_in(text: str) -> Iterator[tuple[int, int]]:
    """Where an e-mail address may stand."""
    for match in _EMAIL.finditer(text):
        yield match.span()


def emails_near(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where those may stand that reach to this place or into it, and others beside it."""
    left, right = max(0, start - _MAX_ADDRESS), end + _MAX_ADDRESS
    near = text[left:right]
    for first, last in emails_in(near) if "@" in near else ():
        yield left + first, left + last


def readings(value: str) -> Iterator[str]:
    """What a value says: its words without escapes and with blanks for signs, and in its runs."""
    plain = decode(value).text
    yield _SIGNS.sub(" ", plain)
    yield from (run.said for run in encoded_runs(plain))
