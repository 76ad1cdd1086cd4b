"""Who writes questions about passages, for whoever measures what they are worth.

Writers announce themselves in the entry-point group `privrag.synthesizers`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from privrag.errors import MissingExtraError
from privrag.intake import Stores
from privrag.pipeline import Models
from privrag.records import Chunk, SafeText


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question and the passage that it was written about."""

    id: str
    text: SafeText = field(repr=False)
    chunk: str
    """Id of the passage."""


@dataclass(frozen=True, slots=True)
class WrittenQuestions:
    """What was kept of what was asked for."""

    questions: tuple[WrittenQuestion, ...]
    asked: int
    dropped: dict[str, int]
    """By reason."""
    model: str
    seconds: float


class Synthesizer(Protocol):
    """Writes questions about passages; what `privrag train synthesize` does with a home's."""

    async def __call__(
        self,
        stores: Stores,
        models: Models,
        chunks: Sequence[Chunk],
        *,
        limit: int,
        folder: Path,
        recipe: Path | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> WrittenQuestions:
        """At most `limit` questions, asked of `models.generator`, each found by these stores.

        `folder` is a scratch folder. `recipe` is a TOML file; None takes the shipped one. Raises
        TrainingError where there is nothing to ask about or nothing is kept.
        """


def synthesizer() -> Synthesizer:
    """The one that is installed. Raises MissingExtraError where there is none."""
    for entry in entry_points(group="privrag.synthesizers"):
        return cast("Synthesizer", entry.load())
    raise MissingExtraError("a writer of questions", "finetune")
