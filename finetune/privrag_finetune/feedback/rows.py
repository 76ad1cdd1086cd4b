"""One accepted correction as a row: the passage that holds it, or why there is none.

its own passages, and what a search for it finds -> readers -> names and words it holds -> split
"""

from collections.abc import Mapping
from dataclasses import dataclass

from privrag.evidence import content_words, coverage
from privrag.feedback import Queued
from privrag.intake import Stores
from privrag.pipeline import Models, search
from privrag.pseudonym import placeholders
from privrag.records import Chunk, Question, Viewer
from privrag_finetune.questions.checks import answer_not_grounded, placeholder_lost
from privrag_finetune.questions.make import entities_of, rank_of
from privrag_finetune.questions.prompt import Pair
from privrag_finetune.questions.readers import readers_of
from privrag_finetune.questions.recipe import Limits
from privrag_finetune.questions.rows import Row
from privrag_finetune.questions.sample import chunk_sha256
from privrag_finetune.questions.split import Split

REASONS = (
    "outlier",
    "no_text",
    "no_passage",
    "placeholder_lost",
    "answer_not_grounded",
    "kept_for_measuring",
    "asked_in_test",
    "near_duplicate",
)
"""Why an accepted correction gives no row, in the order in which it is asked."""
_BY = "people"
"""Stands where a written row names its model."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What corrections are held against."""

    stores: Stores
    models: Models
    chunks: Mapping[str, Chunk]
    """Every current passage, by id."""
    split_of: Mapping[str, Split]
    """Where each document is."""
    readers: tuple[str, ...]
    """Of the data set; empty: of several kinds."""
    limits: Limits


async def row_of(one: Queued, ground: Ground) -> Row | str:
    """The row, or one of `REASONS`."""
    question, right = one.answer.question, one.feedback.correction
    if question is None or right is None:
        return "no_text"
    pair = Pair(question, right)
    near = await _candidates(one, pair, ground)
    if not near:
        return "no_passage"
    given = content_words(question)
    chunk = max(near, key=lambda c: coverage(right, c, given=given))
    for check in (placeholder_lost, answer_not_grounded):
        if check(pair, chunk, ground.limits):
            return check.__name__
    if ground.split_of[chunk.source.document] != "train":
        return "kept_for_measuring"
    rank = await rank_of(ground.stores, ground.models, chunk, question, ground.limits.found_among)
    return Row(
        id=one.feedback.id,
        question=question,
        answer=right,
        split="train",
        category="feedback",
        difficulty=one.feedback.reason or "other",
        chunk=chunk.id,
        chunk_sha256=chunk_sha256(chunk),
        document=chunk.source.document,
        version=chunk.source.version,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        collection=chunk.source.collection,
        acl=readers_of(chunk.source.acl),
        entities=entities_of(chunk, pair),
        prompt_version=_BY,
        model=_BY,
        rank=rank,
        origin="feedback",
    )


async def _candidates(one: Queued, pair: Pair, ground: Ground) -> list[Chunk]:
    """Passages that may hold the correction: the answer's own first, the cited ones before others.

    The right passage may be one that the question did not find, so the correction is searched for,
    too.
    """
    passages = sorted(one.answer.passages, key=lambda passage: not passage.cited)
    own = [ground.chunks[p.chunk] for p in passages if p.chunk in ground.chunks]
    wanted = Question(pair.answer, placeholders(pair.answer))
    viewer = Viewer("owner", tenant=ground.stores.settings.tenant, owner=True)
    hits = await search(
        ground.stores,
        wanted,
        ground.models,
        viewer=viewer,
        collection=None,
        k=ground.limits.found_among,
    )
    found = [ground.chunks[hit.chunk.id] for hit in hits if hit.chunk.id in ground.chunks]
    readers = ground.readers
    return [c for c in (*own, *found) if not readers or readers_of(c.source.acl) == readers]
