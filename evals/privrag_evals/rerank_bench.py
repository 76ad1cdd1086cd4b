"""How long a reranker takes for the hits of one question, beside sentence-transformers' own call.

A cross-encoder of the embedder's size, with its weights and a random head: time does not depend on
what it learnt. Pairs have a fixed number of tokens, so that nothing is padded on either side. Both
sides take turns in one process, after some calls each that are not counted.
"""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

from privrag.embed import EmbedSettings, model_folder
from privrag.gate.figures import percentile
from privrag.inference import chosen_precision
from privrag.rerank import LocalReranker, RerankSettings
from privrag.scratch import Scratch

_UNCOUNTED = 3
_QUESTION = "when is the rent paid"
_WORD = "rent"
_OWN_TOKENS = 8
"""Of the question and of the marks around it and the passage."""


def bench_rerank(*, passages: int = 30, tokens: int = 128, rounds: int = 20) -> dict[str, Any]:
    """The report as one JSON value; times are milliseconds for all passages of a question."""
    with Scratch() as folder:
        peer = _cross_encoder(folder.path)
        settings = RerankSettings(model=str(folder.path))
        texts = [" ".join([_WORD] * (tokens - _OWN_TOKENS))] * passages
        pairs = [(_QUESTION, text) for text in texts]
        ours: list[float] = []
        theirs: list[float] = []

        async def measured() -> None:
            reranker = LocalReranker(settings)
            for number in range(_UNCOUNTED + rounds):
                start = time.perf_counter()
                await reranker.score(_QUESTION, texts)
                between = time.perf_counter()
                peer.predict(pairs, show_progress_bar=False)
                if number >= _UNCOUNTED:
                    ours.append((between - start) * 1000)
                    theirs.append((time.perf_counter() - between) * 1000)
            await reranker.close()

        asyncio.run(measured())
    return {
        "privrag": _quantiles(ours),
        "peer": _quantiles(theirs),
        "ratio": round(percentile(theirs, 0.5) / percentile(ours, 0.5), 3),
        "passages": passages,
        "tokens": tokens,
        "precision": chosen_precision(settings.precision),
        "rounds": rounds,
    }


def _cross_encoder(folder: Path) -> Any:  # noqa: ANN401 - a CrossEncoder
    """Saved in `folder`, and as sentence-transformers loads it by itself."""
    from sentence_transformers import CrossEncoder

    for library in ("transformers", "sentence_transformers"):  # the head is new, as it is meant
        logging.getLogger(library).setLevel(logging.ERROR)
    base = model_folder(EmbedSettings().model)
    CrossEncoder(str(base), num_labels=1, device="cpu", local_files_only=True).save(
        str(folder), create_model_card=False
    )
    return CrossEncoder(str(folder), device="cpu", local_files_only=True)


def _quantiles(milliseconds: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(percentile(milliseconds, 0.5), 1),
        "p95_ms": round(percentile(milliseconds, 0.95), 1),
    }
