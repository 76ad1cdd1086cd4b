"""One file from its path to its blocks: what the child process does."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from privrag.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    ParseError,
    ParseLimitError,
)
from privrag.parse.archive import check_archive
from privrag.parse.formats import Format
from privrag.parse.identify import check_content
from privrag.parse.piece import Content, Context, Piece
from privrag.parse.settings import ParseSettings
from privrag.parse.text import clean, too_long
from privrag.records import BLOCK_SEPARATOR

_MAX_BLOCK_CHARACTERS = 20_000
"""Longer blocks are cut at a line or a word: a one-line file must not be one sentence."""
_MAX_TITLE_CHARACTERS = 300
_XML_NO_MEMORY = 2
"""libxml2's XML_ERR_NO_MEMORY."""
_GENERIC_TITLE = re.compile(
    r"untitled.*|\(anonymous\)|word document|powerpoint presentation|presentation|document\d*|"
    r"microsoft (word|powerpoint|excel) - .*|"
    r".*\.(pdf|docx?|xlsx?|pptx?|odt|rtf|txt|tex|dvi|indd|qxd|jpe?g|png|tiff?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What became of a file."""

    id: str
    title: str = field(repr=False)
    media_type: str
    pieces: list[Piece] = field(repr=False)
    pages: int | None


def read_file(path: Path, settings: ParseSettings) -> ReadFile:
    """Read and parse a file; raises a ParseError whose message is a clause without the name."""
    data = _read_bytes(path, settings.max_file_mb)
    suffix = path.suffix.lower()
    try:
        format_, content = _parse(suffix, data, settings, depth=0)
        pieces = list(_within_limit(content, settings.max_characters))
    except MemoryError:
        raise ParseLimitError(
            "it needs more memory than parse.max_memory_mb allows; split it or raise that setting"
        ) from None
    if not pieces:
        raise EmptyDocumentError("it holds no text")
    return ReadFile(
        id=hashlib.sha256(data).hexdigest(),
        title=_title(content.title) or shown_name(path.stem),
        media_type=format_.media_type,
        pieces=pieces,
        pages=content.pages,
    )


def shown_name(name: str) -> str:
    """A file name for a message: characters that do not print are escaped as by `repr`."""
    return name if name.isprintable() else repr(name)[1:-1]


def _read_bytes(path: Path, max_file_mb: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise _cannot_open(error) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ParseError(_kind_of_file(status.st_mode))
        limit = max_file_mb * 2**20
        if status.st_size > limit:
            raise ParseLimitError(
                f"it has {status.st_size / 2**20:,.0f} MB, more than {max_file_mb}; "
                "split it or raise parse.max_file_mb"
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    except OSError as error:
        raise _cannot_open(error) from None
    finally:
        os.close(descriptor)


def _cannot_open(error: OSError) -> ParseError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return ParseError("it is no longer there; check the path")
    if error.errno == errno.ENXIO:  # a socket, or a device nobody serves
        return ParseError("it is not a regular file; leave it out")
    if error.errno in (errno.EACCES, errno.EPERM):
        return ParseError("it may not be read by this user; change its permissions")
    if error.errno == errno.ELOOP:
        return ParseError("it is a symbolic link that leads in a circle; remove the link")
    return ParseError(
        f"it cannot be read ({os.strerror(error.errno or 0)}); check the disk or the share"
    )


def _kind_of_file(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "it is a directory; name a file in it"
    return "it is not a regular file; leave it out"


def _parse(suffix: str, data: bytes, settings: ParseSettings, depth: int) -> tuple[Format, Content]:
    """Check, then parse. Library exceptions end here; their messages may hold private text."""
    if not data.strip(b" \t\r\n\f\v\0\xef\xbb\xbf\xff\xfe"):
        raise EmptyDocumentError("it is empty")

    def parse_part(name: str, part: bytes) -> Content:
        if depth >= settings.max_attachment_depth:
            raise ParseLimitError("it is nested too deeply; save it on its own")
        _, content = _parse(PurePath(name).suffix.lower(), part, settings, depth + 1)
        return Content(list(_within_limit(content, settings.max_characters)), content.title)

    try:
        format_ = check_content(data, suffix)
        if data.startswith(b"PK"):
            check_archive(data, settings.max_unpacked_mb)
        content = format_.parser(data, Context(settings.max_characters, parse_part))
    except (ParseError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - the seam to the libraries
        raise _damaged(error) from None
    return format_, content


def _within_limit(content: Content, max_characters: int) -> Iterator[Piece]:
    """The pieces that have text, cleaned; stops at the limit."""
    length = 0
    try:
        for piece in content.pieces:
            for text in _cut(clean(piece.text)):
                length += len(text) + len(BLOCK_SEPARATOR)
                if length > max_characters:
                    raise too_long(max_characters)
                yield Piece(piece.kind, text, piece.page)
    except (ParseError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - the seam to the libraries
        raise _damaged(error) from None


def _cut(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _MAX_BLOCK_CHARACTERS:
        end = start + _MAX_BLOCK_CHARACTERS
        end = max(text.rfind("\n", start, end), text.rfind(" ", start, end)) + 1 or end
        yield from filter(None, [text[start:end].rstrip()])
        start = end
    if text[start:].strip():
        yield text[start:].rstrip()


def _title(title: str | None) -> str:
    """A title on one line; one that a program wrote by itself counts as none."""
    shown = " ".join(clean(title or "").split())[:_MAX_TITLE_CHARACTERS]
    return "" if _GENERIC_TITLE.fullmatch(shown) else shown


def _damaged(error: Exception) -> ParseError:
    if type(error).__name__ == "XMLSyntaxError" and getattr(error, "code", 0) == _XML_NO_MEMORY:
        raise MemoryError  # lxml calls it a syntax error
    if isinstance(error, RecursionError):
        return ParseLimitError("its content is nested too deeply; save it in a plainer format")
    return DamagedDocumentError(
        "it is damaged or incomplete and cannot be read; get a fresh copy or save it again"
    )
