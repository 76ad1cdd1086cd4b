"""Steps that make a data set: split, synthesize, filter, feedback."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from privrag.errors import TrainingError
from privrag.upkeep import sync_lock
from privrag_finetune.feedback import collect as feedback
from privrag_finetune.questions import synthesize as questions
from privrag_finetune.questions.make import split_key
from privrag_finetune.questions.readers import current_chunks
from privrag_finetune.questions.recipe import hashed, load_recipe
from privrag_finetune.questions.recorded import recorded_splits
from privrag_finetune.questions.sample import Aim
from privrag_finetune.questions.split import Split
from privrag_finetune.questions.store import FOLDER as TRAINING
from privrag_finetune.questions.store import (
    JOURNAL,
    is_frozen,
    read_journal,
    read_manifest,
    read_rows,
    set_folder,
)
from privrag_finetune.workflow.ledger import Output
from privrag_finetune.workflow.recipe import file_sha256
from privrag_finetune.workflow.work import DIGITS, Step, Work, nothing_else


async def _documents(work: Work) -> dict[str, str]:
    entries = sorted((e.document, e.content) for e in work.rag.documents())
    return {"documents": hashed(entries), "questions": file_sha256(work.recipe.questions)}


async def _split(work: Work, _key: str) -> Output:
    rag = work.rag
    recipe = load_recipe(work.recipe.questions)
    chunks = await current_chunks(rag.stores)
    if not chunks:
        raise TrainingError("there is no passage in this home; take documents in: privrag sync")
    aim = Aim(recipe, "chat", "", 0, work.recipe.seed, split_key(rag.stores))
    with sync_lock(rag.home):
        (rag.home / TRAINING).mkdir(mode=0o700, exist_ok=True)
        divided = await asyncio.to_thread(questions.divide_documents, rag.home, chunks, aim)
    return _divided(divided.split_of)


def _splits_now(work: Work, _before: Output) -> Output | None:
    documents = [entry.document for entry in work.rag.documents() if entry.chunks]
    found = recorded_splits(work.rag.home, documents)
    return _divided(found) if len(found) == len(documents) else None


def _divided(split_of: Mapping[str, Split]) -> Output:
    return Output("splits", hashed(sorted(split_of.items())), Counter(split_of.values()))


async def _asked(work: Work) -> dict[str, str]:
    recipe, generate = work.recipe, work.rag.serving.own.generate
    return {
        **await _documents(work),
        "limit": str(recipe.limit),
        "seed": str(recipe.seed),
        "readers": hashed([sorted(recipe.acl), recipe.across_acl, recipe.collection]),
        "generator": hashed([generate.base_url, generate.model]),
    }


async def _synthesize(work: Work, key: str) -> Output:
    name = f"{work.recipe.name}-{key[:DIGITS]}"
    if is_frozen(work.rag.home, name):  # killed behind its filter, before that was noted
        return Output(name, read_manifest(work.rag.home, name).sha256)
    found = await questions.ask(work.rag, _order(work, name), work.writer)
    return Output(name, _journal_sha256(work.rag.home, name), found)


def _journal_now(work: Work, before: Output) -> Output | None:
    """The journal is gone once its rows are frozen; then what it was counts."""
    home = work.rag.home
    if is_frozen(home, before.name):
        return before
    journal = set_folder(home, before.name) / JOURNAL
    if not journal.exists():
        return None
    return Output(before.name, _journal_sha256(home, before.name), before.figures)


async def _filter(work: Work, _key: str) -> Output:
    """What `privrag train synthesize` does once every question is written."""
    name = work.made["synthesize"].name
    if not is_frozen(work.rag.home, name):
        await questions.synthesize(work.rag, _order(work, name), work.writer)
    return _set(work.rag.home, name)


def _set_now(work: Work, before: Output) -> Output | None:
    """As it is since an erasure, if there was one: what learnt from it then learns again."""
    home = work.rag.home
    return _set(home, before.name) if is_frozen(home, before.name) else None


def _order(work: Work, name: str) -> questions.Order:
    recipe = work.recipe
    return questions.Order(
        out=name,
        limit=recipe.limit,
        recipe=load_recipe(recipe.questions),
        seed=recipe.seed,
        acl=recipe.acl,
        across_acl=recipe.across_acl,
        collection=recipe.collection,
    )


def _set(home: Path, name: str) -> Output:
    read_rows(home, name)  # they are those it was frozen with
    made = read_manifest(home, name)
    return Output(name, made.sha256, {"rows": made.rows, "feedback": made.feedback, **made.splits})


def _journal_sha256(home: Path, name: str) -> str:
    lines = read_journal(set_folder(home, name) / JOURNAL)
    return hashed(sorted(line.model_dump_json() for line in lines))


async def _accepted(work: Work) -> dict[str, str]:
    found, doubted = await feedback.judged(work.rag)
    return {
        "accepted": hashed(sorted({one.feedback.id for one in found} - doubted)),
        "replay": f"{work.recipe.replay:g}",
        "seed": str(work.recipe.seed),
        "questions": file_sha256(work.recipe.questions),
    }


async def _feedback(work: Work, key: str) -> Output:
    """The data set with what reviewers accepted; without any, the one before as it is."""
    before, name = work.made["filter"], f"{work.recipe.name}-f-{key[:DIGITS]}"
    if is_frozen(work.rag.home, name):
        return _set(work.rag.home, name)
    limits = load_recipe(work.recipe.questions)
    order = feedback.Order(before.name, name, work.recipe.replay, work.recipe.seed, limits)
    made = await feedback.collect(work.rag, order)
    return before if made["out"] is None else _set(work.rag.home, name)


DATA_STEPS: tuple[Step, ...] = (
    Step("split", (), _documents, _split, _splits_now),
    Step("synthesize", ("split",), _asked, _synthesize, _journal_now),
    Step("filter", ("synthesize",), nothing_else, _filter, _set_now),
    Step("feedback", ("filter",), _accepted, _feedback, _set_now),
)
"""In the order in which they run."""
