"""Fuse what the index found: dense and sparse by reciprocal rank, exact ids on top.

Reciprocal rank fusion as in Cormack, Clarke and Buettcher, SIGIR 2009: a hit's score is the sum
over the legs of weight / (60 + rank), rank from 1. A chunk that holds the ids which the question
names then gets up to `id_weight` times the best score that the two legs together can give; one that
holds, word for word, what the question names in clear (a date, a number, capitalised words) up to
`exact_weight` times. BM25 alone takes the parts of a date for three common words.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from privrag.index.protocol import Index, IndexQuery, LegHits
from privrag.pseudonym import PATTERN
from privrag.records import Hit, SafeText, Scope, Viewer

_RANK_CONSTANT = 60
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

    candidates: int = Field(default=50, ge=1, le=1000)
    """Hits taken from each leg (1-1000)."""
    dense_weight: float = Field(default=1.0, ge=0, le=10)
    """Weight of the dense leg (0-10); 0 leaves it out."""
    sparse_weight: float = Field(default=1.0, ge=0, le=10)
    """Weight of the BM25 leg (0-10); 0 leaves it out."""
    id_weight: float = Field(default=1.0, ge=0, le=10)
    """Weight of exact id matches (0-10): at 1 a chunk with every id that the question names is
    lifted as much as one that leads both other legs."""
    exact_weight: float = Field(default=0.5, ge=0, le=10)
    """The same for what the question names in clear: dates, numbers, capitalised words (0-10).
    .25 to 1 were tried on half of TAB; .5 did as well as 1 and .25 much less."""


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


async def retrieve(
    index: Index, query: IndexQuery, *, scope: Scope, settings: RetrieveSettings
) -> list[Hit]:
    """Fused candidates, best first; at most three times `candidates`."""
    legs = await index.search(query, scope=scope, limit=settings.candidates)
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
    people = {same.get(p, p) for p in wanted}
    hits: dict[str, Hit] = {}
    scores: defaultdict[str, float] = defaultdict(float)
    weighted: Sequence[tuple[Sequence[Hit], float]] = (
        (legs.dense, settings.dense_weight),
        (legs.sparse, settings.sparse_weight),
    )
    for leg, weight in weighted:
        if weight > 0:
            for rank, hit in enumerate(leg, 1):
                hits.setdefault(hit.chunk.id, hit)
                scores[hit.chunk.id] += weight / (_RANK_CONSTANT + rank)
    best = (settings.dense_weight + settings.sparse_weight) / (_RANK_CONSTANT + 1)
    if wanted and settings.id_weight > 0:
        for hit in legs.by_id:
            hits.setdefault(hit.chunk.id, hit)
        for key, hit in hits.items():
            held = {same.get(p, p) for p in hit.chunk.placeholders}
            share = len(people & held) / len(people)
            scores[key] += settings.id_weight * best * share
    if named and settings.exact_weight > 0:
        for key, hit in hits.items():
            share = _share_held(named, f"{hit.chunk.context}\n{hit.chunk.text}")
            scores[key] += settings.exact_weight * best * share
    fused = [replace(hit, score=scores[key], stage="fused") for key, hit in hits.items()]
    return sorted(fused, key=lambda hit: (-hit.score, hit.chunk.id))


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
