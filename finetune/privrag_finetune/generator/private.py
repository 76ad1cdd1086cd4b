"""Tune a generator with differential privacy: plan, reserve, train, and what it may claim."""

import json
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag_finetune.disk import writing_into
from privrag_finetune.dp.ledger import FILE, Ledger
from privrag_finetune.dp.planner import Plan, plan_for, refuse_above
from privrag_finetune.dp.randomness import NAME as RANDOM
from privrag_finetune.dp.sampler import NAME as SAMPLER
from privrag_finetune.dp.sampler import Units, units_of
from privrag_finetune.dp.train import PrivatelyTrained, StepTaken, seconds_per_row, train_privately
from privrag_finetune.fit import FINISHED
from privrag_finetune.generator.base import load_base
from privrag_finetune.generator.encoded import padded, token_losses
from privrag_finetune.generator.home_units import Owners, Unit
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import PromptRow, padding_of
from privrag_finetune.generator.train import GeneratorTraining, TunedGenerator
from privrag_finetune.leaks.subject import Claim, Spending
from privrag_finetune.machine import computes_in_bf16, quiet
from privrag_finetune.questions.store import write_whole

_ROWS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is asked of a private training."""

    epsilon: float
    delta: float | None = None
    """None: 1 / documents^1.2; above 1 / units it is capped."""
    noise: float | None = None
    """Instead of what epsilon takes: for runs that are broken on purpose."""
    audit: bool = False
    """Train in memory alone and see whether canaries give the run away; nothing is kept."""
    budget: float | None = None
    """Epsilon of each provider over all runs of this home, set or lowered; None: as agreed."""
    unit: Unit = "document"
    """What is protected: all rows of one of these."""


@dataclass(frozen=True, slots=True)
class PrivateRun:
    """A model that was trained privately, and what may be claimed of it."""

    tuned: TunedGenerator
    claim: Claim
    units: int


def private_plan(
    training: GeneratorTraining,
    units: Units,
    privacy: Privacy,
    *,
    canaries: int,
    contract: float | None = None,
    seconds: Callable[[int], float] | None = None,
) -> Plan:
    """What the training will cost, before anything is spent. Raises TrainingError.

    `canaries` of the units are nobody's. `contract` is the least epsilon that a provider allows
    over all runs. `seconds` measures those of a row of so many tokens.
    """
    recipe = training.recipe
    if recipe.method != "lora":
        raise TrainingError("--dp trains an adapter; set method = 'lora' in the recipe")
    documents = len({row.owner for row in training.train}) - canaries
    longest = max(len(row.input_ids) for rows in units.values() for row in rows)
    return plan_for(
        len(units),
        canaries=canaries,
        epsilon=privacy.epsilon,
        delta=privacy.delta or documents**-1.2,
        epochs=recipe.private_epochs,
        noise=privacy.noise,
        unit=privacy.unit,
        contract_epsilon=contract,
        seconds_per_row=None if seconds is None else seconds(longest),
    )


def check_budgets(privacy: Privacy, providers: Sequence[str], *, models: Path) -> None:
    """Refuse before any work an epsilon that a provider does not allow. Raises TrainingError.

    A budget that is missing or would be raised is refused, too; whether one is overdrawn is told
    once the plan is known.
    """
    allowed = Ledger(models / FILE).allowed(dict.fromkeys(providers, privacy.budget))
    refuse_above(allowed, privacy.epsilon)


def units_for(training: GeneratorTraining, prompts: Sequence[PromptRow], owners: Owners) -> Units:
    """The rows by unit. Raises TrainingError where a row shows passages of another one."""
    rows = [replace(row, owner=owners.unit_of(row.owner)) for row in training.train]
    shows = {row.id: {owners.unit_of(document) for document in row.shows} for row in prompts}
    return units_of(rows, holds=shows)


def canaries_in(training: GeneratorTraining, prompts: Sequence[PromptRow]) -> int:
    """Rows to train on that were made of no passage; each is a unit of its own."""
    real = {row.id for row in prompts}
    return sum(row.id not in real for row in training.train)


def training_options(recipe: GeneratorRecipe, *, pad: int) -> dict[str, Any]:
    """What `seconds_per_row` and `train_privately` both take, so a plan times what runs."""
    return {
        "pad": pad,
        "rows_at_once": _ROWS_AT_ONCE,
        "bf16": computes_in_bf16(recipe.precision),
        "method": recipe.clipping,
    }


def train_private(
    training: GeneratorTraining,
    units: Units,
    privacy: Privacy,
    *,
    canaries: int,
    run: str,
    providers: Sequence[str],
    models: Path,
    data_sha256: str,
    say: Callable[[str], None],
    on_step: Callable[[StepTaken], None] | None = None,
) -> PrivateRun:
    """Train into the folder `training.out` and write down what it cost before it is spent.

    The plan goes to `say` first, with what each of the `providers` allows and has spent. Killed,
    also once it is trained, the same call goes on and spends nothing more, until
    `remove_checkpoints`. A run that claims less than it costs is refused by the ledger: see
    `audit.py`. Raises TrainingError.
    """
    started = time.perf_counter()
    ledger = Ledger(models / FILE)
    budgets = dict.fromkeys(providers, privacy.budget)
    contract = ledger.allowed(budgets)
    with quiet():
        model, tokenizer = load_base(training.base, training.recipe, seed=training.seed)
    pad = padding_of(tokenizer)
    options = training_options(training.recipe, pad=pad)
    plan = private_plan(
        training,
        units,
        privacy,
        canaries=canaries,
        contract=contract,
        seconds=lambda tokens: seconds_per_row(model, tokens=tokens, **options),
    )
    say("\n".join([plan.as_text(), *_left(ledger, budgets)]))
    held = ledger.reserve(run, plan, budgets, data_sha256=data_sha256)
    before = _loss(model, training, pad)
    private = train_privately(
        model,
        units,
        plan,
        reservation=held,
        learning_rate=training.recipe.learning_rate,
        checkpoints=_checkpoints(training.out),
        on_step=on_step,
        **options,
    )
    with writing_into(training.out):
        training.out.mkdir(mode=0o700, parents=True, exist_ok=True)
        model.save_pretrained(training.out)
        tokenizer.save_pretrained(training.out)
    tokens = _tokens_of_a_step(units, plan) * private.steps_here
    tuned = TunedGenerator(
        folder=training.out,
        rows=sum(map(len, units.values())),
        steps=plan.steps,
        seconds=time.perf_counter() - started,
        tokens_per_second=round(tokens / max(private.seconds, 1e-9), 1),
        loss_start=before,
        loss=_loss(model, training, pad),
        train_loss=math.nan,
        trainable=sum(p.numel() for p in model.parameters() if p.requires_grad),
    )
    spending = tuple(_spending(ledger, provider) for provider in providers)
    note = {"run": run, "steps": plan.steps}  # no time: what lies there is known by its hash
    write_whole(training.out / FINISHED, json.dumps(note).encode() + b"\n")
    return PrivateRun(tuned, _claim(private, spending), plan.protected)


def has_checkpoints(out: Path) -> bool:
    """Whether a private training into this folder was begun and not yet registered."""
    return any(_checkpoints(out).glob("step-*"))


def remove_checkpoints(out: Path) -> None:
    """Once the model is registered: from then on nothing goes on from them."""
    shutil.rmtree(_checkpoints(out), ignore_errors=True)


def in_words(claim: Claim) -> str:
    """What a model card says beside epsilon."""
    return (
        f"delta {claim.delta:.2g}, for every {claim.unit} ({claim.relation}); {claim.steps} steps "
        f"at rate {claim.sampling_rate:.3g}, noise {claim.noise:.3g}, clip {claim.clip:g}"
    )


def _checkpoints(out: Path) -> Path:
    return out.with_name(out.name + ".work")


def _claim(private: PrivatelyTrained, spending: tuple[Spending, ...]) -> Claim:
    plan, spent = private.plan, private.spent
    if spent is None:
        raise TrainingError("no ledger counted this run, so it claims nothing")
    return Claim(
        unit=plan.unit,
        relation=f"all rows of one {plan.unit}, added or removed",
        claimed=plan.wanted,
        spent=spent.epsilon,
        delta=plan.delta,
        noise=plan.noise,
        clip=plan.clip,
        sampling_rate=plan.rate,
        steps=plan.steps,
        sampler=SAMPLER,
        accountant=spent.accountant,
        random=RANDOM,
        ledger=spending,
    )


def _left(ledger: Ledger, budgets: Mapping[str, float | None]) -> list[str]:
    """For the person who decides whether to start."""
    agreed = ledger.contracts()
    return [
        f"budget            {provider}: {budget or agreed[provider].epsilon:g} over all runs, "
        f"{ledger.spent(provider).epsilon:.3g} spent or reserved so far"
        for provider, budget in budgets.items()
    ]


def _spending(ledger: Ledger, provider: str) -> Spending:
    runs, contract = ledger.entries(provider), ledger.contracts()[provider]
    delta = min(run.delta for run in runs)
    spent = ledger.spent(provider, delta).epsilon
    return Spending(provider, spent, delta, len(runs), contract.epsilon, contract.raised)


def _tokens_of_a_step(units: Units, plan: Plan) -> float:
    """Expected, without padding."""
    of_units = (
        sum(len(row.input_ids) for row in rows) * min(1, plan.rows_per_unit / len(rows))
        for rows in units.values()
    )
    return plan.rate * sum(of_units)


def _loss(model: Any, training: GeneratorTraining, pad: int) -> float:  # noqa: ANN401 - peft's
    """Mean over the learnt tokens of validation: a figure of private rows, which nothing covers."""
    import torch

    was = model.training
    model.eval()
    losses: list[float] = []
    with torch.no_grad():
        for start in range(0, len(training.validation), _ROWS_AT_ONCE):
            batch = padded(training.validation[start : start + _ROWS_AT_ONCE], pad=pad)
            batch = {name: value.to(model.device) for name, value in batch.items()}
            losses += token_losses(model, batch).tolist()
    model.train(was)
    return sum(losses) / len(losses)
