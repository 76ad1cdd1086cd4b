r"""A file's bytes as the texts that may be read out of them.

plain    UTF-8, whatever is not becomes characters that are in no word
escaped  percent escapes, HTML entities, `\u00fc`, invisible characters: decoded
utf-16   runs of letters with zero bytes between them, either order
base64   runs, from each of four beginnings; hex likewise

A view knows which bytes any part of it was read from: that is what forgetting cuts out.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from privrag.decoded import Decoded, decode, without_json_escapes

WINDOW_BYTES = 4 << 20
OVERLAP_BYTES = 4096
_PAGE_BYTES = 4096
_ZEROS = bytes(_PAGE_BYTES)
_BETWEEN_ZEROS = re.compile(rb"[^\0]{6,}(?:\0[^\0]+)*")
_UTF16 = (
    (re.compile(rb"(?:[\x09\x0a\x0d\x20-\x7e\xa0-\xff]\x00){6,}"), "utf-16-le"),
    (re.compile(rb"(?:\x00[\x09\x0a\x0d\x20-\x7e\xa0-\xff]){6,}"), "utf-16-be"),
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{10,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*")
"""Ten characters are seven bytes, the shortest name that is searched for; so with hex."""
_SURELY_WORDS = 16
"""Shorter runs of one case are words and numbers, not worth decoding."""
_LINE = re.compile(rb"[^\r\n]{10,}")
_PADDING = re.compile(rb"={0,2}")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){7,}|(?:[0-9A-F]{2}){7,}")
_LINES = re.compile(rb"[\x09\x0a\x0d\x20-\x7e]{6,}")
_READABLE = 0.8


@dataclass(frozen=True, slots=True)
class View:
    """One reading of some bytes."""

    how: str
    text: str = field(repr=False)
    start: int
    """Offset of the bytes it was read from."""
    end: int
    written: str | None = field(default=None, repr=False)
    """The same bytes as UTF-8; None for a run that can only be decoded as a whole."""
    readings: tuple[Decoded, ...] = field(default=(), repr=False)
    """From `text` back to `written`, step by step."""

    def extent(self, start: int, end: int) -> tuple[int, int]:
        """The bytes that `text[start:end]` was read from; the whole run if it was decoded."""
        if self.written is None:
            return self.start, self.end
        for reading in self.readings:
            start, end = reading.written_start(start), reading.written_end(end)
        first = self.start + _bytes(self.written[:start])
        return first, first + _bytes(self.written[start:end])

    def offset(self, at: int) -> int:
        """The byte where the text's character `at` begins; of the whole run if it was decoded."""
        return self.extent(at, at)[0]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def views_of_file(path: Path) -> Iterator[View]:
    """The views of a file, read in windows that overlap; pages of zeros hold nothing.

    Raises OSError.
    """
    with path.open("rb") as file:
        at, tail = 0, b""
        while data := file.read(WINDOW_BYTES):
            for island, start in _islands(tail + data):
                yield from views(island, at - len(tail) + start)
            at += len(data)
            tail = data[-OVERLAP_BYTES:]


def _islands(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Stretches without a page of zeros, each with its place: the engine's files are sparse."""
    begin: int | None = None
    for page in range(0, len(data), _PAGE_BYTES):
        empty = _ZEROS.startswith(data[page : page + _PAGE_BYTES])
        if empty and begin is not None:
            yield data[begin:page], begin
            begin = None
        elif not empty and begin is None:
            begin = page
    if begin is not None:
        yield data[begin:], begin


def views(data: bytes, start: int = 0) -> Iterator[View]:
    """All views of some bytes."""
    if b"\0" in data:
        for run in _BETWEEN_ZEROS.finditer(data):
            text = run[0].decode("utf-8", "surrogateescape")
            yield View("plain", text, start + run.start(), start + run.end(), text)
        for run in _LINES.finditer(data):
            yield from _escaped(run[0].decode("ascii"), start + run.start(), start + run.end())
    else:
        text = data.decode("utf-8", "surrogateescape")
        yield View("plain", text, start, start + len(data), text)
        yield from _escaped(text, start, start + len(data))
    for pattern, encoding in _UTF16:
        for run in pattern.finditer(data):
            place = start + run.start(), start + run.end()
            yield View("utf-16", run[0].decode(encoding), *place)
    yield from _encoded(data, start)


def views_of_text(text: str) -> Iterator[tuple[View, "Extent"]]:
    """All views of a text, each with its `extent` in characters."""
    data = text.encode("utf-8", "surrogateescape")
    for view in views(data):
        yield view, Extent(view, data, is_ascii=text.isascii())


@dataclass(frozen=True, slots=True)
class Extent:
    """Which characters of a text a part of a view was read from."""

    _view: View
    _data: bytes = field(repr=False)
    is_ascii: bool

    def __call__(self, start: int, end: int) -> tuple[int, int]:
        """The characters that `view.text[start:end]` was read from."""
        first, last = self._view.extent(start, end)
        return (first, last) if self.is_ascii else (self._character(first), self._character(last))

    def _character(self, at: int) -> int:
        return len(self._data[:at].decode("utf-8", "surrogateescape"))


def _escaped(text: str, start: int, end: int) -> Iterator[View]:
    json = without_json_escapes(text)
    plain = decode(json.text)
    if plain.text != text:
        yield View("escaped", plain.text, start, end, text, (plain, json))


def _encoded(data: bytes, start: int) -> Iterator[View]:
    for run in _BASE64.finditer(data):
        lines = [m.span() for m in _LINE.finditer(data, *run.span())]
        for first, last in dict.fromkeys([run.span(), *lines]):  # a word may stand below
            yield from _base64(data, first, last, start)
    for run in _HEX.finditer(data):
        yield from _readable(
            "hex", binascii.unhexlify(run[0]), start + run.start(), start + run.end()
        )


def _base64(data: bytes, first: int, last: int, start: int) -> Iterator[View]:
    run = data[first:last]
    if len(run) < _SURELY_WORDS and (run.islower() or run.isupper() or run.istitle()):
        return
    place = start + first, start + _PADDING.match(data, last).end()  # type: ignore[union-attr]
    joined = run.replace(b"\n", b"").replace(b"\r", b"").translate(_URL_SAFE)
    for skip in range(4):
        part = joined[skip : skip + (len(joined) - skip) // 4 * 4]
        yield from _readable("base64", base64.b64decode(part), *place)
        rest = joined[skip + len(part) :]
        if len(rest) > 1:
            whole = base64.b64decode(joined[skip:] + b"=" * (-len(part + rest) % 4))
            yield from _readable("base64", whole, *place)


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _readable(how: str, decoded: bytes, start: int, end: int) -> Iterator[View]:
    text = decoded.decode("utf-8", "replace")
    if text and sum(c.isprintable() and c != "\ufffd" for c in text) >= _READABLE * len(text):
        yield View(how, text, start, end)
