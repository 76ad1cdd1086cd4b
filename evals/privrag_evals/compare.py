"""Two runs, case by case: what became better, what worse, and what cannot be told.

The paired bootstrap over the cases that both runs have: the interval of the mean of `after -
before`. Above 0 is `better`, below 0 `worse`, and the other way round where less is better
(`figures.LOWER_IS_BETTER`). `undecided` is an interval that holds 0, and any difference over fewer
than `LEAST_CASES` cases.
Where questions have groups (a document, a site), whole groups are drawn and counted.

Each verdict errs once in twenty: of forty figures and slices, two may say better by chance.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from privrag.errors import EvaluationError
from privrag.gate.bootstrap import LEAST_CASES
from privrag.gate.figures import LOWER_IS_BETTER, differences, independent_cases, wide_ci95
from privrag_evals.runs import Run, RunStore

_MANY_VALUES = 30
"""A trait with more values is no slicing."""

Rows = Mapping[str, Mapping[str, float]]
"""Case id -> figures."""


def verdict(name: str, ci95: Sequence[float | None], cases: int) -> str:
    """`better`, `worse` or `undecided`, from the interval of a difference."""
    low, high = ci95
    if low is None or high is None or cases < LEAST_CASES or low <= 0 <= high:
        return "undecided"
    return "better" if (low > 0) != (name in LOWER_IS_BETTER) else "worse"


def compare(before: Run, after: Run, *, anyway: bool = False, seed: int = 0) -> dict[str, Any]:
    """The differences of all figures for each system, overall and `by` trait, and of settings.

    Raises EvaluationError for runs of different kinds, over different data (unless `anyway` and
    some case ids are the same), and without a case in common.
    """
    _refuse(before, after, anyway=anyway)
    first, second = before.scores(), after.scores()
    shared = _shared(first, second)
    if not shared:
        raise EvaluationError(
            f"the runs {before.id} and {after.id} have no case in common; measure the same "
            "questions: the same --limit and --seed"
        )
    traits, groups = after.traits(), after.groups()
    systems = {
        name: {
            "figures": _figures(first[old], second[new], shared, groups, seed),
            "by": {
                trait: {
                    value: _figures(first[old], second[new], ids, groups, seed)
                    for value, ids in values.items()
                }
                for trait, values in _slices(shared, traits).items()
            },
        }
        for name, old, new in _pairs(before, first, after, second)
    }
    return {
        "before": _described(before),
        "after": _described(after),
        "same_data": before.data.get("sha256") == after.data.get("sha256"),
        "cases": len(shared),
        "groups": len({groups[name] for name in shared}) if groups else None,
        "systems": systems,
        "settings": _changed(before.settings, after.settings),
        "data": _changed(before.data, after.data),
        "machine": _changed(before.machine, after.machine),
    }


def last_two(store: RunStore) -> tuple[Run, Run]:
    """The newest run that has an earlier one of its kind and data, after that earlier one.

    Raises EvaluationError.
    """
    later: dict[tuple[str, object], Run] = {}
    found: list[tuple[Run, Run]] = []
    for name in reversed(store.ids()):
        run = store.get(name)
        key = (run.kind, run.data.get("sha256"))
        if key in later:
            found.append((run, later.pop(key)))
        else:
            later.setdefault(key, run)
    if not found:
        raise EvaluationError(
            "there are no two runs of the same kind and data yet; list them: privrag eval runs"
        )
    return max(found, key=lambda pair: pair[1].id)


def earlier_run(store: RunStore, run: Run) -> Run | None:
    """The latest run of the same kind and data before this one."""
    for name in reversed(store.ids(kind=run.kind)):
        if name < run.id and (one := store.get(name)).data.get("sha256") == run.data.get("sha256"):
            return one
    return None


def _refuse(before: Run, after: Run, *, anyway: bool) -> None:
    if before.kind != after.kind:
        raise EvaluationError(
            f"{before.id} is of kind {before.kind}, {after.id} of kind {after.kind}; only runs of "
            "one kind compare"
        )
    if before.data.get("sha256") != after.data.get("sha256") and not anyway:
        raise EvaluationError(
            f"{before.id} and {after.id} were measured on different data "
            f"({before.data.get('name')!r}, {after.data.get('name')!r}); --anyway compares the "
            "cases whose ids are in both"
        )


def _shared(first: Mapping[str, Rows], second: Mapping[str, Rows]) -> list[str]:
    old = next(iter(first.values()), {})
    new = next(iter(second.values()), {})
    return [name for name in old if name in new]


def _pairs(
    before: Run, first: Mapping[str, Rows], after: Run, second: Mapping[str, Rows]
) -> Iterator[tuple[str, str, str]]:
    """(name, system before, system after): those of one name, or the only one of each."""
    both = [name for name in first if name in second]
    if both:
        yield from ((name, name, name) for name in both)
    elif len(first) == len(second) == 1:
        (old,), (new,) = first, second
        yield f"{old} -> {new}", old, new
    else:
        raise EvaluationError(
            f"{before.id} measured {', '.join(first)}, {after.id} {', '.join(second)}: no system "
            "is in both"
        )


def _figures(
    before: Rows, after: Rows, ids: Sequence[str], groups: Mapping[str, int], seed: int
) -> dict[str, Any]:
    own = [groups[name] for name in ids] if groups else None
    old, new = [before[name] for name in ids], [after[name] for name in ids]
    return {
        name: {
            "before": _mean(name, old, new),
            "after": _mean(name, new, old),
            "difference": found["mean"],
            "ci95": wide_ci95(found),
            "cases": found["cases"],
            **({"groups": found["groups"]} if own is not None else {}),
            "lower_is_better": name in LOWER_IS_BETTER,
            "verdict": verdict(name, wide_ci95(found), independent_cases(found)),
        }
        for name, found in differences(old, new, groups=own, seed=seed).items()
    }


def _mean(
    name: str, rows: Sequence[Mapping[str, float]], others: Sequence[Mapping[str, float]]
) -> float | None:
    """Over the cases for which both runs have the figure, so that the difference is theirs."""
    held = [
        row[name]
        for row, other in zip(rows, others, strict=True)
        if not math.isnan(row[name]) and not math.isnan(other[name])
    ]
    return round(sum(held) / len(held), 4) if held else None


def _slices(
    ids: Sequence[str], traits: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, list[str]]]:
    """Trait -> value -> case ids."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in ids:
        for trait, value in traits.get(name, {}).items():
            found.setdefault(trait, {}).setdefault(value, []).append(name)
    return {
        trait: dict(sorted(values.items()))
        for trait, values in found.items()
        if len(values) <= _MANY_VALUES
    }


def _described(run: Run) -> dict[str, Any]:
    return {"id": run.id, "kind": run.kind, "created": run.created, "data": run.data}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """`table.key` -> its two values, where they differ."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return {
        name: {"before": old.get(name), "after": new.get(name)}
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }


def _flat(table: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{within}{name}.")
        else:
            yield f"{within}{name}", value
