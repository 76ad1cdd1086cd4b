"""Find sentences in raw text, by offsets. Rows of tables and lines of code count as sentences."""

import re
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
    """Join sentences that an entity reaches across: a pseudonym is never cut."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        crossing = joined and any(e.start < joined[-1][1] and e.end > start for e in entities)
        between = joined and any(
            joined[-1][1] <= e.start < start or joined[-1][1] < e.end <= start for e in entities
        )
        if crossing or between:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _strip(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
