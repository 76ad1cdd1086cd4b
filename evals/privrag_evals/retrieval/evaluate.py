"""Take a suite in once, let every system rank each question, and say how well, with intervals.

The code of production ranks: `pipeline.to_questions`, `queries_for` and `search_all` over the real
index in a scratch home (raw text, `pseudonymize=False`, over one in memory). A corpus line is a
document, its score that of its best chunk.
"""

import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from privrag import pipeline
from privrag.find import queries_for
from privrag.gate.figures import figures_of, latency, paired_figures, warm
from privrag.gate.ranking import ranking_scores
from privrag.generate import GenerateOptions, open_generator
from privrag.machine import peak_memory_mb
from privrag.pseudonymize import Detector, DetectorPool
from privrag.records import Hit
from privrag.rerank import LateReranker, Reranker, open_reranker
from privrag.serving import Serving
from privrag_evals.cost import Prices, cost_of
from privrag_evals.retrieval.likelihood import QuestionLikelihood
from privrag_evals.retrieval.systems import CHUNKS, ReadBy, System
from privrag_evals.retrieval.trec import DEPTH, Ranking
from privrag_evals.runs import kept_cases
from privrag_evals.scratch_home import OWNER, Filled, Parts, document_named, filled, searched_in
from privrag_evals.suites import Asked, Suite

FIGURES = ("ndcg_at_10", "mrr_at_10", "recall_at_5", "recall_at_10", "hits_at_4")


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one system found, in the order of the suite's questions."""

    rankings: list[Ranking] = field(repr=False)
    milliseconds: list[float]
    """Of each question, from its words to its hits; the first also loads models. nan for one leg
    alone: the index is asked for all."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Every system over one suite."""

    suite: Suite
    ranked: dict[str, Ranked]
    failed: tuple[str, ...]
    """Documents that could not be taken in."""
    seconds: float
    peak_memory_mb: float


@asynccontextmanager
async def opened_parts(
    serving: Serving, *, readers: Collection[ReadBy | None] = ()
) -> AsyncIterator[Parts]:
    """The models that serve, of readers those; all of them are closed in the end."""
    settings, embedder = serving.settings, serving.embedder
    reranker = open_reranker(settings.rerank, embedder) if "reranker" in readers else None
    cache = settings.cache.expanduser()
    writes = "generator" in readers or settings.rewrite.by == "model"
    generator = open_generator(settings.generate, cache=cache) if writes else None
    pool = DetectorPool(settings.pseudonymize)
    detector = Detector(settings.pseudonymize)
    try:
        yield Parts(settings, detector, embedder, generator, reranker, pool)
    finally:
        pool.close()
        for opened in (reranker, generator):
            if opened is not None:
                await opened.close()


async def measure(
    suite: Suite,
    systems: Sequence[System],
    parts: Parts,
    *,
    pseudonymize: bool = True,
    given: Mapping[str, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Measured:
    """Rank every question by every system; `progress` hears how many questions are done.

    `given` is question id -> the question written out, for the system of that name.
    """
    start = time.perf_counter()
    async with filled(suite, parts, raw=not pseudonymize) as home:
        ranked = await rank_all(home, suite.questions, systems, given=given, progress=progress)
        seconds = time.perf_counter() - start
        return Measured(suite, ranked, home.failed, seconds, peak_memory_mb())


async def rank_all(
    home: Filled,
    questions: Sequence[Asked],
    systems: Sequence[System],
    *,
    given: Mapping[str, str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Ranked]:
    """What each system finds for each question in a filled home."""
    ranked = {system.name: Ranked([], []) for system in systems}
    readers = {system.read_by: _reader(home, system.read_by) for system in systems}
    for number, asked in enumerate(questions, 1):
        for system in systems:
            said = _said(asked, system, given or {})
            found = await _timed(
                home, said, system, readers[system.read_by], into=ranked[system.name]
            )
            ranked[system.name].rankings.append(_documents(found))
        progress(number)
    return ranked


def report(measured: Measured, *, seed: int = 0, prices: Prices | None = None) -> dict[str, Any]:
    """Figures of each system, their differences question by question, and each case's scores.

    Tokens that a reader takes are not counted: in `cost` they are None.
    """
    suite = measured.suite
    scores = {
        name: ranking_scores(
            [[document for document, _ in ranking] for ranking in found.rankings],
            [asked.gains for asked in suite.questions],
            FIGURES,
        )
        for name, found in measured.ranked.items()
    }
    groups = groups_of(suite)
    traits = [asked.traits for asked in suite.questions]
    systems = {
        name: {
            **figures_of(rows, traits=traits, groups=groups, seed=seed),
            "latency_ms": latency(measured.ranked[name].milliseconds),
            "cost": cost_of(None, _mean(measured.ranked[name].milliseconds), prices or Prices()),
        }
        for name, rows in scores.items()
    }
    timed = {
        name: [
            {**row, "latency_ms": took}
            for row, took in zip(rows, warm(measured.ranked[name].milliseconds), strict=True)
        ]
        for name, rows in scores.items()
    }
    return {
        "systems": systems,
        "paired": paired_figures(scores, groups=groups, seed=seed),
        "documents": len(suite.documents),
        "failed_documents": len(measured.failed),
        "seconds": round(measured.seconds, 1),
        "peak_memory_mb": round(measured.peak_memory_mb),
        "cases": kept_cases([asked.id for asked in suite.questions], traits, timed, groups=groups),
    }


def _mean(milliseconds: Sequence[float]) -> float | None:
    """Of those that `latency` counts."""
    rest = [value for value in warm(milliseconds) if not math.isnan(value)]
    return sum(rest) / len(rest) if rest else None


def rankings_of(measured: Measured) -> Mapping[str, Mapping[str, Ranking]]:
    """System -> question id -> ranking."""
    ids = [asked.id for asked in measured.suite.questions]
    return {
        name: dict(zip(ids, found.rankings, strict=True)) for name, found in measured.ranked.items()
    }


def groups_of(suite: Suite) -> list[str] | None:
    """What each question is alike in with others; None where every one stands for itself."""
    grouped = suite.groups or any(asked.conversation for asked in suite.questions)
    return [asked.alike for asked in suite.questions] if grouped else None


def _said(asked: Asked, system: System, given: Mapping[str, str]) -> Asked:
    """The question as this system is asked it."""
    if system.turns == "rewritten":
        return asked
    turns = [text for _, text in asked.history] if system.turns == "all" else []
    text = given.get(asked.id, asked.text) if system.turns == "given" else asked.text
    return replace(asked, text="\n".join([*turns, text]), history=())


async def _timed(
    home: Filled, asked: Asked, system: System, reader: Reranker | None, *, into: Ranked
) -> list[Hit]:
    own = home.stores.settings
    rerank = own.rerank.model_copy(update={"correction": system.correction})
    settings = own.model_copy(update={"retrieve": system.retrieve, "rerank": rerank})
    stores = replace(home.stores, settings=settings)
    models = replace(home.models, reranker=reader)
    start = time.perf_counter()
    texts = [*(text for _, text in asked.history), asked.text]
    *earlier, question = await pipeline.to_questions(stores, texts, models)
    said = [(role, turn) for (role, _), turn in zip(asked.history, earlier, strict=True)]
    candidates = await queries_for(question, said, models.generator, settings, GenerateOptions())
    hits = await pipeline.search_all(
        stores, candidates, models, viewer=OWNER, collection=searched_in(asked), k=CHUNKS
    )
    took = (time.perf_counter() - start) * 1000
    into.milliseconds.append(math.nan if system.is_one_leg else took)
    return hits


def _reader(home: Filled, read_by: ReadBy | None) -> Reranker | None:
    if read_by == "generator":
        return QuestionLikelihood(home.models.generator)
    if read_by == "embedder":
        return LateReranker(home.models.embedder)
    return home.models.reranker if read_by == "reranker" else None


def _documents(hits: Sequence[Hit]) -> Ranking:
    """Each document with the score of its first chunk, in the order of the hits.

    Behind a reranker scores compare only among the hits that it read: the order is what counts.
    """
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(document_named(hit.uri), hit.score)
    return list(best.items())[:DEPTH]
