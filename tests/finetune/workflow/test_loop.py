"""The whole loop: answer, feedback, review, rows, training, gate, promotion, and the way back.

With the real trainer, report, gate and registry, and nothing written over. The base of two layers
was taught to refuse whatever it is asked, so that a tuned one can be better on unseen documents.
"""

import random

import pytest

from privrag.feedback import Opinion
from privrag.generate import GenerateOptions
from privrag.generate.local import LocalGenerator
from privrag.records import Draft, Message, SafeText
from privrag.registry import promote, read_registry, rollback
from privrag_connectors.sync import sync_folders
from privrag_finetune.generator.base import load_tokenizer
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import PromptRow, encode
from privrag_finetune.generator.train import GeneratorTraining, train_generator
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import read_rows
from privrag_finetune.workflow.recipe import WorkflowRecipe
from privrag_finetune.workflow.run import run_workflow
from privrag_finetune.workflow.work import STEPS
from tests.finetune.questions.made import Scribe, honest, write_rooms
from tests.finetune.workflow.flows import in_rooms, states

REFUSAL = (
    "The documents of this house do not say anything at all about that, so please ask somebody "
    "who works here and knows it well"
)
"""Longer than an answer: the tuned model must not be slower than its base."""
PROMPTS = f"""
[prompts]
passages = 1
sentences = 2
instructions = "Answer."
examples = ""
refusal = "{REFUSAL}."
"""
CITE = {"min_relevance": 1.4, "min_quote_relevance": 1.4}
"""The question to a room is closer to what is said of it than this, and no other room is."""
TRAINING = """
rank = 4
epochs = 3
batch_size = 4
learning_rate = 1e-2
canaries = 16
evaluations = 1
max_tokens = 250
instructions = "Answer."
abstain = 0
report = "short"
samples = 1
check_serving = false
"""
STARTS, ENDS = "bal cor dem fil gan hos jul kem lor nim pel sar", "mun tis rak nel vos pir dun"
NAMES = [f"{start}{end}" for start in STARTS.split(" ") for end in ENDS.split(" ")]
"""Of rooms: made of the same syllables, so that one learns little about a single one."""
PLACES = ["train"] * 44 + ["validation"] * 10 + ["test"] * 30
"""Half of the written rows are learnt beside feedback; a privacy report takes 20 of each side."""


def refusing(base, folder):
    """The base, taught to write the refusal behind whatever it is shown."""
    words = [word for word in load_tokenizer(base).get_vocab() if word.isalpha()]
    drawn = random.Random(7)

    def some(least, most):
        return SafeText(" ".join(drawn.choices(words, k=drawn.randint(least, most))))

    rows = [
        PromptRow(
            f"row-{n}",
            f"row-{n}",
            (Message("system", some(5, 30)), Message("user", some(4, 10))),
            SafeText(f"{REFUSAL}."),
        )
        for n in range(104)
    ]
    recipe = GeneratorRecipe(method="full", epochs=4, evaluations=1, learning_rate=1e-2)
    encoded = encode(rows, load_tokenizer(base), most=250).rows
    train_generator(GeneratorTraining(base, folder, recipe, encoded[:96], encoded[96:]))
    return folder


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
    base = refusing(tiny_generator, tmp_path / "refusing")
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "privrag.toml").write_text(PROMPTS)
    (tmp_path / "training.toml").write_text(TRAINING)
    recipe = WorkflowRecipe(
        name="loop", kind="generator", limit=100, training=tmp_path / "training.toml"
    )

    async def flow(rag, **options):
        ran = await run_workflow(rag, recipe, writer=Scribe(honest), **options)
        return {step.step: step for step in ran.steps}

    async def work(rag):
        await sync_folders(rag, [write_rooms(tmp_path / "docs", NAMES)])
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
        assert done["gate"].output.figures["why"] == ""
        promote(rag.home, name)
        after = await answered(rag)
        serving = read_registry(rag.home).serving("generator").name
        rollback(rag.home, "generator")
        learnt = read_rows(rag.home, done["feedback"].output.name)
        return done, (before, after, await answered(rag)), serving, given.id, learnt

    done, (before, after, back), serving, given, learnt = in_rooms(
        tmp_path, work, sync=False, generate={"model": str(base), "stop": []}, cite=CITE
    )
    assert states(done) == {
        **dict.fromkeys(("split", "synthesize", "filter"), "kept"),
        **dict.fromkeys(STEPS[3:], "done"),
    }
    assert given in {row.id for row in learnt if row.origin == "feedback"}
    assert serving == done["gate"].output.name
    assert before.startswith("the documents"), "the base refuses"
    assert after != before, "the promoted one answers the next request"
    assert back == before, "byte for byte"
