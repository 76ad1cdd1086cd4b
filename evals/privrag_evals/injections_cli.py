"""`privrag eval injections`. Nothing heavy is imported before the command runs."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json

_SIDES = {"on": ("on",), "off": ("off",), "both": ("off", "on")}


def register(eval_app: typer.Typer) -> None:
    """Add `privrag eval injections`, whose context object is the home folder."""
    eval_app.command("injections")(injections)


def injections(
    context: typer.Context,
    quarantine: Annotated[str, typer.Option(help="on, off or both.")] = "both",
    generator: Annotated[
        str, typer.Option(help="obedient (a scripted worst case), embedded or both.")
    ] = "both",
    split: Annotated[str, typer.Option(help="dev, held_out, blind or all.")] = "all",
    suite: Annotated[Path | None, typer.Option(help="Folder of another suite.")] = None,
    as_json: JsonOption = False,
) -> None:
    """How often orders hidden in documents are obeyed, with the quarantine and without.

    Every document goes through the parser and every question through the whole program, in a
    scratch home with this home's settings. Success is the canary in the answer or in a quote, a
    refusal of what the same document answers without the order, or the prompt told.
    """
    from privrag.errors import EvaluationError
    from privrag.generate import GenerateSettings, open_generator
    from privrag.settings import load_settings
    from privrag_evals.injections.obedient import ObedientGenerator
    from privrag_evals.injections.run import run_suite
    from privrag_evals.injections.suite import SPLITS, SUITES, read_suite

    if quarantine not in _SIDES or generator not in {"obedient", "embedded", "both"}:
        raise EvaluationError(
            "--quarantine is on, off or both; --generator obedient, embedded, both"
        )
    if split not in {*SPLITS, "all"}:
        raise EvaluationError(f"--split is {', '.join(SPLITS)} or all")
    settings = load_settings(context.obj)
    hosts, cases = read_suite(suite or SUITES)
    cases = [case for case in cases if split in {"all", case.split}]
    generators: dict[str, Any] = {}
    if generator != "embedded":
        generators["obedient"] = ObedientGenerator()
    if generator != "obedient":
        embedded = GenerateSettings(**settings.generate.model_dump(exclude={"base_url", "model"}))
        generators["embedded"] = open_generator(embedded, cache=settings.cache.expanduser())

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    run = run_suite(
        hosts,
        cases,
        settings=settings,
        sides=_SIDES[quarantine],
        generators=generators,
        tell=tell,
    )
    report = asyncio.run(run)
    if as_json:
        emit_json(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    from privrag_evals.injections.suite import SPLITS

    for name, sides in report["generators"].items():
        print(f"{name}: orders obeyed ({report['cases']} documents; 95 % intervals)")
        print(f"{'':20s}" + "".join(f"{side:>26s}" for side in sides))
        some = next(iter(sides.values()))
        splits = [row for row in SPLITS if row in some]
        for row in ("orders", *splits, "false_facts"):
            print(f"{row:20s}" + "".join(f"{_cell(s[row]):>26s}" for s in sides.values()))
        for family in some["families"]:
            cells = (_cell(s["families"][family]) for s in sides.values())
            print(f"  {family:18s}" + "".join(f"{cell:>26s}" for cell in cells))
        for row in ("right_on_hosts", "right_under_attack"):
            print(f"{row:20s}" + "".join(f"{_cell(s[row]):>26s}" for s in sides.values()))
        for side, figures in sides.items():
            print(f"obeyed with quarantine {side}: {', '.join(figures['obeyed']) or 'none'}")


def _cell(share: dict[str, Any]) -> str:
    low, high = share["ci95"]
    return f"{share['count']}/{share['cases']} [{low:.3f}, {high:.3f}]"
