"""What each way of choosing passages brings: one index, the same hits, several `[choose]` tables.

Every question is found and ranked once. Each variant then chooses among those hits, and what an
answer would be made of is weighed by the code of production: which sentence of the first passages
speaks to the question most, and whether it stands where an answer stands.

ndcg_at_10       the right documents among the first ten
right_in_5       a right place (document, and page where known) among the first five passages
evidence_right   the sentence that speaks most to the question stands in a right place
answer_held      one of the passages shown to a model holds a gold answer, word for word
sources          different documents among the passages shown, as a share of them

`changed` is the share of questions for which other passages are shown than with this home's
settings, `microseconds` what choosing ten passages takes.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from privrag import pipeline
from privrag.choose import ChooseSettings, choose_passages
from privrag.embed import Embedder
from privrag.gate.figures import differences, figures_of, percentile
from privrag.gate.ranking import ranking_scores
from privrag.passages import find_evidence, passages_of
from privrag.pseudonym import placeholders
from privrag.records import Chunk, Hit, Question, SafeText
from privrag.reveal import restorer_for
from privrag_evals.metrics.holds_answer import holds_answer
from privrag_evals.retrieval.trec import DEPTH
from privrag_evals.runs import kept_cases
from privrag_evals.scratch_home import (
    OWNER,
    Filled,
    Parts,
    documents_by_version,
    filled,
    searched_in,
)
from privrag_evals.suites import Asked, Place, Suite

HOME = "home"
"""The variant that the others are compared with: the home's own settings."""
NO_HEADINGS = "without headings"
_TIMED = 10
"""Passages of a search as it is typed."""
_TRIED: dict[str, tuple[float, ...]] = {
    "near_duplicates": (0, 0.7, 0.8, 0.9, 1),
    "mmr_lambda": (1, 0.9, 0.7, 0.5),
    "per_document": (0, 1, 2, 3),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of choosing, question by question."""

    scores: list[dict[str, float]] = field(default_factory=list)
    rankings: list[list[str]] = field(default_factory=list, repr=False)
    """The documents of each question's passages, best first."""
    shown: list[frozenset[str]] = field(default_factory=list)
    """The chunks of each that a model would be shown."""
    microseconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ablated:
    """Every variant over one suite."""

    suite: Suite
    variants: dict[str, Variant]
    failed: tuple[str, ...]
    seconds: float


def variants_of(own: ChooseSettings) -> dict[str, ChooseSettings]:
    """This home's settings, then each of them with one value changed."""
    changed = {
        f"{key}={value}": own.model_copy(update={key: value})
        for key, values in _TRIED.items()
        for value in values
        if getattr(own, key) != value
    }
    return {HOME: own, **changed}


def twice(suite: Suite) -> Suite:
    """Every document under a second name too, as on many a file server; both are right."""
    copies = {name: f"{name} (copy)" for name in suite.documents}
    questions = [
        replace(
            asked,
            gains=asked.gains | {copies[name]: gain for name, gain in asked.gains.items()},
            places=asked.places
            + tuple(
                Place(copies[p.document], p.page) for p in asked.places if p.document in copies
            ),
        )
        for asked in suite.questions
    ]
    documents = suite.documents | {copies[name]: one for name, one in suite.documents.items()}
    groups = suite.groups | {copies[name]: group for name, group in suite.groups.items()}
    return Suite(f"{suite.name}, twice", documents, questions, groups)


async def ablate(
    suite: Suite,
    variants: Mapping[str, ChooseSettings],
    parts: Parts,
    *,
    headings: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> Ablated:
    """Score every variant; with `headings`, also this home without what stands above a chunk.

    `progress` hears how many questions are done.
    """
    start = time.perf_counter()
    parts = replace(parts, embedder=_Remembering(parts.embedder))
    async with filled(suite, parts) as home:
        found = await _score_all(home, suite, variants, progress)
    if headings:
        async with filled(suite, parts, adapt=_without_headings) as bare:
            own = {NO_HEADINGS: variants[HOME]}
            found |= await _score_all(bare, suite, own, progress)
    return Ablated(suite, found, home.failed, time.perf_counter() - start)


def report(ablated: Ablated, *, seed: int = 0) -> dict[str, Any]:
    """Figures of each variant with intervals, and its differences from the home's settings."""
    questions = ablated.suite.questions
    groups = [asked.group for asked in questions] if ablated.suite.groups else None
    traits = [asked.traits for asked in questions]
    scores = {name: variant.scores for name, variant in ablated.variants.items()}
    home = ablated.variants[HOME]
    systems = {
        name: {
            **figures_of(variant.scores, traits=traits, groups=groups, seed=seed),
            "changed": None if name == NO_HEADINGS else _changed(home, variant),
            "microseconds": round(percentile(variant.microseconds, 0.5), 1),
        }
        for name, variant in ablated.variants.items()
    }
    return {
        "systems": systems,
        "paired": {
            f"{name} - {HOME}": differences(home.scores, rows, groups=groups, seed=seed)
            for name, rows in scores.items()
            if name != HOME
        },
        "documents": len(ablated.suite.documents),
        "failed_documents": len(ablated.failed),
        "seconds": round(ablated.seconds, 1),
        "cases": kept_cases([asked.id for asked in questions], traits, scores, groups=groups),
    }


def _changed(home: Variant, other: Variant) -> float:
    pairs = list(zip(home.shown, other.shown, strict=True))
    return round(sum(one != two for one, two in pairs) / max(1, len(pairs)), 4)


async def _score_all(
    home: Filled,
    suite: Suite,
    variants: Mapping[str, ChooseSettings],
    progress: Callable[[int], None],
) -> dict[str, Variant]:
    names = documents_by_version(home)
    found = {name: Variant() for name in variants}
    passages = home.stores.settings.prompts.passages
    for number, asked in enumerate(suite.questions, 1):
        (question,) = await pipeline.to_questions(home.stores, [asked.text], home.models)
        hits = await pipeline.ranked(
            home.stores, question, home.models, viewer=OWNER, collection=searched_in(asked)
        )
        chosen = {}
        for name, settings in variants.items():
            start = time.perf_counter()
            choose_passages(hits, k=_TIMED, settings=settings)
            found[name].microseconds.append((time.perf_counter() - start) * 1e6)
            chosen[name] = some = choose_passages(hits, k=DEPTH, settings=settings)
            found[name].rankings.append([names[hit.chunk.source.version] for hit in some])
            found[name].shown.append(frozenset(hit.chunk.id for hit in some[:passages]))
        for name, row in _Question(home, asked, question, names).scores(chosen).items():
            found[name].scores.append(row)
        progress(number)
    gains = [asked.gains for asked in suite.questions]
    for variant in found.values():
        ndcg = ranking_scores(variant.rankings, gains, ("ndcg_at_10",))
        for row, high in zip(variant.scores, ndcg, strict=True):
            row.update(high)
    return found


@dataclass(slots=True)
class _Question:
    """One question: what its passages are worth, each list of them weighed once."""

    home: Filled
    asked: Asked
    question: Question
    names: Mapping[str, str]
    """Version -> document."""
    _weighed: dict[tuple[str, ...], float] = field(default_factory=dict)

    def scores(self, chosen: Mapping[str, Sequence[Hit]]) -> dict[str, dict[str, float]]:
        passages = self.home.stores.settings.prompts.passages
        shown = {name: hits[:passages] for name, hits in chosen.items()}
        holding = self._holding([hit for hits in shown.values() for hit in hits])
        return {
            name: {
                "right_in_5": float(any(map(self._is_right, chosen[name][:5]))),
                "evidence_right": self._evidence(hits),
                "answer_held": math.nan
                if holding is None
                else float(any(hit.chunk.id in holding for hit in hits)),
                "sources": len({h.chunk.source.document for h in hits}) / max(1, len(hits)),
            }
            for name, hits in shown.items()
        }

    def _is_right(self, hit: Hit) -> bool:
        document = self.names[hit.chunk.source.version]
        if self.asked.places:
            return any(
                place.document == document and place.page in (None, hit.page)
                for place in self.asked.places
            )
        return self.asked.gains.get(document, 0) > 0

    def _evidence(self, hits: Sequence[Hit]) -> float:
        key = tuple(hit.chunk.id for hit in hits)
        if key not in self._weighed:
            stores = self.home.stores
            passages = passages_of(stores, hits, self.question)
            models = self.home.models
            evidence = find_evidence(
                self.question,
                passages,
                models.weigher or models.embedder,
                stores.settings.cite,
            )
            best = max(evidence, key=lambda e: e.relevance, default=None)
            self._weighed[key] = float(best is not None and self._is_right(hits[best.passage]))
        return self._weighed[key]

    def _holding(self, hits: Sequence[Hit]) -> set[str] | None:
        """Which of these chunks hold a gold answer once names are put back; None without any."""
        if not self.asked.answers:
            return None
        chunks = list({hit.chunk.id: hit.chunk for hit in hits}.values())
        restorer = restorer_for(self.home.stores, self.question, hits, OWNER, purpose="search")
        restored = replace(restorer, ephemeral={}).restore_quotes([c.text for c in chunks])
        return {
            chunk.id
            for chunk, one in zip(chunks, restored, strict=True)
            if holds_answer(one.text, self.asked.answers)
        }


class _Remembering:
    """An embedder that embeds no text twice: variants show many of the same sentences."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Any] = {}
        self.identity = embedder.identity

    def embed(self, texts: Sequence[str]) -> Any:  # noqa: ANN401 - as the embedder's own
        import numpy as np

        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


def _without_headings(chunk: Chunk) -> Chunk:
    return replace(
        chunk, context=SafeText(""), placeholders=placeholders(chunk.text), context_orders=()
    )
