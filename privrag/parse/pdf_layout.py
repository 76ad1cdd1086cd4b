"""From the lines of a PDF to headings, paragraphs, lists and tables without rules.

Heuristics after the classical ones (indentation, leading, size of type). They decide about block
borders only: every character stays, in the order of the file.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from privrag.parse.pdf_lines import Segment
from privrag.parse.piece import CELL_SEPARATOR, Piece, table_pieces

if TYPE_CHECKING:
    from privrag.records import BlockKind

_BULLET = re.compile(r"(?:[\u2022\u25cf\u25aa\u25a0\u2023\u25e6\uf0b7\u00b7*\u2013-]|o(?= ))\s*")
_NUMBERED = re.compile(r"(?:\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|\(?[ivx]{1,5}[.)])\s")
_LEADERS = re.compile(r"(?:\. ?){5,}\s*\S*$")
"""The dots of a table of contents, with the page number."""
_SENTENCE_END = re.compile(r"[.!?:;][\"'\u201d\u2019)\]]*$")
_BIGGER = 1.12
"""Type that many times the body's is a heading's."""
_HEADING_CHARACTERS = 160
_BOLD_HEADING_CHARACTERS = 90
_PROSE_COLUMN_CHARACTERS = 25
"""Side by side, texts of that mean length are columns of prose, not cells."""
_MARGIN_LINES = 2
_REPEATS = 3
_ENOUGH_LINES = 8


@dataclass(slots=True)
class Row:
    """What stands on one line; several cells if there are wide gaps in it."""

    cells: list[Segment]

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right

    @property
    def top(self) -> float:
        return max(cell.top for cell in self.cells)

    @property
    def bottom(self) -> float:
        return min(cell.bottom for cell in self.cells)

    @property
    def size(self) -> float:
        return max(cell.size for cell in self.cells)

    @property
    def em(self) -> float:
        return max(cell.em for cell in self.cells)

    @property
    def bold(self) -> bool:
        return all(cell.bold for cell in self.cells)


@dataclass(slots=True)
class Page:
    """One page on its way to pieces. A table found by its rules stands among the rows."""

    number: int
    items: list[Row | list[str]] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return [item for item in self.items if isinstance(item, Row)]


def rows_of(segments: Sequence[Segment]) -> list[Row]:
    """Put segments that continue a line to the right into one row."""
    rows: list[Row] = []
    for segment in segments:
        last = rows[-1].cells[-1] if rows else None
        if last is not None and _continues(last, segment):
            rows[-1].cells.append(segment)
        else:
            rows.append(Row([segment]))
    return rows


def layout(pages: Sequence[Page]) -> Iterator[Piece]:
    """The pieces of all pages. Lines that repeat at the edge of pages are headers."""
    body = _body_size(pages)
    running = _running_lines(pages, body)
    for page in pages:
        margin = {id(row) for row in _edge_rows(page) if _mask(row, body) in running}
        if len(margin) == len(page.items):  # a page of nothing else would be all header
            margin = set()
        run: list[Row] = []
        for item in page.items:
            if isinstance(item, Row) and id(item) not in margin:
                run.append(item)
                continue
            yield from _run_pieces(run, page.number, body)
            run = []
            if isinstance(item, Row):
                yield Piece("header", item.text, page.number)
            else:
                yield from table_pieces(item, page.number)
        yield from _run_pieces(run, page.number, body)


def _continues(last: Segment, segment: Segment) -> bool:
    shared = min(last.top, segment.top) - max(last.bottom, segment.bottom)
    return (
        last.angle == segment.angle
        and not last.hyphenated
        and segment.left >= last.right - 0.2 * last.size
        and shared > 0.6 * min(last.size, segment.size)
    )


def _body_size(pages: Sequence[Page]) -> float:
    """The size of type that most characters have."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for row in page.rows:
            sizes[round(row.em, 1)] += len(row.text)
    return sizes.most_common(1)[0][0] if sizes else 0


def _edge_rows(page: Page) -> list[Row]:
    rows = page.rows
    return [*rows[:_MARGIN_LINES], *rows[_MARGIN_LINES:][-_MARGIN_LINES:]]


def _mask(row: Row, body: float) -> str:
    """A row without its digits; `Section 7` in large type keeps them: it is no page number."""
    return row.text if row.em > _BIGGER * body else re.sub(r"\d+", "0", row.text)


def _running_lines(pages: Sequence[Page], body: float) -> set[str]:
    """Lines (page numbers aside) at the edge of at least 3 pages, and of half of all pages."""
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update({_mask(row, body) for row in _edge_rows(page)})
    least = max(_REPEATS, len(pages) / 2)
    return {text for text, count in counts.items() if count >= least}


def _run_pieces(rows: list[Row], page: int, body: float) -> Iterator[Piece]:
    """Rows between two tables or headers."""
    prose: list[Row] = []
    for tabular, run in _tabular_runs(rows):
        if tabular and _is_prose_columns(run):
            prose.extend(Row([row.cells[0]]) for row in run)
            prose.extend(Row(row.cells[1:]) for row in run if len(row.cells) > 1)
        elif tabular:
            yield from _prose_pieces(prose, page, body)
            prose = []
            lines = (CELL_SEPARATOR.join(cell.text for cell in row.cells) for row in run)
            yield from table_pieces(lines, page)
        else:
            prose.extend(run)
    yield from _prose_pieces(prose, page, body)


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


def _prose_pieces(rows: list[Row], page: int, body: float) -> Iterator[Piece]:
    items: list[str] = []
    for block in _blocks(rows, body):
        text = _joined(block)
        if _is_item(block[0]) or _LEADERS.search(text):
            items.append(text)
            continue
        if items:
            yield Piece("list", "\n".join(items), page)
            items = []
        kind: BlockKind = "heading" if _is_heading(block, text, body) else "paragraph"
        yield Piece(kind, text, page)
    if items:
        yield Piece("list", "\n".join(items), page)


def _blocks(rows: list[Row], body: float) -> Iterator[list[Row]]:
    """Rows that belong together: a paragraph, a heading, a list item."""
    leading = _leading(rows)
    right = max((row.right for row in rows), default=0)
    block: list[Row] = []
    for row in rows:
        if block and _starts_block(block, row, leading, right, body):
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _starts_block(block: list[Row], row: Row, leading: float, right: float, body: float) -> bool:
    last = block[-1]
    step = last.bottom - row.bottom
    if last.cells[-1].hyphenated:
        return False
    if _LEADERS.search(last.text):
        return True
    if last.cells[0].angle != row.cells[0].angle or row.left > last.right or row.right < last.left:
        return True
    if step <= 0 or step > max(1.3 * leading, 1.15 * row.size):
        return not -0.3 * row.size < step <= 0
    if abs(row.em - last.em) > 0.12 * last.em or row.bold != last.bold or _is_item(row):
        return True
    ended = bool(_SENTENCE_END.search(last.text))
    short = last.right < right - 0.2 * max(right - block[0].left, 1)
    indented = row.left > last.left + 0.8 * row.size and not _is_item(block[0])
    return ended and (short or indented)


def _leading(rows: list[Row]) -> float:
    """The usual distance from line to line; at most 1.2 lines if there are few to judge by."""
    steps = [
        above.bottom - below.bottom
        for above, below in pairwise(rows)
        if 0 < above.bottom - below.bottom < 2.2 * above.size
    ]
    if len(steps) < _ENOUGH_LINES:
        steps = [step for step in steps if step < 1.2 * rows[0].size]
    return statistics.median_low(steps) if steps else 0


def _is_item(row: Row) -> bool:
    return bool(_BULLET.match(row.text) or _NUMBERED.match(row.text)) and not row.bold


def _is_heading(block: list[Row], text: str, body: float) -> bool:
    if not re.search(r"[^\W\d_]{2}", text):  # page numbers and the like
        return False
    if all(row.em > _BIGGER * body for row in block):
        return len(text) <= _HEADING_CHARACTERS
    short = len(text) <= _BOLD_HEADING_CHARACTERS and not re.search(r"[.,;]$", text)
    return short and all(row.bold for row in block)


def _joined(block: list[Row]) -> str:
    """The words of a block; one that was cut at the end of a line keeps hyphen and break."""
    parts: list[str] = []
    for row in block:
        parts.append(row.text)
        parts.append("\n" if row.cells[-1].hyphenated else " ")
    return "".join(parts).strip()
