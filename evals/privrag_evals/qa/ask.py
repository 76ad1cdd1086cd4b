"""Put questions to an open home as its owner, who may read everything.

Each question is a search and an answer, and each answer a record in the home's audit log, as if the
owner had typed it. Answers are restored text: held in memory, in no repr.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from privrag.errors import (
    EvaluationError,
    GeneratorError,
    GeneratorUnavailableError,
    PseudonymError,
)
from privrag.rag import AsyncRag
from privrag.records import Answer, Hit
from privrag_evals.suites import Asked

FIRST_HITS = 5
NO_ROLLOUT = {"rollout": {"candidate": None, "percent": 0.0, "shadow": False}}
"""What serves is measured, and no answer of a measurement is a figure of its candidate."""


@dataclass(frozen=True, slots=True)
class Replied:
    """What came back to one question."""

    answer: Answer | None = field(repr=False)
    """None if there was an error."""
    error: str | None
    """The kind of error, such as ContextTooLongError."""
    found: tuple[tuple[str, int | None], ...] = field(repr=False)
    """uri and page of the first five passages that a search finds."""
    milliseconds: float
    """From the question to the whole answer."""


def refuse_empty_home(rag: AsyncRag, collection: str | None) -> None:
    """Raise EvaluationError if the home, or the collection, holds no document to answer from."""
    if not rag.documents():
        raise EvaluationError("this home holds no documents; take some in: privrag sync FOLDER")
    if collection is not None and collection not in (known := rag.stores.manifest.collections()):
        raise EvaluationError(f"no collection {collection!r} in this home; it has {known}")


async def ask_all(
    rag: AsyncRag,
    questions: Sequence[Asked],
    *,
    collection: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Replied]:
    """The replies in order; one question at a time, so that times are those of one asker.

    A question that the generator cannot take, gives no usable answer to, or answers too late is a
    reply with an error. Raises what ends every question alike: GeneratorUnavailableError where the
    generator is gone.
    """
    replies = []
    for number, asked in enumerate(questions, 1):
        replies.append(await _ask(rag, asked, collection))
        progress(number)
    return replies


async def _ask(rag: AsyncRag, asked: Asked, collection: str | None) -> Replied:
    hits: list[Hit] = []
    answer, error, start = None, None, time.perf_counter()
    try:
        hits = await rag.search(asked.text, k=FIRST_HITS, collection=collection)
        start = time.perf_counter()
        answer = await rag.ask(asked.text, history=asked.history, collection=collection)
    except GeneratorUnavailableError as raised:
        if not await rag.generator_ready():
            raise
        error = type(raised).__name__
    except (GeneratorError, PseudonymError) as raised:
        error = type(raised).__name__
    took = (time.perf_counter() - start) * 1000
    return Replied(answer, error, tuple((hit.uri, hit.page) for hit in hits), took)
