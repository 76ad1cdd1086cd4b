"""B-cubed precision and recall of a clustering (Bagga and Baldwin, LREC workshop 1998).

For each mention: precision = share of its predicted cluster that belongs to its true one, recall =
share of its true cluster that was put into its predicted one; both averaged over mentions. Higher
is better, in [0, 1]; no mentions give nan.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BCubed:
    """`f1` is the harmonic mean of the two."""

    precision: float
    recall: float
    f1: float
    mentions: int


def b_cubed(true: Sequence[Hashable], predicted: Sequence[Hashable]) -> BCubed:
    """The true and the predicted cluster of each mention, in the same order."""
    if not true:
        return BCubed(float("nan"), float("nan"), float("nan"), 0)
    both = Counter(zip(true, predicted, strict=True))
    of_true, of_predicted = Counter(true), Counter(predicted)
    total = len(true)
    precision = sum(n * n / of_predicted[p] for (_, p), n in both.items()) / total
    recall = sum(n * n / of_true[t] for (t, _), n in both.items()) / total
    return BCubed(precision, recall, 2 * precision * recall / (precision + recall), total)
