"""From the lines of a PDF to headings, paragraphs and lists.

Heuristics after the classical ones (indentation, leading, size of type). They decide about block
borders only: every character stays, in the order of the file.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from privrag.parse.pdf_lines import Row
from privrag.parse.piece import Piece

if TYPE_CHECKING:
    from privrag.records import BlockKind

_BULLET = re.compile(r"[\u2022\u25cf\u25aa\u25a0\u2023\u25e6\uf0b7\uf0a7]")
_MARK = re.compile(r"(?:[*\u2013\u00b7o-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,5})[.)])\s")
"""Marks an item only where an item may start: a wrapped line may begin with `45.` as well."""
_LEADERS = re.compile(r"(?:\. ?){5,}\s*\S*$")
"""The dots of a table of contents, with the page number."""
_SENTENCE_END = re.compile(r"[.!?:;][\"'\u201d\u2019)\]]*$")
BIGGER = 1.12
"""Type that many times the body's is a heading's."""
_HEADING_CHARACTERS = 160
_BOLD_HEADING_CHARACTERS = 90
_ENOUGH_LINES = 8
_SINGLE_SPACED = 1.05
"""Leading in line heights (ascent + descent) where there are too few lines to measure it."""
_PARAGRAPH_GAP = 1.25
"""A step of that many leadings starts a paragraph."""


@dataclass(frozen=True, slots=True)
class Typography:
    """How the body of a document is set."""

    em: float
    """Size of its type in points."""
    leading: float
    """Distance from line to line, in line heights."""


def typography_of(pages: Sequence[Sequence[Row]]) -> Typography:
    """The size that most characters have, and the step that most lines make."""
    ems: Counter[float] = Counter()
    steps: Counter[float] = Counter()
    for rows in pages:
        for row in rows:
            ems[round(row.em, 1)] += len(row.text)
        for above, below in pairwise(rows):
            step = (above.bottom - below.bottom) / max(above.size, 1)
            single = len(above.cells) == len(below.cells) == 1
            if 0 < step < 2.2 and single and abs(above.left - below.left) < 2 * above.size:
                steps[round(step, 1)] += 1
    enough = steps.total() >= _ENOUGH_LINES
    return Typography(
        em=ems.most_common(1)[0][0] if ems else 0,
        leading=steps.most_common(1)[0][0] if enough else _SINGLE_SPACED,
    )


def prose_pieces(rows: list[Row], page: int, typography: Typography) -> Iterator[Piece]:
    """The blocks of rows that are no table; neighbouring list items are one block."""
    items: list[str] = []
    for block in _blocks(rows, typography):
        text = _joined(block)
        if _is_item(block[0]) or _LEADERS.search(text):
            items.append(text)
            continue
        if items:
            yield Piece("list", "\n".join(items), page)
            items = []
        kind: BlockKind = "heading" if _is_heading(block, text, typography) else "paragraph"
        yield Piece(kind, text, page)
    if items:
        yield Piece("list", "\n".join(items), page)


def _blocks(rows: list[Row], typography: Typography) -> Iterator[list[Row]]:
    """Rows that belong together: a paragraph, a heading, a list item."""
    right = max((row.right for row in rows), default=0)
    block: list[Row] = []
    for row in rows:
        if block and _starts_block(block, row, right, typography):
            yield block
            block = []
        block.append(row)
    if block:
        yield block


def _starts_block(block: list[Row], row: Row, right: float, typography: Typography) -> bool:
    last = block[-1]
    if last.cells[-1].hyphenated:
        return False
    apart = (
        last.cells[0].angle != row.cells[0].angle
        or row.left > last.right
        or row.right < last.left
        or abs(row.em - last.em) > 0.12 * last.em
        or row.bold != last.bold
    )
    if apart or _LEADERS.search(last.text) or not _is_next_line(block, row, typography):
        return True
    ended = bool(_SENTENCE_END.search(last.text))
    short = last.right < right - 0.2 * max(right - block[0].left, 1)
    if _is_item(row):
        return ended or short or bool(_BULLET.match(row.text)) or _is_aligned_item(block, row)
    indented = row.left > last.left + 0.8 * row.size and not _is_item(block[0])
    return ended and (short or indented)


def _is_next_line(block: list[Row], row: Row, typography: Typography) -> bool:
    """Whether a row follows at the usual distance: that of the block, else of the document."""
    step = block[-1].bottom - row.bottom
    steps = [above.bottom - below.bottom for above, below in pairwise(block)]
    leading = statistics.median(steps) if steps else typography.leading * row.size
    return -0.3 * row.size < step <= max(_PARAGRAPH_GAP * leading, row.size)


def _is_aligned_item(block: list[Row], row: Row) -> bool:
    """Whether a mark stands under the mark of the item before, or apart from the text before."""
    if _is_item(block[0]):
        return abs(row.left - block[0].left) < 0.3 * row.size
    return abs(row.left - block[-1].left) > 0.5 * row.size


def _is_item(row: Row) -> bool:
    return bool(_BULLET.match(row.text) or _MARK.match(row.text)) and not row.bold


def _is_heading(block: list[Row], text: str, typography: Typography) -> bool:
    if not re.search(r"[^\W\d_]{2}", text):  # page numbers and the like
        return False
    if all(row.em > BIGGER * typography.em for row in block):
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
