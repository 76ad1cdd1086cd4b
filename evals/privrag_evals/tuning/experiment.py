"""Train on one half of the documents, compare every system on the other.

The questions of the training half are people's, or a model's; the test half has people's.
What embedder, fusion weights and reranker bring is told apart: each system adds one of them. The
weights of fusion and correction are chosen on validation; the test half is asked once.

    bm25, dense, hybrid       as they are; one leg alone searches deeper
    hybrid+late               late interaction with the embedder as it is: nothing is trained
    hybrid+reranker           the tuned reranker alone
    tuned dense, tuned hybrid the tuned embedder, with the weights as they are
    tuned fusion              the same with tuned weights
    tuned fusion+late         late interaction with the tuned embedder behind it
    tuned fusion+reranker     embedder, weights and reranker
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from privrag.embed import LocalEmbedder, model_folder
from privrag.errors import TrainingError
from privrag.machine import peak_memory_mb
from privrag.rerank import LATE_WEIGHT, LateReranker, LocalReranker, Reranker, RerankSettings
from privrag.tuning import Trained, Trainer, trainer
from privrag_evals.retrieval.evaluate import Measured, rank_all, report
from privrag_evals.retrieval.systems import System, legs_of
from privrag_evals.scratch_home import Filled, Parts, filled, re_embedded
from privrag_evals.suites import Suite, drawn
from privrag_evals.tuning.choose import best_correction, best_weights
from privrag_evals.tuning.examples import Searched, examples_of, search_each, served_examples
from privrag_evals.tuning.halves import halves_of
from privrag_evals.tuning.questions import Lesson, Synthetic, people_s, written


async def tune(
    suite: Suite,
    parts: Parts,
    *,
    out: Path,
    seed: int,
    synthetic: Synthetic | None = None,
    test_limit: int | None = None,
) -> dict[str, Any]:
    """The report as one JSON value; the models lie in `out` afterwards.

    At most `test_limit` questions of the test half are asked, drawn at random.

    With `synthetic`, `parts.generator` writes what is trained on. Raises EvaluationError,
    TrainingError, and MissingExtraError before anything is measured.
    """
    start = time.perf_counter()
    trainers = {kind: trainer(kind) for kind in ("embedder", "reranker")}
    halves = halves_of(suite, seed=seed)
    halves = replace(halves, test=drawn(halves.test, test_limit, seed=seed))
    own, candidates = parts.settings.retrieve, parts.settings.rerank.candidates
    legs = legs_of(own)
    async with filled(suite, parts) as home:
        if synthetic is None:
            lesson = await people_s(home, halves)
        else:
            lesson = await written(home, suite, halves, synthetic)
        systems = [
            System("bm25", legs["bm25"]),
            System("dense", legs["dense"]),
            System("hybrid", own),
        ]
        ranked = await rank_all(home, halves.test, systems)
        embedder, reranker, validation = await _trained(home, lesson, trainers, out, seed)
        scale = _scale_of(reranker)
        second = LocalReranker(RerankSettings(model=str(reranker.folder)))
        before = await best_correction(validation, second, candidates=candidates, scale=scale)
        plain = await _late_weight(home, validation, candidates)
        systems = [
            System("hybrid+late", own, "embedder", plain),
            System("hybrid+reranker", own, "reranker", before),
        ]
        ranked |= await rank_all(_with(home, second), halves.test, systems)
        settings = parts.settings.embed.model_copy(update={"model": str(embedder.folder)})
        async with re_embedded(home, LocalEmbedder(settings)) as tuned:
            systems = [System("tuned dense", legs["dense"]), System("tuned hybrid", own)]
            ranked |= await rank_all(tuned, halves.test, systems)
            weights = await best_weights(tuned, lesson.validation, own)
            validation = await search_each(tuned, lesson.validation, weights)
            after = await best_correction(validation, second, candidates=candidates, scale=scale)
            late = await _late_weight(tuned, validation, candidates)
            systems = [
                System("tuned fusion", weights),
                System("tuned fusion+late", weights, "embedder", late),
                System("tuned fusion+reranker", weights, "reranker", after),
            ]
            ranked |= await rank_all(_with(tuned, second), halves.test, systems)
        await second.close()
        failed = home.failed
    took = time.perf_counter() - start
    measured = Measured(
        replace(suite, questions=halves.test), ranked, failed, took, peak_memory_mb()
    )
    return {
        **report(measured, seed=seed),
        "questions": {
            "train": len(lesson.train),
            "validation": len(lesson.validation),
            "test": len(halves.test),
        },
        "written": lesson.made,
        "trained": {one.kind: _as_json(one) for one in (embedder, reranker)},
        "chosen": {
            "dense_weight": weights.dense_weight,
            "sparse_weight": weights.sparse_weight,
            "correction": after,
            "correction_untuned": before,
            "late": late,
            "late_untuned": plain,
        },
    }


async def _trained(
    home: Filled, lesson: Lesson, trainers: dict[str, Trainer], out: Path, seed: int
) -> tuple[Trained, Trained, list[Searched]]:
    """Embedder, reranker, and what retrieval finds for validation before either."""
    settings = home.stores.settings
    train, validation = [
        await search_each(home, some, settings.retrieve)
        for some in (lesson.train, lesson.validation)
    ]
    most = settings.embed.max_tokens
    embedder = trainers["embedder"](
        await examples_of(home, train, for_reranker=False),
        await examples_of(home, validation, for_reranker=False),
        base=model_folder(settings.embed.model),
        out=out / "embedder",
        max_tokens=most,
        seed=seed,
    )
    reranker = trainers["reranker"](
        await examples_of(home, train, for_reranker=True),
        served_examples(validation, settings.rerank.candidates),
        base=embedder.folder,
        out=out / "reranker",
        max_tokens=most,
        seed=seed,
    )
    return embedder, reranker, validation


async def _late_weight(home: Filled, validation: Sequence[Searched], candidates: int) -> float:
    """The weight of late interaction with which validation is ranked best; 0 is among them."""
    late = LateReranker(home.models.embedder)
    return await best_correction(validation, late, candidates=candidates, scale=1 / LATE_WEIGHT)


def _scale_of(trained: Trained) -> float:
    if trained.scale is None:
        raise TrainingError(f"the trainer of the {trained.kind} names no scale of its logits")
    return trained.scale


def _with(home: Filled, reranker: Reranker) -> Filled:
    return replace(home, models=replace(home.models, reranker=reranker))


def _as_json(trained: Trained) -> dict[str, Any]:
    return {k: v for k, v in asdict(trained).items() if k != "folder"}
