"""A private training that is broken on purpose, to see whether its canaries give it away.

Nothing of it is kept, counted or registered.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from privrag.errors import TrainingError
from privrag_finetune.dp.sampler import units_of
from privrag_finetune.dp.train import train_privately
from privrag_finetune.generator.base import load_base
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.private import Privacy, private_plan
from privrag_finetune.generator.rows import PromptRow, padding_of
from privrag_finetune.generator.train import GeneratorTraining
from privrag_finetune.leaks.canaries import Canaries, EncodeRow
from privrag_finetune.leaks.one_run import OneRunAudit, audit_one_run
from privrag_finetune.leaks.reading import CausalReader
from privrag_finetune.machine import quiet

LEAST_CANARIES = 64
"""Fewer could not refute an epsilon of 1 with certainty."""


def audit_run(
    training: GeneratorTraining,
    prompts: Sequence[PromptRow],
    canaries: Canaries,
    encode: EncodeRow,
    privacy: Privacy,
    *,
    say: Callable[[str], None],
) -> OneRunAudit:
    """Train as `privacy` says, in memory alone, and guess from the weights who was in.

    `training.train` holds the canaries that a coin let in. The plan goes to `say`.
    """
    with quiet():
        model, tokenizer = load_base(training.base, training.recipe, seed=training.seed)
    pad = padding_of(tokenizer)
    units = units_of(training.train, holds={row.id: row.shows for row in prompts})
    plan = private_plan(training, units, privacy)
    say(plan.as_text())
    rows = [canaries.row(canary, encode) for canary in canaries.canaries]
    before = _losses(model, tokenizer, rows)
    train_privately(
        model,
        units,
        plan,
        reservation=None,
        pad=pad,
        learning_rate=training.recipe.learning_rate,
    )
    after = _losses(model, tokenizer, rows)
    return audit_one_run(
        [b - a for b, a in zip(before, after, strict=True)],
        [canary.included for canary in canaries.canaries],
        delta=plan.delta,
    )


def audit_and_end(
    training: GeneratorTraining,
    prompts: Sequence[PromptRow],
    canaries: Canaries | None,
    encode: EncodeRow,
    privacy: Privacy,
    say: Callable[[str], None],
) -> NoReturn:
    """Raise TrainingError with what the audit found: such a run is never kept."""
    if canaries is None:
        raise TrainingError("an audit needs canaries; set canaries in the recipe")
    found = audit_run(training, prompts, canaries, encode, privacy, say=say)
    caught = found.lower_bound > privacy.epsilon
    verdict = (
        f"it breaks the epsilon of {privacy.epsilon:g} that it claims"
        if caught
        else f"the audit cannot refute the epsilon of {privacy.epsilon:g} that it claims"
    )
    raise TrainingError(f"{verdict}: {found.in_words()} Nothing was kept or registered.")


def _losses(model: Any, tokenizer: Any, rows: Sequence[Encoded]) -> list[float]:  # noqa: ANN401
    return [losses.mean for losses in CausalReader(model, tokenizer).nll(rows)]
