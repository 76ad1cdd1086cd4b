"""reStructuredText and Org: verbatim slices of the source, cut at blank lines."""

import re
from collections.abc import Iterator

from privrag.parse.piece import Content, Context, Piece, table_pieces
from privrag.parse.text import decode

_RULE = re.compile(r"""([!-/:-@\[-`{-~])\1{2,}[ \t]*$""")
_RST_ITEM = re.compile(r"[ \t]*(?:[-*+\u2022]|\(?(?:\d+|[a-zA-Z#])[.)])[ \t]")
_RST_DIRECTIVE = re.compile(r"\.\. (?:code|code-block|sourcecode|highlight|parsed-literal)::")
_RST_TABLE = re.compile(r"(?:\+[-=]{2,}|={2,} +={2,})")
_ORG_HEADING = re.compile(r"\*+ ")
_ORG_ITEM = re.compile(r"[ \t]*(?:[-+]|[ \t]\*|\d+[.)])[ \t]")
_ORG_BEGIN = re.compile(r"#\+BEGIN_(\w+)", re.IGNORECASE)
_ORG_TITLE = re.compile(r"^#\+TITLE:[ \t]*(.+)$", re.IGNORECASE | re.MULTILINE)


def parse_rst(data: bytes, context: Context) -> Content:
    """Headings are lines under (or between) rules; title: the first of them."""
    groups = _groups(decode(data, context.max_characters))
    pieces = list(_rst_pieces(groups))
    return Content(pieces, title=_first_heading(pieces))


def parse_org(data: bytes, context: Context) -> Content:
    """Headings are lines with stars; title: `#+TITLE:`, else the first heading."""
    text = decode(data, context.max_characters)
    pieces = list(_org_pieces(text))
    declared = _ORG_TITLE.search(text)
    return Content(pieces, title=declared[1] if declared else _first_heading(pieces))


def _first_heading(pieces: list[Piece]) -> str | None:
    return next((piece.text for piece in pieces if piece.kind == "heading"), None)


def _groups(text: str) -> Iterator[list[str]]:
    """Runs of lines that are not blank."""
    group: list[str] = []
    for line in text.splitlines():
        if line.strip():
            group.append(line)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _rst_pieces(groups: Iterator[list[str]]) -> Iterator[Piece]:
    code_next = False
    for lines in groups:
        size = _rst_heading_size(lines)
        if size:
            yield Piece("heading", lines[size - 2])
        group = lines[size:]
        if not group:
            continue
        text = "\n".join(group)
        if code_next and group[0][:1].isspace():
            yield Piece("code", text)
            continue  # an indented run goes on over blank lines
        code_next = text.endswith("::") or bool(_RST_DIRECTIVE.match(text))
        if _RST_TABLE.match(text):
            yield from table_pieces(group)
        elif _RST_ITEM.match(text):
            yield Piece("list", text)
        else:
            yield Piece("paragraph", text)


def _rst_heading_size(group: list[str]) -> int:
    """How many lines the heading has that a group opens with: 3, 2 or 0."""
    for rules, size in (((0, 2), 3), ((1,), 2)):
        if len(group) < size or _RST_TABLE.match(group[0]):
            continue
        title = group[size - 2].strip()
        if title and not _RULE.match(title) and all(_RULE.match(group[r]) for r in rules):
            return size
    return 0


def _org_pieces(text: str) -> Iterator[Piece]:
    block: list[str] = []
    closing = ""
    for line in [*text.splitlines(), ""]:
        begin = _ORG_BEGIN.match(line.strip())
        if closing:
            block.append(line)
            if line.strip().upper() == closing:
                yield Piece("code", "\n".join(block))
                block, closing = [], ""
        elif begin and begin[1].upper() in {"SRC", "EXAMPLE"}:
            yield from _org_run(block)
            block, closing = [line], f"#+END_{begin[1].upper()}"
        elif _ORG_HEADING.match(line):
            yield from _org_run(block)
            block = []
            yield Piece("heading", line.lstrip("* "))
        elif line.strip():
            block.append(line)
        else:
            yield from _org_run(block)
            block = []
    yield from _org_run(block)


def _org_run(lines: list[str]) -> Iterator[Piece]:
    if not lines:
        return
    if all(line.lstrip().startswith("|") for line in lines):
        yield from table_pieces(lines)
    else:
        yield Piece("list" if _ORG_ITEM.match(lines[0]) else "paragraph", "\n".join(lines))
