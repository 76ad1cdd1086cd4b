"""Recall from a sample of blocks drawn by stratum, in which somebody marked what was missed.

What a detector found is known for every block; only misses, and what it found wrongly, have to be
estimated. With F findings, N_h blocks in stratum h, n_h of them looked through and m_h misses seen,

    recall = F p / (F p + sum over h of m_h + (N_h - n_h) m_h / n_h)

where p is the share of findings that are right. Interval: p from a beta and the misses a block from
gamma distributions with Jeffreys' priors (Gelman et al., Bayesian Data Analysis, 2.4 and 2.6), 4000
seeded draws. A stratum in which no miss was seen still counts half a miss, so few labels give
a wide interval and never (1, 1). Higher is better, in [0, 1]; nothing found and nothing missed
gives nan.
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
        each = generator.gamma(s.missed + 0.5, 1 / s.seen, _DRAWS)  # misses a block
        unseen += s.missed + max(0, s.size - s.seen) * each
    drawn = found * sure / np.maximum(found * sure + unseen, 1e-12)
    low, high = np.percentile(drawn, [2.5, 97.5])
    point = found * precision / total if total else float("nan")
    return Recall(point, float(min(low, point)), float(max(high, point)))
