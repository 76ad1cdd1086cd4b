"""How many there are, from two incomplete searches: Chapman's form of Lincoln-Petersen.

N = (n1 + 1)(n2 + 1) / (m + 1) - 1, where search 1 found n1, search 2 found n2 and both found m
(Chapman, Some properties of the hypergeometric distribution, 1951; variance: Seber, Biometrika
57, 1970). It assumes that one search finds a thing no more often because the other did. Two
detectors of names are *positively* dependent, easy names are easy for both: N comes out too small,
and recall, n1 / N, too high. So the estimate is an upper statement about recall. Nothing found by
either gives (0, 0, 0).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Captured:
    """Estimated number of all things, at 95 %; never below the number that was seen."""

    total: float
    low: float
    high: float


def chapman(first: int, second: int, both: int) -> Captured:
    """`both` things are among the `first` and among the `second`."""
    if not 0 <= both <= min(first, second):
        msg = f"both ({both}) must lie between 0 and the smaller of {first} and {second}"
        raise ValueError(msg)
    seen = first + second - both
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (
        (first + 1) * (second + 1) * (first - both) * (second - both)
        / ((both + 1) ** 2 * (both + 2))
    )  # fmt: skip
    # log-normal interval over the unseen part (Chao, Biometrics 43, 1987): stays above `seen`
    unseen = total - seen
    if unseen <= 0 or variance == 0:
        return Captured(max(total, seen), seen, max(total, seen))
    spread = math.exp(1.96 * math.sqrt(math.log1p(variance / unseen**2)))
    return Captured(total, seen + unseen / spread, seen + unseen * spread)
