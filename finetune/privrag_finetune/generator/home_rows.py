"""A home's data set as rows for its generator: what serving would show, and what it should say.

Each question is searched as it is when somebody asks, so the passages that do not answer are those
our own retrieval finds. Where the one that answers was found and would not be shown, it takes the
last place, and such rows are counted. Where no shown passage holds the answer, the right thing to
write is the refusal: never an answer from memory.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from privrag import pipeline
from privrag.choose import choose_passages, is_copy
from privrag.evidence import content_words, stem
from privrag.passages import Shown, show
from privrag.prompts import PromptSettings
from privrag.rag import AsyncRag
from privrag.records import Chunk, Hit, SafeText
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import PromptRow, prompt_of
from privrag_finetune.home_data import Asked
from privrag_finetune.questions.recorded import recorded_splits

Passages = Literal["any", "own"]
"""What stands beside the passage that answers: whatever is found, or only the same document's."""
_EVERYBODY = "*"
_SHOWN = 0.5
"""Of the answer's content words: more of them, and the passage is taken to show it."""
_PERHAPS = 0.75
"""Likewise: more of them, and another passage may answer as well."""


@dataclass(frozen=True, slots=True)
class HomeRows:
    """Rows, and why questions gave none."""

    rows: tuple[PromptRow, ...]
    skipped: dict[str, int]


def prompt_settings(settings: PromptSettings, recipe: GeneratorRecipe) -> PromptSettings:
    """The prompt of the tuned model: the home's with what the recipe says instead."""
    return settings.with_own(recipe.instructions, recipe.examples)


async def home_rows(
    rag: AsyncRag,
    asked: Sequence[Asked],
    recipe: GeneratorRecipe,
    *,
    seed: int,
    passages: Passages = "any",
) -> HomeRows:
    """A row for each question, and for a share of them a second one that abstains.

    Passages of documents of another split are not shown, nor such as not every reader of the
    question's own passage may read. The second row hides the document that answers, or with `own`
    only the passage, and copies of it. A question's rows are the same whatever is asked beside it,
    as far as a search finds the same passages.
    """
    prompts = prompt_settings(rag.settings.prompts, recipe)
    found = [await _hits(rag, one) for one in asked]
    documents = {hit.chunk.source.document for hits in found for hit in hits}
    split_of = recorded_splits(rag.home, documents)
    rows: list[PromptRow] = []
    skipped = Counter[str]()
    for one, every in zip(asked, found, strict=True):
        hits = [hit for hit in every if _may_be_shown(hit.chunk, one, split_of, passages)]
        row = _answering(rag, one, hits, prompts)
        if isinstance(row, str):
            skipped[row] += 1
        else:
            rows.append(row)
        draw = random.Random(f"{seed} {one.row.id}")  # noqa: S311 - no secret
        if draw.random() < recipe.abstain:
            without = _abstaining(rag, one, hits, prompts, passages)
            if isinstance(without, str):
                skipped[without] += 1
            else:
                rows.append(without)
    return HomeRows(tuple(rows), dict(skipped))


async def _hits(rag: AsyncRag, one: Asked) -> list[Hit]:
    """What a search finds, best first."""
    viewer = replace(rag.owner, reveal=False)
    return await pipeline.ranked(
        rag.stores, one.question, rag.parts, viewer=viewer, collection=one.row.collection
    )


def _may_be_shown(
    chunk: Chunk, one: Asked, split_of: Mapping[str, str], passages: Passages
) -> bool:
    is_own = chunk.source.document == one.row.document
    return (passages == "any" or is_own) and _may_stand_beside(chunk, one, split_of)


def _may_stand_beside(chunk: Chunk, one: Asked, split_of: Mapping[str, str]) -> bool:
    readers = set(chunk.source.acl)
    seen = _EVERYBODY in readers or set(one.row.acl) <= readers
    return seen and split_of.get(chunk.source.document, one.row.split) == one.row.split


def _answering(
    rag: AsyncRag, one: Asked, hits: Sequence[Hit], prompts: PromptSettings
) -> PromptRow | str:
    """The row with the passage that answers among those shown, or why there is none."""
    chosen = choose_passages(hits, k=prompts.passages, settings=rag.settings.choose)
    placed_last = not any(_answers(hit.chunk, one.chunk) for hit in chosen)
    if placed_last:
        own = next((h for h in hits if h.chunk.id == one.chunk.id), None)
        if own is None:
            return "passage not found"
        chosen = [*chosen[: prompts.passages - 1], own]
    shown = show(rag.stores, chosen, one.question, rag.embedder)
    for number, (place, text) in enumerate(shown.texts, 1):
        if _answers(shown.citable[place], one.chunk) and _held(text, one.row.answer) > _SHOWN:
            row = _row(one, shown, prompts, SafeText(f"{one.row.answer} [{number}]"))
            return replace(row, placed_last=placed_last)
    return "answer not shown"


def _abstaining(
    rag: AsyncRag, one: Asked, hits: Sequence[Hit], prompts: PromptSettings, passages: Passages
) -> PromptRow | str:
    """The row whose passages come from other places, or why there is none."""
    others = [
        hit
        for hit in hits
        if not _answers(hit.chunk, one.chunk)
        and not is_copy(hit.chunk, one.chunk)
        and (passages == "own" or hit.chunk.source.document != one.row.document)
    ]
    chosen = choose_passages(others, k=prompts.passages, settings=rag.settings.choose)
    shown = show(rag.stores, chosen, one.question, rag.embedder)
    if not shown.texts:
        return "nothing else found"
    if any(_held(text, one.row.answer) > _PERHAPS for _, text in shown.texts):
        return "another passage may answer"
    row = _row(one, shown, prompts, SafeText(prompts.refusal))
    return replace(row, id=f"{row.id}-without", abstains=True)


def _row(one: Asked, shown: Shown, prompts: PromptSettings, answer: SafeText) -> PromptRow:
    texts = [text for _, text in shown.texts]
    prompt = prompt_of(one.row.id, one.row.question, texts, prompts)
    shows = frozenset(shown.citable[place].source.document for place, _ in shown.texts)
    return PromptRow(one.row.id, one.row.document, prompt, answer, shows=shows)


def _answers(chunk: Chunk, right: Chunk) -> bool:
    return chunk.id == right.id or is_copy(right, chunk)


def _held(text: str, answer: str) -> float:
    """The share of the answer's content words that stand in the text."""
    words = {stem(word) for word in content_words(answer)}
    held = {stem(word) for word in content_words(text)}
    return len(words & held) / max(1, len(words))
