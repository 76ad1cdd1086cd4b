"""Markdown and MDX: every block is a verbatim slice of the source, but for what is not shown."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from privrag.parse.piece import Content, Context, Piece, table_pieces
from privrag.parse.text import decode
from privrag.parse.unseen import without_unseen
from privrag.records import BlockKind

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"""^title:[ \t]*(["']?)(.+?)\1[ \t]*$""", re.MULTILINE)
_ATX_MARKS = re.compile(r"^[ \t]*#{1,6}[ \t]*|[ \t]+#+[ \t]*$")
_INLINE_MARKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]|<[^>]*>|(?<!\w)_|_(?!\w)")
_MDX_MODULE = re.compile(r"(?:import|export)\s.*(?:from\s|=|\{)|import\s+['\"]")
_KINDS: dict[str, BlockKind] = {
    "heading_open": "heading",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
}


def parse_markdown(data: bytes, context: Context) -> Content:
    """Title: `title:` of the front matter, else the first level-1 heading."""
    from markdown_it import MarkdownIt

    text = re.sub(r"\r\n?", "\n", decode(data, context.max_characters))
    front = _FRONT_MATTER.match(text)
    body = without_unseen(text[front.end() :] if front else text)
    markdown = MarkdownIt("commonmark").enable("table")
    markdown.core.ruler.disable("inline")  # blocks are all we need
    tokens = markdown.parse(body)
    title = _FRONT_TITLE.search(front[1]) if front else None
    return Content(
        _pieces(front[1] if front else "", body, tokens),
        title=title[2] if title else _first_heading(tokens),
    )


def _pieces(front: str, body: str, tokens: Sequence["Token"]) -> Iterator[Piece]:
    if front.strip():
        yield Piece("header", front)
    lines = body.split("\n")
    for token in tokens:
        if token.level or token.map is None or token.nesting < 0:
            continue
        start, end = token.map
        kind = _KINDS.get(token.type, "paragraph")
        end -= kind == "heading" and token.markup in ("=", "-")  # the rule under a title
        source = "\n".join(lines[start:end])
        if kind == "table":
            yield from table_pieces(lines[start:end])
        elif kind == "paragraph" and _MDX_MODULE.match(source):
            yield Piece("code", source)
        elif kind == "heading":
            yield Piece(kind, _ATX_MARKS.sub("", source))
        elif token.type != "hr":
            yield Piece(kind, source)


def _first_heading(tokens: Sequence["Token"]) -> str | None:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            return _INLINE_MARKS.sub(r"\1", inline.content)
    return None
