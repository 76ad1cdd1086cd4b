"""Choose the weights of fusion on a data set of this home, and measure them on other questions.

rows -> what the legs find -> weights, on validation -> gate, on test -> registry
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from privrag.embed import Embedder, question_text
from privrag.errors import TrainingError
from privrag.gate.fusion import DENSE_SHARES, LIFTS, best_of
from privrag.index.protocol import IndexQuery, LegHits
from privrag.intake import Stores
from privrag.pipeline import Models
from privrag.rag import AsyncRag
from privrag.registry import ModelVersion, Weights, names_weights, read_registry
from privrag.rerank import LateReranker
from privrag.retrieve import RetrieveSettings, fuse_for, query_of, scope_of
from privrag.upkeep import sync_lock
from privrag_finetune.home_data import (
    Asked,
    Order,
    asked_of,
    check_name,
    gate_of,
    now,
    ranked_by,
    report,
)
from privrag_finetune.home_record import begun, kept
from privrag_finetune.questions.store import read_manifest, read_rows


@dataclass(frozen=True, slots=True)
class _Found:
    """What the legs find does not depend on their weights."""

    query: IndexQuery = field(repr=False)
    legs: LegHits = field(repr=False)
    gains: dict[str, float]


async def train_home_fusion(rag: AsyncRag, order: Order) -> dict[str, Any]:
    """Choose, measure, register; the report. The weights serve once they are promoted.

    Raises TrainingError where the settings name weights themselves, where there is nothing to
    choose or to measure on or the name is taken, SyncError while a sync or an erasure runs.
    """
    await check_name(rag, order.name)
    if names_weights(rag.serving.own):
        raise TrainingError(
            "the settings name weights of fusion (retrieve.*_weight), and go before others; take "
            "them out of privrag.toml and the environment first"
        )
    data, rows = read_manifest(rag.home, order.data), read_rows(rag.home, order.data)
    start = time.perf_counter()
    with sync_lock(rag.home), begun(rag, "fusion", order, data) as run:
        parts = await asked_of(rag, order.data, rows, needed=("validation", "test"))
        now_served = rag.settings.retrieve
        chosen = await chosen_weights(
            rag, rag.stores, rag.embedder, parts["validation"], now_served, lifts=True
        )
        without = await ranked_by(rag, rag.stores, rag.parts, parts["test"])
        stores, models = without_promoted_reranker(rag, chosen, rag.embedder)
        with_it = await ranked_by(rag, stores, models, parts["test"])
        version = ModelVersion(
            kind="fusion",
            name=order.name,
            created=now(),
            data=order.data,
            data_sha256=data.sha256,
            base=rag.embedder.identity.model,
            seed=order.seed,
            examples=len(parts["validation"]),
            pairs=0,
            seconds=round(time.perf_counter() - start, 1),
            weights=weights_of(chosen),
            beside=read_registry(rag.home).all_serving(),
            gate=gate_of(without, with_it, [one.row for one in parts["test"]]),
        )
        kept(rag, run, version)
    return {**report(version, parts), "model": None, "weights": weights_of(chosen).model_dump()}


def weights_of(settings: RetrieveSettings) -> Weights:
    """The weights among these settings."""
    return Weights(**{name: getattr(settings, name) for name in Weights.model_fields})


def without_promoted_reranker(
    rag: AsyncRag, weights: RetrieveSettings, embedder: Embedder
) -> tuple[Stores, Models]:
    """What would serve with these weights and this embedder, for which a promoted reranker goes.

    Late interaction reads with the embedder that serves.
    """
    own = rag.serving.own
    settings = own.model_copy(update={"retrieve": weights})
    reranker = rag.reranker if own.rerank.is_on else None
    if isinstance(reranker, LateReranker) and embedder is not rag.embedder:
        reranker = LateReranker(embedder)
    models = replace(rag.parts, embedder=embedder, reranker=reranker)
    return replace(rag.stores, settings=settings), models


async def chosen_weights(
    rag: AsyncRag,
    stores: Stores,
    embedder: Embedder,
    asked: Sequence[Asked],
    start: RetrieveSettings,
    *,
    lifts: bool,
) -> RetrieveSettings:
    """Those that rank these questions best, one kind of weight after the other.

    Of equals those to start from. `lifts`: also the weights of ids and words that are named.
    """
    found = [await _legs(rag, stores, embedder, one, start.candidates) for one in asked]
    gains = [one.gains for one in found]

    def ranked(own: RetrieveSettings) -> list[list[str]]:
        return [[h.chunk.id for h in fuse_for(f.query, f.legs, own)] for f in found]

    shares = [{"dense_weight": s, "sparse_weight": round(1 - s, 2)} for s in DENSE_SHARES]
    steps = [shares]
    if lifts:
        steps += [[{name: lift} for lift in LIFTS] for name in ("id_weight", "exact_weight")]
    best = start
    for tried in steps:
        best = best_of([best, *(best.model_copy(update=one) for one in tried)], ranked, gains)
    return best


async def _legs(
    rag: AsyncRag, stores: Stores, embedder: Embedder, one: Asked, limit: int
) -> _Found:
    (vector,) = embedder.embed([question_text(one.row.question)])
    query = query_of(one.question, vector, stores.vault)
    viewer = replace(rag.owner, reveal=False)
    scope = scope_of(viewer, one.row.collection, hidden=stores.manifest.leftovers())
    legs = await stores.index.search(query, scope=scope, limit=limit)
    return _Found(query, legs, {one.row.chunk: 1.0})
