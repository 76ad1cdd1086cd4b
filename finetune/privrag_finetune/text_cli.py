"""`privrag train text`: any base, tuned on the texts and targets of a CSV file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, run
from privrag_finetune.retrieval_cli import NameOption, RecipeOption, SeedOption

_DELIMITERS = {"tab": "\t"}


def register(train: typer.Typer) -> None:
    """Add the command to the group `train`."""
    train.command()(text)


def text(
    context: typer.Context,
    csv: Annotated[Path, typer.Option(metavar="FILE", help="UTF-8, with a header.")],
    base: Annotated[Path, typer.Option(metavar="FOLDER", help="A causal model, T5 or BERT.")],
    name: NameOption = "text-1",
    recipe: RecipeOption = None,
    text_column: Annotated[str, typer.Option(metavar="COLUMN", help="What is shown.")] = "text",
    target_column: Annotated[
        str, typer.Option(metavar="COLUMN", help="What is to be written or said.")
    ] = "target",
    delimiter: Annotated[
        str, typer.Option(metavar="SIGN", help="Between cells; `tab` is one, too.")
    ] = ",",
    keep_raw: Annotated[
        bool, typer.Option("--keep-raw", help="Store and learn names as they are.")
    ] = False,
    seed: SeedOption = 12,
    as_json: JsonOption = False,
) -> None:
    """Tune a base on two columns of a CSV file, and measure it on rows kept from it.

    A causal or encoder-decoder base learns to write the target, an encoder to tell labels apart.
    Names become pseudonyms before anything is stored. Killed in the middle, the same command goes
    on.
    """
    from privrag_finetune.texts.columns import Columns
    from privrag_finetune.texts.home_texts import TextOrder, train_home_text

    columns = Columns(text_column, target_column, _DELIMITERS.get(delimiter, delimiter))
    order = TextOrder(csv, base, name, columns, recipe, keep_raw, seed)
    _say(run(context.obj, lambda rag: train_home_text(rag, order)), as_json=as_json)


def _say(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit_json(made)
        return
    rows, loss = made["rows"], made["loss"]
    print(
        f"{made['run']} ({made['kind']}): {rows['train']} rows in {made['seconds']} s, "
        f"{made['tokens_per_second']:g} tokens/s, loss on {rows['validation']} rows of validation "
        f"{loss['validation_start']:.3f} before, {loss['validation']:.3f} after"
    )
    for reason, number in made["skipped"].items():
        print(f"  {number} rows of the file were left out: {reason}")
    for split, number in made["too_long"].items():
        if number:
            most = made["most_tokens"]
            print(f"  {number} rows of {split} are longer than {most} tokens and were left out")
    for name, figure in made["figures"].items():
        low, high = figure["ci95"]
        print(
            f"  {name}: {figure['mean']:.3f} [{low:.3f}, {high:.3f}] "
            f"({figure['cases']} texts it has not seen)"
        )
    print(f"the model lies in {made['model']} of the home")
