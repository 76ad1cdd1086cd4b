"""Tune a reranker on a data set of this home, and measure it where it was not trained.

rows -> search -> examples -> train -> correction, on validation -> gate, on test -> registry
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privrag import pipeline
from privrag.embed import model_folder
from privrag.errors import TrainingError
from privrag.gate.bootstrap import bootstrap
from privrag.gate.correction import ReadAgain, best_correction
from privrag.gate.ranking import ranking_scores
from privrag.pseudonym import bare, placeholders
from privrag.rag import AsyncRag
from privrag.records import Chunk, Hit, Question
from privrag.registry import Gate, ModelVersion, model_folder_of, read_registry, register
from privrag.rerank import LocalReranker, RerankSettings, passage_text
from privrag.tuning import Candidate, Example, Trained, trainer
from privrag.upkeep import sync_lock
from privrag_finetune.names import refuse_a_telling_name
from privrag_finetune.questions.rows import Row
from privrag_finetune.questions.split import Split
from privrag_finetune.questions.stale import check_rows
from privrag_finetune.questions.store import note_model, read_manifest, read_rows

_DEPTH = 60
"""Passages kept of each question; hard and random negatives are drawn from them."""
_ROUNDED = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be trained."""

    data: str
    name: str
    recipe: Path | None = None
    seed: int = 12


@dataclass(frozen=True, slots=True)
class _Searched:
    row: Row = field(repr=False)
    chunk: Chunk = field(repr=False)
    hits: tuple[Hit, ...] = field(repr=False)


async def train_home_reranker(rag: AsyncRag, order: Order) -> dict[str, Any]:
    """Train, measure, register; the report. It serves once it is promoted.

    Raises TrainingError where there is too little to learn from or to measure on, ModelError for a
    name that is taken, SyncError while a sync or an erasure runs (and neither can begin meanwhile).
    """
    await asyncio.to_thread(refuse_a_telling_name, rag, order.name, "model", "--name")
    registry = read_registry(rag.home)
    if any(version.name == order.name for version in registry.versions):
        raise TrainingError(f"a model {order.name!r} exists already; choose another --name")
    data, rows = read_manifest(rag.home, order.data), read_rows(rag.home, order.data)
    with sync_lock(rag.home):
        parts = await _searched(rag, order.data, rows)
        trained = await asyncio.to_thread(_trained, rag, order, parts)
        model = LocalReranker(RerankSettings(model=str(trained.folder)))
        served = rag.settings.rerank.candidates
        chosen = await _read_again(model, parts["validation"], served)
        correction = best_correction(chosen, scale=_scale_of(trained))
        gate = _gate(await _read_again(model, parts["test"], served), parts["test"], correction)
        version = ModelVersion(
            kind="reranker",
            name=order.name,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            data=order.data,
            data_sha256=data.sha256,
            base=rag.embedder.identity.model,
            seed=order.seed,
            examples=trained.examples,
            pairs=trained.pairs,
            seconds=round(trained.seconds, 1),
            correction=correction,
            gate=gate,
        )
        note_model(rag.home, order.data, order.name)
        register(rag.home, version)
    return _report(rag, version, trained, parts)


async def _searched(
    rag: AsyncRag, data: str, rows: Sequence[Row]
) -> Mapping[Split, list[_Searched]]:
    """What retrieval without a reranker finds for each row whose passage is as it was."""
    fresh = (await check_rows(rag.stores, list(rows))).fresh
    split = Counter(row.split for row in rows if row.id in fresh)
    for needed in ("train", "validation", "test"):
        if not split[needed]:
            raise TrainingError(
                f"the data set {data} has no question left for {needed} ({len(fresh)} of "
                f"{len(rows)} are as the index is); make a larger one: privrag train synthesize"
            )
    models = replace(rag.parts, reranker=None)
    viewer = replace(rag.owner, reveal=False)
    found: dict[Split, list[_Searched]] = {"train": [], "validation": [], "test": []}
    for row in rows:
        if row.id in fresh:
            question = Question(row.question, placeholders(row.question))
            hits = await pipeline.search(
                rag.stores,
                question,
                models,
                viewer=viewer,
                collection=row.collection,
                k=max(_DEPTH, rag.settings.rerank.candidates),
            )
            found[row.split].append(_Searched(row, fresh[row.id], tuple(hits)))
    return found


def _trained(rag: AsyncRag, order: Order, parts: Mapping[Split, Sequence[_Searched]]) -> Trained:
    served = rag.settings.rerank.candidates
    return trainer("reranker")(
        [_to_learn(one) for one in parts["train"]],
        [_as_served(one, served) for one in parts["validation"]],
        base=model_folder(rag.settings.embed.model),
        out=model_folder_of(rag.home, "reranker", order.name),
        recipe=order.recipe,
        max_tokens=rag.settings.embed.max_tokens,
        seed=order.seed,
    )


def _to_learn(one: _Searched) -> Example:
    """The passage that answers, wherever it ranks, beside those of other documents.

    Another passage of its own document may answer as well.
    """
    others = [h for h in one.hits[:_DEPTH] if h.chunk.source.document != one.row.document]
    own = next((h.score for h in one.hits if h.chunk.id == one.row.chunk), None)
    lowest = min((h.score for h in one.hits[:_DEPTH]), default=0.0)
    answer = Candidate(one.chunk.id, passage_text(one.chunk), 1.0, lowest if own is None else own)
    rest = (Candidate(h.chunk.id, passage_text(h.chunk), 0.0, h.score) for h in others)
    return Example(one.row.id, bare(one.row.question), one.row.document, (answer, *rest))


def _as_served(one: _Searched, candidates: int) -> Example:
    """What the reranker gets to see when it serves."""
    seen = (
        Candidate(h.chunk.id, passage_text(h.chunk), float(h.chunk.id == one.row.chunk), h.score)
        for h in one.hits[:candidates]
    )
    return Example(one.row.id, bare(one.row.question), one.row.document, tuple(seen))


async def _read_again(
    model: LocalReranker, searched: Sequence[_Searched], candidates: int
) -> list[ReadAgain]:
    return [
        ReadAgain(
            ids=[hit.chunk.id for hit in one.hits],
            scores=[hit.score for hit in one.hits],
            logits=await model.score(
                bare(one.row.question), [passage_text(h.chunk) for h in one.hits[:candidates]]
            ),
            gains={one.row.chunk: 1.0},
        )
        for one in searched
    ]


def _gate(read: Sequence[ReadAgain], searched: Sequence[_Searched], correction: float) -> Gate:
    """Question by question with the model and without; whole documents are drawn."""
    gains = [one.gains for one in read]
    without, with_it = (
        [
            score["ndcg_at_10"]
            for score in ranking_scores([r.ranking(c) for r in read], gains, ("ndcg_at_10",))
        ]
        for c in (0.0, correction)
    )
    documents = [one.row.document for one in searched]
    found = bootstrap(
        [b - a for a, b in zip(without, with_it, strict=True)], groups=documents, seed=0
    )
    return Gate(
        questions=len(read),
        documents=len(set(documents)),
        without=round(sum(without) / len(without), _ROUNDED),
        with_it=round(sum(with_it) / len(with_it), _ROUNDED),
        difference=round(found.mean, _ROUNDED),
        ci95=(round(found.low, _ROUNDED), round(found.high, _ROUNDED)),
    )


def _scale_of(trained: Trained) -> float:
    if trained.scale is None:
        raise TrainingError("the trainer of rerankers names no scale of its logits")
    return trained.scale


def _report(
    rag: AsyncRag,
    version: ModelVersion,
    trained: Trained,
    parts: Mapping[Split, Sequence[_Searched]],
) -> dict[str, Any]:
    """What `--json` prints; `tokens_per_second` takes the mean length of the passages learnt."""
    texts = [c.text for one in parts["train"] for c in _to_learn(one).candidates]
    counts = rag.embedder.count_tokens(texts)
    most = rag.settings.embed.max_tokens
    mean = sum(min(count, most) for count in counts) / max(1, len(counts))
    return {
        "run": version.name,
        "model": f"models/reranker/{version.name}",
        "loss": {"validation_start": trained.loss_start, "validation": trained.loss},
        "seconds": version.seconds,
        "tokens_per_second": round(mean * trained.pairs / max(trained.seconds, 1e-9), 1),
        "epsilon": None,
        "questions": {name: len(own) for name, own in parts.items()},
        "correction": version.correction,
        "gate": {**version.gate.model_dump(mode="json"), "passed": version.gate.passed},
    }
