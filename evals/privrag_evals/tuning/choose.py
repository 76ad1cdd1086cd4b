"""Weights of fusion and a reranker's correction, chosen by how validation is ranked with them."""

from collections.abc import Mapping, Sequence

from privrag.embed import question_text
from privrag.gate.correction import ReadAgain
from privrag.gate.correction import best_correction as correction_for
from privrag.gate.fusion import DENSE_SHARES, best_of
from privrag.index.protocol import IndexQuery, LegHits
from privrag.pseudonym import bare
from privrag.rerank import Reranker, passage_text
from privrag.retrieve import RetrieveSettings, fuse_for, query_of, scope_of
from privrag_evals.scratch_home import (
    OWNER,
    Filled,
    document_named,
    documents_by_version,
    searched_in,
)
from privrag_evals.tuning.examples import Searched
from privrag_evals.tuning.questions import Known


async def best_weights(
    home: Filled, questions: Sequence[Known], settings: RetrieveSettings
) -> RetrieveSettings:
    """Those of `DENSE_SHARES` that rank these questions best; of equals the smaller share.

    Each question is searched once: what the legs find does not depend on their weights.
    """
    documents = documents_by_version(home)
    found = [await _legs(home, one, settings.candidates) for one in questions]

    def ranked(own: RetrieveSettings) -> list[list[str]]:
        return [_fused(query, legs, own, documents) for query, legs in found]

    shares = [
        settings.model_copy(update={"dense_weight": share, "sparse_weight": round(1 - share, 2)})
        for share in DENSE_SHARES
    ]
    return best_of(shares, ranked, [one.asked.gains for one in questions])


async def best_correction(
    searched: Sequence[Searched], reranker: Reranker, *, candidates: int, scale: float
) -> float:
    """The one with which these questions are ranked best, as they are served.

    Only the first `candidates` hits are read again; those behind them follow in their order.
    """
    logits = [
        await reranker.score(
            bare(one.text), [passage_text(hit.chunk) for hit in one.hits[:candidates]]
        )
        for one in searched
    ]
    read = [
        ReadAgain(
            ids=[document_named(hit.uri) for hit in one.hits],
            scores=[hit.score for hit in one.hits],
            logits=own,
            gains=one.asked.gains,
        )
        for one, own in zip(searched, logits, strict=True)
    ]
    return correction_for(read, scale=scale)


async def _legs(home: Filled, one: Known, limit: int) -> tuple[IndexQuery, LegHits]:
    stores, models = home.stores, home.models
    (vector,) = models.embedder.embed([question_text(one.question.text)])
    query = query_of(one.question, vector, stores.vault)
    scope = scope_of(OWNER, searched_in(one.asked), hidden=stores.manifest.leftovers())
    return query, await stores.index.search(query, scope=scope, limit=limit)


def _fused(
    query: IndexQuery, legs: LegHits, settings: RetrieveSettings, documents: Mapping[str, str]
) -> list[str]:
    versions = (hit.chunk.source.version for hit in fuse_for(query, legs, settings))
    return [documents[version] for version in versions if version in documents]
