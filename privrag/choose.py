"""Which of the ranked hits become passages: no copies, no more of one document than wanted.

Nothing found is lost: what is passed over stands behind everything else, so that a search for 50
still gives 50, and somebody who may read only one of two copies gets that one (what a viewer may
not read was left out by the index, long before).
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile

from pydantic import BaseModel, ConfigDict, Field

from privrag.evidence import content_words, stem
from privrag.records import Chunk, Hit

_WORD = re.compile(r"\w+(?:[.,:'’-]\w+)*")
_RUN = 5
_DIVERSIFIED = 50
"""Hits among which MMR chooses; what ranks lower is no rival of the first."""


class ChooseSettings(BaseModel):
    """Which of the ranked hits become passages. What is passed over comes behind the others."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    near_duplicates: float = Field(default=1.0, ge=0, le=1)
    """Share (0-1) of a hit's five-word runs that a better ranked one must hold for it to be passed
    over as a copy; 0 passes over none. A hit that has a number, a pseudonym or a capitalised word
    which the better one lacks is never a copy. At 1 a copy says nothing that the better one does
    not; lower values found nothing more on four sets: see docs/design/selection.md."""
    mmr_lambda: float = Field(default=1.0, ge=0, le=1)
    """Weight (0-1) of a hit's score beside its unlikeness to those before it, in words: maximal
    marginal relevance among the first 50. 1 is the score alone."""
    per_document: int = Field(default=0, ge=0, le=50)
    """Passages of one document at most (0-50), as long as others have any; 0 sets no limit."""


def choose_passages(hits: Sequence[Hit], *, k: int, settings: ChooseSettings) -> list[Hit]:
    """`k` of the hits, or all if there are fewer, in the order in which they count.

    The first of a larger `k` are those of a smaller one. Scores are left as they were found, so
    they need not fall.
    """
    ordered = _diversified(hits, settings.mmr_lambda) if settings.mmr_lambda < 1 else hits
    if not settings.near_duplicates and not settings.per_document:
        return list(ordered[:k])
    kept: list[Hit] = []
    behind: list[Hit] = []
    read: list[_Wording] = []
    taken = Counter[str]()
    for hit in ordered:
        if len(kept) == k:
            break
        document = hit.chunk.source.document
        if settings.per_document and taken[document] >= settings.per_document:
            behind.append(hit)
            continue
        if settings.near_duplicates:
            own = _Wording(hit.chunk)
            if any(own.is_copy_of(other, settings.near_duplicates) for other in read):
                behind.append(hit)
                continue
            read.append(own)
        taken[document] += 1
        kept.append(hit)
    return [*kept, *behind][:k]


def is_copy(chunk: Chunk, other: Chunk) -> bool:
    """Whether a passage says nothing, in its words, that the other does not say too."""
    return _Wording(chunk).is_copy_of(_Wording(other), share=1)


class _Wording:
    """What makes a passage the copy of another."""

    def __init__(self, chunk: Chunk) -> None:
        self._text = chunk.text
        written = set(_WORD.findall(f"{chunk.context}\n{chunk.text}"))
        self.facts = frozenset(w.casefold() for w in written if not (w.isalpha() and w.islower()))
        """Words that are not small letters alone (numbers, names), those of the context too."""

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        words = _WORD.findall(self._text.casefold())
        runs = frozenset(zip(*(words[i:] for i in range(_RUN)), strict=False))
        return runs or frozenset([tuple(words)])

    def is_copy_of(self, other: "_Wording", share: float) -> bool:
        if not self.facts <= other.facts:
            return False  # mostly so, and then nobody has to compare the runs
        return len(self.runs & other.runs) >= share * len(self.runs)


def _diversified(hits: Sequence[Hit], weight: float) -> list[Hit]:
    """The first hits by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998), the rest.

    Only hits of one stage are compared: behind a reranker, those that it read. Relevance is the
    score's place between the best and the worst of them; likeness the cosine of the sets of content
    words. Of equals the better ranked comes first.
    """
    same_stage = takewhile(lambda hit: hit.stage == hits[0].stage, hits[:_DIVERSIFIED])
    rivals = list(same_stage)
    words = [frozenset(map(stem, content_words(hit.chunk.text))) for hit in rivals]
    scores = [hit.score for hit in rivals]
    worst, span = min(scores, default=0.0), max(scores, default=0.0) - min(scores, default=0.0)
    worth = [weight * ((score - worst) / span if span > 0 else 1.0) for score in scores]
    likeness = [0.0] * len(rivals)  # of each to the most alike that was chosen
    left = list(range(len(rivals)))
    order: list[int] = []
    while left:
        best = max(left, key=lambda n: worth[n] - (1 - weight) * likeness[n])
        left.remove(best)
        order.append(best)
        for n in left:
            likeness[n] = max(likeness[n], _cosine(words[n], words[best]))
    return [*(rivals[n] for n in order), *hits[len(rivals) :]]


def _cosine(one: frozenset[str], other: frozenset[str]) -> float:
    """Of two sets of words, 0 to 1."""
    return len(one & other) / (len(one) * len(other)) ** 0.5 if one and other else 0.0
