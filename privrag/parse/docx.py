"""Word (.docx): the body in order, with its notes, text boxes, headers and footers.

Read from the XML itself: python-docx leaves out text boxes, notes, tracked insertions and content
controls, and takes nine times as long (2.6 s against 0.3 s for 870 pages).
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from privrag.errors import DamagedDocumentError
from privrag.parse.archive import open_archive, read_xml
from privrag.parse.piece import Content, Context, Piece, Untyped, row_line, table_pieces
from privrag.records import BlockKind

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_Said = TypeVar("_Said")
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_SKIPPED = frozenset(("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "Fallback"))
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_OFF = frozenset(("0", "false", "off"))
_HIDDEN_HALF_POINTS = 2
"""Type of one point and less is a dot."""
_WRAPPERS = frozenset(("sdt", "sdtContent", "customXml", "ins", "moveTo", "body", "smartTag"))


def parse_docx(data: bytes, context: Context) -> Content:
    """Pages are those Word last laid out; None if the file does not say."""
    with open_archive(data) as archive:
        main = _main_part(archive)
        document = read_xml(archive, main)
        if document is None:
            raise DamagedDocumentError("it is not a Word document inside; get a fresh copy")
        folder = posixpath.dirname(main)
        styles = _styles(read_xml(archive, f"{folder}/styles.xml"))
        notes = {
            kind: _notes(read_xml(archive, f"{folder}/{kind}s.xml"), styles)
            for kind in ("footnote", "endnote")
        }
        margins = _margins(archive, folder, styles)
        core = read_xml(archive, "docProps/core.xml")
    breaks = sum(1 for e in document.iter() if _name(e) == "lastRenderedPageBreak")
    walk = _Walk(styles, notes, page=1 if breaks else None)
    title = core.findtext(_DC_TITLE) if core is not None else None
    body = next((e for e in document if _name(e) == "body"), document)
    pieces = [*margins["header"], *walk.blocks(body), *margins["footer"]]
    return Content(pieces, title=title or walk.title, pages=breaks + 1 if breaks else None)


@dataclass(frozen=True)
class Styles:
    """What a paragraph of each style (by its id) is."""

    kinds: dict[str, BlockKind] = field(default_factory=dict)
    titles: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    """Styles of paragraphs or characters whose text is hidden."""


@dataclass
class _Walk:
    """Where the walk through the body is."""

    styles: Styles
    notes: dict[str, dict[str, str]]
    page: int | None
    title: str | None = None
    _pending: list[str] = field(default_factory=list)
    """Notes and text boxes met in the paragraph at hand; they follow it."""

    def blocks(self, parent: Untyped) -> Iterator[Piece]:
        """The children of a body, of a note or of a cell; consecutive list items are one block."""
        items: list[str] = []
        page = self.page
        for child in _unwrapped(parent):
            name = _name(child)
            kind = self._kind(child) if name == "p" else None
            if kind == "list":
                page = page if items else self._page_of(child)
                items.append(self._text(child))
                if not self._pending:
                    continue
            if items:
                yield Piece("list", "\n".join(items), page)
                items = []
            if name == "tbl":
                yield from self._table(child)
            elif kind is not None and kind != "list":
                yield self._paragraph(child, kind)
            yield from self._flush_pending()
        if items:
            yield Piece("list", "\n".join(items), page)

    def _paragraph(self, paragraph: Untyped, kind: BlockKind) -> Piece:
        page, text = self._page_of(paragraph), self._text(paragraph)
        if self.title is None and _style_of(paragraph) in self.styles.titles:
            self.title = text
        return Piece(kind, text, page)

    def _flush_pending(self) -> Iterator[Piece]:
        pending, self._pending = self._pending, []
        for text in pending:
            yield Piece("paragraph", text, self.page)

    def _table(self, table: Untyped) -> Iterator[Piece]:
        rows = [row for row in _unwrapped(table) if _name(row) == "tr"]
        cells = [[cell for cell in _unwrapped(row) if _name(cell) == "tc"] for row in rows]
        if len(cells) == 1 and len(cells[0]) == 1:  # a box around text, not a table
            yield from self.blocks(cells[0][0])
            return
        lines: list[str] = []
        page = self.page
        for row in cells:
            line = row_line([self._cell(cell) for cell in row])
            if self.page != page and lines:
                yield from table_pieces(lines, page)
                lines = []
            page = self.page
            lines.append(line)
        yield from table_pieces(lines, page)

    def _cell(self, cell: Untyped) -> str:
        if _is_covered(cell):
            return ""
        parts: list[str] = []
        for element in _unwrapped(cell):
            if _name(element) == "p":
                parts.append(self._text(element))
            elif _name(element) == "tbl":
                rows = (row for row in _unwrapped(element) if _name(row) == "tr")
                parts.extend(
                    " ".join(self._cell(c) for c in _unwrapped(row) if _name(c) == "tc")
                    for row in rows
                )
        return "\n".join(parts)

    def _page_of(self, paragraph: Untyped) -> int | None:
        """The page a paragraph starts on: a break before its first text is already behind it."""
        if self.page is None:
            return None
        page = self.page
        for element in paragraph.iter():
            if _name(element) == "lastRenderedPageBreak":
                page += 1
            elif _name(element) == "t" and (element.text or "").strip():
                break
        return page

    def _text(self, element: Untyped) -> str:
        return "".join(self._parts(element, element)).strip()

    def _parts(self, element: Untyped, paragraph: Untyped) -> Iterator[str]:
        for child in element:
            name = _name(child)
            if name == "t":
                yield child.text or ""
            elif name in _CHARACTERS:
                yield _CHARACTERS[name]
            elif name == "lastRenderedPageBreak":
                self.page = None if self.page is None else self.page + 1
            elif name in ("footnoteReference", "endnoteReference"):
                note = self.notes[name.removesuffix("Reference")].get(_attribute(child, "id"))
                self._pending.extend([note] if note else [])
            elif name == "txbxContent":
                box = [self._text(p) for p in child.iter() if _name(p) == "p"]
                self._pending.append("\n".join(line for line in box if line))
            elif name not in _SKIPPED and not (name == "r" and self._hides(child, paragraph)):
                yield from self._parts(child, paragraph)

    def _hides(self, run: Untyped, paragraph: Untyped) -> bool:
        """Whether a run is hidden: by itself, by its style, or by its paragraph's."""
        for properties in run:
            if _name(properties) == "rPr":
                said = {_name(e): _attribute(e, "val") for e in properties}
                if "vanish" in said:
                    return said["vanish"] not in _OFF
                size = said.get("sz", "")
                if size.isdecimal() and int(size) <= _HIDDEN_HALF_POINTS:
                    return True
                if said.get("rStyle") in self.styles.hidden:
                    return True
        return _style_of(paragraph) in self.styles.hidden

    def _kind(self, paragraph: Untyped) -> BlockKind:
        kind = self.styles.kinds.get(_style_of(paragraph), "paragraph")
        properties = next((e for e in paragraph if _name(e) == "pPr"), ())
        names = {_name(e): e for e in properties}
        if "outlineLvl" in names and int(_attribute(names["outlineLvl"], "val") or 9) < 9:
            return "heading"
        return "list" if kind == "paragraph" and "numPr" in names else kind


def _name(element: Untyped) -> str:
    """Local name of a Word element; other namespaces give their local name as well."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: Untyped, name: str) -> str:
    return element.get(_W + name) or element.get(_W_STRICT + name) or ""


def _style_of(paragraph: Untyped) -> str:
    for properties in paragraph:
        if _name(properties) == "pPr":
            return next((_attribute(e, "val") for e in properties if _name(e) == "pStyle"), "")
    return ""


def _is_covered(cell: Untyped) -> bool:
    """Whether a cell lies under the one above it, which is merged downwards."""
    for properties in cell:
        if _name(properties) == "tcPr":
            return any(
                _name(e) == "vMerge" and _attribute(e, "val") != "restart" for e in properties
            )
    return False


def _unwrapped(element: Untyped) -> Iterator[Untyped]:
    """Children, with those inside content controls and tracked insertions."""
    for child in element:
        if _name(child) in _WRAPPERS:
            yield from _unwrapped(child)
        else:
            yield child


def _main_part(archive: zipfile.ZipFile) -> str:
    relations = read_xml(archive, "_rels/.rels")
    for relation in relations if relations is not None else ():
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return "word/document.xml"


def _styles(root: Untyped) -> Styles:
    """Styles inherit from the one they are based on."""
    titles: set[str] = set()
    hidden: dict[str, bool] = {}
    based: dict[str, str] = {}
    own: dict[str, BlockKind] = {}
    for style in root if root is not None else ():
        if _name(style) != "style":
            continue
        identifier = _attribute(style, "styleId")
        parts = {_name(e): e for e in style.iter()}
        name = _attribute(parts["name"], "val").lower() if "name" in parts else ""
        if name == "title":
            titles.add(identifier)
        if "vanish" in parts:
            hidden[identifier] = _attribute(parts["vanish"], "val") not in _OFF
        if "basedOn" in parts:
            based[identifier] = _attribute(parts["basedOn"], "val")
        level = int(_attribute(parts["outlineLvl"], "val") or 9) if "outlineLvl" in parts else 9
        if name.startswith("heading ") or name in ("title", "subtitle") or level < 9:
            own[identifier] = "heading"
        elif "numPr" in parts or (name.startswith("list ") and name != "list paragraph"):
            own[identifier] = "list"
    unseen = frozenset(name for name, off in _inherited(hidden, based).items() if off)
    return Styles(_inherited(own, based), frozenset(titles), unseen)


def _inherited(own: dict[str, _Said], based: dict[str, str]) -> dict[str, _Said]:
    said: dict[str, _Said] = {}
    for identifier in [*own, *based]:
        ancestor, steps = identifier, 0
        while ancestor not in own and ancestor in based and steps < 20:
            ancestor, steps = based[ancestor], steps + 1
        if ancestor in own:
            said[identifier] = own[ancestor]
    return said


def _notes(root: Untyped, styles: Styles) -> dict[str, str]:
    walk = _Walk(styles, {"footnote": {}, "endnote": {}}, page=None)
    return {
        _attribute(note, "id"): "\n".join(piece.text for piece in walk.blocks(note)).strip()
        for note in (root if root is not None else ())
        if _attribute(note, "type") in ("", "normal")
    }


def _margins(archive: zipfile.ZipFile, folder: str, styles: Styles) -> dict[str, list[Piece]]:
    """Each different header and footer once: `header1.xml`, `footer2.xml`, ..."""
    found: dict[str, list[Piece]] = {"header": [], "footer": []}
    for entry in sorted(archive.namelist()):
        part = re.fullmatch(re.escape(folder) + r"/(header|footer)\d*\.xml", entry)
        if part is None:
            continue
        walk = _Walk(styles, {"footnote": {}, "endnote": {}}, page=None)
        text = "\n".join(p.text for p in walk.blocks(read_xml(archive, entry)) if p.text)
        if text and text not in (piece.text for piece in found[part[1]]):
            found[part[1]].append(Piece("header", text))
    return found
