"""Runs a workflow: only the steps whose result is not there for what there is now.

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

For each step, in order: hash of what it depends on -> done before for the same, and still there?
-> keep it; else do it -> note what it left. What it left, as it is now, is what the next depends
on. So a changed document, recipe or row repeats the steps behind it, and no other.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from privrag.errors import TrainingError
from privrag.rag import AsyncRag
from privrag_finetune.questions.recipe import hashed
from privrag_finetune.questions.write import Writer
from privrag_finetune.workflow.data_steps import DATA_STEPS
from privrag_finetune.workflow.ledger import Done, Ledger, Output
from privrag_finetune.workflow.model_steps import MODEL_STEPS
from privrag_finetune.workflow.recipe import Kind, WorkflowRecipe
from privrag_finetune.workflow.work import STEPS, TRAINERS, Step, StepName, Trainer, Work

WORKFLOW = (*DATA_STEPS, *MODEL_STEPS)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run did."""

    run: int
    steps: tuple[Done, ...]


async def run_workflow(
    rag: AsyncRag,
    recipe: WorkflowRecipe,
    *,
    steps: Sequence[StepName] = STEPS,
    writer: Writer | None = None,
    trainers: Mapping[Kind, Trainer] = TRAINERS,
    tell: Callable[[StepName, str], None] = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
) -> Ran:
    """Run these steps (all of them); others must have been done for what there is now.

    `tell` hears of each step what becomes of it: `kept` or `runs`; `say` hears the plan of a
    private training before anything is spent. Raises TrainingError where an
    earlier step is missing or a workflow of this home runs already, and what a step raises.
    """
    work = Work(rag, recipe, {}, writer, trainers, say)
    last = max(STEPS.index(name) for name in steps)
    with closing(Ledger(rag.home)) as ledger, ledger.run(recipe.name) as run:
        for step in WORKFLOW[: last + 1]:
            inputs = await _inputs(step, work)
            key = hashed([step.name, inputs])
            left = _still_there(ledger, step, work, key)
            if left is None and step.name not in steps:
                raise TrainingError(
                    f"the step {step.name} is not done for the documents, rows and recipes that "
                    f"are there now; run it first: privrag train run --step {step.name}"
                )
            number = ledger.begin(run, step.name, inputs, key)
            tell(step.name, "runs" if left is None else "kept")
            if left is None:
                left = await _done(ledger, number, step, work, key)
            else:
                ledger.end(number, "kept", left)
            work = replace(work, made={**work.made, step.name: left})
        return Ran(run, tuple(ledger.steps_of(run)))


async def _inputs(step: Step, work: Work) -> dict[str, str]:
    return {
        **await step.inputs(work),
        **{f"{name}: {work.made[name].name}": work.made[name].sha256 for name in step.needs},
    }


def _still_there(ledger: Ledger, step: Step, work: Work, key: str) -> Output | None:
    before = ledger.found(step.name, key)
    return None if before is None else step.current(work, before)


async def _done(ledger: Ledger, number: int, step: Step, work: Work, key: str) -> Output:
    started = time.monotonic()
    try:
        left = await step.run(work, key)
    except BaseException:
        ledger.end(number, "failed", seconds=time.monotonic() - started)
        raise
    ledger.end(number, "done", left, seconds=round(time.monotonic() - started, 1))
    return left
