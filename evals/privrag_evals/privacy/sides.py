"""The sides of a comparison: the same questions over raw text in memory, and as in production."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from privrag.chunk import ChunkSettings, chunk_document
from privrag.embed import Embedder, embedding_text, question_text
from privrag.errors import EvaluationError
from privrag.index import IndexSettings, open_index
from privrag.index.protocol import EmbeddedChunk, Index, IndexQuery
from privrag.pseudonymize import Detecting, pseudonymize_document, question_of
from privrag.records import BlockKind, Chunk, Entity, SafeDocument, Scope, Source
from privrag.retrieve import RetrieveSettings, query_of, retrieve
from privrag.vault import Vault
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
from privrag_evals.scratch_home import NoDetector
from privrag_evals.scratch_vault import scratch_vault

if TYPE_CHECKING:
    from numpy.typing import NDArray

Rankings = list[list[str]]
"""For each question the paragraphs found, best first."""

DEPTH = 100
"""So many paragraphs are looked at for each question."""
_SCOPE = Scope("default")
_WHOLE = ChunkSettings(size=2048)
"""A paragraph is one chunk in every system."""
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


class GoldDetector:
    """Finds exactly what people marked, in the task's paragraphs and questions."""

    def __init__(self, task: Task) -> None:
        self._found = {p.text: entities_of(p.text, p.marks) for p in task.paragraphs}
        self._found |= {i.text: entities_of(i.text, [i]) for i in task.items}

    def detect(self, blocks: Sequence[tuple[BlockKind, str]]) -> list[list[Entity]]:
        return [self._found.get(text, []) for _, text in blocks]


@dataclass(frozen=True, slots=True)
class Side:
    """Paragraphs and questions after pseudonymizing (or not), embedded."""

    items: list[EmbeddedChunk]
    queries: list[IndexQuery]

    @property
    def cosines(self) -> "NDArray[np.float32]":
        """Every question to every paragraph, (questions, paragraphs)."""
        asked = np.stack([query.vector for query in self.queries])
        found: NDArray[np.float32] = asked @ np.stack([item.vector for item in self.items]).T
        return found


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
                return await search_all(index, side, settings)
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
    return Side(
        [EmbeddedChunk(c, v) for c, v in zip(chunks, vectors, strict=True)],
        [query_of(q, v, vault) for q, v in zip(questions, asked, strict=True)],
    )


def raw_hybrid(task: Task, embedder: Embedder, settings: RetrieveSettings) -> Rankings:
    """Raw text through the same retrieval as ours, all of it in memory."""
    with scratch_vault() as (vault, _):
        raw = make_side(task, NoDetector(), vault, embedder)
    return asyncio.run(search_all(MemoryIndex(), raw, settings))


async def search_all(index: Index, side: Side, settings: RetrieveSettings) -> Rankings:
    """Every question of a side, through the retrieval of production."""
    await index.upsert(side.items)
    rankings = []
    for query in side.queries:
        hits = await retrieve(index, query, scope=_SCOPE, settings=settings)
        found = dict.fromkeys(hit.chunk.source.document for hit in hits)
        rankings.append(list(found)[:DEPTH])
    return rankings


def _chunks(safe: SafeDocument, own: Sequence[Paragraph], embedder: Embedder) -> list[Chunk]:
    """One chunk a paragraph, its `source.document` the paragraph's id."""
    chunks = []
    for block, paragraph in zip(safe.blocks, own, strict=True):
        source = Source(paragraph.id, paragraph.id, _SCOPE.tenant, "main", ("*",))
        one = SafeDocument(safe.document_id, safe.title, (block,), safe.placeholders)
        (chunk,) = chunk_document(one, source, settings=_WHOLE, count_tokens=embedder.count_tokens)
        chunks.append(chunk)
    return chunks
