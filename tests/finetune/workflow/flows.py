"""A workflow over the rooms with a trainer that counts its calls, for the tests of its steps."""

import json
import sqlite3
from contextlib import closing

from privrag.registry import (
    FOLDER,
    Gate,
    ModelVersion,
    model_folder_of,
    read_registry,
    register,
)
from privrag_finetune.fit import FINISHED
from privrag_finetune.home_data import now
from privrag_finetune.questions.store import note_model, read_manifest
from privrag_finetune.workflow.ledger import FILE
from privrag_finetune.workflow.recipe import WorkflowRecipe
from privrag_finetune.workflow.run import run_workflow
from tests.finetune.questions.made import Scribe, honest, with_rooms
from tests.generators import generator_version

RECIPE = WorkflowRecipe(name="weekly", kind="reranker", limit=10)


class CountingTrainer:
    """Writes what it was asked for as weights; its gain is as it was told."""

    def __init__(self, low: float = 0.1) -> None:
        self.calls: list[bool] = []
        self._low = low

    async def __call__(self, rag, order, *, measure=True):
        self.calls.append(measure)
        folder = model_folder_of(rag.home, "reranker", order.name)
        folder.mkdir(parents=True, exist_ok=True)
        data = read_manifest(rag.home, order.data)
        (folder / "trained.json").write_text(json.dumps([order.data, data.sha256]))
        if measure:
            gate = Gate(
                questions=9,
                documents=7,
                without=0.5,
                with_it=0.7,
                difference=0.2,
                ci95=(self._low, 0.3),
            )
            version = ModelVersion(
                kind="reranker",
                name=order.name,
                created=now(),
                data=order.data,
                data_sha256=data.sha256,
                base="tiny",
                seed=order.seed,
                examples=data.splits["train"],
                pairs=1,
                seconds=1.0,
                correction=1.0,
                gate=gate,
            )
            note_model(rag.home, order.data, order.name)
            register(rag.home, version)
        return {"loss": 0.1}


class GeneratorTrainer:
    """Its generators gain over the base and over what serves."""

    async def __call__(self, rag, order, *, measure=True):
        folder = model_folder_of(rag.home, "generator", order.name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FINISHED).write_text("{}")
        if measure:
            serving = read_registry(rag.home).serving("generator")
            beside = None if serving is None else serving.name
            register(rag.home, generator_version(order.name, beside=beside))
        return {"loss": 0.1}


async def flow(rag, trainer, recipe=RECIPE, *, writer=None, **options):
    """Step -> what became of it."""
    trainers = dict.fromkeys(("reranker", "generator"), trainer)
    own = {"writer": writer or Scribe(honest), "trainers": trainers}
    ran = await run_workflow(rag, recipe, **own, **options)
    return {step.step: step for step in ran.steps}


def states(done):
    return {name: step.state for name, step in done.items()}


def states_of_runs(home):
    """Of every run, oldest first."""
    with closing(sqlite3.connect(home / FOLDER / FILE)) as db:
        return [state for (state,) in db.execute("SELECT state FROM runs ORDER BY id")]


def in_rooms(tmp_path, work, *, sync=True, **overrides):
    own = {"feedback": {"consent": True}, "cite": {"min_relevance": -1}, **overrides}
    return with_rooms(tmp_path, work, overrides=own, sync=sync)
