"""`privrag train generator`: the model that writes answers, tuned on the same corpus."""

import sys
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, run
from privrag.errors import SettingsError
from privrag_finetune.retrieval_cli import DataOption, NameOption, RecipeOption, SeedOption


def register(train: typer.Typer) -> None:
    """Add the command to the group `train`."""
    train.command()(generator)


def generator(
    context: typer.Context,
    data: DataOption,
    name: NameOption = "generator-1",
    recipe: RecipeOption = None,
    seed: SeedOption = 12,
    dp: Annotated[bool, typer.Option("--dp", help="Train with differential privacy.")] = False,
    epsilon: Annotated[float, typer.Option(help="Of --dp: what the run may cost.")] = 8.0,
    delta: Annotated[
        float | None, typer.Option(help="Of --dp; without, documents ** -1.2.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Of --dp: epsilon of all runs of this home together.")
    ] = None,
    noise: Annotated[
        float | None, typer.Option(min=0, help="Of --audit: instead of what epsilon takes.")
    ] = None,
    audit: Annotated[
        bool,
        typer.Option("--audit", help="Train privately in memory, attack it, keep nothing."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tune the generator on a data set of this home, and measure it on documents kept from it.

    Rows hold the passages that a search finds, an answer with its marker, or a refusal where no
    passage answers. Killed in the middle, the same command goes on. It serves once it is promoted:
    privrag models promote NAME.
    """
    from privrag_finetune.generator.home_generator import train_home_generator
    from privrag_finetune.generator.private import Privacy
    from privrag_finetune.home_data import Order

    order = Order(data, name, recipe, seed)
    if noise is not None and not audit:
        raise SettingsError("--noise breaks what --dp promises, so it needs --audit")
    wanted = dp or audit
    privacy = Privacy(epsilon, delta, noise, audit=audit, budget=budget) if wanted else None
    made = run(
        context.obj,
        lambda rag: train_home_generator(rag, order, privacy=privacy, say=_to_standard_error),
    )
    _say(made, as_json=as_json)


def _to_standard_error(text: str) -> None:
    print(text, file=sys.stderr)


def _say(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit_json(made)
        return
    loss = made["loss"]
    print(
        f"{made['run']}: {made['rows']['train']} rows in {made['seconds']} s, "
        f"{made['tokens_per_second']:g} tokens/s, loss on validation "
        f"{loss['validation_start']:.3f} before, {loss['validation']:.3f} after"
    )
    for split, number in made["too_long"].items():
        if number:
            print(f"  {number} rows of {split} are longer than max_tokens and were left out")
    for figure, gate in made["figures"].items():
        low, high = gate["ci95"]
        print(
            f"  {figure}: {gate['without']:.3f} without it, {gate['with_it']:.3f} with it "
            f"({gate['difference']:+.3f} [{low:+.3f}, {high:+.3f}], {gate['questions']} questions "
            f"to {gate['documents']} documents it has not seen)"
        )
    for check in made["checks"]:
        print(f"  {check['name']}: {'ok' if check['passed'] else 'FAILED'}, {check['detail']}")
    if made["promotable"]:
        print(f"let it serve: privrag models promote {made['run']}")
    else:
        print(f"not promotable: {made['refusal']}")
