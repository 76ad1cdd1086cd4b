"""Can somebody who holds a row tell from the model whether it was trained on that row?

Each attack gives a row a score; a higher one says "was trained on". AUC is the chance that a
trained row scores above a held-out one (0.5: a coin); the true positive rate at a low rate of false
alarms says how many rows are given away for sure (Carlini et al., S&P 2022). Intervals draw owners
with replacement, because rows of one document are alike.

The base model saw none of the rows: an attack that tells them apart there (`control`) has found a
difference between the documents, not a memory.
"""

import zlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.leaks.reading import Examined, TokenLosses

ATTACKS = ("loss", "ratio to base", "zlib", "min-k%++")
_LOWEST = 0.2
"""Share of tokens that min-k%++ looks at (Zhang et al., ICLR 2025)."""
_ROUNDS = 1000
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """A figure between 0 and 1 with its interval at 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AttackResult:
    """How well one attack tells trained rows from held-out ones."""

    attack: str
    trained: int
    held_out: int
    auc: Share
    tpr_at_1: Share
    """True positive rate where at most 1 % of the held-out rows are taken for trained ones."""
    tpr_at_01: Share
    """The same at 0.1 %. With fewer than 1,000 held-out rows: no false alarm at all."""
    control: float | None
    """AUC of the same attack on the base model; None for the attack that compares with it."""


def membership(
    tuned: Examined, base: Examined, trained: Sequence[Encoded], held_out: Sequence[Encoded]
) -> list[AttackResult]:
    """Every attack on these rows."""
    rows = [*trained, *held_out]
    texts = [tuned.text(row.input_ids[row.prompt_tokens :]) for row in rows]
    own, reference = tuned.nll(rows), base.nll(rows)
    groups = [row.owner for row in rows]
    results = []
    for name in ATTACKS:
        if name == "ratio to base":
            scores = np.array([b.mean - t.mean for t, b in zip(own, reference, strict=True)])
            control = None
        else:
            scores = _scores(name, own, texts)
            before = _scores(name, reference, texts)
            control = auc(before[: len(trained)], before[len(trained) :])
        results.append(attack_result(name, scores, len(trained), groups, control=control))
    return results


def attack_result(
    attack: str,
    scores: Scores,
    trained: int,
    groups: Sequence[Hashable],
    *,
    control: float | None,
    seed: int = 0,
) -> AttackResult:
    """Figures of an attack; the first `trained` of the scores are those of trained rows."""
    sides = (scores[:trained], scores[trained:])
    draw = np.random.default_rng(seed)
    owners = (_by_owner(groups[:trained]), _by_owner(groups[trained:]))
    drawn = [
        _figures(*(side[_drawn(own, draw)] for side, own in zip(sides, owners, strict=True)))
        for _ in range(_ROUNDS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)  # (figures,) each
    shares = [
        Share(*each) for each in zip(_figures(*sides), low.tolist(), high.tolist(), strict=True)
    ]
    return AttackResult(
        attack=attack,
        trained=trained,
        held_out=len(sides[1]),
        auc=shares[0],
        tpr_at_1=shares[1],
        tpr_at_01=shares[2],
        control=control,
    )


def _figures(inside: Scores, outside: Scores) -> tuple[float, float, float]:
    return (
        auc(inside, outside),
        true_positive_rate(inside, outside, false_positives=0.01),
        true_positive_rate(inside, outside, false_positives=0.001),
    )


def auc(inside: Scores, outside: Scores) -> float:
    """Chance that one of the first scores above one of the second; equals count half."""
    order = np.sort(outside)
    below = np.searchsorted(order, inside, side="left")
    not_above = np.searchsorted(order, inside, side="right")
    return float((below + not_above).sum() / (2 * len(inside) * len(outside)))


def true_positive_rate(inside: Scores, outside: Scores, *, false_positives: float) -> float:
    """Share of the first above a threshold that at most this share of the second exceeds."""
    allowed = int(false_positives * len(outside) + 1e-9)
    threshold = np.sort(outside)[::-1][allowed] if allowed < len(outside) else -np.inf
    return float((inside > threshold).mean())


def _scores(attack: str, losses: Sequence[TokenLosses], texts: Sequence[str]) -> Scores:
    if attack == "loss":
        return np.array([-one.mean for one in losses])
    if attack == "zlib":
        sizes = [len(zlib.compress(text.encode())) for text in texts]
        return np.array([-one.losses.sum() / n for one, n in zip(losses, sizes, strict=True)])
    return np.array([_lowest_mean(one.standing) for one in losses])


def _lowest_mean(standing: Scores) -> float:
    count = max(1, int(_LOWEST * len(standing)))
    return float(np.sort(standing)[:count].mean())


@dataclass(frozen=True, slots=True)
class _Owners:
    """Rows in the order of their owners; those of owner n are `order[starts[n]:][:sizes[n]]`."""

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]


def _by_owner(groups: Sequence[Hashable]) -> _Owners:
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    places = np.array([numbers[group] for group in groups])
    sizes = np.bincount(places)
    return _Owners(np.argsort(places, kind="stable"), np.cumsum(sizes) - sizes, sizes)


def _drawn(owners: _Owners, draw: np.random.Generator) -> NDArray[np.intp]:
    """Numbers of all rows of owners drawn with replacement."""
    chosen = draw.integers(0, len(owners.sizes), size=len(owners.sizes))
    sizes = owners.sizes[chosen]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows: NDArray[np.intp] = owners.order[np.repeat(owners.starts[chosen], sizes) + within]
    return rows
