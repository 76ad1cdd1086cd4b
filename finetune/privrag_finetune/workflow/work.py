"""What the steps of a workflow have in common: what each is told, and what it says of itself."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from privrag.rag import AsyncRag
from privrag_finetune.generator.home_generator import train_home_generator
from privrag_finetune.home_reranker import train_home_reranker
from privrag_finetune.questions.write import Writer
from privrag_finetune.workflow.ledger import Output
from privrag_finetune.workflow.recipe import Kind, WorkflowRecipe

StepName = Literal[
    "split", "synthesize", "filter", "feedback", "train", "evaluate", "report", "gate"
]
STEPS: tuple[StepName, ...] = get_args(StepName)
DIGITS = 8
"""Of a hash, in the names of what is made."""


Trainer = Callable[..., Awaitable[dict[str, Any]]]
"""Trains a home's model: (rag, order, *, measure); with `measure` it also measures and registers
it. A generator's also takes `privacy` and `say`."""
TRAINERS: Mapping[Kind, Trainer] = {
    "generator": train_home_generator,
    "reranker": train_home_reranker,
}
"""Called again with the same order, each takes weights that are there as they are."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the steps of one run share."""

    rag: AsyncRag
    recipe: WorkflowRecipe
    made: Mapping[StepName, Output]
    """What lies there of the steps before."""
    writer: Writer | None = None
    """Writes the questions; None: the home's generator."""
    trainers: Mapping[Kind, Trainer] = field(default_factory=lambda: TRAINERS)
    say: Callable[[str], None] = lambda _: None
    """Hears the plan of a private training before anything is spent."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of them."""

    name: StepName
    needs: tuple[StepName, ...]
    """Steps whose result it reads."""
    inputs: Callable[[Work], Awaitable[dict[str, str]]]
    """What else it depends on: name -> hash or value."""
    run: Callable[[Work, str], Awaitable[Output]]
    """Do it; the second argument is the hash of all inputs."""
    current: Callable[[Work, Output], Output | None]
    """What it left, as it is now; None if it is gone."""


async def nothing_else(_work: Work) -> dict[str, str]:
    """For a step that depends on the results of others alone."""
    return {}
