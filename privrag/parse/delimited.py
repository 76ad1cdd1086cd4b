"""Comma-separated values and their relatives."""

import csv
import io
from collections.abc import Iterator

from privrag.parse.piece import Content, Context, row_line, table_pieces
from privrag.parse.text import decode

_SAMPLE_LINES = 50
_DELIMITERS = (",", ";", "\t", "|")


def parse_csv(data: bytes, context: Context) -> Content:
    """Each row a line; the delimiter is the one that cuts most rows alike."""
    text = decode(data, context.max_characters)
    return Content(table_pieces(_lines(text, _delimiter(text))))


def parse_tsv(data: bytes, context: Context) -> Content:
    """As CSV, cut at tabs."""
    return Content(table_pieces(_lines(decode(data, context.max_characters), "\t")))


def _lines(text: str, delimiter: str) -> Iterator[str]:
    csv.field_size_limit(len(text) + 1)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return (row_line(row) for row in rows)


def _delimiter(text: str) -> str:
    """The delimiter with which most of the first rows have the same number (> 1) of cells."""
    sample = text[:100_000].splitlines()[:_SAMPLE_LINES]

    def score(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        common = max(set(widths), key=widths.count, default=1)
        return (widths.count(common), common) if common > 1 else (0, 0)

    csv.field_size_limit(len(text) + 1)
    return max(_DELIMITERS, key=score)
