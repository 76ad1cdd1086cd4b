"""Tune an embedder on a data set of this home, and measure it where it was not trained.

rows -> search -> examples -> train -> embed every passage into a scratch index
-> weights of fusion, on validation -> gate, on test -> registry

The gate compares what serves now, its reranker included, with what would serve after a promotion.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from privrag.embed import Embedder, LocalEmbedder, embedding_text, model_folder, question_text
from privrag.index import IndexSettings, open_index
from privrag.index.protocol import Index
from privrag.rag import AsyncRag
from privrag.reembed import reembed
from privrag.registry import ModelVersion, model_folder_of, names_weights, read_registry
from privrag.scratch import Scratch
from privrag.tuning import Example, Trained, trainer
from privrag.upkeep import sync_lock
from privrag_finetune.home_data import (
    DEPTH,
    Order,
    Searched,
    asked_of,
    check_name,
    example_of,
    gate_of,
    now,
    ranked_by,
    report,
    searched_in,
    training_report,
)
from privrag_finetune.home_fusion import chosen_weights, weights_of, without_promoted_reranker
from privrag_finetune.home_leaks import report_on_ranking
from privrag_finetune.home_record import Made, begun, kept
from privrag_finetune.questions.store import read_manifest, read_rows


async def train_home_embedder(rag: AsyncRag, order: Order) -> dict[str, Any]:
    """Train, measure, register; the report. It serves once it is promoted.

    It is trained from the embedder of the settings, also where a trained one serves. Raises
    TrainingError where there is too little to learn from or to measure on or the name is taken,
    SyncError while a sync or an erasure runs (and neither can begin meanwhile).
    """
    await check_name(rag, order.name)
    data, rows = read_manifest(rag.home, order.data), read_rows(rag.home, order.data)
    own = rag.serving.own
    with sync_lock(rag.home), begun(rag, "embedder", order, data) as run:
        parts = await asked_of(rag, order.data, rows, needed=("train", "validation", "test"))
        searched = await searched_in(
            rag, {"train": parts["train"], "validation": parts["validation"]}, k=DEPTH
        )
        learnt, validation = (
            [_example(one) for one in searched[name]] for name in ("train", "validation")
        )
        trained = await asyncio.to_thread(_trained, rag, order, learnt, validation)
        embedder = LocalEmbedder(own.embed.model_copy(update={"model": str(trained.folder)}))
        without = await ranked_by(rag, rag.stores, rag.parts, parts["test"])
        weights = rag.settings.retrieve
        async with _scratch_index(rag, embedder) as index:
            if not names_weights(own):
                weights = await chosen_weights(
                    rag, replace(rag.stores, index=index), embedder, parts["validation"],
                    weights, lifts=False,
                )  # fmt: skip
            stores, models = without_promoted_reranker(rag, weights, embedder)
            with_it = await ranked_by(rag, replace(stores, index=index), models, parts["test"])
        version = ModelVersion(
            kind="embedder",
            name=order.name,
            created=now(),
            data=order.data,
            data_sha256=data.sha256,
            base=own.embed.model,
            seed=order.seed,
            examples=trained.examples,
            pairs=trained.pairs,
            seconds=round(trained.seconds, 1),
            weights=None if names_weights(own) else weights_of(weights),
            sha256=_sha256_of(trained.folder),
            beside=read_registry(rag.home).all_serving(),
            gate=gate_of(without, with_it, [one.row for one in parts["test"]]),
        )
        await asyncio.to_thread(report_on_ranking, rag, version, data, learnt)
        kept(rag, run, version, Made.of_ranking(rag, trained))
    return {
        **report(version, parts),
        **training_report(version, trained, learnt, rag.embedder, own.embed.max_tokens),
        "weights": weights_of(weights).model_dump(),
    }


def _trained(
    rag: AsyncRag, order: Order, learnt: Sequence[Example], validation: Sequence[Example]
) -> Trained:
    embed = rag.serving.own.embed
    return trainer("embedder")(
        learnt,
        validation,
        base=model_folder(embed.model),
        out=model_folder_of(rag.home, "embedder", order.name),
        recipe=order.recipe,
        max_tokens=embed.max_tokens,
        seed=order.seed,
    )


def _example(one: Searched) -> Example:
    chunks = (one.chunk, *(hit.chunk for hit in one.hits))
    texts = {chunk.id: embedding_text(chunk) for chunk in chunks}
    return example_of(one, question_text(one.row.question), texts)


@asynccontextmanager
async def _scratch_index(rag: AsyncRag, embedder: Embedder) -> AsyncIterator[Index]:
    """Every current passage with its vector by this embedder, in an index that vanishes."""
    embedded = IndexSettings(language=rag.settings.index.language)
    with Scratch() as folder:
        index = await open_index(embedded, path=folder.path / "index", identity=embedder.identity)
        try:
            await reembed(
                rag.stores.index,
                index,
                embedder,
                tenants=[rag.settings.tenant],
                entries=rag.documents(),
            )
            yield index
        finally:
            await index.close()


def _sha256_of(folder: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*.safetensors")):
        with file.open("rb") as weights:
            whole.update(hashlib.file_digest(weights, "sha256").digest())
    return whole.hexdigest()
