"""`privrag train budget`: what every provider's data has cost, and killed runs given up."""

from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json


def register(train: typer.Typer) -> None:
    """Add the command to the group `train`."""
    train.command()(budget)


def budget(
    context: typer.Context,
    give_up: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="A killed run that is never gone on with."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what trainings with differential privacy have spent, by provider.

    A run that was killed counts for all of its steps until the same command goes on with it. Given
    up, it counts for those that it wrote down, and its name cannot be taken again.
    """
    from privrag.registry import FOLDER
    from privrag_finetune.dp.ledger import FILE, Ledger

    path = context.obj / FOLDER / FILE
    if give_up is None and not path.is_file():
        found: list[dict[str, Any]] = []
    else:
        ledger = Ledger(path)
        if give_up is not None:
            ledger.give_up(give_up)
        found = _by_provider(ledger)
    if as_json:
        emit_json(found)
        return
    if not found:
        print("nothing was trained with differential privacy in this home")
    for one in found:
        print(
            f"{one['provider']}: epsilon {one['epsilon']:.3g} at delta {one['delta']:.2g} over "
            f"{len(one['runs'])} runs"
        )
        for run in one["runs"]:
            print(f"  {run['run']}: {run['state']}, {run['steps']} steps, {run['created']}")


def _by_provider(ledger: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a Ledger, imported late
    entries = ledger.entries()
    found = []
    for provider in dict.fromkeys(entry.provider for entry in entries):
        own = [entry for entry in entries if entry.provider == provider]
        delta = min(entry.delta for entry in own)
        runs = [
            {
                "run": entry.run,
                "state": entry.state,
                "steps": entry.mechanism.steps,
                "noise": entry.noise,
                "rate": entry.rate,
                "created": entry.created,
            }
            for entry in own
        ]
        epsilon = ledger.spent(provider, delta).epsilon
        found.append({"provider": provider, "epsilon": epsilon, "delta": delta, "runs": runs})
    return found
