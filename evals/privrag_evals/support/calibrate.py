"""A logistic curve from a score to a share, fitted by Newton's method (fractional logit).

Papke and Wooldridge, Journal of Applied Econometrics 11(6), 1996: the share need not be 0 or 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_STEPS = 100
_RIDGE = 1e-6
"""Keeps a curve finite whose data a step would fit."""


@dataclass(frozen=True, slots=True)
class Curve:
    """`share = 1 / (1 + exp(-(intercept + slope * score)))`."""

    intercept: float
    slope: float

    def share_of(self, score: float) -> float:
        """In (0, 1)."""
        return float(1 / (1 + np.exp(-(self.intercept + self.slope * score))))


def fit_curve(scores: Sequence[float], shares: Sequence[float]) -> Curve:
    """The likeliest curve; one score for all gives a flat one. Raises ValueError without any."""
    if not scores:
        msg = "a curve needs scores"
        raise ValueError(msg)
    x = np.column_stack([np.ones(len(scores)), scores])  # (cases, 2)
    wanted, found = np.asarray(shares, dtype=float), np.zeros(2)
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-(x @ found)))
        uphill = x.T @ (wanted - share) - _RIDGE * found
        bend = (x * (share * (1 - share))[:, None]).T @ x + _RIDGE * np.eye(2)
        step = np.linalg.solve(bend, uphill)
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return Curve(float(found[0]), float(found[1]))
