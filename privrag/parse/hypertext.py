"""HTML and XHTML: what a browser would show, in blocks."""

import re
from collections.abc import Iterator
from html import unescape

from privrag.parse.piece import Content, Context, Piece, Untyped, row_line, table_pieces
from privrag.parse.text import decode
from privrag.parse.unseen import style_hides
from privrag.records import BlockKind

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LISTS = frozenset(("ul", "ol", "dl", "menu"))
_UNSEEN = frozenset((
    "head", "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "audio",
    "video", "select", "datalist",
))  # fmt: skip
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header",
    "hr", "html", "label", "legend", "li", "main", "nav", "option", "p", "section", "summary",
    "tbody", "td", "tfoot", "th", "thead", "tr",
))  # fmt: skip
_INSIDE_LISTS = ".//table|.//pre|.//h1|.//h2|.//h3|.//h4|.//h5|.//h6"
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9._-]+)""")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")


def parse_html(data: bytes, context: Context) -> Content:
    """Blocks in source order; tables whose rows hold one cell only are layout, not tables."""
    text = _XML_DECLARATION.sub("", _decode(data, context.max_characters))
    root = html_root(text.encode("utf-8", "replace") or b"<p>")
    return Content(html_pieces(root), title=html_title(root))


def html_root(data: bytes) -> Untyped:
    """The tree of UTF-8 HTML, read as forgivingly as a browser would.

    Raises RecursionError where the parser would leave out what is nested too deeply.
    """
    from lxml import etree, html

    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, huge_tree=True
    )
    root = html.document_fromstring(data, parser=parser)
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise RecursionError
    return root


def html_title(root: Untyped) -> str | None:
    """The title element, else the first level-1 heading."""
    for name in ("title", "h1"):
        for element in root.iter(f"{{*}}{name}"):
            text = " ".join((_lines(element) if name == "h1" else element.text or "").split())
            if text:
                return text
    return None


def html_pieces(root: Untyped, page: int | None = None) -> Iterator[Piece]:
    """The blocks of an lxml tree, HTML or XHTML."""
    walk = _Walk(page)
    walk.visit(root)
    walk.flush("paragraph")
    return iter(walk.pieces)


class _Walk:
    """A walk over the tree: inline text gathers in a buffer until a block ends."""

    def __init__(self, page: int | None) -> None:
        self.pieces: list[Piece] = []
        self._page = page
        self._buffer: list[str] = []

    def visit(self, element: Untyped) -> None:
        tag = _tag(element)
        if tag is None:
            self._buffer.append(_entity(element))
        if tag is None or _is_hidden(element):
            return
        if tag in _HEADINGS:
            self._block(element, "heading")
        elif tag == "pre":
            self.flush("paragraph")
            self.pieces.append(Piece("code", _preformatted(element), self._page))
        elif tag == "table" and not _is_layout(element):
            self._table(element)
        elif tag in _LISTS and not element.xpath(_INSIDE_LISTS):
            self.flush("paragraph")
            self.pieces.append(Piece("list", _lines(element), self._page))
        elif tag in _BLOCKS or tag == "table" or tag in _LISTS:
            self._block(element, "paragraph")
        else:
            self._children(element)

    def flush(self, kind: BlockKind) -> None:
        text = _collapse(self._buffer)
        self._buffer.clear()
        if text:
            self.pieces.append(Piece(kind, text, self._page))

    def _block(self, element: Untyped, kind: BlockKind) -> None:
        self.flush("paragraph")
        self._children(element)
        self.flush(kind)

    def _children(self, element: Untyped) -> None:
        if _tag(element) == "br":
            self._buffer.append("\n")
        self._buffer.append(_inline(element.text))
        for child in element:
            self.visit(child)
            self._buffer.append(_inline(child.tail))

    def _table(self, table: Untyped) -> None:
        self.flush("paragraph")
        for caption in table:
            if _tag(caption) == "caption":
                self._block(caption, "paragraph")
        rows = (row_line(_lines(cell) for cell in cells) for cells in _rows(table))
        self.pieces.extend(table_pieces(rows, self._page))


def _decode(data: bytes, max_characters: int) -> str:
    declared = _DECLARED.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            data = data.decode(declared[1].decode("ascii")).encode("utf-8")
        except (LookupError, UnicodeError):
            declared = None  # a wrong declaration: find out as for any text
    return decode(data, max_characters)


def _tag(element: Untyped) -> str | None:
    """Local name in lower case; None for comments and processing instructions."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else None


def _entity(node: Untyped) -> str:
    """What an entity such as `&eacute;` stands for; XHTML without its DTD keeps it as a node."""
    return unescape(node.text) if hasattr(node, "name") else ""


def _is_hidden(element: Untyped) -> bool:
    return (
        _tag(element) in _UNSEEN
        or element.get("hidden") is not None
        or style_hides(element.get("style", ""))
    )


def _inline(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def _collapse(parts: list[str]) -> str:
    lines = (re.sub(r" {2,}", " ", line).strip() for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _lines(element: Untyped) -> str:
    """All visible text of an element, a line for each block in it."""
    parts: list[str] = []

    def gather(node: Untyped) -> None:
        tag = _tag(node)
        if tag is None:
            parts.append(_entity(node))
        if tag is None or _is_hidden(node):
            return
        edge = "\n" if tag in _BLOCKS or tag in _LISTS or tag == "br" else ""
        parts.extend((edge, _inline(node.text)))
        for child in node:
            gather(child)
            parts.append(_inline(child.tail))
        if tag != "br":
            parts.append(edge)

    gather(element)
    return _collapse(parts)


def _preformatted(element: Untyped) -> str:
    """The text as it stands, without what a browser does not show."""
    parts = [element.text or ""]
    for child in element:
        if _tag(child) == "br":
            parts.append("\n")
        elif _tag(child) is None:
            parts.append(_entity(child))
        elif not _is_hidden(child):
            parts.append(_preformatted(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _rows(table: Untyped) -> Iterator[list[Untyped]]:
    for child in table:
        if _tag(child) == "tr":
            yield [cell for cell in child if _tag(cell) in ("td", "th") and not _is_hidden(cell)]
        elif _tag(child) in ("thead", "tbody", "tfoot"):
            yield from _rows(child)


def _is_layout(table: Untyped) -> bool:
    if next(table.iterdescendants("{*}table"), None) is not None:
        return True
    filled = [sum(bool(_lines(cell)) for cell in cells) for cells in _rows(table)]
    return max(filled, default=0) <= 1
