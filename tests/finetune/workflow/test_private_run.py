"""A private generator by the workflow: two steps train, and epsilon is spent once."""

import pytest

from privrag.errors import TrainingError
from privrag.registry import read_registry
from privrag_finetune.dp.ledger import FILE, Ledger
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.workflow.recipe import Private, WorkflowRecipe
from privrag_finetune.workflow.run import run_workflow
from privrag_finetune.workflow.work import STEPS
from tests.finetune.questions.made import Scribe, honest
from tests.finetune.workflow.flows import in_rooms, states

TRAINING = """
rank = 4
batch_size = 4
max_tokens = 300
instructions = "Answer."
report = "short"
samples = 1
check_serving = false
private_epochs = 1
canaries = 4
"""
PLACES = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2


@pytest.mark.slow
def test_a_private_model_spends_once_over_both_steps_that_train(tmp_path, tiny_generator):
    """Evaluation goes on from the last checkpoint; a second run keeps all of it."""
    (tmp_path / "training.toml").write_text(TRAINING)
    recipe = WorkflowRecipe(
        name="loop",
        kind="generator",
        limit=10,
        training=tmp_path / "training.toml",
        dp=Private(epsilon=8.0),
    )
    said = []

    async def flow(rag):
        ran = await run_workflow(rag, recipe, writer=Scribe(honest), say=said.append)
        return {step.step: step for step in ran.steps}

    async def work(rag):
        (rag.home / "training").mkdir()
        documents = [entry.document for entry in rag.documents()]
        record_splits(rag.home, dict(zip(documents, PLACES, strict=True)))
        with pytest.raises(TrainingError, match="--set EPSILON --provider default/main"):
            await flow(rag)
        ledger = Ledger(rag.home / "models" / FILE)
        ledger.agree(["default/main"], 8.5)
        first = await flow(rag)
        return first, await flow(rag), ledger.entries(), read_registry(rag.home).versions

    first, again, (entry,), (version,) = in_rooms(
        tmp_path,
        work,
        generate={"model": str(tiny_generator), "stop": []},
        prompts={"passages": 1, "sentences": 2, "instructions": "Answer.", "examples": ""},
    )
    name = first["train"].output.name
    assert (entry.run, entry.state, entry.again) == (name, "settled", 0)
    assert version.name == name
    assert 0 < version.tuning.epsilon <= 8
    assert "default/main: 8.5 over all runs, 0 spent" in said[0]
    assert states(again) == dict.fromkeys(STEPS, "kept")
