"""`privrag train reranker`, `embedder` and `fusion`: models of retrieval, each behind its gate."""

from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, run

DataOption = Annotated[
    str, typer.Option(metavar="NAME", help="Data set; see `privrag train sets`.")
]
NameOption = Annotated[str, typer.Option(metavar="NAME", help="Of the new model.")]
RecipeOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="TOML; without, the shipped recipe.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed draws the same rows.")]


def register(train: typer.Typer) -> None:
    """Add the commands to the group `train`."""
    for command in (reranker, embedder, fusion):
        train.command()(command)


def reranker(
    context: typer.Context,
    data: DataOption,
    name: NameOption = "reranker-1",
    recipe: RecipeOption = None,
    seed: SeedOption = 12,
    as_json: JsonOption = False,
) -> None:
    """Tune a reranker on a data set of this home, and measure it on documents kept from it.

    Killed in the middle, the same command goes on. It serves once it is promoted, which it is only
    with a gain whose interval lies above 0: privrag models promote NAME.
    """
    from privrag_finetune.home_data import Order
    from privrag_finetune.home_reranker import train_home_reranker

    order = Order(data, name, recipe, seed)
    made = run(context.obj, lambda rag: train_home_reranker(rag, order))
    _say(made, "correction {correction:.3g}", as_json=as_json)


def embedder(
    context: typer.Context,
    data: DataOption,
    name: NameOption = "embedder-1",
    recipe: RecipeOption = None,
    seed: SeedOption = 12,
    as_json: JsonOption = False,
) -> None:
    """Tune an embedder likewise, with weights of fusion for it.

    Every passage is embedded anew, once to measure it and once more when it is promoted. What
    serves now, its reranker included, is what it has to beat.
    """
    from privrag_finetune.home_data import Order
    from privrag_finetune.home_embedder import train_home_embedder

    order = Order(data, name, recipe, seed)
    made = run(context.obj, lambda rag: train_home_embedder(rag, order))
    _say(made, _WEIGHTS, as_json=as_json)


def fusion(
    context: typer.Context,
    data: DataOption,
    name: NameOption = "fusion-1",
    as_json: JsonOption = False,
) -> None:
    """Choose the weights of dense, sparse, id and exact matches on a data set of this home."""
    from privrag_finetune.home_data import Order
    from privrag_finetune.home_fusion import train_home_fusion

    made = run(context.obj, lambda rag: train_home_fusion(rag, Order(data, name)))
    _say(made, _WEIGHTS, as_json=as_json)


_WEIGHTS = (
    "dense {weights[dense_weight]:g}, sparse {weights[sparse_weight]:g}, "
    "ids {weights[id_weight]:g}, exact words {weights[exact_weight]:g}"
)


def _say(made: dict[str, Any], chosen: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(made)
        return
    gate = made["gate"]
    low, high = gate["ci95"]
    print(f"{made['run']}: {made['seconds']} s, {chosen.format(**made)}")
    if (cut := made.get("cut")) and cut["pairs"]:
        print(
            f"  {cut['pairs']} of {cut['of']} question-passage pairs are longer than the "
            f"{cut['max_tokens']} tokens that it reads; the rest of each was cut off"
        )
    print(
        f"nDCG@10 of {gate['questions']} questions to {gate['documents']} documents it has not "
        f"seen: {gate['without']:.3f} without it, {gate['with_it']:.3f} with it "
        f"({gate['difference']:+.3f} [{low:+.3f}, {high:+.3f}])"
    )
    if made["refusal"] is None:
        print(f"let it serve: privrag models promote {made['run']}")
    else:
        print(f"not promotable: {made['refusal']}")
