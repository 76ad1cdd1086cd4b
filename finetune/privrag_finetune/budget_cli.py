"""`privrag train budget`: what every provider allows and has spent, and killed runs given up."""

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json
from privrag.errors import SettingsError, TrainingError

if TYPE_CHECKING:
    from privrag_finetune.dp.ledger import Ledger

_PROVIDER = re.compile(r"([a-z0-9][a-z0-9_-]{0,62}/)?[a-z0-9][a-z0-9_-]{0,62}")


def register(train: typer.Typer) -> None:
    """Add the command to the group `train`."""
    train.command()(budget)


def budget(
    context: typer.Context,
    give_up: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="A killed run that is never gone on with."),
    ] = None,
    set_to: Annotated[
        float | None,
        typer.Option("--set", metavar="EPSILON", help="What all runs together may cost."),
    ] = None,
    provider: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of --set: a collection; several times for several."),
    ] = None,
    raising: Annotated[
        bool, typer.Option("--raise", help="Of --set: above what was agreed. It is written down.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what providers allow and what trainings with differential privacy have spent of it.

    A provider is a collection. Its budget is set once, lowered freely, and raised with --raise
    alone; every report after that says so. A run that was killed counts for all of its steps until
    the same command goes on with it. Given up, it counts for those that it wrote down, and its name
    cannot be taken again.
    """
    from privrag.registry import FOLDER
    from privrag_finetune.dp.ledger import FILE, Ledger

    named = _named(context.obj, set_to, provider or [], raising=raising)
    path = context.obj / FOLDER / FILE
    found: list[dict[str, Any]] = []
    if give_up is not None and not path.is_file():
        raise TrainingError(
            f"nothing was trained with differential privacy in this home, so there is no run "
            f"{give_up} to give up"
        )
    if set_to is not None or path.is_file():
        ledger = Ledger(path)
        if give_up is not None:
            ledger.give_up(give_up)
        if set_to is not None:
            ledger.agree(named, set_to, raising=raising)
        found = _by_provider(ledger)
    if as_json:
        emit_json(found)
    else:
        _say(found)


def _named(home: Path, set_to: float | None, names: list[str], *, raising: bool) -> list[str]:
    """The providers in full. Raises SettingsError for what would be ignored or is no provider."""
    if set_to is None:
        if names or raising:
            raise SettingsError("--provider and --raise are of --set EPSILON")
        return []
    if not 0 < set_to < math.inf:
        raise SettingsError(f"--set is {set_to:g}; it takes a number above 0")
    if not names:
        raise SettingsError("--set needs --provider NAME: the collection whose data it is about")
    if wrong := next((name for name in names if not _PROVIDER.fullmatch(name)), None):
        raise SettingsError(
            f"--provider {wrong!r} is no collection; it takes NAME or TENANT/NAME, in small "
            "letters, digits, _ and -"
        )
    if all("/" in name for name in names):
        return names
    from privrag.settings import load_settings
    from privrag_finetune.dp.contract import provider_of

    tenant = load_settings(home).tenant
    return [name if "/" in name else provider_of(tenant, name) for name in names]


def _by_provider(ledger: "Ledger") -> list[dict[str, Any]]:
    agreed = ledger.contracts()
    spenders = (entry.provider for entry in ledger.entries())
    found = []
    for provider in dict.fromkeys((*agreed, *spenders)):
        own = ledger.entries(provider)
        contract = agreed.get(provider)
        runs = [
            {
                "run": entry.run,
                "state": entry.state,
                "unit": entry.unit,
                "steps": entry.mechanism.steps,
                "noise": entry.noise,
                "rate": entry.rate,
                "created": entry.created,
            }
            for entry in own
        ]
        found.append(
            {
                "provider": provider,
                "epsilon": ledger.spent(provider).epsilon,
                "delta": min((entry.delta for entry in own), default=None),
                "budget": contract and contract.epsilon,
                "raised": list(contract.raised) if contract else [],
                "runs": runs,
            }
        )
    return found


def _say(found: list[dict[str, Any]]) -> None:
    if not found:
        print("nothing was trained with differential privacy in this home")
    for one in found:
        at = "" if one["delta"] is None else f" at delta {one['delta']:.2g}"
        most = "no budget yet" if one["budget"] is None else f"budget {one['budget']:g}"
        print(
            f"{one['provider']}: epsilon {one['epsilon']:.3g}{at} over {len(one['runs'])} runs, "
            f"{most}"
        )
        for words in one["raised"]:
            print(f"  budget {words}")
        for run in one["runs"]:
            print(
                f"  {run['run']}: {run['state']}, {run['steps']} steps by {run['unit']}, "
                f"{run['created']}"
            )
