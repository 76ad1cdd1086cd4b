"""Find sentences in raw text, by offsets. Rows of tables and lines of code count as sentences."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from privrag.prose import ends_in_abbreviation
from privrag.records import BlockKind, Entity

_LINE_KINDS = frozenset({"table", "code", "header", "list"})
_BOUNDARY = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-ZÀ-ÖØ-Þ0-9*#-])|\n{2,}")


def split_sentences(kind: BlockKind, text: str) -> list[tuple[int, int]]:
    """Half-open spans in order, without surrounding white space; together all of the text."""
    if kind in _LINE_KINDS:
        cuts = [(m.start(), m.end()) for m in re.finditer(r"\n+", text)]
    else:
        cuts = [
            (m.start(), m.end())
            for m in _BOUNDARY.finditer(text)
            if not ends_in_abbreviation(text, m.start())
        ]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return [span for pair in zip(starts, ends, strict=True) if (span := _strip(text, *pair))]


def join_across(
    spans: Iterable[tuple[int, int]], entities: Sequence[Entity]
) -> list[tuple[int, int]]:
    """Join sentences that an entity reaches across: a pseudonym is never cut.

    The entities stand in order and do not overlap.
    """
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and _reaches_into(entities, joined[-1][1], start):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _reaches_into(entities: Sequence[Entity], start: int, end: int) -> bool:
    """Whether an entity stands in, or reaches into, the gap between two sentences."""
    at = bisect_right(entities, start, key=lambda entity: entity.end)
    return at < len(entities) and entities[at].start < end


def _strip(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
