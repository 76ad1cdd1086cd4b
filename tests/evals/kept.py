"""Runs with invented figures, for tests of what is made of runs."""

import math

from privrag.gate.figures import figures_of, paired_figures
from privrag.settings import Settings
from privrag_evals.runs import Run, RunStore, kept_cases

DATA = {"name": "houses", "sha256": "ab" * 32, "questions": 12}


def store_in(tmp_path, **settings):
    own = Settings(cache=tmp_path / "cache", **settings)
    return RunStore(tmp_path / "home", own), own


def keep(
    runs: RunStore,
    own: Settings,
    systems,
    *,
    kind="retrieval",
    data=DATA,
    ids=None,
    traits=(),
    groups=None,
) -> Run:
    """A run whose systems have these figures: name -> figure -> a value a case."""
    count = len(next(iter(next(iter(systems.values())).values())))
    names = list(ids or (f"q{n}" for n in range(count)))
    scores = {
        system: [{figure: values[n] for figure, values in some.items()} for n in range(count)]
        for system, some in systems.items()
    }
    own_traits = list(traits) or [{} for _ in names]
    result = {
        "systems": {
            name: {
                **figures_of(rows, traits=own_traits, groups=groups),
                "latency_ms": {"p50": 12.0, "p95": 30.0},
            }
            for name, rows in scores.items()
        },
        "paired": paired_figures(scores, groups=groups),
        "cases": kept_cases(names, own_traits, scores, groups=groups),
    }
    return runs.add(kind, data, own, result, command="privrag eval retrieval --data houses")


ZEROS, ONES, NAN = [0.0] * 12, [1.0] * 12, math.nan
