"""`privrag train generator`: the model that writes answers, tuned on the same corpus."""

import math
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import BAD_INPUT, JsonOption, emit_json, run
from privrag.errors import SettingsError
from privrag_finetune.retrieval_cli import DataOption, NameOption, RecipeOption, SeedOption

if TYPE_CHECKING:
    from privrag_finetune.generator.private import Privacy

_EPSILON = 8.0


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
    epsilon: Annotated[
        float | None,
        typer.Option(help="What the run may cost, or is claimed to (default: 8, --audit 1)."),
    ] = None,
    delta: Annotated[
        float | None,
        typer.Option(help="Chance of more (default: documents ** -1.2, --audit 1e-5)."),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="Of --dp: what all runs together may cost each collection learnt from; raised by "
            "`train budget` alone."
        ),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            metavar="document|collection",
            help="What --dp protects as a whole (default: document).",
        ),
    ] = None,
    noise: Annotated[
        float | None, typer.Option(min=0, help="Of --audit: instead of what epsilon takes.")
    ] = None,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit",
            help="Train privately in memory, attack it, keep nothing; status 1 if it breaks its "
            "claim.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tune the generator on a data set of this home, and measure it on documents kept from it.

    Rows hold the passages that a search finds (with --dp those of their own unit), an answer with
    its marker, or a refusal where no passage answers. Killed in the middle, the same command goes
    on. It serves once it is promoted: privrag models promote NAME.
    """
    from privrag_finetune.generator.home_generator import train_home_generator
    from privrag_finetune.home_data import Order

    order = Order(data, name, recipe, seed)
    given = {"--epsilon": epsilon, "--delta": delta, "--budget": budget, "--noise": noise}
    privacy = _privacy(given, dp=dp, audit=audit, unit=unit)
    made = run(
        context.obj,
        lambda rag: train_home_generator(rag, order, privacy=privacy, say=to_standard_error),
    )
    if audit:
        _say_audit(made, as_json=as_json)
    else:
        _say(made, as_json=as_json)


def _privacy(
    given: dict[str, float | None], *, dp: bool, audit: bool, unit: str | None = None
) -> "Privacy | None":
    """What is asked for; None: trained as it is. Raises SettingsError for what would be ignored."""
    from privrag_finetune.generator.audit import DELTA, EPSILON
    from privrag_finetune.generator.home_units import UNITS
    from privrag_finetune.generator.private import Privacy

    protected = next((known for known in UNITS if known == (unit or "document")), None)
    if protected is None:
        raise SettingsError(f"--unit {unit!r} is none; it takes {' or '.join(UNITS)}")
    named = {name: value for name, value in given.items() if value is not None}
    if "--noise" in named and not audit:
        raise SettingsError("--noise breaks what --dp promises, so it needs --audit")
    if "--budget" in named and audit:
        raise SettingsError("--budget is of --dp; an audit keeps nothing and spends nothing")
    if (named or unit) and not (dp or audit):
        name = next(iter(named), "--unit")
        raise SettingsError(f"{name} is of a private training, so it needs --dp")
    for name, value in named.items():
        if not math.isfinite(value) or value < 0 or (value == 0 and name != "--noise"):
            raise SettingsError(f"{name} is {value:g}; it takes a number above 0")
    if not (dp or audit):
        return None
    return Privacy(
        epsilon=named.get("--epsilon", EPSILON if audit else _EPSILON),
        delta=named.get("--delta", DELTA if audit else None),
        noise=named.get("--noise"),
        audit=audit,
        budget=named.get("--budget"),
        unit=protected,
    )


def _say_audit(made: dict[str, Any], *, as_json: bool) -> None:
    """Ends with status 2 where the run breaks what it claims."""
    if as_json:
        emit_json(made)
    else:
        verdict = "it breaks" if made["broken"] else "the audit cannot refute"
        print(f"{verdict} the epsilon of {made['claimed']:g} that it claims: {made['words']}")
        print("nothing was kept or registered")
    if made["broken"]:
        raise typer.Exit(BAD_INPUT)


def to_standard_error(text: str) -> None:
    """The plan of a private training, which is no part of what `--json` prints."""
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
            most = made["most_tokens"]
            print(f"  {number} rows of {split} are longer than {most} tokens and were left out")
    for split, number in made["placed_last"].items():
        if number:
            print(f"  {number} rows of {split} show a passage that answering would not have shown")
    for figure, gate in made["figures"].items():
        low, high = gate["ci95"]
        print(
            f"  {figure}: {gate['without']:.3f} without it, {gate['with_it']:.3f} with it "
            f"({gate['difference']:+.3f} [{low:+.3f}, {high:+.3f}], {gate['questions']} questions "
            f"to {gate['documents']} documents it has not seen)"
        )
    for check in made["checks"]:
        state = "not asked" if not check["asked"] else "ok" if check["passed"] else "FAILED"
        print(f"  {check['name']}: {state}, {check['detail']}")
    if made["promotable"]:
        print(f"let it serve: privrag models promote {made['run']}")
    else:
        print(f"not promotable: {made['refusal']}")
