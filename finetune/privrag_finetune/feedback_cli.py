"""`privrag train feedback`: accepted corrections as rows of a data set."""

from typing import Annotated

import typer

from privrag.cli import JsonOption, emit_json, run
from privrag.errors import TrainingError
from privrag_finetune.feedback import LEAST_REPLAYED, MOST_REPLAYED


def register(train: typer.Typer) -> None:
    """Add the command to the group `train`."""
    train.command()(feedback)


def feedback(
    context: typer.Context,
    data: Annotated[str, typer.Option(metavar="NAME", help="Data set to go on from.")],
    out: Annotated[str, typer.Option(metavar="NAME", help="Name of the new data set.")],
    replay: Annotated[
        float,
        typer.Option(
            min=LEAST_REPLAYED,
            max=MOST_REPLAYED,
            help="Share of its training rows that come along.",
        ),
    ] = MOST_REPLAYED,
    seed: Annotated[
        int, typer.Option(min=0, help="Draws them; the same seed, the same rows.")
    ] = 12,
    as_json: JsonOption = False,
) -> None:
    """Make a data set of what reviewers accepted, and of a part of the rows of before.

    Rows to validate and to test with come along whole, and nothing learns from their documents.
    """
    from privrag_finetune.feedback.collect import Order, collect

    order = Order(data, out, replay, seed)
    made = run(context.obj, lambda rag: collect(rag, order))
    if made["out"] is None:
        why = ", ".join(f"{name} {n}" for name, n in made["dropped"].items() if n)
        raise TrainingError(
            f"none of {made['accepted']} accepted corrections gives a row ({why or 'none waits'}); "
            "review some: privrag feedback list"
        )
    if as_json:
        emit_json(made)
        return
    print(f"{made['kept']} rows from feedback and {made['replayed']} of {data} in {out}")
    for reason, number in made["dropped"].items():
        if number:
            print(f"  dropped {number:6d}  {reason}")
