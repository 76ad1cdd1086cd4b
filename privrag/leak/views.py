r"""A file's bytes as the texts that may be read out of them.

plain    UTF-8, whatever is not becomes characters that are in no word
escaped  percent escapes, HTML entities, `\u00fc`, invisible characters: decoded
utf-16   runs of letters with zero bytes between them, either order
base64   long runs, from each of four beginnings; hex likewise
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from privrag.decoded import decode

WINDOW_BYTES = 4 << 20
OVERLAP_BYTES = 4096
_PAGE_BYTES = 4096
_ZEROS = bytes(_PAGE_BYTES)
_BETWEEN_ZEROS = re.compile(rb"[^\0]{6,}(?:\0[^\0]+)*")
_UTF16 = (
    (re.compile(rb"(?:[\x09\x0a\x0d\x20-\x7e\xa0-\xff]\x00){6,}"), "utf-16-le"),
    (re.compile(rb"(?:\x00[\x09\x0a\x0d\x20-\x7e\xa0-\xff]){6,}"), "utf-16-be"),
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*")
_HEX = re.compile(rb"(?:[0-9a-f]{2}){8,}|(?:[0-9A-F]{2}){8,}")
_LINES = re.compile(rb"[\x09\x0a\x0d\x20-\x7e]{6,}")
_JSON = re.compile(r"\\u([0-9a-fA-F]{4})")
_READABLE = 0.8


@dataclass(frozen=True, slots=True)
class View:
    """One reading of some bytes."""

    how: str
    text: str = field(repr=False)
    start: int
    """Offset of the bytes it was read from."""
    exact: bool = False
    """Whether offsets in the text are those of the bytes, UTF-8 aside."""

    def offset(self, at: int) -> int:
        """The byte where the text's character `at` begins; of the whole run if it was decoded."""
        if not self.exact:
            return self.start
        return self.start + len(self.text[:at].encode("utf-8", "surrogateescape"))


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
            yield View("plain", text, start + run.start(), exact=True)
        for run in _LINES.finditer(data):
            yield from _escaped(run[0].decode("ascii"), start + run.start())
    else:
        text = data.decode("utf-8", "surrogateescape")
        yield View("plain", text, start, exact=True)
        yield from _escaped(text, start)
    for pattern, encoding in _UTF16:
        for run in pattern.finditer(data):
            yield View("utf-16", run[0].decode(encoding), start + run.start())
    yield from _encoded(data, start)


def _escaped(text: str, start: int) -> Iterator[View]:
    plain = decode(_JSON.sub(lambda m: chr(int(m[1], 16)), text)).text
    if plain != text:
        yield View("escaped", plain, start)


def _encoded(data: bytes, start: int) -> Iterator[View]:
    for run in _BASE64.finditer(data):
        joined = run[0].replace(b"\n", b"").replace(b"\r", b"").translate(_URL_SAFE)
        for skip in range(4):
            part = joined[skip : skip + (len(joined) - skip) // 4 * 4]
            yield from _readable("base64", base64.b64decode(part), start + run.start())
            rest = joined[skip + len(part) :]
            if skip == 0 and len(rest) > 1:
                whole = base64.b64decode(joined + b"=" * (-len(joined) % 4))
                yield from _readable("base64", whole, start + run.start())
    for run in _HEX.finditer(data):
        yield from _readable("hex", binascii.unhexlify(run[0]), start + run.start())


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _readable(how: str, decoded: bytes, start: int) -> Iterator[View]:
    text = decoded.decode("utf-8", "replace")
    if text and sum(c.isprintable() and c != "\ufffd" for c in text) >= _READABLE * len(text):
        yield View(how, text, start)
