"""Questions with what retrieval ranks for them, as trainers take them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from privrag import pipeline
from privrag.embed import embedding_text, question_text
from privrag.pseudonym import bare
from privrag.records import Chunk, Hit, SafeText
from privrag.rerank import passage_text
from privrag.retrieve import RetrieveSettings
from privrag.tuning import Candidate, Example
from privrag_evals.scratch_home import OWNER, Filled, collection_of, document_named
from privrag_evals.suites import Asked

TextOf = Callable[[Chunk], str]
_DEPTH = 60
"""Passages kept of each question; hard and random negatives are drawn from them."""


async def examples_of(
    home: Filled, questions: Sequence[Asked], settings: RetrieveSettings, *, for_reranker: bool
) -> list[Example]:
    """An example for each question, with the passages that answer it wherever they rank.

    Chunks of a document that answers all count as answers.
    """
    text_of: TextOf = passage_text if for_reranker else embedding_text
    answers = await _chunks_by_document(home)
    examples = []
    for asked in questions:
        text, hits = await _found(home, asked, settings)
        ranked = {hit.chunk.id: _candidate(hit, asked, text_of) for hit in hits[:_DEPTH]}
        lowest = min((c.score for c in ranked.values()), default=0.0)
        for document, gain in asked.gains.items():
            for chunk in answers.get(document, ()) if gain > 0 else ():
                missed = Candidate(chunk.id, text_of(chunk), gain, lowest)
                ranked.setdefault(chunk.id, missed)
        examples.append(
            Example(
                asked.id,
                bare(text) if for_reranker else question_text(text),
                asked.group or next(iter(asked.gains), ""),
                tuple(ranked.values()),
            )
        )
    return examples


async def _found(
    home: Filled, asked: Asked, settings: RetrieveSettings
) -> tuple[SafeText, list[Hit]]:
    own = home.stores.settings.model_copy(update={"retrieve": settings})
    stores = replace(home.stores, settings=own)
    models = replace(home.models, reranker=None)
    (question,) = await pipeline.to_questions(stores, [asked.text], models)
    collection = None if asked.group is None else collection_of(asked.group)
    hits = await pipeline.search(
        stores, question, models, viewer=OWNER, collection=collection, k=_DEPTH
    )
    return question.text, hits


async def _chunks_by_document(home: Filled) -> dict[str, list[Chunk]]:
    documents = {e.version: document_named(e.uri) for e in home.stores.manifest.entries()}
    chunks: dict[str, list[Chunk]] = {}
    async for item in home.stores.index.scroll():
        chunks.setdefault(documents[item.chunk.source.version], []).append(item.chunk)
    return chunks


def _candidate(hit: Hit, asked: Asked, text_of: TextOf) -> Candidate:
    gain = asked.gains.get(document_named(hit.uri), 0.0)
    return Candidate(hit.chunk.id, text_of(hit.chunk), gain, hit.score)
