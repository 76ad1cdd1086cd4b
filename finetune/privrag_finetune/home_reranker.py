"""Tune a reranker on a data set of this home, and measure it where it was not trained.

rows -> search -> examples -> train -> correction, on validation -> gate, on test -> registry
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from privrag.embed import model_folder
from privrag.errors import TrainingError
from privrag.gate.correction import ReadAgain, best_correction
from privrag.pseudonym import bare
from privrag.rag import AsyncRag
from privrag.registry import ModelVersion, model_folder_of, read_registry
from privrag.rerank import LocalReranker, RerankSettings, passage_text
from privrag.tuning import Candidate, Example, Trained, trainer
from privrag.upkeep import sync_lock
from privrag_finetune.home_data import (
    DEPTH,
    Order,
    Searched,
    asked_of,
    check_name,
    example_of,
    gate_of,
    loss_of,
    now,
    report,
    searched_in,
    training_report,
)
from privrag_finetune.home_leaks import report_on_ranking
from privrag_finetune.home_record import Made, begun, kept
from privrag_finetune.questions.split import Split
from privrag_finetune.questions.store import read_manifest, read_rows


async def train_home_reranker(
    rag: AsyncRag, order: Order, *, measure: bool = True
) -> dict[str, Any]:
    """Train, measure, register; the report. It serves once it is promoted.

    Without `measure` it ends with the weights; called again, it takes them as they are.

    Raises TrainingError where there is too little to learn from or to measure on or the name is
    taken, SyncError while a sync or an erasure runs (and neither can begin meanwhile).
    """
    await check_name(rag, order.name)
    data, rows = read_manifest(rag.home, order.data), read_rows(rag.home, order.data)
    served = rag.settings.rerank.candidates
    with sync_lock(rag.home), begun(rag, "reranker", order, data) as run:
        asked = await asked_of(rag, order.data, rows, needed=("train", "validation", "test"))
        parts = await searched_in(rag, asked, k=max(DEPTH, served))
        learnt = [_to_learn(one) for one in parts["train"]]
        trained = await asyncio.to_thread(_trained, rag, order, learnt, parts)
        if not measure:
            return {"loss": loss_of(trained), "seconds": round(trained.seconds, 1)}
        model = LocalReranker(RerankSettings(model=str(trained.folder)))
        chosen = await _read_again(model, parts["validation"], served)
        correction = best_correction(chosen, scale=_scale_of(trained))
        read = await _read_again(model, parts["test"], served)
        await model.close()
        without, with_it = ([one.ranking(c) for one in read] for c in (0.0, correction))
        beside = read_registry(rag.home).all_serving()
        version = ModelVersion(
            kind="reranker",
            name=order.name,
            created=now(),
            data=order.data,
            data_sha256=data.sha256,
            base=rag.embedder.identity.model,
            seed=order.seed,
            examples=trained.examples,
            pairs=trained.pairs,
            seconds=round(trained.seconds, 1),
            correction=correction,
            beside={kind: name for kind, name in beside.items() if kind != "reranker"},
            gate=gate_of(without, with_it, [one.row for one in parts["test"]]),
        )
        await asyncio.to_thread(report_on_ranking, rag, version, data, learnt)
        kept(rag, run, version, Made.of_ranking(rag, trained))
    most = rag.settings.embed.max_tokens
    return {
        **report(version, parts),
        **training_report(version, trained, learnt, rag.embedder, most),
        "correction": version.correction,
    }


def _trained(
    rag: AsyncRag,
    order: Order,
    learnt: Sequence[Example],
    parts: Mapping[Split, Sequence[Searched]],
) -> Trained:
    served = rag.settings.rerank.candidates
    return trainer("reranker")(
        learnt,
        [_as_served(one, served) for one in parts["validation"]],
        base=model_folder(rag.serving.embed.model),
        out=model_folder_of(rag.home, "reranker", order.name),
        recipe=order.recipe,
        max_tokens=rag.settings.embed.max_tokens,
        seed=order.seed,
    )


def _to_learn(one: Searched) -> Example:
    chunks = (one.chunk, *(hit.chunk for hit in one.hits))
    return example_of(one, bare(one.row.question), {c.id: passage_text(c) for c in chunks})


def _as_served(one: Searched, candidates: int) -> Example:
    """What the reranker gets to see when it serves."""
    seen = (
        Candidate(h.chunk.id, passage_text(h.chunk), float(h.chunk.id == one.row.chunk), h.score)
        for h in one.hits[:candidates]
    )
    return Example(one.row.id, bare(one.row.question), one.row.document, tuple(seen))


async def _read_again(
    model: LocalReranker, searched: Sequence[Searched], candidates: int
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


def _scale_of(trained: Trained) -> float:
    if trained.scale is None:
        raise TrainingError("the trainer of rerankers names no scale of its logits")
    return trained.scale
