"""Pairwise precision and recall of a clustering.

Over all pairs of mentions: of the pairs put together, how many belong together (precision), and
the reverse (recall); see Hubert and Arabie, Comparing partitions, Journal of Classification 2,
1985. Large clusters weigh by the square of their size, so B-cubed stands beside it. Higher is
better, in [0, 1]; no pair put together gives precision nan, no pair to put together recall nan.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Counts are of unordered pairs."""

    precision: float
    recall: float
    together: int
    true_pairs: int


def pairwise(true: Sequence[Hashable], predicted: Sequence[Hashable]) -> Pairwise:
    """The true and the predicted cluster of each mention, in the same order."""
    both = _pairs(Counter(zip(true, predicted, strict=True)).values())
    together, belong = _pairs(Counter(predicted).values()), _pairs(Counter(true).values())
    nan = float("nan")
    return Pairwise(
        both / together if together else nan, both / belong if belong else nan, together, belong
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)
