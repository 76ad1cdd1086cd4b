"""What pseudonymizing costs in retrieval and in answers: raw and pseudonymized side by side.

Both sides go through the same production code, from `make_safe` to `pipeline.search` and
`pipeline.answer`, with the same questions, embedder, settings and generator. The raw side differs
in one thing: its detector finds nobody.

Raw text is allowed there because without it no cost can be stated, and only in this way: its
passages and vectors are in an index in memory, its vault and manifest (which hold no passages) in
a scratch folder that only this user may read and that is removed; nothing of it reaches the home,
a log or the report.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privrag import pipeline
from privrag.audit import AuditLog
from privrag.embed import Embedder, LocalEmbedder, embedding_text
from privrag.errors import EvaluationError
from privrag.generate import Generator, open_generator
from privrag.index import open_index
from privrag.index.protocol import EmbeddedChunk, Index
from privrag.intake import Arrival, Reading, Ready, Stores, make_safe, to_detect
from privrag.manifest import Manifest
from privrag.pipeline import Models
from privrag.pseudonymize import Detecting, Detector
from privrag.records import Answer, Viewer
from privrag.settings import Settings, load_settings
from privrag_evals.metrics.bootstrap import bootstrap
from privrag_evals.metrics.holds_answer import holds_answer
from privrag_evals.metrics.ndcg_at import ndcg_at
from privrag_evals.metrics.recall_at import recall_at
from privrag_evals.metrics.reciprocal_rank import reciprocal_rank
from privrag_evals.metrics.token_f1 import token_f1
from privrag_evals.pii.data import read_gold
from privrag_evals.privacy.entity_retrieval import (
    NoDetector,
    make_task,
    ours,
    raw_hybrid,
)
from privrag_evals.privacy.memory_index import MemoryIndex
from privrag_evals.privacy.suites import Asked, Suite, beir, known_items, with_answers
from privrag_evals.scratch_vault import scratch_vault

_DEPTH = 100
_ROUNDS = 2
"""Documents are taken in once more when the vault knows everybody, as a sync does."""
_OWNER = Viewer("owner", owner=True, reveal=True)
_URI = "eval:"

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Parts:
    """What both sides share, and the detector that only one has."""

    settings: Settings
    detector: Detecting
    embedder: Embedder
    generator: Generator | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question's figures, and how many pseudonyms it was asked with."""

    scores: Scores
    pseudonyms: int


def privacy_cost(
    retrieval: Sequence[Suite], answers: Suite | None, parts: Parts, *, seed: int
) -> dict[str, Any]:
    """The report as one JSON value: each suite's figures on both sides and their difference."""
    report: dict[str, Any] = {}
    for suite in retrieval:
        cases = {name: asyncio.run(_retrieve(suite, parts, raw)) for name, raw in _SIDES.items()}
        report[suite.name] = _report(cases, seed=seed)
    if answers is not None and parts.generator is not None:
        cases = asyncio.run(_both_answer(answers, parts, parts.generator))
        report[answers.name] = _report(cases, seed=seed)
    return {"suites": report, "seed": seed}


def _report(cases: Mapping[str, Sequence[Case]], *, seed: int) -> dict[str, Any]:
    """All questions, and those alone in which pseudonymizing replaced something."""
    changed = [case.pseudonyms > 0 for case in cases["pseudonymized"]]
    every = {side: [case.scores for case in some] for side, some in cases.items()}
    some = {
        side: [one for one, is_changed in zip(scores, changed, strict=True) if is_changed]
        for side, scores in every.items()
    }
    only = compared(some, seed=seed)
    return {
        **compared(every, seed=seed),
        "with_pseudonyms": {"cases": only["cases"], "difference": only["difference"]},
    }


_SIDES = {"raw": True, "pseudonymized": False}


def compared(sides: Mapping[str, Sequence[Scores]], *, seed: int) -> dict[str, Any]:
    """Means of each side and the paired difference, each with its interval."""
    raw, safe = sides["raw"], sides["pseudonymized"]
    names = list(raw[0]) if raw else []
    return {
        "cases": len(raw),
        **{
            side: {n: bootstrap([s[n] for s in scores], seed=seed).as_json() for n in names}
            for side, scores in sides.items()
        },
        "difference": {
            n: bootstrap([b[n] - a[n] for a, b in zip(raw, safe, strict=True)], seed=seed).as_json()
            for n in names
        },
    }


def ranked_scores(ranked: Sequence[str], asked: Asked) -> Scores:
    """The retrieval figures of one question; `ranked` are documents, best first."""
    relevant = [name for name, gain in asked.gains.items() if gain > 0]
    return {
        "ndcg_at_10": ndcg_at(ranked, asked.gains, 10),
        "recall_at_5": recall_at(ranked, relevant, 5),
        "recall_at_10": recall_at(ranked, relevant, 10),
        "mrr_at_10": reciprocal_rank(ranked, relevant, 10),
    }


def run_all(
    home: Path,
    *,
    folders: Sequence[Path],
    entities: Path | None,
    qa: Path | None,
    queries: int,
    answers: int,
    seed: int,
) -> dict[str, Any]:
    """Read the suites and compare them, with the settings of a home that stays untouched.

    Raises EvaluationError where there is nothing to compare.
    """
    if not folders and entities is None:
        raise EvaluationError("name at least one suite: --data FOLDER or --entities FILE")
    settings = load_settings(home)
    embedder, detector = LocalEmbedder(settings.embed), Detector(settings.pseudonymize)
    suites = [
        beir(folder, limit=queries, seed=seed)
        if (folder / "corpus.jsonl").is_file()
        else known_items(folder, count=queries, seed=seed)
        for folder in folders
    ]
    parts = Parts(settings, detector, embedder)
    asked = None
    if qa is not None and suites:
        asked = with_answers(suites[0], qa, limit=answers, seed=seed)
        generator = open_generator(settings.generate, cache=settings.cache.expanduser())
        parts = Parts(settings, detector, embedder, generator)
    report = privacy_cost(suites, asked, parts, seed=seed)
    if entities is not None:
        report["suites"]["entities"] = _entities(entities, parts, queries, seed)
    return report


def _entities(path: Path, parts: Parts, queries: int, seed: int) -> dict[str, Any]:
    """Questions about marked people, dates and places, each a paragraph's."""
    task = make_task(read_gold(path), queries=queries, seed=seed)
    settings = parts.settings.retrieve
    ranked = {
        "raw": raw_hybrid(task, parts.embedder, settings),
        "pseudonymized": ours(task, parts.detector, parts.embedder, settings),
    }
    sides = {
        side: [
            ranked_scores(found, Asked(item.paragraph, "", {item.paragraph: 1.0}))
            for found, item in zip(rankings, task.items, strict=True)
        ]
        for side, rankings in ranked.items()
    }
    return compared(sides, seed=seed)


async def _retrieve(suite: Suite, parts: Parts, raw: bool) -> list[Case]:
    cases = []
    async with filled(suite, parts, raw=raw) as (stores, models):
        for asked in suite.questions:
            (question,) = await pipeline.to_questions(stores, [asked.text], models)
            hits = await pipeline.search(
                stores, question, models, viewer=_OWNER, collection=None, k=_DEPTH
            )
            ranked = list(dict.fromkeys(hit.uri.removeprefix(_URI) for hit in hits))
            cases.append(Case(ranked_scores(ranked, asked), len(question.placeholders)))
    return cases


async def _both_answer(suite: Suite, parts: Parts, generator: Generator) -> dict[str, list[Case]]:
    try:
        return {name: await _answer(suite, parts, raw) for name, raw in _SIDES.items()}
    finally:
        await generator.close()


async def _answer(suite: Suite, parts: Parts, raw: bool) -> list[Case]:
    cases = []
    async with filled(suite, parts, raw=raw) as (stores, models):
        for asked in suite.questions:
            final = Answer("", (), refused=True)
            async for piece in pipeline.answer(stores, asked.text, models, viewer=_OWNER):
                if isinstance(piece, Answer):
                    final = piece
            said = "" if final.refused else final.text
            (question,) = await pipeline.to_questions(stores, [asked.text], models)
            scores = {
                "token_f1": token_f1(said, asked.answers),
                "holds_answer": holds_answer(said, asked.answers),
                "refused": float(final.refused),
            }
            cases.append(Case(scores, len(question.placeholders)))
    return cases


@asynccontextmanager
async def filled(suite: Suite, parts: Parts, *, raw: bool) -> AsyncIterator[tuple[Stores, Models]]:
    """Stores with every document of the suite, and the models to ask them with."""
    detector: Detecting = NoDetector() if raw else parts.detector
    with scratch_vault() as (vault, folder):
        settings = parts.settings.model_copy(update={"tenant": _OWNER.tenant})
        manifest = Manifest(folder / "manifest.db", vault, tenant=settings.tenant)
        index = MemoryIndex() if raw else await _edge(folder, parts)
        audit = AuditLog(folder, vault, tenant=settings.tenant, settings=settings.audit)
        stores = Stores(settings, vault, manifest, index, audit)
        try:
            await _fill(stores, suite, detector, parts.embedder)
            yield stores, Models(detector, parts.embedder, parts.generator)  # type: ignore[arg-type]
        finally:
            await index.close()
            manifest.close()
            audit.close()


async def _edge(folder: Path, parts: Parts) -> Index:
    embedded = parts.settings.index.model_copy(update={"url": None})
    return await open_index(embedded, path=folder / "index", identity=parts.embedder.identity)


async def _fill(stores: Stores, suite: Suite, detector: Detecting, embedder: Embedder) -> None:
    readings = [
        Reading(
            Arrival(Path(name), f"{_URI}{name}", name, ("*",), "main"),
            document,
            detector.detect(to_detect(document)),
        )
        for name, document in suite.documents.items()
    ]
    before: list[Ready] = []
    for _ in range(_ROUNDS):
        ready = [one for r in readings if isinstance(one := make_safe(stores, r, embedder), Ready)]
        for old in before:
            stores.vault.release(old.entry.version)
            stores.manifest.cleaned(old.entry.version)
        before = ready
    chunks = [chunk for one in before for chunk in one.chunks]
    vectors = embedder.embed([embedding_text(chunk) for chunk in chunks])
    await stores.index.upsert([EmbeddedChunk(c, v) for c, v in zip(chunks, vectors, strict=True)])
    stores.manifest.swap([one.entry for one in before])
