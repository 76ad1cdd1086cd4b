"""How much privacy one training run certainly cost: a lower bound of epsilon from its canaries.

Steinke, Nasr and Jagielski, "Privacy Auditing with One (1) Training Run" (NeurIPS 2023). Of `m`
canaries each was trained on or not by a fair coin. An auditor guesses `r` of the coins and is right
`v` times. A training that is (epsilon, delta)-private allows that many only with the probability of
theorem 5.2; the largest epsilon that is refuted is the bound. It is about the unit that a canary
stands for: one owner, if each canary is one.

A bound of 0 says that this audit found nothing. It never says that there is nothing to find: with
few canaries even a model that tells all of them apart refutes little (`ceiling`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SHARES = (0.125, 0.25, 0.5, 1.0)
"""Of the canaries, how many an auditor guesses; each is tried."""
_PRECISION = 40
"""Halvings of an interval of width 1."""
_MOST = 64.0
"""No audit of fewer than e^60 canaries refutes more."""


@dataclass(frozen=True, slots=True)
class OneRunAudit:
    """What an audit refuted, and what it could have refuted at most."""

    canaries: int
    included: int
    guesses: int
    correct: int
    delta: float
    confidence: float
    """Of the bound, over all numbers of guesses that were tried."""
    tried: int
    """Numbers of guesses of which the best was taken; each ran at risk (1 - confidence) / tried."""
    lower_bound: float
    ceiling: float
    """The bound if every canary had been guessed right."""

    def in_words(self) -> str:
        """The result with its limit, in a sentence."""
        limit = (
            f"{self.canaries} canaries can show at most {self.ceiling:.2f} at "
            f"{self.confidence:.0%} confidence"
        )
        if self.lower_bound <= 0:
            return (
                f"The audit refuted no epsilon: no evidence, which is no proof of privacy; {limit}."
            )
        return (
            f"Epsilon is at least {self.lower_bound:.2f}: {self.correct} of {self.guesses} guesses "
            f"were right; {limit}."
        )


def audit_one_run(
    scores: Sequence[float],
    included: Sequence[bool],
    *,
    delta: float,
    confidence: float = 0.95,
    shares: Sequence[float] = SHARES,
) -> OneRunAudit:
    """The best bound over some numbers of guesses, corrected for having chosen (Bonferroni).

    A higher score says "was trained on". Of `r` guesses one half says so of the highest scores, the
    other half the opposite of the lowest. No canaries give a bound and a ceiling of 0.
    """
    count = len(scores)
    numbers = _numbers_of_guesses(count, shares)
    risk = (1 - confidence) / max(1, len(numbers))
    best = (0.0, 0, 0)
    for guesses in numbers:
        correct = correct_guesses(scores, included, guesses)
        bound = epsilon_lower_bound(count, guesses, correct, delta=delta, risk=risk)
        best = max(best, (bound, correct, guesses), key=lambda b: (b[0], b[1] / max(1, b[2])))
    bound, correct, guesses = best
    return OneRunAudit(
        canaries=count,
        included=sum(included),
        guesses=guesses,
        correct=correct,
        delta=delta,
        confidence=confidence,
        tried=len(numbers),
        lower_bound=bound,
        ceiling=audit_ceiling(count, delta=delta, confidence=confidence, shares=shares),
    )


def audit_ceiling(
    canaries: int, *, delta: float, confidence: float = 0.95, shares: Sequence[float] = SHARES
) -> float:
    """What `audit_one_run` could show at most with so many canaries: no larger claim is refuted."""
    numbers = _numbers_of_guesses(canaries, shares)
    risk = (1 - confidence) / max(1, len(numbers))
    bounds = (epsilon_lower_bound(canaries, n, n, delta=delta, risk=risk) for n in numbers)
    return max(bounds, default=0.0)


def correct_guesses(scores: Sequence[float], included: Sequence[bool], guesses: int) -> int:
    """How many are right if the extreme scores are guessed; of equal scores the earlier is lower.

    The order of equal scores may not depend on the coins: it is that in which they are given.
    """
    order = sorted(range(len(scores)), key=lambda n: scores[n])
    half = guesses // 2
    lowest, highest = order[:half], order[len(order) - (guesses - half) :]
    return sum(not included[n] for n in lowest) + sum(included[n] for n in highest)


def epsilon_lower_bound(
    canaries: int, guesses: int, correct: int, *, delta: float, risk: float = 0.05
) -> float:
    """The largest epsilon that `correct` of `guesses` refute at error probability `risk`, or 0."""
    if _probability(canaries, guesses, correct, 0.0, delta) > risk:
        return 0.0
    low, high = 0.0, 1.0
    while high < _MOST and _probability(canaries, guesses, correct, high, delta) <= risk:
        low, high = high, high + 1.0
    for _ in range(_PRECISION):
        middle = (low + high) / 2
        if _probability(canaries, guesses, correct, middle, delta) <= risk:
            low = middle
        else:
            high = middle
    return low


def ceiling(guesses: int, *, delta: float = 0.0, risk: float = 0.05) -> float:
    """The bound if all of so many canaries were guessed, and all rightly: 50 give 2.78."""
    return epsilon_lower_bound(guesses, guesses, guesses, delta=delta, risk=risk)


def _numbers_of_guesses(canaries: int, shares: Sequence[float]) -> list[int]:
    if canaries < 2:
        return []
    numbers = sorted({2 * max(1, round(canaries * share / 2)) for share in shares})
    return [number for number in numbers if number <= canaries]


def _probability(canaries: int, guesses: int, correct: int, epsilon: float, delta: float) -> float:
    """At most this likely are so many right guesses under (epsilon, delta): theorem 5.2."""
    chances = _binomial(guesses, epsilon)  # (guesses + 1,)
    tail = float(chances[correct:].sum())
    below = np.cumsum(chances[:correct][::-1])  # P[correct - i <= right < correct], i from 1
    steepest = float((below / np.arange(1, correct + 1)).max()) if correct else 0.0
    return min(1.0, tail + 2 * canaries * delta * steepest)


def _binomial(trials: int, epsilon: float) -> NDArray[np.float64]:
    """Chances of 0 to `trials` right guesses where each is right with e^eps / (1 + e^eps)."""
    hit, miss = -math.log1p(math.exp(-epsilon)), -epsilon - math.log1p(math.exp(-epsilon))
    right = np.arange(trials + 1)
    chances: NDArray[np.float64] = np.exp(_ways(trials) + right * hit + (trials - right) * miss)
    return chances


@lru_cache(maxsize=16)
def _ways(trials: int) -> NDArray[np.float64]:
    """Logarithms of how many ways there are to choose 0 to `trials` of them."""
    factorials = np.array([math.lgamma(k + 1) for k in range(trials + 1)])
    ways: NDArray[np.float64] = factorials[-1] - factorials - factorials[::-1]
    return ways
