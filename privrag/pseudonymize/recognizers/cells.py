"""The cells of a table, row by row, with their places in the document."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from privrag.pseudonymize.matches import BlockSpan


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: where it stands with the spaces around its words, and the words."""

    start: int
    end: int
    text: str = field(repr=False)


def rows_of(text: str, block: BlockSpan) -> Iterator[list[Cell]]:
    """The rows of a table, without empty lines and the rules between them."""
    at = block.start
    for line in text[block.start : block.end].splitlines(keepends=True):
        body = line.rstrip("\n").strip()
        start = at + line.index(body) if body else at
        at += len(line)
        if not body or not body.strip("|-+: "):
            continue
        if body.startswith("|"):
            start, body = start + 1, body[1:].removesuffix("|")
        cells = []
        for part in body.split("|"):
            cells.append(Cell(start, start + len(part), part.strip()))
            start += len(part) + 1
        yield cells


def span_of(text: str, cell: Cell) -> tuple[int, int]:
    """Where the words of the cell stand."""
    start = text.index(cell.text, cell.start)
    return start, start + len(cell.text)
