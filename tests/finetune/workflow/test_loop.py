"""The whole loop: answer, feedback, review, rows, training, gate, promotion, and the way back.

With the real trainer, report and registry. What a random model of two layers lacks is a gain: once
its gate has refused it, its figures are written over, as those of a larger one would be.
"""

import pytest

from privrag.errors import ModelError
from privrag.feedback import Opinion
from privrag.generate import GenerateOptions
from privrag.generate.local import LocalGenerator
from privrag.records import Draft, Message, SafeText
from privrag.registry import promote, read_registry, rollback, write_registry
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import read_rows
from privrag_finetune.workflow.recipe import WorkflowRecipe
from privrag_finetune.workflow.run import run_workflow
from privrag_finetune.workflow.work import STEPS
from tests.finetune.questions.made import Scribe, honest
from tests.finetune.workflow.flows import in_rooms, states
from tests.generators import figure

TRAINING = """
rank = 4
epochs = 2
batch_size = 4
learning_rate = 1e-2
max_tokens = 300
instructions = "Answer."
report = "short"
samples = 1
check_serving = false
"""
PLACES = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2


def better(home, name):
    """As if it had been measured with a gain and passed every check."""
    registry = read_registry(home)
    version = registry.version(name)
    passed = tuple(check.model_copy(update={"passed": True}) for check in version.checks)
    figures = {**version.figures, "answer_f1": figure()}
    changed = version.model_copy(update={"figures": figures, "checks": passed})
    others = [v for v in registry.versions if v.name != name]
    write_registry(home, registry.model_copy(update={"versions": (*others, changed)}))


async def answered(rag):
    """What the serving model writes to one question, word for word."""
    await rag.ask("Where does the key of the room hang?")
    asked = [Message("user", SafeText("Where does the key of the room hang?"))]
    serving = GenerateOptions(
        model=rag.settings.generate.answer_model, temperature=0, max_tokens=24
    )
    pieces = rag.generator.stream(asked, serving)
    return [piece.text async for piece in pieces if isinstance(piece, Draft)][-1]


@pytest.mark.slow
def test_what_people_say_is_learnt_and_can_be_taken_back(tmp_path, tiny_generator):
    (tmp_path / "training.toml").write_text(TRAINING)
    recipe = WorkflowRecipe(
        name="loop", kind="generator", limit=10, training=tmp_path / "training.toml"
    )

    async def flow(rag, **options):
        ran = await run_workflow(rag, recipe, writer=Scribe(honest), **options)
        return {step.step: step for step in ran.steps}

    async def work(rag):
        rag.generator = LocalGenerator(rag.settings.generate, cache=tmp_path)
        (rag.home / "training").mkdir()
        documents = [entry.document for entry in rag.documents()]
        record_splits(rag.home, dict(zip(documents, PLACES, strict=True)))
        first = await flow(rag, steps=STEPS[:3])
        rows = read_rows(rag.home, first["filter"].output.name)
        room = next(r for r in rows if r.split == "train").question.split()[-1].rstrip("?")
        await rag.ask(f"Behind which stairs lies {room}?", answer_id="a")
        right = f"Behind the {room} stairs lies the room {room}."
        opinion = Opinion(thumb="down", correction=right)
        given = await rag.give_feedback("a", opinion, viewer=rag.owner)
        rag.feedback.review(given.id, "accepted", "rita")
        done = await flow(rag)
        name, before = done["gate"].output.name, await answered(rag)
        with pytest.raises(ModelError, match=name):
            promote(rag.home, name)
        better(rag.home, name)
        promote(rag.home, name)
        after = await answered(rag)
        serving = read_registry(rag.home).serving("generator").name
        rollback(rag.home, "generator")
        learnt = read_rows(rag.home, done["feedback"].output.name)
        return done, (before, after, await answered(rag)), serving, given.id, learnt

    done, (before, after, back), serving, given, learnt = in_rooms(
        tmp_path,
        work,
        generate={"model": str(tiny_generator), "stop": []},
        prompts={"passages": 1, "sentences": 2, "instructions": "Answer.", "examples": ""},
    )
    assert states(done) == {
        **dict.fromkeys(("split", "synthesize", "filter"), "kept"),
        **dict.fromkeys(STEPS[3:], "done"),
    }
    assert given in {row.id for row in learnt if row.origin == "feedback"}
    assert done["gate"].output.figures["passed"] is False
    assert serving == done["gate"].output.name
    assert after != before, "the promoted one answers the next request"
    assert back == before, "byte for byte"
