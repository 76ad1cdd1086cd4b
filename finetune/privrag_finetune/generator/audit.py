"""A private training that is there to be attacked: do its canaries give away what it claims?

It runs in memory alone. Nothing of it is kept, counted or registered.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from privrag.errors import TrainingError
from privrag_finetune.dp.train import train_privately
from privrag_finetune.generator.base import load_base
from privrag_finetune.generator.home_units import Owners
from privrag_finetune.generator.private import (
    Privacy,
    canaries_in,
    private_plan,
    training_options,
    units_for,
)
from privrag_finetune.generator.rows import PromptRow, padding_of
from privrag_finetune.generator.train import GeneratorTraining
from privrag_finetune.leaks.canaries import Canaries, EncodeRow, score_canaries
from privrag_finetune.leaks.one_run import OneRunAudit, audit_ceiling, audit_one_run
from privrag_finetune.leaks.reading import CausalReader
from privrag_finetune.machine import quiet

LEAST_CANARIES = 64
"""They can show an epsilon of 2.6 at a delta of 1e-5, if all are guessed right."""
EPSILON, DELTA = 1.0, 1e-5
"""Claimed by an audit that was told no other: what so many canaries can refute."""


def audit_run(
    training: GeneratorTraining,
    prompts: Sequence[PromptRow],
    canaries: Canaries,
    encode: EncodeRow,
    privacy: Privacy,
    owners: Owners,
    *,
    say: Callable[[str], None],
) -> OneRunAudit:
    """Train as `privacy` says, in memory alone, and guess from the weights who was in.

    `training.train` holds the canaries that a coin let in. The plan goes to `say`. Raises
    TrainingError, before it trains, where so few canaries could never refute what is claimed.
    """
    with quiet():
        model, tokenizer = load_base(training.base, training.recipe, seed=training.seed)
    options = training_options(training.recipe, pad=padding_of(tokenizer))
    units = units_for(training, prompts, owners)
    plan = private_plan(training, units, privacy, canaries=canaries_in(training, prompts))
    _refuse_a_blind_audit(len(canaries.canaries), plan.wanted, plan.delta)
    say(plan.as_text())
    learning_rate = training.recipe.learning_rate
    train_privately(model, units, plan, reservation=None, learning_rate=learning_rate, **options)
    result = score_canaries(
        CausalReader(model, tokenizer),
        CausalReader(model, tokenizer, adapter=False),
        canaries,
        encode,
        ranked=0,
    )
    return audit_one_run(
        [one.score for one in result.scores],
        [one.included for one in result.scores],
        delta=plan.delta,
    )


def audit_and_tell(
    training: GeneratorTraining,
    prompts: Sequence[PromptRow],
    canaries: Canaries | None,
    encode: EncodeRow,
    privacy: Privacy,
    owners: Owners,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """What the audit found; `broken` says whether the run costs more than it claims."""
    if canaries is None:
        raise TrainingError("an audit needs canaries; set canaries in the recipe")
    found = audit_run(training, prompts, canaries, encode, privacy, owners, say=say)
    return {
        "audit": asdict(found),
        "claimed": privacy.epsilon,
        "broken": found.lower_bound > privacy.epsilon,
        "words": found.in_words(),
    }


def _refuse_a_blind_audit(canaries: int, claimed: float, delta: float) -> None:
    most = audit_ceiling(canaries, delta=delta)
    if most <= claimed:
        raise TrainingError(
            f"{canaries} canaries can refute an epsilon below {most:.2f} at delta {delta:.2g} and "
            f"no larger one, and {claimed:g} is claimed, so an audit would find nothing whatever "
            "the run costs; ask for a smaller --epsilon or --delta, or for more canaries in the "
            "recipe"
        )
