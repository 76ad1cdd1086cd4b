"""`privrag train run` and `privrag train timer`."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privrag.cli import JsonOption, emit_json, run
from privrag.errors import SettingsError
from privrag_finetune.generator_cli import to_standard_error

if TYPE_CHECKING:
    from privrag_finetune.workflow.run import Ran
    from privrag_finetune.workflow.work import StepName

RecipeOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="TOML; without, all defaults.")
]


def register(train: typer.Typer) -> None:
    """Add the commands to the group `train`."""
    train.command("run")(run_steps)
    train.command()(timer)


def run_steps(
    context: typer.Context,
    recipe: RecipeOption = None,
    steps: Annotated[
        str | None,
        typer.Option(
            "--steps",
            "--step",
            metavar="NAME,...",
            help="Only these: split, synthesize, filter, feedback, train, evaluate, report, gate.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """From documents to a model behind its gate; what is done for what is there now is kept.

    Killed in the middle, the same command goes on.
    """
    from privrag_finetune.workflow.recipe import load_workflow
    from privrag_finetune.workflow.run import run_workflow

    loaded, chosen = load_workflow(recipe), _chosen(steps)
    tell: Callable[[StepName, str], None] = (
        (lambda *_: None) if as_json else (lambda name, what: print(f"{name}: {what}", flush=True))
    )
    ran = run(
        context.obj,
        lambda rag: run_workflow(rag, loaded, steps=chosen, tell=tell, say=to_standard_error),
    )
    if as_json:
        emit_json({"run": ran.run, "steps": [_plain(step) for step in ran.steps]})
    else:
        _say(ran, context.obj)


def timer(
    context: typer.Context,
    recipe: RecipeOption = None,
    when: Annotated[
        str, typer.Option(metavar="TIME", help="As systemd.time(7) has it, e.g. `Sun 03:00`.")
    ] = "weekly",
    install_to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write both units there, checked.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a systemd service and a timer that run the workflow again and again.

    They belong into ~/.config/systemd/user or /etc/systemd/system.
    """
    from privrag.settings import load_settings
    from privrag_finetune.tracking.settings import TrackingSettings
    from privrag_finetune.workflow.recipe import load_workflow
    from privrag_finetune.workflow.timer import install, units_of

    settings = load_settings(context.obj)
    mlflow = TrackingSettings.of(settings).folder
    units = units_of(
        name=load_workflow(recipe).name,
        program=Path(sys.executable).with_name("privrag"),
        home=context.obj,
        writes=[settings.cache.expanduser(), *([] if mlflow is None else [mlflow])],
        recipe=recipe,
        when=when,
    )
    files = [] if install_to is None else install(units, install_to.expanduser())
    if as_json:
        emit_json({**asdict(units), "files": [str(path) for path in files]})
    elif files:
        print(f"{files[0]}\n{files[1]}\nstart it: systemctl [--user] enable --now {files[1].name}")
    else:
        print(f"# {units.name}.service\n{units.service}\n# {units.name}.timer\n{units.timer}")


def _chosen(steps: str | None) -> "tuple[StepName, ...]":
    from privrag_finetune.workflow.work import STEPS

    if steps is None:
        return STEPS
    named = [word.strip() for word in steps.split(",")]
    chosen = tuple(step for step in STEPS if step in named)
    if not chosen or len(chosen) != len(set(named)):
        raise SettingsError(f"--steps takes some of {', '.join(STEPS)}, with commas between")
    return chosen


def _say(ran: "Ran", home: Path) -> None:
    for step in ran.steps:
        print(f"{step.step:10}  {step.state:5}  {step.output.name}  {step.seconds:g} s")
    gate = ran.steps[-1]
    if gate.step != "gate":
        return
    name, said = gate.output.name, gate.output.figures
    if not said["passed"]:
        print(f"it may not serve: {said['why']}")
    elif gate.state == "kept":
        print(_serving(home, name))
    elif said["promoted"]:
        print(f"{name} serves from the next request on")
    else:
        print(f"it may serve: privrag models promote {name}")


def _serving(home: Path, name: str) -> str:
    """What there is to say of a model that was let through before: another may serve by now."""
    from privrag.registry import read_registry

    registry = read_registry(home)
    serving = registry.serving(registry.version(name).kind)
    what = "no model of its kind serves" if serving is None else f"{serving.name} serves"
    return f"{name} may serve, as before; {what}: privrag models list"


def _plain(step: object) -> dict[str, object]:
    return asdict(step)  # type: ignore[call-overload, no-any-return] # a dataclass of ours
