"""A home's own questions for trainers of retrieval: what its retrieval finds for each, and a gate.

The questions are rows of a data set (`questions/`) whose passage is as it was.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privrag import pipeline
from privrag.choose import is_copy
from privrag.embed import Embedder
from privrag.errors import TrainingError
from privrag.gate.bootstrap import bootstrap
from privrag.gate.ranking import ranking_scores
from privrag.intake import Stores
from privrag.pipeline import Models
from privrag.pseudonym import placeholders
from privrag.rag import AsyncRag
from privrag.records import Chunk, Hit, Question
from privrag.registry import Gate, ModelVersion, read_registry
from privrag.tuning import Candidate, Example, Trained
from privrag_finetune.names import refuse_a_telling_name
from privrag_finetune.questions.rows import Row
from privrag_finetune.questions.split import Split
from privrag_finetune.questions.stale import check_rows

DEPTH = 60
"""Passages kept of each question; hard and random negatives are drawn from them."""
_RANKED = 10
_ROUNDED = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained."""

    data: str
    name: str
    recipe: Path | None = None
    seed: int = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """A row and its passage as it stands in the index."""

    row: Row = field(repr=False)
    chunk: Chunk = field(repr=False)

    @property
    def question(self) -> Question:
        """As retrieval takes it."""
        return Question(self.row.question, placeholders(self.row.question))


@dataclass(frozen=True, slots=True)
class Searched:
    """The same with what retrieval without a reranker finds, best first."""

    row: Row = field(repr=False)
    chunk: Chunk = field(repr=False)
    hits: tuple[Hit, ...] = field(repr=False)


async def check_name(rag: AsyncRag, name: str) -> None:
    """Raise TrainingError for a name that is taken, that is no file's, or that is somebody's."""
    await asyncio.to_thread(refuse_a_telling_name, rag, name, "model", "--name")
    registry = read_registry(rag.home)
    if any(version.name == name for version in registry.versions):
        raise TrainingError(f"a model {name!r} exists already; choose another --name")


async def asked_of(
    rag: AsyncRag, data: str, rows: Sequence[Row], *, needed: Sequence[Split]
) -> Mapping[Split, list[Asked]]:
    """The rows whose passage is as it was. Raises TrainingError for a split without any."""
    fresh = (await check_rows(rag.stores, rows)).fresh
    split = Counter(row.split for row in rows if row.id in fresh)
    for name in needed:
        if not split[name]:
            raise TrainingError(
                f"the data set {data} has no question left for {name} ({len(fresh)} of "
                f"{len(rows)} are as the index is); make a larger one: privrag train synthesize"
            )
    found: dict[Split, list[Asked]] = {"train": [], "validation": [], "test": []}
    for row in rows:
        if row.id in fresh:
            found[row.split].append(Asked(row, fresh[row.id]))
    return found


async def searched_in(
    rag: AsyncRag, parts: Mapping[Split, Sequence[Asked]], *, k: int
) -> Mapping[Split, list[Searched]]:
    """What retrieval without a reranker finds for each of them."""
    models = replace(rag.parts, reranker=None)
    found: dict[Split, list[Searched]] = {"train": [], "validation": [], "test": []}
    for split, some in parts.items():
        for one in some:
            hits = await _search(rag, rag.stores, models, one, k)
            found[split].append(Searched(one.row, one.chunk, tuple(hits)))
    return found


async def ranked_by(
    rag: AsyncRag, stores: Stores, models: Models, asked: Sequence[Asked]
) -> list[list[str]]:
    """Ids of the first passages for each question, as these stores and models serve them."""
    found = [await _search(rag, stores, models, one, _RANKED) for one in asked]
    return [[hit.chunk.id for hit in hits] for hits in found]


async def _search(rag: AsyncRag, stores: Stores, models: Models, one: Asked, k: int) -> list[Hit]:
    """In the order of the scores, which is what is learnt: passages are chosen behind that."""
    viewer = replace(rag.owner, reveal=False)
    hits = await pipeline.ranked(
        stores, one.question, models, viewer=viewer, collection=one.row.collection
    )
    return hits[:k]


def example_of(one: Searched, question: str, texts: Mapping[str, str]) -> Example:
    """The passage that answers, wherever it ranks, beside those of other documents.

    Another passage of its own document may answer as well, and so does a copy. `texts` has what a
    model reads of a passage, by its id.
    """
    hits = one.hits[:DEPTH]
    others = [
        h
        for h in hits
        if h.chunk.source.document != one.row.document
        and not is_copy(one.chunk, h.chunk)
        and not is_copy(h.chunk, one.chunk)
    ]
    own = next((h.score for h in one.hits if h.chunk.id == one.row.chunk), None)
    lowest = min((h.score for h in hits), default=0.0)
    answer = Candidate(one.chunk.id, texts[one.chunk.id], 1.0, lowest if own is None else own)
    rest = (Candidate(h.chunk.id, texts[h.chunk.id], 0.0, h.score) for h in others)
    return Example(one.row.id, question, one.row.document, (answer, *rest))


def gate_of(
    without: Sequence[Sequence[str]], with_it: Sequence[Sequence[str]], rows: Sequence[Row]
) -> Gate:
    """nDCG@10 question by question before and after; whole documents are drawn."""
    gains = [{row.chunk: 1.0} for row in rows]
    before, after = (
        [score["ndcg_at_10"] for score in ranking_scores(some, gains, ("ndcg_at_10",))]
        for some in (without, with_it)
    )
    return gate_over(before, after, [row.document for row in rows])


def gate_over(before: Sequence[float], after: Sequence[float], documents: Sequence[str]) -> Gate:
    """A figure of each question before and after, and the document that each is about."""
    found = bootstrap([b - a for a, b in zip(before, after, strict=True)], groups=documents, seed=0)
    return Gate(
        questions=len(documents),
        documents=len(set(documents)),
        without=round(sum(before) / len(before), _ROUNDED),
        with_it=round(sum(after) / len(after), _ROUNDED),
        difference=round(found.mean, _ROUNDED),
        ci95=(round(found.low, _ROUNDED), round(found.high, _ROUNDED)),
    )


def gates_of(version: ModelVersion) -> dict[str, Gate]:
    """What it was measured at, by figure."""
    return dict(version.figures) | ({} if version.gate is None else {"ndcg@10": version.gate})


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def report(version: ModelVersion, parts: Mapping[Split, Sequence[object]]) -> dict[str, Any]:
    """What `--json` prints of every kind that ranks."""
    gate = version.gate
    assert gate is not None  # noqa: S101 - versions that rank have one
    return {
        "run": version.name,
        "seconds": version.seconds,
        "questions": {name: len(own) for name, own in parts.items()},
        "gate": {**gate.model_dump(mode="json"), "passed": gate.passed},
        "refusal": version.refusal,
    }


def loss_of(trained: Trained) -> dict[str, float]:
    """On validation, before the first step and of the best one."""
    return {"validation_start": trained.loss_start, "validation": trained.loss}


def training_report(
    version: ModelVersion,
    trained: Trained,
    learnt: Sequence[Example],
    embedder: Embedder,
    most: int,
) -> dict[str, Any]:
    """What it prints of a model; `tokens_per_second` takes the mean length of the passages learnt.

    The model reads at most `most` tokens of one.
    """
    counts = embedder.count_tokens([c.text for example in learnt for c in example.candidates])
    mean = sum(min(count, most) for count in counts) / max(1, len(counts))
    return {
        "model": f"models/{version.kind}/{version.name}",
        "loss": loss_of(trained),
        "tokens_per_second": round(mean * trained.pairs / max(trained.seconds, 1e-9), 1),
        "epsilon": None,
        "cut": None if trained.cut is None else asdict(trained.cut),
    }
