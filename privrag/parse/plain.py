"""Plain text, logs, JSON, YAML, XML: the source itself, in paragraphs."""

import html
import re
from collections.abc import Iterator

from privrag.parse.piece import Content, Context, Piece
from privrag.parse.text import decode

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|\f")
_BULLET = re.compile(r"[ \t]*(?:[-*\u2022\u25aa\u2023\u2013\u00b7]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_JSON_ESCAPE = re.compile(r'\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[0-9a-fA-F]{4}|[nrt/"\\])')
_JSON_SHORT = {"n": "\n", "r": "\n", "t": "\t", "/": "/", '"': '"', "\\": "\\"}
_XML_REFERENCE = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|amp|quot|apos);")
_XML_ENCODING = re.compile(rb"""^<\?xml[^>]{0,200}?encoding=["']([A-Za-z0-9._-]+)""")


def parse_text(data: bytes, context: Context) -> Content:
    """Paragraphs between blank lines, verbatim; one of bullets only is a list."""
    return Content(text_pieces(decode(data, context.max_characters)))


def text_pieces(text: str) -> Iterator[Piece]:
    """The same for text that is already decoded, e.g. the body of a mail."""
    for paragraph in _paragraphs(text):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        listed = len(lines) > 1 and all(_BULLET.match(line) for line in lines)
        yield Piece("list" if listed else "paragraph", paragraph)


def parse_source(data: bytes, context: Context) -> Content:
    """Configuration and data files: verbatim, as code."""
    return Content(_code(decode(data, context.max_characters)))


def parse_json(data: bytes, context: Context) -> Content:
    r"""Verbatim but for string escapes, so that `M\u00fcller` reads as the name it is."""
    return Content(_code(_JSON_ESCAPE.sub(_unescape, decode(data, context.max_characters))))


def parse_xml(data: bytes, context: Context) -> Content:
    """Verbatim with its tags, but for character references; `<` and `>` stay escaped."""
    declared = _XML_ENCODING.match(data[:300])
    if declared:
        try:
            data = data.decode(declared[1].decode("ascii")).encode("utf-8")
        except (LookupError, UnicodeError):
            declared = None  # a wrong declaration: find out as for any text
    text = decode(data, context.max_characters)
    return Content(_code(_XML_REFERENCE.sub(lambda match: html.unescape(match[0]), text)))


def _code(text: str) -> Iterator[Piece]:
    return (Piece("code", paragraph) for paragraph in _paragraphs(text))


def _paragraphs(text: str) -> Iterator[str]:
    text = re.sub(r"\r\n?", "\n", text)
    start = 0
    for gap in _BLANK_LINES.finditer(text):
        yield text[start : gap.start()]
        # The indentation after a gap belongs to the next line.
        start = text.rfind("\n", gap.start(), gap.end()) + 1 or gap.end()
    yield text[start:]


def _unescape(match: re.Match[str]) -> str:
    escape = match[0]
    if escape[1] != "u":
        return _JSON_SHORT[escape[1]]
    units = bytes.fromhex(escape.replace("\\u", ""))
    return units.decode("utf-16-be", "replace")
