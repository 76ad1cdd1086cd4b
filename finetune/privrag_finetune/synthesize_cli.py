"""`privrag train synthesize` and `privrag train sets`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, run

if TYPE_CHECKING:
    from privrag.rag import AsyncRag
    from privrag_finetune.questions.rows import Row
    from privrag_finetune.questions.stale import Freshness

_MOST_LISTED = 20


def register(train: typer.Typer) -> None:
    """Add the commands to the group `train`."""
    train.command()(synthesize)
    train.command()(sets)


def synthesize(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="Questions to ask for at most.")] = 200,
    out: Annotated[str, typer.Option(metavar="NAME", help="Name of the data set.")] = "questions",
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML; without, the shipped recipe.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the recipe's.")] = None,
    acl: Annotated[
        list[str] | None,
        typer.Option(metavar="PRINCIPAL", help="Readers of the passages, all of them (default *)."),
    ] = None,
    across_acl: Annotated[
        bool, typer.Option("--across-acl", help="Mix passages of different readers.")
    ] = False,
    collection: Annotated[str | None, typer.Option(help="Only passages of this one.")] = None,
    check: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Instead: which rows of a data set are out of date."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make questions with answers from the documents' safe text, for training and measuring.

    Killed in the middle, the same command goes on. A finished data set never changes.
    """
    if check is not None:
        _check(context.obj, check, as_json)
        return
    from privrag.progress import progress_over
    from privrag_finetune.questions.readers import EVERYBODY
    from privrag_finetune.questions.recipe import load_recipe
    from privrag_finetune.questions.synthesize import Order
    from privrag_finetune.questions.synthesize import synthesize as make

    chosen = load_recipe(recipe)
    with progress_over(limit, "questions") as progress:
        order = Order(
            out=out,
            limit=limit,
            recipe=chosen,
            seed=seed,
            acl=tuple(acl or EVERYBODY),
            across_acl=across_acl,
            collection=collection,
            progress=progress,
        )
        made = run(context.obj, lambda rag: make(rag, order))
    if as_json:
        emit_json(made)
        return
    print(f"{made['kept']} of {made['rows']} questions kept in {out} ({made['seconds']} s)")
    for reason, number in made["dropped"].items():
        print(f"  dropped {number:6d}  {reason}")
    if made["likely_cause"] is not None:
        print(f"  {made['likely_cause']}")
    for name in ("splits", "by_category", "by_difficulty"):
        print(f"  {name}: " + ", ".join(f"{key} {n}" for key, n in made[name].items()))


def sets(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the data sets of this home."""
    from privrag_finetune.questions.store import is_frozen, read_manifest, set_names

    rows: list[dict[str, Any]] = []
    for name in set_names(context.obj):
        if is_frozen(context.obj, name):
            rows.append({"finished": True, **read_manifest(context.obj, name).model_dump()})
        else:
            rows.append({"finished": False, "name": name})
    if as_json:
        emit_json([{k: v for k, v in row.items() if k != "rewrite"} for row in rows])
        return
    for row in rows:
        if row["finished"]:
            print(f"{row['name']}: {row['rows']} rows of {row['model']}, {row['created']}")
        else:
            print(f"{row['name']}: not finished")


def _check(home: Path, name: str, as_json: bool) -> None:
    from privrag_finetune.questions.stale import check_rows
    from privrag_finetune.questions.store import read_rows

    async def compare(rag: "AsyncRag", rows: "list[Row]") -> "Freshness":
        return await check_rows(rag.stores, rows)

    rows = read_rows(home, name)
    found = run(home, lambda rag: compare(rag, rows))
    if as_json:
        emit_json({"rows": len(rows), "fresh": len(found.fresh), "stale": found.stale})
        return
    print(f"{len(found.fresh)} of {len(rows)} rows of {name} are as the index is")
    for row, why in list(found.stale.items())[:_MOST_LISTED]:
        print(f"  {row}: {why}")
    if len(found.stale) > _MOST_LISTED:
        print(f"  and {len(found.stale) - _MOST_LISTED} more (--json lists all)")
