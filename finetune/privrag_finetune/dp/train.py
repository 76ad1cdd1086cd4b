"""Tuning a LoRA adapter with differential privacy: DP-SGD over units, drawn by Poisson sampling.

A step draws units, adds up their clipped gradients, adds noise, divides by the number of units that
was expected, and lets AdamW take it. A step without a unit is one of noise alone, and counts like
any other. The learning rate is constant. See `docs/design/dp-training.md`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.errors import TrainingError
from privrag_finetune.dp.accountant import Mechanism, Spent, epsilon_spent
from privrag_finetune.dp.checkpoint import PrivateCheckpoints, fingerprint
from privrag_finetune.dp.engine import Method, UnitGradients
from privrag_finetune.dp.ledger import Reservation
from privrag_finetune.dp.planner import Plan
from privrag_finetune.dp.randomness import SecureRandom
from privrag_finetune.dp.sampler import PoissonSampler, Units
from privrag_finetune.generator.encoded import Encoded

if TYPE_CHECKING:
    import torch

NOT_COVERED = (
    "the index, which hands out passages by design",
    "losses and other figures measured on private rows, and choices made by them",
    "the number of units, and of providers",
    "how long a step took",
    "preprocessing across units, and where retrieval cuts off",
)
"""What epsilon says nothing about."""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """Says nothing of the rows: neither a loss nor how many units were drawn."""

    step: int
    """From 1."""
    steps: int
    seconds: float
    """Since the first step of this process."""


@dataclass(frozen=True, slots=True)
class PrivatelyTrained:
    """What came of it. The weights are in the model."""

    plan: Plan
    history: tuple[Mechanism, ...]
    """Every step that was taken, those before a kill included."""
    spent: Spent | None
    """By this run alone. None where no ledger counted it: then there is nothing to claim."""
    steps_here: int
    """Of them those of this process."""
    seconds: float
    """Of this process."""


def train_privately(
    model: Any,  # noqa: ANN401 - any causal model under peft
    units: Units,
    plan: Plan,
    *,
    reservation: Reservation | None,
    pad: int,
    learning_rate: float = 3e-4,
    method: Method = "hooks",
    rows_at_once: int = 8,
    bf16: bool = False,
    checkpoints: Path | None = None,
    checkpoint_every: int = 50,
    on_step: Callable[[StepTaken], None] | None = None,
    random: SecureRandom | None = None,
) -> PrivatelyTrained:
    """Train the adapter of `model` where it is, on CPU or GPU, as `plan` says.

    `units` come from `units_of`. With `reservation` (from `Ledger.reserve`) the run is counted;
    without one no epsilon is given. With `checkpoints` a killed run goes on from the last one when
    it is called again with the same arguments; remove that folder once the model is written.
    `rows_at_once` and `method` do not change the result. `random` is for tests. Raises
    TrainingError; then the adapter is as it was, and what was reserved stays counted until the run
    is gone on with or given up.
    """
    _refuse(units, plan, reservation)
    import torch

    started = time.perf_counter()
    chance = random or SecureRandom()
    sampler = PoissonSampler(units, rate=plan.rate, rows_per_unit=plan.rows_per_unit, random=chance)
    with (
        UnitGradients(
            model, clip=plan.clip, pad=pad, method=method, rows_at_once=rows_at_once, bf16=bf16
        ) as gradients,
        _undone_if_it_fails(gradients.parameters) as parameters,
    ):
        optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0.0)
        kept, saved = 0, None
        if checkpoints is not None:
            shapes = [tuple(p.shape) for p in parameters]
            decides = fingerprint(plan, units, learning_rate, shapes)
            saved = PrivateCheckpoints(checkpoints, parameters, optimizer, decides=decides)
            kept = saved.load(reservation.kept_steps if reservation else 0)
        if reservation is not None:
            reservation.goes_on_from(kept)
        announce = reservation.keeps if reservation else _nobody
        for step in range(kept + 1, plan.steps + 1):
            total = gradients.clipped_sum(sampler.draw())
            for parameter, summed in zip(parameters, total, strict=True):
                noise = chance.normal(summed, plan.noise * plan.clip)
                parameter.grad = (summed + noise) / plan.batch
            optimizer.step()
            optimizer.zero_grad()
            if step % checkpoint_every == 0 or step == plan.steps:
                _refuse_a_broken_model(parameters)
                if saved is not None:
                    saved.save(step, first=announce)
            if on_step is not None:
                on_step(StepTaken(step, plan.steps, time.perf_counter() - started))
    taken, spent = [plan.mechanism], None
    if reservation is not None:
        reservation.settle(plan.steps)
        taken = reservation.history()
        spent = epsilon_spent(taken, plan.delta)
    return PrivatelyTrained(
        plan=plan,
        history=tuple(taken),
        spent=spent,
        steps_here=plan.steps - kept,
        seconds=time.perf_counter() - started,
    )


def seconds_per_row(
    model: Any,  # noqa: ANN401 - any causal model under peft
    *,
    tokens: int,
    pad: int,
    method: Method = "hooks",
    rows_at_once: int = 8,
    bf16: bool = False,
) -> float:
    """How long a row of so many tokens takes, by made-up ones: for `plan_for`."""
    size = int(model.config.get_text_config().vocab_size)
    ids = tuple((7 * n + 1) % size for n in range(tokens))
    units = [(Encoded("", "made-up", ids, tokens // 2),)] * rows_at_once
    with UnitGradients(
        model, clip=1.0, pad=pad, method=method, rows_at_once=rows_at_once, bf16=bf16
    ) as gradients:
        gradients.clipped_sum(units)  # the first of its shape is slower
        started = time.perf_counter()
        total = gradients.clipped_sum(units)
        float(total[0].sum())  # a GPU is still at it until somebody asks
        return (time.perf_counter() - started) / len(units)


def _refuse(units: Units, plan: Plan, reservation: Reservation | None) -> None:
    if not units:
        raise TrainingError("there is no row to train on; make a data set first")
    if reservation is not None and reservation.plan != plan:
        raise TrainingError(f"the run {reservation.run} was reserved with another plan; take that")
    if plan.delta > 1 / len(units):
        raise TrainingError(
            f"delta {plan.delta:.2g} is above 1/{len(units)}, one by the number of units; plan "
            "with the units that are trained on"
        )


@contextmanager
def _undone_if_it_fails(
    parameters: "Sequence[torch.nn.Parameter]",
) -> "Iterator[Sequence[torch.nn.Parameter]]":
    """Steps that no checkpoint kept leave nothing behind, so that they need not be counted."""
    import torch

    before = [p.detach().clone() for p in parameters]
    try:
        yield parameters
    except BaseException:
        with torch.no_grad():
            for parameter, old in zip(parameters, before, strict=True):
                parameter.copy_(old)
        raise


def _refuse_a_broken_model(parameters: "Sequence[torch.nn.Parameter]") -> None:
    """Weights are noised already, so what they are tells nothing new."""
    if not all(bool(p.isfinite().all()) for p in parameters):
        raise TrainingError(
            "the weights are no numbers any more; take a smaller learning rate, or fp32"
        )


def _nobody(_: int) -> None:
    """No ledger counts this run."""
