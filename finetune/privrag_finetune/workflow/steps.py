"""The steps, in order. Each says what it depends on, does it, and tells what lies there now.

    split       documents into train, validation and test      -> training/splits.json
    synthesize  asks for questions                             -> training/NAME/journal.jsonl
    filter      checks them, looks each up, freezes the rest   -> training/NAME/rows.jsonl
    feedback    accepted corrections, and a part of the rows   -> training/NAME-f-.../rows.jsonl
    train       weights on the training rows                   -> models/KIND/NAME/
    evaluate    with and without them, on the test rows        -> models/registry.json
    report      one page about all of that                     -> models/workflow/NAME.json, .md
    gate        may it serve? lets it, if the recipe says so   -> models/registry.json

What a step makes is called by the hash of what it depends on. So a step that was killed goes on
with its own, and one with other inputs makes something new beside it.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from privrag.errors import TrainingError
from privrag.rag import AsyncRag
from privrag.registry import ModelVersion, model_folder_of, promote, read_registry
from privrag.upkeep import sync_lock
from privrag_finetune.feedback import collect as feedback
from privrag_finetune.generator.home_generator import train_home_generator
from privrag_finetune.home_data import Order as ModelOrder
from privrag_finetune.home_reranker import train_home_reranker
from privrag_finetune.questions import synthesize as questions
from privrag_finetune.questions.make import split_key
from privrag_finetune.questions.readers import current_chunks
from privrag_finetune.questions.recipe import load_recipe
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
from privrag_finetune.questions.write import Writer
from privrag_finetune.workflow.ledger import Output
from privrag_finetune.workflow.recipe import Kind, WorkflowRecipe, file_sha256
from privrag_finetune.workflow.report import read_report, write_report

StepName = Literal[
    "split", "synthesize", "filter", "feedback", "train", "evaluate", "report", "gate"
]
STEPS: tuple[StepName, ...] = get_args(StepName)
_DIGITS = 8


class Trainer(Protocol):
    """Trains a home's model; with `measure` it also measures and registers it."""

    def __call__(
        self, rag: AsyncRag, order: ModelOrder, *, measure: bool = True
    ) -> Awaitable[dict[str, Any]]: ...


TRAINERS: dict[Kind, Trainer] = {
    "generator": train_home_generator,
    "reranker": train_home_reranker,
}
"""Called again with the same order, each takes weights that are there as they are."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the steps of one run share."""

    rag: AsyncRag
    recipe: WorkflowRecipe
    made: Mapping[StepName, Output]
    """What lies there of the steps before."""
    writer: Writer | None = None
    """Writes the questions; None: the home's generator."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of them."""

    name: StepName
    needs: tuple[StepName, ...]
    """Steps whose result it reads."""
    inputs: Callable[[Work], Awaitable[dict[str, str]]]
    """What else it depends on: name -> hash or value."""
    run: Callable[[Work, str], Awaitable[Output]]
    """Do it; the second argument is the hash of all inputs."""
    current: Callable[[Work, Output], Output | None]
    """What it left, as it is now; None if it is gone."""


# ------------------------------------------------------------------ split


async def _documents(work: Work) -> dict[str, str]:
    entries = sorted((e.document, e.content) for e in work.rag.documents())
    return {"documents": _sha256(entries), "questions": file_sha256(work.recipe.questions)}


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
    return Output("splits", _sha256(sorted(split_of.items())), Counter(split_of.values()))


# ------------------------------------------------------------------ synthesize, filter


async def _asked(work: Work) -> dict[str, str]:
    recipe, generate = work.recipe, work.rag.serving.own.generate
    return {
        **await _documents(work),
        "limit": str(recipe.limit),
        "seed": str(recipe.seed),
        "readers": _sha256([sorted(recipe.acl), recipe.across_acl, recipe.collection]),
        "generator": _sha256([generate.base_url, generate.model]),
    }


async def _synthesize(work: Work, key: str) -> Output:
    name = f"{work.recipe.name}-{key[:_DIGITS]}"
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
    return _sha256(sorted(line.model_dump_json() for line in lines))


# ------------------------------------------------------------------ feedback


async def _accepted(work: Work) -> dict[str, str]:
    found = await asyncio.to_thread(work.rag.feedback.queued, "accepted", limit=100_000)
    return {
        "accepted": _sha256(sorted(one.feedback.id for one in found)),
        "replay": f"{work.recipe.replay:g}",
        "seed": str(work.recipe.seed),
        "questions": file_sha256(work.recipe.questions),
    }


async def _feedback(work: Work, key: str) -> Output:
    """The data set with what reviewers accepted; without any, the one before as it is."""
    before, name = work.made["filter"], f"{work.recipe.name}-f-{key[:_DIGITS]}"
    if is_frozen(work.rag.home, name):
        return _set(work.rag.home, name)
    limits = load_recipe(work.recipe.questions)
    order = feedback.Order(before.name, name, work.recipe.replay, work.recipe.seed, limits)
    made = await feedback.collect(work.rag, order)
    return before if made["out"] is None else _set(work.rag.home, name)


# ------------------------------------------------------------------ train, evaluate


async def _training(work: Work) -> dict[str, str]:
    own = work.rag.serving.own
    base = own.generate.model if work.recipe.kind == "generator" else own.embed.model
    return {
        "kind": work.recipe.kind,
        "training": file_sha256(work.recipe.training),
        "seed": str(work.recipe.seed),
        "base": base or "",
    }


async def _train(work: Work, key: str) -> Output:
    name = f"{work.recipe.name}-{key[:_DIGITS]}"
    if _registered(work, name) is None:  # else killed behind its evaluation
        figures = await TRAINERS[work.recipe.kind](
            work.rag, _model_order(work, name), measure=False
        )
    else:
        figures = {}
    return Output(name, _weights_sha256(work, name), figures)


def _weights_now(work: Work, before: Output) -> Output | None:
    folder = model_folder_of(work.rag.home, work.recipe.kind, before.name)
    if not (folder / _TRAINED).is_file():
        return None
    return Output(before.name, _weights_sha256(work, before.name), before.figures)


async def _nothing_else(_work: Work) -> dict[str, str]:
    return {}


async def _evaluate(work: Work, _key: str) -> Output:
    name = work.made["train"].name
    if _registered(work, name) is None:
        await TRAINERS[work.recipe.kind](work.rag, _model_order(work, name))
    return _version(work, name)


def _version_now(work: Work, before: Output) -> Output | None:
    return None if _registered(work, before.name) is None else _version(work, before.name)


def _model_order(work: Work, name: str) -> ModelOrder:
    return ModelOrder(work.made["feedback"].name, name, work.recipe.training, work.recipe.seed)


def _registered(work: Work, name: str) -> ModelVersion | None:
    versions = read_registry(work.rag.home).versions
    return next((version for version in versions if version.name == name), None)


def _version(work: Work, name: str) -> Output:
    version = read_registry(work.rag.home).version(name)
    gates = dict(version.figures) | ({"ndcg_at_10": version.gate} if version.gate else {})
    figures: dict[str, Any] = {key: gate.model_dump() for key, gate in gates.items()}
    figures["checks"] = [check.model_dump() for check in version.checks]
    return Output(name, _sha256(version.model_dump(mode="json")), figures)


_TRAINED = "trained.json"


def _weights_sha256(work: Work, name: str) -> str:
    whole = hashlib.sha256()
    folder = model_folder_of(work.rag.home, work.recipe.kind, name)
    for path in (folder / _TRAINED, *sorted(folder.rglob("*.safetensors"))):
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


# ------------------------------------------------------------------ report, gate


async def _report(work: Work, _key: str) -> Output:
    version = read_registry(work.rag.home).version(work.made["evaluate"].name)
    sha256 = write_report(work.rag.home, version, {str(k): one for k, one in work.made.items()})
    return Output(version.name, sha256)


def _report_now(work: Work, before: Output) -> Output | None:
    sha256 = read_report(work.rag.home, before.name)
    return None if sha256 is None else Output(before.name, sha256)


async def _promotes(work: Work) -> dict[str, str]:
    return {"promote": str(work.recipe.promote)}


async def _gate(work: Work, _key: str) -> Output:
    """Whether it may serve; a model that may not is an outcome, not a failure."""
    name = work.made["evaluate"].name
    refusal = read_registry(work.rag.home).version(name).refusal
    if refusal is None and work.recipe.promote:
        await asyncio.to_thread(promote, work.rag.home, name)
    said = {
        "passed": refusal is None,
        "promoted": refusal is None and work.recipe.promote,
        "why": refusal or "",
    }
    return Output(name, _sha256(said), said)


def _as_it_was(_work: Work, before: Output) -> Output:
    return before


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


WORKFLOW: tuple[Step, ...] = (
    Step("split", (), _documents, _split, _splits_now),
    Step("synthesize", ("split",), _asked, _synthesize, _journal_now),
    Step("filter", ("synthesize",), _nothing_else, _filter, _set_now),
    Step("feedback", ("filter",), _accepted, _feedback, _set_now),
    Step("train", ("feedback",), _training, _train, _weights_now),
    Step("evaluate", ("feedback", "train"), _nothing_else, _evaluate, _version_now),
    Step(
        "report",
        ("split", "filter", "evaluate"),
        _nothing_else,
        _report,
        _report_now,
    ),
    Step("gate", ("evaluate", "report"), _promotes, _gate, _as_it_was),
)
"""In the order in which they run."""
