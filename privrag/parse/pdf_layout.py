"""The pages of a PDF in order: running headers, tables without rules, columns, prose."""

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privrag.parse.pdf_lines import Row
from privrag.parse.pdf_paragraphs import BIGGER, Typography, prose_pieces, typography_of
from privrag.parse.piece import CELL_SEPARATOR, Piece, table_pieces

_PROSE_COLUMN_CHARACTERS = 25
"""Side by side, texts of that mean length are columns of prose, not cells."""
_MARGIN_LINES = 2
_REPEATS = 3


@dataclass(slots=True)
class Page:
    """One page on its way to pieces. A table found by its rules stands among the rows."""

    number: int
    items: list[Row | list[str]] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return [item for item in self.items if isinstance(item, Row)]


def layout(pages: Sequence[Page]) -> Iterator[Piece]:
    """The pieces of all pages. Lines that repeat at the edge of pages are headers."""
    typography = typography_of([page.rows for page in pages])
    running = _running_lines(pages, typography)
    for page in pages:
        margin = {id(row) for row in _edge_rows(page) if _mask(row, typography) in running}
        if len(margin) == len(page.items):  # a page of nothing else would be all header
            margin = set()
        run: list[Row] = []
        for item in page.items:
            if isinstance(item, Row) and id(item) not in margin:
                run.append(item)
                continue
            yield from _run_pieces(run, page.number, typography)
            run = []
            if isinstance(item, Row):
                yield Piece("header", item.text, page.number)
            else:
                yield from table_pieces(item, page.number)
        yield from _run_pieces(run, page.number, typography)


def _edge_rows(page: Page) -> list[Row]:
    rows = page.rows
    return [*rows[:_MARGIN_LINES], *rows[_MARGIN_LINES:][-_MARGIN_LINES:]]


def _mask(row: Row, typography: Typography) -> str:
    """A row without its digits; `Section 7` in large type keeps them: it is no page number."""
    return row.text if row.em > BIGGER * typography.em else re.sub(r"\d+", "0", row.text)


def _running_lines(pages: Sequence[Page], typography: Typography) -> set[str]:
    """Lines (page numbers aside) at the edge of at least 3 pages, and of half of all pages."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_mask(row, typography) for row in _edge_rows(page)})
    least = max(_REPEATS, len(pages) / 2)
    return {text for text, count in counts.items() if count >= least}


def _run_pieces(rows: list[Row], page: int, typography: Typography) -> Iterator[Piece]:
    """Rows between two tables or headers."""
    prose: list[Row] = []
    for tabular, run in _tabular_runs(rows):
        if tabular and _is_prose_columns(run):
            prose.extend(Row([row.cells[0]]) for row in run)
            prose.extend(Row(row.cells[1:]) for row in run if len(row.cells) > 1)
        elif tabular:
            yield from prose_pieces(prose, page, typography)
            prose = []
            lines = (CELL_SEPARATOR.join(cell.text for cell in row.cells) for row in run)
            yield from table_pieces(lines, page)
        else:
            prose.extend(run)
    yield from prose_pieces(prose, page, typography)


def _tabular_runs(rows: list[Row]) -> Iterator[tuple[bool, list[Row]]]:
    """Runs of at least two neighbouring rows that share a column, and what is between them."""
    start = 0
    while start < len(rows):
        end = start + 1
        tabular = len(rows[start].cells) > 1
        while end < len(rows) and tabular and _same_table(rows[end - 1], rows[end]):
            end += 1
        tabular = end - start > 1
        yield tabular, rows[start:end]
        start = end


def _same_table(row: Row, following: Row) -> bool:
    """Whether the second of two rows goes on a table: close below, a common column edge."""
    if len(following.cells) < 2 or not 0 <= row.bottom - following.bottom < 3 * row.size:
        return False
    tolerance = 0.4 * row.size
    return any(
        abs(a.left - b.left) < tolerance or abs(a.right - b.right) < tolerance
        for a in row.cells[1:]
        for b in following.cells[1:]
    )


def _is_prose_columns(rows: list[Row]) -> bool:
    lengths = [len(cell.text) for row in rows for cell in row.cells]
    widest = max(len(row.cells) for row in rows)
    return widest == 2 and statistics.mean(lengths) >= _PROSE_COLUMN_CHARACTERS
