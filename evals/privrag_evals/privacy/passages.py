"""Blocks cut into passages that fit on a screen, so that a long one can be drawn and labelled, too.

Only the text decides where a cut falls, never what a detector found in it: labels of a passage
outlive a change of the detector.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from privrag.pseudonymize.sentences import split_sentences
from privrag.records import BlockKind, Entity
from privrag_evals.pii.data import GoldSpan

MOST_SHOWN = 2000
"""Characters of a passage."""
_MOST_CONTEXT = 300


S = TypeVar("S", Entity, GoldSpan)


@dataclass(frozen=True, slots=True)
class Passage:
    """Half-open offsets in the block's text, and the first row of the table that was cut."""

    start: int
    end: int
    context: str = ""


def passages_of(kind: BlockKind, text: str, *, most: int = MOST_SHOWN) -> list[Passage]:
    """Passages in order, at most `most` characters each; together all of the text but white space.

    A short block is one passage, as it is. A long one is cut between rows, lines or sentences;
    inside one only if it is longer than `most`: at white space, or anywhere where there is none.
    """
    if not text.strip():
        return []
    if len(text) <= most:
        return [Passage(0, len(text))]
    header = text.split("\n", 1)[0][:_MOST_CONTEXT] if kind == "table" else ""
    pieces = (
        piece
        for start, end in split_sentences(kind, text)
        for piece in _cut(text, start, end, most)
    )
    return [Passage(start, end, header if start else "") for start, end in _together(pieces, most)]


def inside(spans: Sequence[S], passage: Passage) -> tuple[S, ...]:
    """The spans of a block that reach into the passage, offsets in its text.

    One that a cut divides is in both passages, each with its part: what is found and what is to
    be found are counted alike.
    """
    length = passage.end - passage.start
    moved = (
        replace(
            span,
            start=max(0, span.start - passage.start),
            end=min(length, span.end - passage.start),
        )
        for span in spans
        if span.start < passage.end and span.end > passage.start
    )
    return tuple(moved)


def _together(pieces: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Neighbours joined as long as they fit."""
    joined: list[tuple[int, int]] = []
    for start, end in pieces:
        if joined and end - joined[-1][0] <= most:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _cut(text: str, start: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    while end - start > most:
        line = text.rfind("\n", start + 1, start + most)
        space = next((n for n in range(start + most, start, -1) if text[n].isspace()), -1)
        at = line if line > start else space if space > start else start + most
        yield start, at
        start = at
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
