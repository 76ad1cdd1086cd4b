"""`privrag train runs`, `show`, `export`, `mlflow`: what was trained, and from what."""

from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, run
from privrag_finetune.retrieval_cli import DataOption, RecipeOption, SeedOption

if TYPE_CHECKING:
    from privrag.rag import AsyncRag
    from privrag.records import Message, SafeText
    from privrag_finetune.tracking.events import Event
    from privrag_finetune.tracking.records import Run

    Chats = list[tuple[tuple[Message, ...], SafeText]]


def register(train: typer.Typer) -> None:
    """Add the commands to the group `train`."""
    for command in (runs, show, export, mlflow):
        train.command()(command)


def runs(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the trainings of this home, the newest first: running, finished, failed or killed."""
    from privrag_finetune.tracking.history import deployments_of
    from privrag_finetune.tracking.store import Tracking

    with closing(Tracking(context.obj)) as tracking:
        found = tracking.runs()
    if as_json:
        emit_json([_row(one) for one in found])
        return
    if not found:
        print("nothing was trained in this home: privrag train embedder (or reranker, generator)")
    for one in found:
        data = f" on {one.data.name}" if one.data else ""
        epsilon = "" if one.epsilon is None else f", epsilon {one.epsilon:.3g}"
        why = f" ({one.error})" if one.error else ""
        print(
            f"{one.started[:19].replace('T', ' ')}  {one.id}  {one.name}{data}: "
            f"{one.state}{why}{epsilon}"
        )
    for serving in deployments_of(context.obj):
        until = "now" if serving.until is None else serving.until[:19].replace("T", " ")
        since = serving.since[:19].replace("T", " ")
        print(f"served  {serving.model}: {serving.kind}, from {since} to {until}")


def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, or a model's name.")],
    follow: Annotated[bool, typer.Option("--follow", help="Go on until it ends.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one training: data, recipe, figures, and its losses step by step.

    With `--follow --json` each event is a line as it comes.
    """
    from privrag_finetune.tracking import events, process
    from privrag_finetune.tracking.curve import curve_of, in_words
    from privrag_finetune.tracking.events import read_events
    from privrag_finetune.tracking.store import Tracking

    with closing(Tracking(context.obj)) as tracking:
        one = tracking.run(name)
    path = context.obj / one.folder / events.FILE
    if follow:
        alive = partial(process.runs, one.process)
        for event in events.follow(path, alive=alive, since=one.started):
            emit_json(asdict(event)) if as_json else print(_said(event))
        return
    found = read_events(path)
    if as_json:
        emit_json({**_row(one), "events": [asdict(event) for event in found]})
        return
    print(f"{one.id}: {one.kind} {one.name}, {one.state}{f' ({one.error})' if one.error else ''}")
    until = "now" if one.state == "running" else one.ended or "a time that nobody noted"
    print(f"  from {one.started} to {until}")
    if one.data is not None:
        splits = ", ".join(f"{key} {count}" for key, count in one.data.splits.items())
        print(f"  data {one.data.name} ({splits}), sha256 {one.data.sha256}")
    for title, values in (("recipe", one.recipe), ("figures", one.figures)):
        for key, value in values.items():
            print(f"  {title} {key}: {value}")
    curve = curve_of(found)
    if curve.training or curve.validation:
        print(f"  {in_words(curve, alike=one.kind in ('generator', 'text'))}")
    beside = [name for name in ("curve.svg", "card.md") if path.with_name(name).is_file()]
    if beside:
        print(f"  {', '.join(f'{one.folder}/{name}' for name in beside)}")


def export(
    context: typer.Context,
    data: DataOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="To be written.")],
    kind: Annotated[
        str, typer.Option("--format", help="`chat`: messages, a chat a line.")
    ] = "chat",
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "train",
    recipe: RecipeOption = None,
    seed: SeedOption = 12,
    yes: Annotated[bool, typer.Option("--yes", help="Also outside the home.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a data set as the generator learns from it, for tuning somewhere else: safe text.

    The same rows as `train generator` takes with this recipe and seed.
    """
    from privrag.errors import TrainingError
    from privrag_finetune.questions.split import SPLITS
    from privrag_finetune.tracking.export import check_place, write_chats

    if kind != "chat" or split not in SPLITS:
        raise TrainingError("--format is chat, --split is train, validation or test")
    check_place(context.obj, out, allowed=yes)
    rows = run(context.obj, lambda rag: chats_of(rag, data, split, recipe, seed))
    written = write_chats(out, rows)
    if as_json:
        emit_json({"rows": written, "out": str(out), "split": split, "data": data})
        return
    print(
        f"{written} chats of {data} ({split}) in {out}: passages, questions and answers with "
        "pseudonyms for names; `privrag forget` does not reach this file"
    )


def mlflow(context: typer.Context, as_json: JsonOption = False) -> None:
    """Bring MLflow's database of `tracking.mlflow` up to date: runs, versions, aliases."""
    from privrag.errors import SettingsError
    from privrag.settings import load_settings
    from privrag_finetune.tracking.mlflow_log import log_home
    from privrag_finetune.tracking.settings import TrackingSettings

    address = TrackingSettings.of(load_settings(context.obj)).mlflow
    if address is None:
        raise SettingsError("tracking.mlflow names no database; set it, e.g. sqlite:////srv/ml.db")
    new = log_home(context.obj, address)
    if as_json:
        emit_json(new)
        return
    print(f"{new['runs']} runs and {new['versions']} versions are new in MLflow")


async def chats_of(
    rag: "AsyncRag", data: str, split: str, recipe: Path | None, seed: int
) -> "Chats":
    """What is shown and what is answered, row by row of a split."""
    from privrag_finetune.generator.home_rows import home_rows
    from privrag_finetune.generator.recipe import GeneratorRecipe
    from privrag_finetune.home_data import asked_of
    from privrag_finetune.questions.split import SPLITS
    from privrag_finetune.questions.store import read_rows
    from privrag_finetune.recipe import read_recipe

    (own,) = (name for name in SPLITS if name == split)
    asked = await asked_of(rag, data, read_rows(rag.home, data), needed=(own,))
    chosen = read_recipe(GeneratorRecipe, "generator", recipe)
    made = await home_rows(rag, asked[own], chosen, seed=seed)
    return [(row.prompt, row.answer) for row in made.rows]


def _row(one: "Run") -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name != "process"}


def _said(event: "Event") -> str:
    if event.state:
        return event.state
    parts = [f"step {event.step}/{event.steps}", f"epoch {event.epoch:.2f}"]
    for name, value in (("loss", event.loss), ("validation", event.validation_loss)):
        if value is not None:
            parts.append(f"{name} {value:.3f}")
    if event.tokens_per_second is not None:
        parts.append(f"{event.tokens_per_second:,.0f} tokens/s")
    if event.eta_seconds is not None:
        parts.append(f"{event.eta_seconds:,.0f} s left")
    return ", ".join(parts)
