"""Can a question about somebody still find the passage, once everybody is a pseudonym?

Known-item retrieval over annotated texts, several ways of indexing side by side on the same
paragraphs and questions (privacy note, section 4). Systems:

    raw                     raw text, dense
    raw+exact               the same, plus a weight where the question's entity stands word for word
    raw hybrid              raw text, BM25 and dense as `privrag.retrieve` fuses them
    raw hybrid+exact        the same, with word-for-word matches in the place of the id leg
    redacted, type          every mark as `[REDACTED]` or `<TYPE>`, dense
    ours, gold marks        the production path, marks as a perfect detector would give them
    ours, detector          the production path with the real detector, for questions too

The two raw hybrids do without `retrieve.exact_weight`, which is ours. The weight of `raw+exact` is
chosen on the half of the cases that a question is not from. Relevant is
only the paragraph that a question was built from; where the same entity stands in others too,
only the content words tell them apart, and `shared` counts those questions.

Raw text is held in memory only: it is the named baseline, without which no cost can be stated. The
pseudonymized side lives in a scratch folder that is removed.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from privrag.chunk import ChunkSettings, chunk_document
from privrag.embed import Embedder, embedding_text, question_text
from privrag.errors import EvaluationError
from privrag.index import IndexSettings, open_index
from privrag.index.protocol import EmbeddedChunk, Index, IndexQuery
from privrag.pseudonymize import Detecting, pseudonymize_document, question_of
from privrag.records import BlockKind, Chunk, Entity, Question, SafeDocument, Scope, Source
from privrag.retrieve import RetrieveSettings, retrieve
from privrag.vault import Vault
from privrag_evals.metrics.bootstrap import bootstrap
from privrag_evals.metrics.recall_at import recall_at
from privrag_evals.metrics.reciprocal_rank import reciprocal_rank
from privrag_evals.pii.data import Gold
from privrag_evals.privacy.known_items import (
    KnownItem,
    Paragraph,
    documents_of,
    entities_of,
    halves,
    paragraphs_of,
    questions_about,
)
from privrag_evals.privacy.memory_index import MemoryIndex
from privrag_evals.scratch_vault import scratch_vault

if TYPE_CHECKING:
    from numpy.typing import NDArray

Rankings = list[list[str]]
"""For each question the paragraphs found, best first."""

_DEPTH = 100
_SCOPE = Scope("default")
_WHOLE = ChunkSettings(size=2048)
"""A paragraph is one chunk in every system."""
_WEIGHTS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
_BASELINES = ("raw+exact", "raw hybrid+exact")
_ROUNDS = 2
"""Every document is taken in once more when the vault knows everybody, as a sync does."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is searched and asked; the same for every system."""

    paragraphs: list[Paragraph]
    items: list[KnownItem]
    halves: tuple[frozenset[int], frozenset[int]]

    @property
    def ids(self) -> list[str]:
        return [p.id for p in self.paragraphs]


def make_task(texts: Sequence[Gold], *, queries: int | None, seed: int) -> Task:
    """Paragraphs and questions. Raises EvaluationError if fewer than two cases have any."""
    paragraphs = paragraphs_of(texts)
    items = questions_about(paragraphs, queries=queries, seed=seed)
    if len({item.case for item in items}) < 2:
        raise EvaluationError("the file gives no questions from two texts or more to compare")
    return Task(paragraphs, items, halves(items, seed=seed))


def entity_retrieval(
    texts: Sequence[Gold],
    *,
    embedder: Embedder,
    detector: Detecting | None,
    queries: int | None = None,
    seed: int = 0,
    settings: RetrieveSettings | None = None,
) -> dict[str, Any]:
    """The report as one JSON value; without a detector its system is left out."""
    task = make_task(texts, queries=queries, seed=seed)
    settings = settings or RetrieveSettings()
    ranked, chosen = raw_systems(task, embedder, settings)
    ranked |= masked_systems(task, embedder)
    gold = GoldDetector(task)
    ranked["ours, gold marks"] = ours(task, gold, embedder, settings)
    if detector is not None:
        ranked["ours, detector"] = ours(task, detector, embedder, settings)
    return report(task, ranked, chosen, seed)


class GoldDetector:
    """Finds exactly what people marked, in the task's paragraphs and questions."""

    def __init__(self, task: Task) -> None:
        self._found = {p.text: entities_of(p.text, p.marks) for p in task.paragraphs}
        self._found |= {i.text: entities_of(i.text, [i]) for i in task.items}

    def detect(self, blocks: Sequence[tuple[BlockKind, str]]) -> list[list[Entity]]:
        return [self._found.get(text, []) for _, text in blocks]


class NoDetector:
    """Finds nobody: what goes through the production path with it stays raw."""

    def detect(self, blocks: Sequence[tuple[BlockKind, str]]) -> list[list[Entity]]:
        return [[] for _ in blocks]


@dataclass(frozen=True, slots=True)
class Side:
    """Paragraphs and questions after pseudonymizing (or not), embedded."""

    items: list[EmbeddedChunk]
    questions: list[Question]
    vectors: "NDArray[np.float32]"  # (questions, dimensions)


def raw_systems(
    task: Task, embedder: Embedder, settings: RetrieveSettings
) -> tuple[dict[str, Rankings], list[float]]:
    """Rankings of the four systems over raw text, and the exact weight each half was given."""
    with scratch_vault() as (vault, _):
        raw = make_side(task, NoDetector(), vault, embedder)
    cosines = raw.vectors @ np.stack([i.vector for i in raw.items]).T  # (questions, paragraphs)
    matches = exact_matches(task)  # (questions, paragraphs)
    weights = [
        best_weight(task, cosines, matches, [i.case in half for i in task.items])
        for half in (task.halves[1], task.halves[0])
    ]
    own = np.array([weights[item.case in task.halves[1]] for item in task.items], dtype=np.float32)
    plain = settings.model_copy(update={"exact_weight": 0.0})
    hybrid = asyncio.run(_hybrid(MemoryIndex(), raw, plain))
    exact = asyncio.run(_hybrid(MemoryIndex(), _with_exact_ids(task, raw, matches), plain))
    return {
        "raw": best_first(task, cosines),
        "raw+exact": best_first(task, cosines + own[:, None] * matches),
        "raw hybrid": hybrid,
        "raw hybrid+exact": exact,
    }, weights


def raw_hybrid(task: Task, embedder: Embedder, settings: RetrieveSettings) -> Rankings:
    """Raw text through the same retrieval as ours, all of it in memory."""
    with scratch_vault() as (vault, _):
        raw = make_side(task, NoDetector(), vault, embedder)
    return asyncio.run(_hybrid(MemoryIndex(), raw, settings))


def masked_systems(task: Task, embedder: Embedder) -> dict[str, Rankings]:
    """Dense over text in which every mark is one word."""
    ranked = {}
    for name, word in (("redacted", lambda _: "[REDACTED]"), ("type", lambda t: f"<{t}>")):
        passages = embedder.embed([_masked(p.text, p.marks, word) for p in task.paragraphs])
        asked = embedder.embed([_masked(i.text, [i], word) for i in task.items])
        ranked[name] = best_first(task, asked @ passages.T)
    return ranked


def ours(
    task: Task, detector: Detecting, embedder: Embedder, settings: RetrieveSettings
) -> Rankings:
    """The production path: pseudonymize, embed bare types, BM25 and exact ids, the real index."""
    with scratch_vault() as (vault, folder):
        side = make_side(task, detector, vault, embedder)

        async def search() -> Rankings:
            index = await open_index(
                IndexSettings(), path=folder / "index", identity=embedder.identity
            )
            try:
                return await _hybrid(index, side, settings)
            finally:
                await index.close()

        return asyncio.run(search())


def make_side(task: Task, detector: Detecting, vault: Vault, embedder: Embedder) -> Side:
    """Each case through the production path as one document, each paragraph one chunk."""
    documents = documents_of(task.paragraphs)
    found = [
        [*detector.detect([(b.kind, b.text) for b in document.blocks]), []]
        for document, _ in documents
    ]
    chunks: list[Chunk] = []
    for _ in range(_ROUNDS):
        chunks.clear()
        for (document, own), entities in zip(documents, found, strict=True):
            safe, _masked_spans = pseudonymize_document(
                document, entities, vault, version=document.id
            )
            chunks += _chunks(safe, own, embedder)
    questions = [question_of([item.text], detector, vault)[0] for item in task.items]
    vectors = embedder.embed([embedding_text(c) for c in chunks])
    asked = embedder.embed([question_text(q.text) for q in questions])
    pairs = zip(chunks, vectors, strict=True)
    return Side([EmbeddedChunk(c, v) for c, v in pairs], questions, asked)


def exact_matches(task: Task) -> "NDArray[np.float32]":
    """1 where the question's entity stands in the paragraph, white space and case aside."""
    matches = np.zeros((len(task.items), len(task.paragraphs)), dtype=np.float32)
    texts = [_flat(p.text) for p in task.paragraphs]
    columns: dict[str, list[int]] = {}
    for row, item in enumerate(task.items):
        surface = _flat(item.surface)
        if surface not in columns:
            whole = re.compile(rf"(?<!\w){re.escape(surface)}(?!\w)")
            columns[surface] = [n for n, text in enumerate(texts) if whole.search(text)]
        matches[row, columns[surface]] = 1
    return matches


def best_weight(
    task: Task,
    cosines: "NDArray[np.float32]",
    matches: "NDArray[np.float32]",
    chosen: Sequence[bool],
) -> float:
    """The weight with the best R@5, then MRR, on the chosen questions."""
    rows = [n for n, take in enumerate(chosen) if take]
    part = replace(task, items=[task.items[n] for n in rows])

    def quality(weight: float) -> tuple[float, float]:
        ranked = best_first(part, cosines[rows] + weight * matches[rows])
        figures = [_scores(item, found) for item, found in zip(part.items, ranked, strict=True)]
        return sum(f["recall_at_5"] for f in figures), sum(f["mrr"] for f in figures)

    return max(_WEIGHTS, key=quality)


def best_first(task: Task, scores: "NDArray[np.float32]") -> Rankings:
    """Paragraphs by falling score, as deep as we look."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :_DEPTH]  # (questions, depth)
    ids = task.ids
    return [[ids[n] for n in row] for row in order]


def report(
    task: Task, ranked: Mapping[str, Rankings], weights: Sequence[float], seed: int
) -> dict[str, Any]:
    """Figures of every system, and the paired difference of ours to the baseline."""
    rows = {
        "all": list(range(len(task.items))),
        "person": [n for n, item in enumerate(task.items) if item.label == "PERSON"],
        "half_1": [n for n, item in enumerate(task.items) if item.case in task.halves[0]],
        "half_2": [n for n, item in enumerate(task.items) if item.case in task.halves[1]],
    }
    systems = {
        name: {which: _figures(task, found, some, seed) for which, some in rows.items()}
        for name, found in ranked.items()
    }
    paired = {
        f"{name} - {base}": {
            which: _differences(task, found, ranked[base], some, seed)
            for which, some in rows.items()
        }
        for name, found in ranked.items()
        for base in _BASELINES
        if name.startswith("ours")
    }
    return {
        "paragraphs": len(task.paragraphs),
        "queries": {which: len(some) for which, some in rows.items()},
        "shared": sum(item.shared_by > 1 for item in task.items),
        "seed": seed,
        "exact_weights": list(weights),
        "systems": systems,
        "paired": paired,
    }


async def _hybrid(index: Index, side: Side, settings: RetrieveSettings) -> Rankings:
    await index.upsert(side.items)
    rankings = []
    for question, vector in zip(side.questions, side.vectors, strict=True):
        query = IndexQuery(vector, question.text, question.placeholders)
        hits = await retrieve(index, query, scope=_SCOPE, settings=settings)
        found = dict.fromkeys(hit.chunk.source.document for hit in hits)
        rankings.append(list(found)[:_DEPTH])
    return rankings


def _with_exact_ids(task: Task, raw: Side, matches: "NDArray[np.float32]") -> Side:
    """The raw side with word-for-word matches as its ids."""
    held: dict[int, set[str]] = {}
    asked = []
    for row, (item, question) in enumerate(zip(task.items, raw.questions, strict=True)):
        key = f"exact {_flat(item.surface)}"
        asked.append(replace(question, placeholders=frozenset({key})))
        for column in np.flatnonzero(matches[row]):
            held.setdefault(int(column), set()).add(key)
    items = [
        EmbeddedChunk(
            replace(item.chunk, placeholders=frozenset(held.get(number, ()))), item.vector
        )
        for number, item in enumerate(raw.items)
    ]
    return replace(raw, items=items, questions=asked)


def _chunks(safe: SafeDocument, own: Sequence[Paragraph], embedder: Embedder) -> list[Chunk]:
    """One chunk a paragraph, its `source.document` the paragraph's id."""
    chunks = []
    for block, paragraph in zip(safe.blocks, own, strict=True):
        source = Source(paragraph.id, paragraph.id, _SCOPE.tenant, "main", ("*",))
        one = SafeDocument(safe.document_id, safe.title, (block,), safe.placeholders)
        (chunk,) = chunk_document(one, source, settings=_WHOLE, count_tokens=embedder.count_tokens)
        chunks.append(chunk)
    return chunks


def _masked(text: str, marks: Sequence[Any], word: Callable[[str], str]) -> str:
    for mark in reversed(marks):
        text = text[: mark.start] + word(mark.label) + text[mark.end :]
    return text


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _scores(item: KnownItem, ranked: Sequence[str]) -> dict[str, float]:
    wanted = {item.paragraph}
    return {
        "recall_at_1": recall_at(ranked, wanted, 1),
        "recall_at_5": recall_at(ranked, wanted, 5),
        "mrr": reciprocal_rank(ranked, wanted, _DEPTH),
    }


def _figures(task: Task, found: Rankings, rows: Sequence[int], seed: int) -> dict[str, Any]:
    scores = [_scores(task.items[n], found[n]) for n in rows]
    cases = [task.items[n].case for n in rows]
    return {
        name: bootstrap([s[name] for s in scores], groups=cases, seed=seed).as_json()
        for name in ("recall_at_1", "recall_at_5", "mrr")
    }


def _differences(
    task: Task, found: Rankings, other: Rankings, rows: Sequence[int], seed: int
) -> dict[str, Any]:
    pairs = [(_scores(task.items[n], found[n]), _scores(task.items[n], other[n])) for n in rows]
    cases = [task.items[n].case for n in rows]
    return {
        name: bootstrap([a[name] - b[name] for a, b in pairs], groups=cases, seed=seed).as_json()
        for name in ("recall_at_1", "recall_at_5", "mrr")
    }
