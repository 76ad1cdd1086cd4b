"""What a parser yields, and the seam that every format fills."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from privrag.records import BlockKind

CELL_SEPARATOR = " \t "
"""White space, so that a quoted row is found on its page."""
Untyped: TypeAlias = Any
"""An object of a library that has no type information, e.g. an lxml element."""
_ROWS_PER_BLOCK = 40
"""About a screen of rows: small enough for a chunk or two, large enough to stay a table."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One block as a parser found it, before normalisation; empty ones are dropped later."""

    kind: BlockKind
    text: str = field(repr=False)
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a parser makes of a file. `pieces` may be lazy, so that limits can stop it early."""

    pieces: Iterable[Piece] = field(repr=False)
    title: str | None = field(default=None, repr=False)
    """The document's own title; None if it has none."""
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a parser may know beside the bytes."""

    max_characters: int
    parse_part: Callable[[str, bytes], Content]
    """Parse an attachment by its file name; raises ParseError if it cannot be read."""


class Parser(Protocol):
    """Reads one format: a function in its own module, listed in `formats.FORMATS`.

    It may raise ParseError with a clause that starts with "it"; anything else it raises means
    that the file is damaged.
    """

    def __call__(self, data: bytes, context: Context, /) -> Content:
        """Take the whole file's bytes."""


def row_line(cells: Iterable[str]) -> str:
    """One table row as a line: white space in a cell collapsed, empty cells at the end dropped."""
    shown = [" ".join(cell.split()) for cell in cells]
    while shown and not shown[-1]:
        shown.pop()
    return CELL_SEPARATOR.join(shown)


def table_pieces(lines: Iterable[str], page: int | None = None) -> Iterator[Piece]:
    """A table's lines as blocks of at most 40 rows; rows without text are left out."""
    block: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        block.append(line)
        if len(block) == _ROWS_PER_BLOCK:
            yield Piece("table", "\n".join(block), page)
            block = []
    if block:
        yield Piece("table", "\n".join(block), page)
