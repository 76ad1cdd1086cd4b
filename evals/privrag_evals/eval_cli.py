"""`privrag eval`. Nothing heavy is imported before a command runs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json
from privrag_evals import (
    ablation_cli,
    injections_cli,
    privacy_cli,
    qa_cli,
    retrieval_cli,
    runs_cli,
    support_cli,
    tuning_cli,
)

DataOption = Annotated[Path, typer.Option("--data", help="Labelled file.")]


def register(app: typer.Typer) -> None:
    """Add our commands to the root command, whose context object is the home folder."""
    evaluate = typer.Typer(no_args_is_help=True, help="Measure quality, with intervals.")
    evaluate.command("pii")(pii)
    retrieval_cli.register(evaluate)
    ablation_cli.register(evaluate)
    tuning_cli.register(evaluate)
    qa_cli.register(evaluate)
    runs_cli.register(evaluate)
    privacy_cli.register(evaluate)
    injections_cli.register(evaluate)
    support_cli.register(evaluate)
    app.add_typer(evaluate, name="eval")


def pii(
    context: typer.Context,
    data: DataOption,
    data_format: Annotated[
        str | None,
        typer.Option("--format", help="privrag (lines), tab, or presidio; told by the file."),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write what would be masked, a line a text.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How well identities are found, with the detection settings of this home.

    f2 counts a predicted span that overlaps a true one of any label by half or more; by_label
    wants the label too; er_direct and er_quasi are the shares of entities all of whose mentions
    are masked; token_precision is the share of masked words that were to be masked.
    """
    from privrag.settings import load_settings
    from privrag_evals.out_file import refuse_unwritable
    from privrag_evals.pii import evaluate, predict, read_gold

    refuse_unwritable(predictions)
    settings = load_settings(context.obj)
    golds = read_gold(data, data_format=data_format)
    found = list(predict(golds, settings.pseudonymize))
    if predictions is not None:
        lines = [
            json.dumps({"id": p.id, "spans": [asdict(span) for span in p.spans]}) for p in found
        ]
        predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    figures = evaluate(golds, found)
    if as_json:
        emit_json(figures)
    else:
        _print(figures)


def _print(figures: dict[str, Any]) -> None:
    print(f"{figures['spans']} spans in {figures['texts']} texts")
    for name, (low, high) in figures["ci95"].items():
        print(f"{name:16s}{figures[name]:.3f}  [{low:.3f}, {high:.3f}]")
    for label, row in figures["by_label"].items():
        print(
            f"  {label:14s}precision {row['precision']:.3f}  recall {row['recall']:.3f}  "
            f"({row['spans']} spans)"
        )
