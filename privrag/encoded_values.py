r"""Runs of base64 or hexadecimal that are readable text: a value may hide in one.

    bWFydGFAZXhhbXBsZS5vcmc=                 marta@example.org
    6d61727461406578616d706c652e6f7267       also 0x6d..., 6d 61 72 ... and \x6d\x61...

A digest, a key or a long word is no readable text in this sense.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_PARTS = re.compile(r"[A-Za-z0-9]{12,}={0,2}")
_HEX = re.compile(
    r"(?i)(?<![0-9a-z])(?:0x)?(?:[0-9a-f]{2}){8,}(?![0-9a-z])"
    r"|(?<![0-9a-z])(?:\\x|0x)?[0-9a-f]{2}(?:(?:[ :-]|\\x|, ?0x)[0-9a-f]{2}){7,}(?![0-9a-z])"
)
_MARKS = re.compile(r"(?i)\\x|0x|[^0-9a-f]")
_URL_SAFE = str.maketrans("-_", "+/")
_LEAST_READABLE = 0.85
"""Of random bytes, about two in five are printable."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A run at `text[start:end]` and what it says."""

    start: int
    end: int
    text: str = field(repr=False)


def readable_runs(text: str, start: int) -> Iterator[Encoded]:
    """Every reading of every run that begins at `start` or later; one run may have several."""
    for match in _HEX.finditer(text, start):
        said = readable(bytes.fromhex(_MARKS.sub("", match[0])), _LEAST_READABLE)
        if said is not None:
            yield Encoded(*match.span(), said)
    for match in _BASE64.finditer(text, start):
        for run in [match, *_PARTS.finditer(text, *match.span())]:
            for said in from_base64(run[0].rstrip("="), _LEAST_READABLE):
                yield Encoded(*match.span(), said)


def from_base64(digits: str, least: float) -> Iterator[str]:
    """What digits without padding say, read from each of four places: they may be cut or glued.

    `least` is as for `readable`.
    """
    digits = digits.translate(_URL_SAFE)
    for skipped in range(4):
        part = digits[skipped:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            said = readable(base64.b64decode(part + "=" * (-len(part) % 4)), least)
        except binascii.Error:
            continue
        if said is not None:
            yield said


def readable(data: bytes, least: float) -> str | None:
    """The bytes as text, if a share of at least `least` (0 to 1) of its characters can be read."""
    text = data.decode("utf-8", "replace")
    count = sum((c.isprintable() and c != "\ufffd") or c in "\r\n\t" for c in text)
    return text if text and count >= least * len(text) else None
