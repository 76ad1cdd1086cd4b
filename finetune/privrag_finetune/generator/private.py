"""Tune a generator with differential privacy: plan, reserve, train, and what it may claim."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag_finetune.dp.ledger import Budget, Ledger
from privrag_finetune.dp.planner import Plan, plan_for
from privrag_finetune.dp.sampler import Units, units_of
from privrag_finetune.dp.train import PrivatelyTrained, StepTaken, seconds_per_row, train_privately
from privrag_finetune.generator.base import load_base
from privrag_finetune.generator.encoded import padded, token_losses
from privrag_finetune.generator.rows import PromptRow, padding_of
from privrag_finetune.generator.train import GeneratorTraining, TunedGenerator
from privrag_finetune.machine import computes_in_bf16, quiet

LEDGER_FILE = "epsilon.sqlite"
_ROWS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is asked of a private training."""

    epsilon: float
    delta: float | None = None
    """None: 1 / units^1.2; above 1 / units it is capped."""
    noise: float | None = None
    """Instead of what epsilon takes: for runs that are broken on purpose."""
    audit: bool = False
    """Train in memory alone and see whether canaries give the run away; nothing is kept."""
    budget: float | None = None
    """Epsilon of the tenant over all runs of this home; None: as much as this run asks for."""


@dataclass(frozen=True, slots=True)
class PrivateRun:
    """A model that was trained privately, and what that cost."""

    tuned: TunedGenerator
    private: PrivatelyTrained


def private_plan(
    training: GeneratorTraining,
    units: Units,
    privacy: Privacy,
    model: Any = None,  # noqa: ANN401 - peft's
) -> Plan:
    """What the training will cost, before anything is spent. Raises TrainingError.

    With the model its seconds are measured on made-up rows.
    """
    recipe = training.recipe
    if recipe.method != "lora":
        raise TrainingError("--dp trains an adapter; set method = 'lora' in the recipe")
    longest = max(len(row.input_ids) for rows in units.values() for row in rows)
    seconds = None
    if model is not None:
        seconds = seconds_per_row(model, tokens=longest, pad=0, rows_at_once=2)
    return plan_for(
        len(units),
        epsilon=privacy.epsilon,
        delta=privacy.delta,
        epochs=recipe.private_epochs,
        noise=privacy.noise,
        contract_epsilon=privacy.budget,
        seconds_per_row=seconds,
    )


def units_for(training: GeneratorTraining, prompts: Sequence[PromptRow]) -> Units:
    """The rows by document. Raises TrainingError where a row shows passages of another one."""
    shows: Mapping[str, frozenset[str]] = {row.id: row.shows for row in prompts}
    return units_of(training.train, holds=shows)


def train_private(
    training: GeneratorTraining,
    units: Units,
    privacy: Privacy,
    *,
    run: str,
    tenant: str,
    models: Path,
    data_sha256: str,
    say: Callable[[str], None],
    on_step: Callable[[StepTaken], None] | None = None,
) -> PrivateRun:
    """Train into the folder `training.out` and write down what it cost before it is spent.

    The plan goes to `say` first. A run that claims less than it costs is refused by the ledger:
    see `audit.py`. Raises TrainingError.
    """
    started = time.perf_counter()
    with quiet():
        model, tokenizer = load_base(training.base, training.recipe, seed=training.seed)
    pad = padding_of(tokenizer)
    plan = private_plan(training, units, privacy, model)
    say(plan.as_text())
    budget = Budget(privacy.budget or privacy.epsilon, plan.delta)
    held = Ledger(models / LEDGER_FILE).reserve(
        run, plan, {tenant: budget}, data_sha256=data_sha256
    )
    work = training.out.with_name(training.out.name + ".work")
    before = _loss(model, training, pad)
    trained_from = time.perf_counter()
    private = train_privately(
        model,
        units,
        plan,
        reservation=held,
        pad=pad,
        learning_rate=training.recipe.learning_rate,
        rows_at_once=_ROWS_AT_ONCE,
        bf16=computes_in_bf16(training.recipe.precision),
        checkpoints=work,
        on_step=on_step,
    )
    seconds = time.perf_counter() - trained_from
    training.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    model.save_pretrained(training.out)
    tokenizer.save_pretrained(training.out)
    shutil.rmtree(work, ignore_errors=True)
    tuned = TunedGenerator(
        folder=training.out,
        rows=sum(map(len, units.values())),
        steps=plan.steps,
        seconds=time.perf_counter() - started,
        tokens_per_second=round(_tokens(units, plan) / max(seconds, 1e-9), 1),
        loss_start=before,
        loss=_loss(model, training, pad),
        train_loss=float("nan"),
        trainable=sum(p.numel() for p in model.parameters() if p.requires_grad),
    )
    return PrivateRun(tuned, private)


def claim_of(run: PrivateRun) -> dict[str, Any]:
    """What the report says of a private run."""
    private, plan = run.private, run.private.plan
    return {
        "unit": plan.unit,
        "units": plan.units,
        "neighbours": private.neighbours,
        "epsilon": private.spent.epsilon if private.spent else None,
        "delta": plan.delta,
        "noise": plan.noise,
        "clip": plan.clip,
        "rate": plan.rate,
        "steps": plan.steps,
        "sampler": private.sampler,
        "accountant": asdict(private.spent)["accountant"] if private.spent else None,
        "not_covered": list(private.not_covered),
    }


def _tokens(units: Units, plan: Plan) -> float:
    """Expected over all steps, without padding."""
    of_units = (
        sum(len(row.input_ids) for row in rows) * min(1, plan.rows_per_unit / len(rows))
        for rows in units.values()
    )
    return plan.rate * plan.steps * sum(of_units)


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
