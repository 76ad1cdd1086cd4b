"""Precision, recall and F-beta over spans.

A predicted span and a true one match if their intersection over union is at least .5 (the rule of
object detection: Everingham et al., The PASCAL Visual Object Classes challenge, IJCV 88, 2010,
4.2), one to one, the best overlap first, whatever their labels. P = matched / predicted, R =
matched / true. F-beta = (1 + b^2) P R / (b^2 P + R) (van Rijsbergen, Information Retrieval, 2nd ed.
1979, chapter 7); beta 2 counts a miss four times a false alarm. Higher is better, in
[0, 1]; nothing predicted and nothing to find give 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

MIN_OVERLAP = 0.5


class Span(Protocol):
    """Half-open character offsets."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """Spans over any number of texts."""

    predicted: int = 0
    true: int = 0
    matched: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.predicted + other.predicted, self.true + other.true, self.matched + other.matched
        )

    @property
    def precision(self) -> float:
        return self.matched / self.predicted if self.predicted else 1.0

    @property
    def recall(self) -> float:
        return self.matched / self.true if self.true else 1.0

    def f_beta(self, beta: float) -> float:
        p, r = self.precision, self.recall
        return (1 + beta**2) * p * r / (beta**2 * p + r) if p + r else 0.0


def pairs(predicted: Sequence[Span], true: Sequence[Span]) -> list[tuple[int, int]]:
    """Index pairs (predicted, true) that match, the best overlap first, each index once."""
    overlaps = [
        (overlap, p, t)
        for p, one in enumerate(predicted)
        for t, other in enumerate(true)
        if (overlap := _overlap(one, other)) >= MIN_OVERLAP
    ]
    found: list[tuple[int, int]] = []
    for _, p, t in sorted(overlaps, key=lambda o: (-o[0], o[1], o[2])):
        if all(p != other_p and t != other_t for other_p, other_t in found):
            found.append((p, t))
    return found


def count(predicted: Sequence[Span], true: Sequence[Span]) -> Counts:
    """Counts of one text."""
    return Counts(len(predicted), len(true), len(pairs(predicted, true)))


def _overlap(one: Span, other: Span) -> float:
    common = min(one.end, other.end) - max(one.start, other.start)
    if common <= 0:
        return 0.0
    return common / (max(one.end, other.end) - min(one.start, other.start))
