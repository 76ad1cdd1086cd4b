"""OpenDocument text (.odt): the body in order."""

from collections.abc import Iterator

from privrag.errors import DamagedDocumentError, EncryptedDocumentError
from privrag.parse.archive import open_archive, read_xml
from privrag.parse.piece import Content, Context, Piece, Untyped, row_line, table_pieces

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_SKIPPED = frozenset(
    (
        f"{_TEXT}tracked-changes",
        f"{_TEXT}sequence-decls",
        f"{_TEXT}note-citation",
        f"{_TEXT}ruby-text",
        f"{_TEXT}hidden-text",
        f"{_OFFICE}annotation",
        f"{_OFFICE}forms",
    )
)
_MAX_SPACES = 1000


def parse_odt(data: bytes, context: Context) -> Content:
    """No pages: the file does not know them. Notes and text boxes follow their paragraph."""
    with open_archive(data) as archive:
        manifest = read_xml(archive, "META-INF/manifest.xml")
        if manifest is not None and any("encryption-data" in str(e.tag) for e in manifest.iter()):
            raise EncryptedDocumentError("it is encrypted; save it without a password")
        content = read_xml(archive, "content.xml")
        meta = read_xml(archive, "meta.xml")
    body = content.find(f".//{_OFFICE}text") if content is not None else None
    if body is not None:
        _remove_hidden(content, body)
    if body is None:
        raise DamagedDocumentError("it is not an OpenDocument text inside; get a fresh copy")
    title = meta.findtext(f".//{_DC_TITLE}") if meta is not None else None
    return Content(_blocks(body), title=title)


def _remove_hidden(content: Untyped, body: Untyped) -> None:
    """Take out of the tree the text of the body that its style hides."""
    hidden = {
        style.get(f"{_STYLE}name")
        for style in content.iter(f"{_STYLE}style")
        if any(e.get(f"{_TEXT}display") == "none" for e in style.iter(f"{_STYLE}text-properties"))
    }
    for element in [e for e in body.iter() if e.get(f"{_TEXT}style-name") in hidden - {None}]:
        tail = element.tail
        element.clear()
        element.tail = tail


def _blocks(parent: Untyped) -> Iterator[Piece]:
    for child in parent:
        if child.tag in (f"{_TEXT}h", f"{_TEXT}p"):
            aside: list[Piece] = []
            text = _inline(child, aside).strip()
            yield Piece("heading" if child.tag == f"{_TEXT}h" else "paragraph", text)
            yield from aside
        elif child.tag == f"{_TEXT}list":
            aside = []
            yield Piece("list", "\n".join(_items(child, aside)))
            yield from aside
        elif child.tag == f"{_TABLE}table":
            yield from table_pieces(_rows(child))
        elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
            yield from _blocks(child)


def _items(element: Untyped, aside: list[Piece]) -> Iterator[str]:
    for child in element.iter(f"{_TEXT}p", f"{_TEXT}h"):
        text = _inline(child, aside).strip()
        if text:
            yield text


def _rows(table: Untyped) -> Iterator[str]:
    """Rows in header groups too; a nested table's text stays in the cell around it."""
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            cells = (c for c in child if str(c.tag).endswith("table-cell"))
            yield row_line("\n".join(_items(cell, [])) for cell in cells)
        elif isinstance(child.tag, str) and "table-" in child.tag:
            yield from _rows(child)


def _inline(element: Untyped, aside: list[Piece]) -> str:
    """The text of a paragraph; what only hangs on it (notes, text boxes) goes to `aside`."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c") or 1), _MAX_SPACES))
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif str(child.tag).endswith(("}note-body", "}text-box")):
            aside.extend(_blocks(child))
        elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
            parts.append(_inline(child, aside))
        parts.append(child.tail or "")
    return "".join(parts)
