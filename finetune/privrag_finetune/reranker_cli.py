"""`privrag train reranker`."""

from pathlib import Path
from typing import Annotated

import typer

from privrag.cli import JsonOption, emit_json, run


def register(train: typer.Typer) -> None:
    """Add the command to the group `train`."""
    train.command()(reranker)


def reranker(
    context: typer.Context,
    data: Annotated[str, typer.Option(metavar="NAME", help="Data set; see `privrag train sets`.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="Of the new model.")] = "reranker-1",
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML; without, the shipped recipe.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same rows.")] = 12,
    as_json: JsonOption = False,
) -> None:
    """Tune a reranker on a data set of this home, and measure it on documents kept from it.

    Killed in the middle, the same command goes on. It serves once it is promoted, which it is only
    with a gain whose interval lies above 0: privrag models promote NAME.
    """
    from privrag_finetune.home_reranker import Order, train_home_reranker

    order = Order(data, name, recipe, seed)
    made = run(context.obj, lambda rag: train_home_reranker(rag, order))
    if as_json:
        emit_json(made)
        return
    gate = made["gate"]
    low, high = gate["ci95"]
    print(f"{name}: {made['seconds']} s, correction {made['correction']:.3g}")
    print(
        f"nDCG@10 of {gate['questions']} questions to {gate['documents']} documents it has not "
        f"seen: {gate['without']:.3f} without it, {gate['with_it']:.3f} with it "
        f"({gate['difference']:+.3f} [{low:+.3f}, {high:+.3f}])"
    )
    if gate["passed"]:
        print(f"let it serve: privrag models promote {name}")
    else:
        print("not promotable: the gain is not above 0 for sure")
