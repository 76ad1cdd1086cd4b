"""Figures of a system over cases: means with intervals, by trait, and systems case by case."""

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from privrag.gate.bootstrap import Interval, bootstrap

LOWER_IS_BETTER = frozenset({"latency_ms", "tokens", "wrongly_refused"})
"""Of every other figure more is better."""

Scores = Sequence[Mapping[str, float]]
"""The figures of each case; nan where a figure has no meaning for the case."""


def figures_of(
    scores: Scores,
    *,
    traits: Sequence[Mapping[str, str]] = (),
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Each figure's mean, `queries`, `ci95` (name -> [low, high]), and the same `by` trait.

    With `groups`, `ci95_groups` draws whole groups: questions to one document are alike.
    """
    names = list(scores[0]) if scores else []
    found = {name: _interval(scores, name, seed=seed) for name in names}
    report: dict[str, Any] = {name: _mean(one) for name, one in found.items()}
    report["queries"] = len(scores)
    report["ci95"] = {name: _ci(one) for name, one in found.items()}
    if groups is not None:
        wide = {n: _interval(scores, n, groups=groups, seed=seed) for n in names}
        report["ci95_groups"] = {name: _ci(one) for name, one in wide.items()}
    if by := _by_trait(scores, traits, seed):
        report["by"] = by
    return report


def paired_figures(
    scores: Mapping[str, Scores], *, groups: Sequence[Hashable] | None = None, seed: int = 0
) -> dict[str, Any]:
    """`B - A` for each two systems in their order: the mean difference of each figure."""
    return {
        f"{later} - {first}": differences(scores[first], scores[later], groups=groups, seed=seed)
        for first, later in itertools.combinations(scores, 2)
    }


def differences(
    before: Scores, after: Scores, *, groups: Sequence[Hashable] | None = None, seed: int = 0
) -> dict[str, Any]:
    """Mean of `after - before` case by case with its interval: the paired bootstrap.

    With `groups`, the interval that draws whole groups stands beside it, and their number.
    """
    names = [name for name in (before[0] if before else ()) if name in after[0]]
    rows = [{n: b[n] - a[n] for n in names} for a, b in zip(before, after, strict=True)]
    report = {name: _interval(rows, name, seed=seed).as_json() for name in names}
    if groups is not None:
        for name in names:
            wide = _interval(rows, name, groups=groups, seed=seed)
            report[name]["ci95_groups"] = _ci(wide)
            report[name]["groups"] = len(
                {g for g, row in zip(groups, rows, strict=True) if not math.isnan(row[name])}
            )
    return report


def wide_ci95(difference: Mapping[str, Any]) -> list[float | None]:
    """The interval to judge one of `differences` by: where cases have groups, that of groups."""
    ci95: list[float | None] = difference.get("ci95_groups", difference["ci95"])
    return ci95


def independent_cases(difference: Mapping[str, Any]) -> int:
    """How many cases, or groups of cases, say something of their own."""
    count: int = difference.get("groups", difference["cases"])
    return count


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0-1) of all values do not exceed (nearest rank)."""
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


def warm(milliseconds: Sequence[float]) -> list[float]:
    """The first one, which also loaded models, as nan: it is no case of speed."""
    return [math.nan, *milliseconds[1:]]


def latency(milliseconds: Sequence[float]) -> dict[str, float | None]:
    """Median and 95th percentile without the first and nan; None where there is no other."""
    rest = [value for value in milliseconds[1:] if not math.isnan(value)]
    if not rest:
        return {"p50": None, "p95": None}
    return {"p50": round(percentile(rest, 0.5), 1), "p95": round(percentile(rest, 0.95), 1)}


def _by_trait(
    scores: Scores, traits: Sequence[Mapping[str, str]], seed: int
) -> dict[str, dict[str, Any]]:
    """Trait -> value -> figures, for traits that some case has."""
    report: dict[str, dict[str, Any]] = {}
    for trait in dict.fromkeys(name for some in traits for name in some):
        values = sorted({some[trait] for some in traits if trait in some})
        report[trait] = {
            value: figures_of(
                [s for s, own in zip(scores, traits, strict=True) if own.get(trait) == value],
                seed=seed,
            )
            for value in values
        }
    return report


def _interval(
    scores: Scores, name: str, *, groups: Sequence[Hashable] | None = None, seed: int
) -> Interval:
    held = [n for n, row in enumerate(scores) if not math.isnan(row[name])]
    own = None if groups is None else [groups[n] for n in held]
    return bootstrap([scores[n][name] for n in held], groups=own, seed=seed)


def _mean(interval: Interval) -> float | None:
    mean: float | None = interval.as_json()["mean"]
    return mean


def _ci(interval: Interval) -> list[float | None]:
    ci: list[float | None] = interval.as_json()["ci95"]
    return ci
