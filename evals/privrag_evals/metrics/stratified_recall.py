"""Recall from a sample of blocks drawn by stratum, in which somebody marked what was missed.

What a detector found is known for every block; only misses, and what it found wrongly, have to be
estimated. With F findings, N_h blocks in stratum h, n_h of them looked through and m_h misses seen,

    recall = F p / (F p + sum over h of m_h + (N_h - n_h) m_h / n_h)

where p is the share of findings that are right; the sum is the total of a stratified sample
(Cochran, Sampling Techniques, 3rd ed. 1977, chapter 5). Interval: p from a beta and the misses a
block from gamma distributions with Jeffreys' priors (Gelman et al., Bayesian Data Analysis, 2.4 and
2.6), and from these the misses in blocks not looked through, 4000 seeded draws. Misses come in
heaps (a column of a register that nobody finds), so they are taken for compound Poisson: the
variance of their sum is the sum of their squares (Feller, An Introduction to Probability Theory and
Its Applications 1, 3rd ed. 1968, XII.2), f = sum m^2 / sum m times that of single ones, and m of
them tell as much as m / f that come alone. A stratum in which no miss was seen still counts half a
miss, so few labels give a wide interval and never (1, 1). Higher is better, in [0, 1]; nothing
found and nothing missed gives nan.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class StratumCount:
    """`size` blocks, of which `seen` were looked through and showed `missed` identities."""

    size: int
    seen: int
    missed: int
    squares: int | None = None
    """Sum of the squared misses of each block; None: no block showed more than one."""

    @property
    def heap(self) -> float:
        """How many misses come together, as a miss sees it; 1 where each comes alone."""
        if not self.missed or self.squares is None:
            return 1.0
        return self.squares / self.missed


@dataclass(frozen=True, slots=True)
class Recall:
    """At 95 %."""

    recall: float
    low: float
    high: float


def stratified_recall(
    found: int, *, right: int, wrong: int, strata: Sequence[StratumCount]
) -> Recall:
    """`right` and `wrong`: findings in blocks looked through; unseen strata are left out."""
    seen = [s for s in strata if s.seen]
    precision = right / (right + wrong) if right + wrong else 1.0
    missed = sum(s.missed + max(0, s.size - s.seen) * s.missed / s.seen for s in seen)
    total = found * precision + missed
    generator = np.random.default_rng(0)
    sure = generator.beta(right + 0.5, wrong + 0.5, _DRAWS) if right + wrong else np.ones(_DRAWS)
    unseen = np.zeros(_DRAWS)
    for s in seen:
        heaps = generator.gamma(s.missed / s.heap + 0.5, 1 / s.seen, _DRAWS)  # a block
        rest = generator.poisson(max(0, s.size - s.seen) * heaps) * s.heap  # misses in the others
        unseen += s.missed + rest
    drawn = found * sure / np.maximum(found * sure + unseen, 1e-12)
    low, high = np.percentile(drawn, [2.5, 97.5])
    point = found * precision / total if total else float("nan")
    return Recall(point, float(min(low, point)), float(max(high, point)))
