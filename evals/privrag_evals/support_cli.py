"""`privrag eval support`. Nothing heavy is imported before the command runs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json
from privrag_evals.options import SeedOption


def register(eval_app: typer.Typer) -> None:
    """Add our sub-command to `privrag eval`, whose context object is the home folder."""
    eval_app.command("support")(support)


def support(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="mtRAG's JSON with `evaluations` by people.")],
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Whether the support score of a sentence tells what people find faithful to the passages.

    Spearman's correlation with an interval over conversations, and the curve that makes the score a
    share, fitted on one half of them and tried on the other. Needs no language model.
    """
    import asyncio

    from privrag.settings import load_settings
    from privrag_evals.support.evaluate import report, score_all
    from privrag_evals.support.judged import read_judged

    settings = load_settings(context.obj)
    suite, answers = read_judged(data)
    scores = asyncio.run(score_all(suite, answers, settings))
    found = report(answers, scores, suite.half("first", seed=seed), seed=seed)
    if as_json:
        emit_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    print(f"{found['answers']} answers in {found['conversations']} conversations")
    for half, rows in found["spearman"].items():
        for name, one in rows.items():
            print(f"{half:8s}{name:40s}{_with_interval(one['rho'], one['ci95'])}  ({one['cases']})")
    fitted = found["calibration"]
    if not fitted:
        return
    print(f"curve from the first half: {fitted['intercept']:+.4f} {fitted['slope']:+.4f} * score")
    for name, one in fitted["mean_error"].items():
        print(f"mean error, {name:22s}{_with_interval(one['mean'], one['ci95'])}")
    for band in fitted["bands"]:
        print(
            f"score {band['from']:.1f}-{band['to']:.1f}: {band['answers']:3d} answers, stated "
            f"{band['stated']:.3f}, people {band['people']:.3f}"
        )


def _with_interval(value: float | None, ci95: list[float | None]) -> str:
    low, high = ci95
    return "-" if None in (value, low, high) else f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
