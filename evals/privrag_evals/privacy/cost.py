"""What pseudonymizing costs in retrieval and in answers: raw and pseudonymized side by side.

Both sides go through the same production code, from `make_safe` to `pipeline.search` and
`pipeline.answer`, with the same questions, embedder, settings and generator. The raw side differs
in one thing: its detector finds nobody.

Raw text is allowed there because without it no cost can be stated, and only in this way: see
`scratch_home.py`. Nothing of it reaches the home, a log or the report.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privrag import pipeline
from privrag.embed import LocalEmbedder
from privrag.errors import EvaluationError
from privrag.gate.bootstrap import bootstrap
from privrag.gate.ranking import ranking_scores
from privrag.gate.token_f1 import token_f1
from privrag.generate import Generator, open_generator
from privrag.pseudonymize import Detector, DetectorPool
from privrag.records import Answer
from privrag.settings import load_settings
from privrag_evals.metrics.holds_answer import holds_answer
from privrag_evals.pii.data import read_gold
from privrag_evals.privacy.sides import make_task, ours, raw_hybrid
from privrag_evals.scratch_home import OWNER, Parts, document_named, filled
from privrag_evals.suites import Suite, known_items, read_suite, with_answers

_DEPTH = 100
_FIGURES = ("ndcg_at_10", "recall_at_5", "recall_at_10", "mrr_at_10")

Scores = dict[str, float]


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
    suites = [
        read_suite(folder, parse=settings.parse).sampled(queries, seed=seed)
        if folder.is_file() or (folder / "corpus.jsonl").is_file()
        else known_items(folder, count=queries, seed=seed)
        for folder in folders
    ]
    asked = None
    if qa is not None and suites:
        asked = with_answers(suites[0], qa, limit=answers, seed=seed)
    with closing(DetectorPool(settings.pseudonymize)) as pool:
        embedder, detector = LocalEmbedder(settings.embed), Detector(settings.pseudonymize)
        parts = Parts(settings, detector, embedder, pool=pool)
        if asked is not None:
            generator = open_generator(settings.generate, cache=settings.cache.expanduser())
            parts = replace(parts, generator=generator)
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
        side: ranking_scores(rankings, [{i.paragraph: 1.0} for i in task.items], _FIGURES)
        for side, rankings in ranked.items()
    }
    return compared(sides, seed=seed)


async def _retrieve(suite: Suite, parts: Parts, raw: bool) -> list[Case]:
    rankings, pseudonyms = [], []
    async with filled(suite, parts, raw=raw) as home:
        for asked in suite.questions:
            (question,) = await pipeline.to_questions(home.stores, [asked.text], home.models)
            hits = await pipeline.search(
                home.stores, question, home.models, viewer=OWNER, collection=None, k=_DEPTH
            )
            rankings.append([document_named(hit.uri) for hit in hits])
            pseudonyms.append(len(question.placeholders))
    scores = ranking_scores(rankings, [asked.gains for asked in suite.questions], _FIGURES)
    return [Case(*case) for case in zip(scores, pseudonyms, strict=True)]


async def _both_answer(suite: Suite, parts: Parts, generator: Generator) -> dict[str, list[Case]]:
    try:
        return {name: await _answer(suite, parts, raw) for name, raw in _SIDES.items()}
    finally:
        await generator.close()


async def _answer(suite: Suite, parts: Parts, raw: bool) -> list[Case]:
    cases = []
    async with filled(suite, parts, raw=raw) as home:
        for asked in suite.questions:
            final = Answer("", (), refused=True)
            async for piece in pipeline.answer(home.stores, asked.text, home.models, viewer=OWNER):
                if isinstance(piece, Answer):
                    final = piece
            said = "" if final.refused else final.text
            (question,) = await pipeline.to_questions(home.stores, [asked.text], home.models)
            scores = {
                "token_f1": token_f1(said, asked.answers),
                "holds_answer": holds_answer(said, asked.answers),
                "refused": float(final.refused),
            }
            cases.append(Case(scores, len(question.placeholders)))
    return cases
