"""Questions with what retrieval ranks for them, as trainers take them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from privrag import pipeline
from privrag.choose import ChooseSettings
from privrag.embed import embedding_text, question_text
from privrag.pseudonym import bare
from privrag.records import Chunk, Hit, SafeText
from privrag.rerank import passage_text
from privrag.retrieve import RetrieveSettings
from privrag.tuning import Candidate, Example
from privrag_evals.scratch_home import (
    OWNER,
    Filled,
    document_named,
    documents_by_version,
    searched_in,
)
from privrag_evals.suites import Asked
from privrag_evals.tuning.questions import Known

TextOf = Callable[[Chunk], str]
_DEPTH = 60
"""Passages kept of each question; hard and random negatives are drawn from them."""


@dataclass(frozen=True, slots=True)
class Searched:
    """A question, its safe text, and what retrieval ranks for it, best first."""

    asked: Asked
    text: SafeText = field(repr=False)
    hits: tuple[Hit, ...] = field(repr=False)


async def search_each(
    home: Filled, questions: Sequence[Known], settings: RetrieveSettings
) -> list[Searched]:
    """What retrieval with these settings finds; as deep as is reranked, or deeper.

    In the order of its scores, as a reranker gets it: passages are chosen behind that.
    """
    unchosen = ChooseSettings(near_duplicates=0, mmr_lambda=1, per_document=0)
    own = home.stores.settings.model_copy(update={"retrieve": settings, "choose": unchosen})
    stores = replace(home.stores, settings=own)
    models = replace(home.models, reranker=None)
    k = max(_DEPTH, own.rerank.candidates)
    found = []
    for one in questions:
        hits = await pipeline.search(
            stores, one.question, models, viewer=OWNER, collection=searched_in(one.asked), k=k
        )
        found.append(Searched(one.asked, one.question.text, tuple(hits)))
    return found


async def examples_of(
    home: Filled, searched: Sequence[Searched], *, for_reranker: bool
) -> list[Example]:
    """An example for each question, with the passages that answer it wherever they rank.

    Chunks of a document that answers all count as answers.
    """
    text_of: TextOf = passage_text if for_reranker else embedding_text
    answers = await _chunks_by_document(home)
    examples = []
    for one in searched:
        ranked = {h.chunk.id: _candidate(h, one.asked, text_of) for h in one.hits[:_DEPTH]}
        lowest = min((c.score for c in ranked.values()), default=0.0)
        for document, gain in one.asked.gains.items():
            for chunk in answers.get(document, ()) if gain > 0 else ():
                missed = Candidate(chunk.id, text_of(chunk), gain, lowest)
                ranked.setdefault(chunk.id, missed)
        examples.append(_example(one, ranked.values(), for_reranker=for_reranker))
    return examples


def served_examples(searched: Sequence[Searched], candidates: int) -> list[Example]:
    """What a reranker gets to see when it is served: the first hits, and no answer beside them."""
    return [
        _example(
            one,
            [_candidate(h, one.asked, passage_text) for h in one.hits[:candidates]],
            for_reranker=True,
        )
        for one in searched
    ]


def _example(one: Searched, candidates: Iterable[Candidate], *, for_reranker: bool) -> Example:
    asked = one.asked
    return Example(
        asked.id,
        bare(one.text) if for_reranker else question_text(one.text),
        next(iter(asked.gains), "") if asked.group is None else asked.group,
        tuple(candidates),
    )


async def _chunks_by_document(home: Filled) -> dict[str, list[Chunk]]:
    documents = documents_by_version(home)
    chunks: dict[str, list[Chunk]] = {}
    async for item in home.stores.index.scroll():
        chunks.setdefault(documents[item.chunk.source.version], []).append(item.chunk)
    return chunks


def _candidate(hit: Hit, asked: Asked, text_of: TextOf) -> Candidate:
    gain = asked.gains.get(document_named(hit.uri), 0.0)
    return Candidate(hit.chunk.id, text_of(hit.chunk), gain, hit.score)
