"""Texts and targets from two columns of a CSV file.

    text,target
    He go home.,He goes home.

UTF-8 with or without a byte order mark; a quoted cell may hold line breaks. Errors name lines and
counts, never what a cell or the header says: without a header its first row would be told.
"""

import csv
import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from privrag.errors import TrainingError

_LONGEST_CELL = 10_000_000
"""Characters; the library's own limit is 131,072, and a longer row is to be counted."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cells count, and what divides them."""

    text: str = "text"
    target: str = "target"
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and its target (raw)."""

    text: str = field(repr=False)
    target: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds."""

    sha256: str
    """Of its bytes."""
    pairs: tuple[Pair, ...] = field(repr=False)
    skipped: dict[str, int]
    """Rows that cannot be used, by reason."""


def read_table(file: Path, columns: Columns) -> Table:
    """The rows of a file. Raises TrainingError where it is no such file.

    Left out and counted: rows with an empty cell, rows of more or fewer cells than the header, and
    those that say what an earlier one said.
    """
    if len(columns.delimiter) != 1:
        raise TrainingError("--delimiter is one character, or the word tab")
    data = _bytes(file)
    text = _decoded(file, data)
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        pairs, skipped = _pairs(file, text, columns)
    finally:
        csv.field_size_limit(before)
    if not pairs:
        left_out = ", ".join(f"{reason} {number}" for reason, number in skipped.items())
        why = f" (left out: {left_out})" if left_out else ""
        raise TrainingError(f"{file.name} has no row with a text and a target{why}")
    return Table(hashlib.sha256(data).hexdigest(), tuple(pairs), dict(skipped))


def _pairs(file: Path, text: str, columns: Columns) -> tuple[list[Pair], Counter[str]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=columns.delimiter, strict=True)
    skipped = Counter[str]()
    pairs: dict[Pair, None] = {}
    try:
        header = [name.strip() for name in next(lines, [])]
        at_text, at_target = (_place(file, header, name, columns) for name in _named(columns))
        for cells in lines:
            if len(cells) != len(header):
                skipped["number of cells"] += any(map(str.strip, cells))
                continue
            pair = Pair(cells[at_text].strip(), cells[at_target].strip())
            if not pair.text or not pair.target:
                skipped["empty"] += any(map(str.strip, cells))
            elif pair in pairs:
                skipped["duplicate"] += 1
            else:
                pairs[pair] = None
    except csv.Error:
        raise TrainingError(
            f"{file.name} is not CSV at line {lines.line_num}: a quote or a cell does not end; "
            "double each quote within a quoted cell"
        ) from None
    return list(pairs), +skipped


def _named(columns: Columns) -> tuple[tuple[str, str], tuple[str, str]]:
    return (columns.text, "--text-column"), (columns.target, "--target-column")


def _place(file: Path, header: list[str], named: tuple[str, str], columns: Columns) -> int:
    """Where the column stands."""
    name, option = named
    number = header.count(name)
    if number == 1:
        return header.index(name)
    if not any(header):
        raise TrainingError(f"{file.name} is empty; give a CSV file with a header and rows")
    if number:
        raise TrainingError(
            f"{number} columns of {file.name} are called {name!r}; rename all but one"
        )
    raise TrainingError(
        f"no column of {file.name} is called {name!r} (its first line has {len(header)} cells "
        f"divided by {columns.delimiter!r}); name it with {option}, or say what divides them with "
        "--delimiter"
    )


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TrainingError(f"{file.name} cannot be read ({error.strerror})") from None


def _decoded(file: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrainingError(
            f"{file.name} is not UTF-8 (byte {error.start}); save it as CSV in UTF-8"
        ) from None
