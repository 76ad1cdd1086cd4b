"""`privrag eval runs`, `compare` and `report`: what was kept of earlier evaluations."""

from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json


def register(eval_app: typer.Typer) -> None:
    """Add our sub-commands to `privrag eval`, whose context object is the home folder."""
    eval_app.command("runs")(runs)
    eval_app.command("compare")(compare)
    eval_app.command("report")(report)


def runs(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the kept runs of this home, oldest first."""
    from privrag_evals.runs import listed

    rows = [listed(run) for run in _store(context).all()]
    if as_json:
        emit_json(rows)
        return
    for row in rows:
        print(
            f"{row['id']:38s} {row['kind']:10s} {row['data']:20s} {row['questions']:6d} questions  "
            f"{', '.join(row['systems'])}"
        )
    if not rows:
        print("no runs yet: privrag eval retrieval, or privrag eval qa")


def compare(
    context: typer.Context,
    before: Annotated[str | None, typer.Argument(help="A run, or the beginning of its id.")] = None,
    after: Annotated[str | None, typer.Argument(help="The later run.")] = None,
    anyway: Annotated[bool, typer.Option(help="Also runs over different data.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Better, worse or undecided: two runs case by case; without names the last two of a kind.

    better: the 95 % interval of the difference lies above 0 (for latency_ms, tokens and
    wrongly_refused: below 0). undecided: it holds 0, or there are fewer than six cases.
    """
    from privrag_evals.compare import compare as compared
    from privrag_evals.compare import last_two

    store = _store(context)
    if before is None:
        first, second = last_two(store)
    elif after is None:
        raise typer.BadParameter("name two runs, or none for the last two")
    else:
        first, second = store.get(before), store.get(after)
    result = compared(first, second, anyway=anyway, seed=seed)
    if as_json:
        emit_json(result)
    else:
        _print(result)


def report(
    context: typer.Context,
    named: Annotated[
        list[str] | None, typer.Argument(metavar="RUN...", help="Default: newest of each data.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for report.json, .md and .html.")] = Path(
        "report"
    ),
    as_json: JsonOption = False,
) -> None:
    """Write runs as JSON, as Markdown and as one self-contained page with plots."""
    from privrag_evals.report import write_report

    written = write_report(_store(context), named or [], out)
    if as_json:
        emit_json(written)
    else:
        print(f"written to {out}: {', '.join(written['files'])}")


def _store(context: typer.Context) -> Any:  # noqa: ANN401 - RunStore, imported late
    from privrag.settings import load_settings
    from privrag_evals.runs import RunStore

    return RunStore(context.obj, load_settings(context.obj))


def _print(result: dict[str, Any]) -> None:
    whole = "; intervals of whole groups" if result["groups"] else ""
    cases = f"{result['cases']} cases in both{whole}"
    print(f"{result['before']['id']} -> {result['after']['id']}: {cases}")
    for system, found in result["systems"].items():
        print(system)
        _print_figures(found["figures"], "  ")
        for trait, values in found["by"].items():
            for value, figures in values.items():
                told = {n: f for n, f in figures.items() if f["verdict"] != "undecided"}
                if told:
                    print(f"  {trait} {value}")
                    _print_figures(told, "    ")
    for name, change in result["settings"].items():
        print(f"{name}: {change['before']} -> {change['after']}")


def _print_figures(figures: dict[str, Any], indent: str) -> None:
    for name, one in figures.items():
        if one["difference"] is not None:
            low, high = one["ci95"]
            print(
                f"{indent}{name:22s}{one['before']:9.3f} -> {one['after']:9.3f}  "
                f"{one['difference']:+.3f} [{low:+.3f}, {high:+.3f}]  {one['verdict']}"
            )
