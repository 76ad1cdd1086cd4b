"""Percentile bootstrap of a mean over cases (Efron and Tibshirani, 1993, chapter 13).

Cases are drawn with replacement; with `groups`, whole groups are (the cluster bootstrap: queries
from one document are not independent). For two systems give the differences case by case: that is
the paired bootstrap (Sakai, SIGIR 2006). The interval of no cases is (nan, nan).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_CASES = 6
"""With fewer cases (or groups, where those are drawn) nothing is decided: even when all of them
point one way, the sign test stays above 5 % (2 / 2**5), and one alone has an interval of no width.
"""
_ROUNDS = 2000
_DRAWN_AT_ONCE = 2**20
"""Numbers, so that a hundred thousand cases take no gigabytes."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over cases and its interval at 95 %."""

    mean: float
    low: float
    high: float
    cases: int

    def as_json(self) -> dict[str, Any]:
        """Rounded to 4 digits; nan becomes null, which JSON knows."""
        ci = [_rounded(self.low), _rounded(self.high)]
        return {"mean": _rounded(self.mean), "ci95": ci, "cases": self.cases}


def bootstrap(
    values: Sequence[float],
    *,
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
    rounds: int = _ROUNDS,
) -> Interval:
    """The mean of `values` with the 2.5 and 97.5 percentiles of resampled means."""
    if not values:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    sums, counts = _by_group(values, groups)
    generator = np.random.default_rng(seed)
    block = max(1, _DRAWN_AT_ONCE // len(sums))
    means = np.empty(rounds)
    for start in range(0, rounds, block):
        some = min(block, rounds - start)
        drawn = generator.integers(0, len(sums), size=(some, len(sums)))  # (some, groups)
        means[start : start + some] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(sums.sum() / counts.sum()), float(low), float(high), len(values))


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)


def _by_group(
    values: Sequence[float], groups: Sequence[Hashable] | None
) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Sum and number of the values of each group; without groups each value is one."""
    if groups is None:
        return np.asarray(values, dtype=float), np.ones(len(values))
    at = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    places = np.asarray([at[group] for group in groups])
    sums = np.bincount(places, weights=np.asarray(values, dtype=float), minlength=len(at))
    return sums.astype(float), np.bincount(places, minlength=len(at)).astype(float)
