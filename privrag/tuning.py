"""What a trainer of a retrieval model takes and gives.

Trainers announce themselves in the entry-point group `privrag.trainers`, by the kind of model:
`embedder`, `reranker`. Whoever measures or promotes models finds them by `trainer("embedder")`.
All text here is safe text as the embedder reads it: pseudonyms are bare words for their type.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from privrag.errors import MissingExtraError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage beside a question."""

    id: str
    text: str = field(repr=False)
    gain: float = 0.0
    """Above 0: it answers the question."""
    score: float = 0.0
    """What retrieval gave it: higher is better."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with passages, those that answer it and others."""

    id: str
    question: str = field(repr=False)
    group: str
    """Passages of one group compete with each other: a document, or what is searched together."""
    candidates: tuple[Candidate, ...] = field(repr=False)

    @property
    def gains(self) -> dict[str, float]:
        return {c.id: c.gain for c in self.candidates if c.gain > 0}


@dataclass(frozen=True, slots=True)
class Cut:
    """Pairs of a question and a passage of which a model in training does not read the end."""

    pairs: int
    of: int
    """Different pairs that it learns from."""
    max_tokens: int
    """That it reads: an embedder of either, a reranker of both together."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained, and how it did on the questions kept for validation."""

    kind: str
    folder: Path
    examples: int
    pairs: int
    """Question-passage pairs that it was shown, over all epochs until it ended."""
    steps: int
    seconds: float
    loss_start: float
    """On validation, before the first step."""
    loss: float
    ndcg_start: float
    """nDCG@10 on validation, before the first step."""
    ndcg: float
    recipe: dict[str, object]
    scale: float | None = None
    """Of a reranker: what retrieval scores were multiplied by beside its logits."""
    cut: Cut | None = None
    """None where it was not counted."""


class Trainer(Protocol):
    """Trains one kind of model."""

    def __call__(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        base: Path,
        out: Path,
        recipe: Path | None = None,
        max_tokens: int = 256,
        seed: int = 12,
    ) -> Trained:
        """Train from the model in `base` into the folder `out`, keeping the best step.

        Called again after a kill with the same arguments, it goes on where it was; with others it
        begins anew. `recipe` is a TOML file; None takes the recipe that is shipped. Raises
        TrainingError where there is nothing to learn.
        """


def trainer(kind: str) -> Trainer:
    """The trainer of this kind of model. Raises MissingExtraError where none can train here."""
    if find_spec("datasets") is None:  # the trainers are always installed, what they need is not
        raise MissingExtraError("datasets", "finetune")
    for entry in entry_points(group="privrag.trainers"):
        if entry.name == kind:
            return cast("Trainer", entry.load())
    raise MissingExtraError(f"a trainer of a {kind}", "finetune")
