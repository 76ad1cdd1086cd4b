"""Tables drawn with rules in a PDF, found by pdfplumber on the pages that look like it."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privrag.parse.piece import Untyped, row_line

_THIN = 3.0
"""Points: what is thinner is a rule, what is thicker a box."""
_MAX_PATHS = 3000
"""A page with more is a map or a drawing; pdfplumber would take minutes over it."""
_FILLED = 0.4
"""Share of a table's cells that hold text; below it the rules belong to a form or a chart."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's place, in points of the page's own frame (y upwards), and its rows."""

    left: float
    bottom: float
    right: float
    top: float
    lines: list[str] = field(repr=False)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top


def may_have_rules(page: Untyped) -> bool:
    """A cheap look (under a millisecond) at the drawing commands of a page."""
    import pypdfium2.raw as pdfium

    flat = upright = boxes = grids = paths = 0
    for path in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3):
        paths += 1
        left, bottom, right, top = path.get_bounds()
        width, height = right - left, top - bottom
        flat += width > 20 and height < _THIN
        upright += height > 6 and width < _THIN
        box = width > 15 and height > 6
        boxes += box
        grids += box and pdfium.FPDFPath_CountSegments(path) >= 8
    return paths <= _MAX_PATHS and ((flat >= 2 and upright >= 2) or boxes >= 4 or grids > 0)


def find_tables(data: bytes, pages: Sequence[int], textpages: Untyped) -> dict[int, list[Table]]:
    """Tables of the pages with these indices. `textpages(index)` opens pdfium's page and text.

    A page that pdfplumber cannot read has no tables; its text is read all the same.
    """
    import pdfplumber

    found: dict[int, list[Table]] = {}
    try:
        with pdfplumber.open(
            io.BytesIO(data), pages=[index + 1 for index in pages], password=""
        ) as document:
            for page in document.pages:
                index = page.page_number - 1
                tables = page.find_tables()
                if tables:
                    found[index] = list(_tables(page, tables, *textpages(index)))
                page.close()
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - pdfminer raises whatever a damaged file provokes
        return found
    return found


def _tables(
    plumbed: Untyped, tables: Sequence[Untyped], page: Untyped, textpage: Untyped
) -> Iterator[Table]:
    frame = _Frame(plumbed, page)
    for table in tables:
        cells = [
            [_cell_text(frame.box(cell), textpage) if cell else "" for cell in row.cells]
            for row in table.rows
        ]
        lines = [row_line(row) for row in cells]
        total = sum(len(row) for row in cells)
        filled = sum(bool(cell.strip()) for row in cells for cell in row)
        columns = max((sum(bool(c.strip()) for c in row) for row in cells), default=0)
        if columns > 1 and sum(map(bool, lines)) > 1 and filled >= _FILLED * total:
            yield Table(*frame.box(table.bbox), lines)


def _cell_text(box: tuple[float, float, float, float], textpage: Untyped) -> str:
    left, bottom, right, top = box
    text = textpage.get_text_bounded(left=left, bottom=bottom, right=right, top=top)
    return str(text).replace("\ufffe", "-")


class _Frame:
    """Turns pdfplumber's coordinates (as seen, y downwards) into the page's own."""

    def __init__(self, plumbed: Untyped, page: Untyped) -> None:
        self._turns = page.get_rotation() // 90
        left, bottom, right, top = page.get_mediabox()
        self._left, self._bottom, self._right, self._top = left, bottom, right, top
        self._origin = plumbed.bbox[0], plumbed.bbox[1]

    def box(self, seen: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        corners = [self._point(seen[0], seen[1]), self._point(seen[2], seen[3])]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self._origin[0], y - self._origin[1]
        return (
            (self._left + x, self._top - y),
            (self._left + y, self._bottom + x),
            (self._right - x, self._bottom + y),
            (self._right - y, self._top - x),
        )[self._turns]
