"""Train on one half of the documents, compare every system on the other.

What embedder, fusion weights and reranker bring is told apart: each system adds one of them. The
weights of fusion and correction are chosen on validation; the test half is asked once.

    bm25, dense, hybrid       as they are
    hybrid+reranker           the tuned reranker alone
    tuned dense, tuned hybrid the tuned embedder, with the weights as they are
    tuned fusion              the same with tuned weights
    tuned fusion+reranker     all three
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from privrag.embed import LocalEmbedder, model_folder
from privrag.gate.ranking import ranking_scores
from privrag.rerank import LocalReranker, Reranker, RerankSettings
from privrag.retrieve import RetrieveSettings
from privrag.tuning import Example, Trained, trainer
from privrag_evals.retrieval.evaluate import Measured, Ranked, rank_all, report
from privrag_evals.retrieval.systems import System, legs_of
from privrag_evals.scratch_home import Filled, Parts, filled
from privrag_evals.suites import Asked, Suite
from privrag_evals.tuning.examples import examples_of
from privrag_evals.tuning.halves import Halves, halves_of

_DENSE_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_CORRECTIONS = (0.0, 0.25, 0.5, 1.0, 2.0)
"""Times what one logit was worth in training."""


async def tune(suite: Suite, parts: Parts, *, out: Path, seed: int) -> dict[str, Any]:
    """The report as one JSON value; the models lie in `out` afterwards."""
    halves = halves_of(suite, seed=seed)
    own = parts.settings.retrieve
    legs = legs_of(own)
    async with filled(suite, parts) as home:
        systems = [
            System("bm25", legs["bm25"]),
            System("dense", legs["dense"]),
            System("hybrid", own),
        ]
        ranked = await rank_all(home, halves.test, systems)
        base = model_folder(parts.settings.embed.model)
        embedder = await _trained("embedder", home, halves, own, base=base, out=out, seed=seed)
        reranker = await _trained(
            "reranker", home, halves, own, base=embedder.folder, out=out, seed=seed
        )
        second = LocalReranker(RerankSettings(model=str(reranker.folder)))
        system, before = await _corrected(home, halves, own, second, reranker, "hybrid+reranker")
        ranked |= await rank_all(_with(home, second), halves.test, [system])
    async with filled(suite, _with_embedder(parts, embedder.folder)) as home:
        systems = [System("tuned dense", legs["dense"]), System("tuned hybrid", own)]
        ranked |= await rank_all(home, halves.test, systems)
        weights = await _best_weights(home, halves.validation, own)
        system, after = await _corrected(
            home, halves, weights, second, reranker, "tuned fusion+reranker"
        )
        systems = [System("tuned fusion", weights), system]
        ranked |= await rank_all(_with(home, second), halves.test, systems)
        failed = home.failed
    measured = Measured(replace(suite, questions=halves.test), ranked, failed, 0.0, 0.0)
    return {
        **report(measured, seed=seed),
        "questions": {name: len(getattr(halves, name)) for name in ("train", "validation", "test")},
        "trained": {one.kind: _as_json(one) for one in (embedder, reranker)},
        "chosen": {
            "dense_weight": weights.dense_weight,
            "sparse_weight": weights.sparse_weight,
            "correction": after,
            "correction_untuned": before,
        },
    }


async def _trained(
    kind: str,
    home: Filled,
    halves: Halves,
    settings: RetrieveSettings,
    *,
    base: Path,
    out: Path,
    seed: int,
) -> Trained:
    parts = [
        await examples_of(home, some, settings, for_reranker=kind == "reranker")
        for some in (halves.train, halves.validation)
    ]
    embed = home.stores.settings.embed
    return trainer(kind)(*parts, base=base, out=out / kind, max_tokens=embed.max_tokens, seed=seed)


async def _best_weights(
    home: Filled, questions: Sequence[Asked], settings: RetrieveSettings
) -> RetrieveSettings:
    """Those of `_DENSE_SHARES` that rank these questions best; of equals the smaller share."""
    systems = [
        System(
            str(share),
            settings.model_copy(
                update={"dense_weight": share, "sparse_weight": round(1 - share, 2)}
            ),
        )
        for share in _DENSE_SHARES
    ]
    ranked = await rank_all(home, questions, systems)
    scores = {name: _mean_ndcg(found, questions) for name, found in ranked.items()}
    return max(systems, key=lambda system: scores[system.name]).retrieve


async def _corrected(
    home: Filled,
    halves: Halves,
    settings: RetrieveSettings,
    reranker: Reranker,
    trained: Trained,
    name: str,
) -> tuple[System, float]:
    """The system with the correction that ranks validation best, and that correction."""
    examples = await examples_of(home, halves.validation, settings, for_reranker=True)
    logits = [await reranker.score(e.question, [c.text for c in e.candidates]) for e in examples]
    one = 1 / float(str(trained.recipe["scale"]))
    best = max(
        (factor * one for factor in _CORRECTIONS),
        key=lambda c: _ndcg_with(examples, logits, c),
    )
    return System(name, settings, reranked=True, correction=best), best


def _ndcg_with(
    examples: Sequence[Example], logits: Sequence[Sequence[float]], correction: float
) -> float:
    ranked = [
        [
            c.id
            for _, c in sorted(
                zip(own, e.candidates, strict=True), key=lambda x: -(x[1].score + correction * x[0])
            )
        ]
        for e, own in zip(examples, logits, strict=True)
    ]
    found = ranking_scores(ranked, [e.gains for e in examples], ("ndcg_at_10",))
    return sum(one["ndcg_at_10"] for one in found)


def _mean_ndcg(found: Ranked, questions: Sequence[Asked]) -> float:
    ranked = [[document for document, _ in ranking] for ranking in found.rankings]
    scores = ranking_scores(ranked, [a.gains for a in questions], ("ndcg_at_10",))
    return sum(one["ndcg_at_10"] for one in scores)


def _with(home: Filled, reranker: Reranker) -> Filled:
    return replace(home, models=replace(home.models, reranker=reranker))


def _with_embedder(parts: Parts, folder: Path) -> Parts:
    embed = parts.settings.embed.model_copy(update={"model": str(folder)})
    settings = parts.settings.model_copy(update={"embed": embed})
    return replace(parts, settings=settings, embedder=LocalEmbedder(embed))


def _as_json(trained: Trained) -> dict[str, Any]:
    return {k: v for k, v in asdict(trained).items() if k != "folder"}
