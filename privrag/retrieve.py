"""Fuse what the index found: dense and sparse by their scores, exact ids on top.

Each leg's scores are divided by its best one; a hit's score is their weighted mean, 1 for one that
leads both legs (a convex combination: Bruch, Gai and Ingber, ACM TOIS 42(1), 2023). A chunk that
holds the ids which the question names then gets up to `id_weight` more; one that holds, word for
word, what the question names in clear (a date, a number, capitalised words) up to `exact_weight`.
BM25 alone takes the parts of a date for three common words.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from privrag.index.protocol import Index, IndexQuery, LegHits
from privrag.pseudonym import IN_CLEAR_ELSEWHERE, PATTERN, label
from privrag.records import Hit, Question, SafeText, Scope, Viewer
from privrag.vault import Vault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAMING_WORD = r"(?:[^\W\d_a-z][\w’'.-]*\w|\d[\w.,:/-]*\w|\d)"
_NAMED = re.compile(
    rf"(?<!\w){_NAMING_WORD}(?:\s+(?:(?:of|the|and|de|der|van|von)\s+)?{_NAMING_WORD})*(?!\w)"
)
_FIRST_WORD = re.compile(r"\W*\w+")


class RetrieveSettings(BaseModel):
    """How candidates are found and fused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    candidates: int = Field(default=100, ge=1, le=1000)
    """Hits taken from each leg (1-1000)."""
    dense_weight: float = Field(default=1.0, ge=0, le=10)
    """Weight of the dense leg (0-10); 0 leaves it out."""
    sparse_weight: float = Field(default=1.0, ge=0, le=10)
    """Weight of the BM25 leg (0-10); 0 leaves it out."""
    id_weight: float = Field(default=0.5, ge=0, le=10)
    """Weight of exact id matches (0-10): at 1 a chunk with every id that the question names is
    lifted as much as one that leads both other legs. Ids of places, firms, dates and the like have
    `exact_weight`: other documents hold them in clear. 0 leaves all ids out."""
    exact_weight: float = Field(default=0.25, ge=0, le=10)
    """The same for what the question names in clear: dates, numbers, capitalised words (0-10), and
    for ids of places and the like. 0 to 2 were tried with `id_weight` on four sets: see
    docs/design/fusion-by-scores.md."""


def scope_of(viewer: Viewer, collection: str | None = None, *, hidden: Sequence[str] = ()) -> Scope:
    """What a viewer may search: tenant, collections and ACL, for the engine to apply.

    A collection that the viewer may not search gives a scope that nothing is in.
    """
    allowed = viewer.collections
    if collection is not None:
        wanted = {collection} if allowed is None else {collection} & allowed
        allowed = frozenset(wanted)
    return Scope(
        tenant=viewer.tenant,
        collections=None if allowed is None else tuple(sorted(allowed)),
        principals=None if viewer.owner else viewer.principals,
        hidden=tuple(hidden),
    )


def query_of(question: Question, vector: "NDArray[np.float32]", vault: Vault) -> IndexQuery:
    """What is looked for, and by which ids: also by those of people whom a name may mean.

    `vector` is the question's, (dimensions,).
    """
    asked = {p: p for p in question.placeholders} | question.may_mean
    led = vault.led_by(asked)
    further = question.may_mean | {other: asked[one] for other, one in led.items()}
    return IndexQuery(
        vector,
        question.keywords or question.text,
        question.placeholders | further.keys(),
        stands_for=further,
    )


async def retrieve(
    index: Index, query: IndexQuery, *, scope: Scope, settings: RetrieveSettings
) -> list[Hit]:
    """Fused candidates, best first; at most three times `candidates`."""
    legs = await index.search(query, scope=scope, limit=settings.candidates)
    return fuse_for(query, legs, settings)


def fuse_for(query: IndexQuery, legs: LegHits, settings: RetrieveSettings) -> list[Hit]:
    """What the legs found for this query, fused."""
    return fuse(
        legs,
        query.placeholders,
        settings,
        stands_for=query.stands_for,
        named=named_in_clear(query.text),
    )


def named_in_clear(question: SafeText) -> frozenset[str]:
    """Runs of capitalised words and numbers behind the first word of a question, case folded.

    Pseudonyms are not among them: ids are matched by themselves.
    """
    clear = PATTERN.sub("?", question)
    first = _FIRST_WORD.match(clear)
    runs = _NAMED.finditer(clear, first.end() if first else 0)
    return frozenset(
        " ".join(run[0].casefold().split())
        for run in runs
        if any(c.isupper() or c.isdigit() for c in run[0])
    )


def fuse(
    legs: LegHits,
    wanted: frozenset[str],
    settings: RetrieveSettings,
    *,
    stands_for: Mapping[str, str] | None = None,
    named: frozenset[str] = frozenset(),
) -> list[Hit]:
    """Fused hits, best first; equal scores in the order of ids, so that a run can be repeated.

    `stands_for` has ids that count as another one: several of one person. `named` are words to be
    held as they are: see `named_in_clear`.
    """
    same = stands_for or {}
    asked = {same.get(p, p) for p in wanted}
    by_id = legs.by_id if asked and settings.id_weight > 0 else ()
    scores = _means(
        ((*legs.dense, *by_id), settings.dense_weight), (legs.sparse, settings.sparse_weight)
    )
    hits = {hit.chunk.id: hit for hit in (*by_id, *legs.sparse, *legs.dense)}
    lifts = {p: _weight_of(p, settings) / len(asked) for p in asked if by_id}
    exact = settings.exact_weight if named else 0.0
    fused = []
    for key in scores.keys() | {hit.chunk.id for hit in by_id}:
        chunk = hits[key].chunk
        held = {same.get(p, p) for p in chunk.placeholders}
        score = scores.get(key, 0.0) + sum(lift for p, lift in lifts.items() if p in held)
        if exact > 0:
            score += exact * _share_held(named, f"{chunk.context}\n{chunk.text}")
        fused.append(replace(hits[key], score=score, stage="fused"))
    return sorted(fused, key=lambda hit: (-hit.score, hit.chunk.id))


def blend(rankings: Sequence[tuple[Sequence[Hit], float]]) -> list[Hit]:
    """Fused hits of several queries as one: the weighted sum of their scores, best first.

    A chunk that a query did not find has 0 from it.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    hits: dict[str, Hit] = {}
    for found, weight in rankings:
        for hit in found:
            scores[hit.chunk.id] += weight * hit.score
            hits.setdefault(hit.chunk.id, hit)
    summed = [replace(hit, score=scores[key]) for key, hit in hits.items()]
    return sorted(summed, key=lambda hit: (-hit.score, hit.chunk.id))


def _means(*legs: tuple[Sequence[Hit], float]) -> dict[str, float]:
    """Chunk -> the weighted mean of its shares of each leg's best score; not found counts 0."""
    total = sum(weight for _, weight in legs)
    scores: defaultdict[str, float] = defaultdict(float)
    for leg, weight in legs:
        if weight > 0:
            best = max((hit.score for hit in leg), default=0.0)
            for key, score in {hit.chunk.id: hit.score for hit in leg}.items():
                scores[key] += weight / total * (max(score, 0.0) / best if best > 0 else 0.0)
    return scores


def _weight_of(pseudonym: str, settings: RetrieveSettings) -> float:
    """A place or a date has an id in one document and stands in clear in another: one weight."""
    return settings.exact_weight if label(pseudonym) in IN_CLEAR_ELSEWHERE else settings.id_weight


def _share_held(named: frozenset[str], text: str) -> float:
    """Which share of these runs of words stands in the text as whole words, case aside."""
    folded = text.casefold()
    if "\n" in folded or "  " in folded:
        folded = " ".join(folded.split())
    return sum(_stands_in(words, folded) for words in named) / len(named)


def _stands_in(words: str, folded: str) -> bool:
    at = folded.find(words)
    while at >= 0:
        end = at + len(words)
        if not (at > 0 and folded[at - 1].isalnum()) and not folded[end : end + 1].isalnum():
            return True
        at = folded.find(words, at + 1)
    return False
