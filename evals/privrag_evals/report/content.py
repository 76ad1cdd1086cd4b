"""What a report says of a run: the contents of `report.json`.

Only what a run keeps: names of data, ids of models, figures. No word of a document or a question.
"""

import math
from typing import Any

from privrag.errors import EvaluationError
from privrag.gate.figures import figures_of, independent_cases, wide_ci95
from privrag_evals.compare import compare, earlier_run, verdict
from privrag_evals.report.labels import LABELS, MAIN
from privrag_evals.runs import Run, RunStore, default_settings

_MODELS = ("embed.model", "rerank.model", "generate.model", "generate.base_url")
_WRITING = frozenset({"generate", "prompts", "cite"})
"""What plays no part in retrieval."""
_CATEGORY, _DIFFICULTY = "category", "difficulty"
_ALL = "all"


def content_of(run: Run, store: RunStore) -> dict[str, Any]:
    """Everything that the page shows of one run."""
    systems = run.result.get("systems", {})
    scores = run.scores()
    main = MAIN.get(run.kind) or next(iter(_flat(next(iter(systems.values()), {}))), "")
    earlier = earlier_run(store, run)
    return {
        "id": run.id,
        "kind": run.kind,
        "created": run.created,
        "data": run.data,
        "command": run.command,
        "machine": run.machine,
        "main": main,
        "groups": len(set(run.groups().values())),
        "systems": {
            name: {
                "figures": _headline(figures, list(scores.get(name, {}).values())),
                "queries": figures.get("queries"),
                "latency_ms": figures.get("latency_ms"),
                "cost": figures.get("cost"),
                "abstention": figures.get("abstention"),
                "cells": _cells(run, name, main),
            }
            for name, figures in systems.items()
        },
        "baselines": _baselines(run),
        "earlier": None if earlier is None else _earlier(earlier, run),
        "failed": _failed(run),
        "peak_memory_mb": run.result.get("peak_memory_mb"),
        "settings": _settings_that_matter(run),
    }


def _flat(figures: dict[str, Any]) -> dict[str, float]:
    """Figures with one value, those of `abstention` too, in the order of the labels."""
    flat = {**figures, **(figures.get("abstention") or {})}
    known = [name for name in LABELS if name in flat]
    names = [*known, *(name for name in figures.get("ci95", {}) if name not in known)]
    return {name: flat[name] for name in names if isinstance(flat.get(name), float | int)}


def _headline(figures: dict[str, Any], rows: list[dict[str, float]]) -> dict[str, Any]:
    """Name -> value, ci95 and the number of cases it is taken over."""
    found = {}
    for name, value in _flat(figures).items():
        drawn = figures.get("ci95_groups") or figures.get("ci95", {})
        ci95 = drawn.get(name, figures.get("ci95", {}).get(name))
        if ci95 is not None and None not in ci95:
            held = sum(not math.isnan(row.get(name, math.nan)) for row in rows)
            found[name] = {"value": value, "ci95": ci95, "cases": held or None}
    return found


def _cells(run: Run, system: str, main: str) -> dict[str, Any] | None:
    """The main figure for each category and difficulty; None where the data has neither."""
    traits = run.traits()
    rows = run.scores().get(system, {})
    categories = sorted({t[_CATEGORY] for t in traits.values() if _CATEGORY in t})
    difficulties = sorted({t[_DIFFICULTY] for t in traits.values() if _DIFFICULTY in t}, key=_rank)
    if not categories and not difficulties:
        return None
    table = {
        category: {
            difficulty: _cell(run, rows, main, category, difficulty)
            for difficulty in [*difficulties, _ALL]
        }
        for category in [*categories, _ALL]
    }
    return {"columns": [*difficulties, _ALL], "rows": table}


def _rank(difficulty: str) -> tuple[int, str]:
    known = ("easy", "medium", "hard")
    return (known.index(difficulty) if difficulty in known else len(known), difficulty)


def _cell(
    run: Run,
    rows: dict[str, dict[str, float]],
    main: str,
    category: str,
    difficulty: str,
) -> dict[str, Any]:
    traits, groups = run.traits(), run.groups()
    held = {
        name: {main: row[main]}
        for name, row in rows.items()
        if category in (_ALL, traits.get(name, {}).get(_CATEGORY))
        and difficulty in (_ALL, traits.get(name, {}).get(_DIFFICULTY))
        and not math.isnan(row.get(main, math.nan))
    }
    own = [groups[name] for name in held] if groups else None
    found = figures_of(list(held.values()), groups=own)
    return {
        "value": found.get(main),
        "ci95": found.get("ci95_groups", found["ci95"]).get(main),
        "cases": len(held),
    }


def _baselines(run: Run) -> list[dict[str, Any]]:
    """Systems of the run side by side: each pair's difference in each figure, with a verdict."""
    return [
        {
            "pair": pair,
            "figures": {
                name: {
                    "difference": one["mean"],
                    "ci95": wide_ci95(one),
                    "cases": one["cases"],
                    "verdict": verdict(name, wide_ci95(one), independent_cases(one)),
                }
                for name, one in figures.items()
                if one["mean"] is not None
            },
        }
        for pair, figures in run.result.get("paired", {}).items()
    ]


def _earlier(before: Run, run: Run) -> dict[str, Any] | None:
    """The comparison with the run before; None if nothing is in both."""
    try:
        return compare(before, run)
    except EvaluationError:
        return None


def _failed(run: Run) -> list[dict[str, Any]]:
    """What went wrong, in words, with counts; empty where nothing did."""
    result = run.result
    found = [
        ("documents could not be taken in: nobody finds them", result.get("failed_documents")),
        ("documents that the questions name are not in the home", result.get("missing_documents")),
        *((f"questions ended in {kind}", n) for kind, n in (result.get("errors") or {}).items()),
    ]
    for figures in result.get("systems", {}).values():
        told = figures.get("abstention")
        if told:
            wrong = round((told["wrongly_refused"] or 0) * told["answerable"])
            missed = round((1 - (told["refused_unanswerable"] or 0)) * told["unanswerable"])
            found += [
                (f"of {told['answerable']} questions with an answer got none", wrong),
                (f"of {told['unanswerable']} questions without an answer were answered", missed),
            ]
    return [{"what": what, "count": count} for what, count in found if count]


def _settings_that_matter(run: Run) -> dict[str, Any]:
    """The models, and every setting that is not at its default."""
    usual = default_settings()
    found = {}
    for table, values in run.settings.items():
        if run.kind == "retrieval" and table in _WRITING:
            continue
        for key, value in values.items():
            name = f"{table}.{key}"
            if name in _MODELS or value != usual.get(table, {}).get(key):
                found[name] = value
    if "generate.model" in found and not any(
        found.get(f"generate.{k}") for k in ("model", "base_url")
    ):
        found["generate.model"] = "embedded"
    return found
