"""Spearman's rank correlation (Spearman, American Journal of Psychology 15(1), 1904).

Pearson's correlation of the ranks; equal values share the mean of their ranks. In [-1, 1], higher
is better where both sides grow with quality. No case, one, or one side all equal gives nan.
`spearman_interval` draws whole groups with replacement (percentile bootstrap).
"""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS = 2000


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """The correlation of two lists of the same cases."""
    a, b = _ranks(np.asarray(one, dtype=float)), _ranks(np.asarray(other, dtype=float))
    if len(a) < 2 or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def spearman_interval(
    one: Sequence[float],
    other: Sequence[float],
    *,
    groups: Sequence[Hashable],
    seed: int = 0,
    rounds: int = _ROUNDS,
) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of the correlation over redrawn groups; nan without any."""
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    names = list(dict.fromkeys(groups))
    members = [np.flatnonzero([group == name for group in groups]) for name in names]
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(rounds if names else 0):
        drawn = np.concatenate([members[n] for n in generator.integers(0, len(names), len(names))])
        found.append(spearman(a[drawn].tolist(), b[drawn].tolist()))
    kept = [value for value in found if not np.isnan(value)]
    if not kept:
        return float("nan"), float("nan")
    low, high = np.percentile(kept, [2.5, 97.5])
    return float(low), float(high)


def _ranks(values: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """From 1; equal values have the mean of theirs."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    ranks: NDArray[np.float64] = (last - (times - 1) / 2)[place]
    return ranks
