"""A step that is done is not done again; what changed repeats the steps behind it."""

import json
import stat
from contextlib import closing

import pytest

from privrag.errors import SettingsError, TrainingError
from privrag.feedback import Opinion
from privrag.registry import (
    FOLDER,
    model_folder_of,
    promote,
    read_registry,
    register,
    rollback,
    write_registry,
)
from privrag_connectors.sync import sync_folders
from privrag_finetune.generator.private import Privacy
from privrag_finetune.questions.erase import erasable_sets
from privrag_finetune.questions.store import read_rows
from privrag_finetune.workflow.ledger import FILE, Ledger
from privrag_finetune.workflow.recipe import Private as Asks
from privrag_finetune.workflow.recipe import WorkflowRecipe, load_workflow
from privrag_finetune.workflow.run import run_workflow
from privrag_finetune.workflow.work import STEPS
from privrag_finetune.workflow_cli import _say
from tests.finetune.questions.made import Scribe, honest, write_rooms
from tests.finetune.workflow.flows import (
    RECIPE,
    CountingTrainer,
    GeneratorTrainer,
    flow,
    in_rooms,
    states,
    states_of_runs,
)
from tests.generators import generator_version

ALL = dict.fromkeys(STEPS, "done")


def but(**changes):
    return {**dict.fromkeys(STEPS, "kept"), **changes}


def test_a_run_goes_from_documents_to_a_model_behind_its_gate(tmp_path):
    trainer = CountingTrainer()

    async def work(rag):
        done = await flow(rag, trainer)
        again = await flow(rag, trainer)
        return done, again, rag.home

    done, again, home = in_rooms(tmp_path, work)
    assert states(done) == ALL
    assert states(again) == but()
    assert trainer.calls == [False, True], "weights first, then figures"
    name = done["gate"].output.name
    assert done["gate"].output.figures == {"passed": True, "promoted": False, "why": ""}
    assert read_registry(home).version(name).data == done["filter"].output.name
    assert done["feedback"].output == done["filter"].output, "nobody corrected anything"
    report = json.loads((home / FOLDER / "workflow" / f"{name}.json").read_text())
    assert report["promotable"] is True
    assert report["steps"]["filter"]["sha256"] == done["filter"].output.sha256
    assert "May it serve?** Yes." in (home / FOLDER / "workflow" / f"{name}.md").read_text()
    assert stat.S_IMODE((home / FOLDER / FILE).stat().st_mode) == 0o600


def test_a_model_that_is_no_better_is_an_outcome(tmp_path):
    recipe = RECIPE.model_copy(update={"promote": True})

    async def work(rag):
        done = await flow(rag, CountingTrainer(low=-0.1), recipe)
        return done["gate"].output.figures, read_registry(rag.home).serving("reranker")

    said, serving = in_rooms(tmp_path, work)
    assert (said["passed"], said["promoted"], serving) == (False, False, None)
    assert "not above 0 for sure" in said["why"]


def test_one_that_is_better_serves_if_the_recipe_says_so(tmp_path):
    recipe = RECIPE.model_copy(update={"promote": True})

    async def work(rag):
        trainer = CountingTrainer()
        await flow(rag, trainer)
        done = await flow(rag, trainer, recipe)
        return states(done), done["gate"].output, read_registry(rag.home).serving("reranker")

    found, gate, serving = in_rooms(tmp_path, work)
    assert found == but(gate="done"), "only the gate depends on it"
    assert gate.figures["promoted"] is True
    assert serving.name == gate.name


def test_changed_documents_repeat_everything_behind_them(tmp_path):
    async def work(rag):
        trainer = CountingTrainer()
        first = await flow(rag, trainer)
        await sync_folders(rag, [write_rooms(tmp_path / "docs", who="Linh Pham")])
        return first, await flow(rag, trainer)

    first, again = in_rooms(tmp_path, work)
    assert states(again) == ALL
    assert again["filter"].output.name != first["filter"].output.name


def test_another_seed_repeats_the_questions_but_not_the_split(tmp_path):
    async def work(rag):
        await flow(rag, CountingTrainer())
        return states(await flow(rag, CountingTrainer(), RECIPE.model_copy(update={"seed": 3})))

    assert in_rooms(tmp_path, work) == {**ALL, "split": "kept"}


@pytest.mark.parametrize(
    "changed",
    [
        {"prompts": {"passages": 2}},
        {"rerank": {"candidates": 7}},
        {"retrieve": {"candidates": 41}},
    ],
)
def test_settings_that_decide_what_a_row_shows_train_again(tmp_path, changed):
    async def work(rag):
        return states(await flow(rag, CountingTrainer()))

    assert in_rooms(tmp_path, work) == ALL
    found = in_rooms(tmp_path, work, sync=False, **changed)
    assert found == {**ALL, **dict.fromkeys(STEPS[:4], "kept")}


def test_weights_that_serve_now_train_again_and_the_model_itself_does_not(tmp_path):
    async def work(rag):
        trainer = CountingTrainer()
        await flow(rag, trainer, RECIPE.model_copy(update={"promote": True}))
        registry = read_registry(rag.home)
        fused = registry.versions[0].model_copy(update={"kind": "fusion", "name": "fused"})
        promoted = {**registry.promoted, "fusion": ("fused",)}
        versions = (*registry.versions, fused)
        kept = states(await flow(rag, trainer, RECIPE.model_copy(update={"promote": True})))
        update = {"versions": versions, "promoted": promoted}
        write_registry(rag.home, registry.model_copy(update=update))
        return kept, states(await flow(rag, trainer, steps=STEPS[:6]))

    kept, found = in_rooms(tmp_path, work)
    assert kept == but()
    assert found["feedback"] == "kept"
    assert found["train"] == found["evaluate"] == "done"


def test_privacy_is_handed_on_and_another_trains_again(tmp_path):
    """Without `[dp]` a trainer is asked as it was."""
    told, said = [], []
    plain = RECIPE.model_copy(update={"kind": "generator"})
    asks = plain.model_copy(update={"dp": Asks(epsilon=2.0, unit="collection")})

    async def trainer(rag, order, *, measure, **private):
        told.append((order.name, private))
        private.get("say", said.append)(order.name)
        folder = model_folder_of(rag.home, "generator", order.name)
        folder.mkdir(parents=True)
        (folder / "trained.json").write_text("{}")
        return {}

    async def work(rag):
        runs = [plain, asks, asks, plain]
        options = {"steps": STEPS[:5], "say": said.append}
        return [states(await flow(rag, trainer, one, **options))["train"] for one in runs]

    assert in_rooms(tmp_path, work) == ["done", "done", "kept", "kept"]
    (first, nothing), (second, private) = told
    assert first != second
    assert nothing == {}
    assert private["privacy"] == Privacy(2.0, None, unit="collection")
    assert said == [first, second]


def test_a_kept_gate_says_who_serves_now(tmp_path, capsys):
    recipe = RECIPE.model_copy(update={"promote": True})

    async def work(rag):
        trainer = CountingTrainer()
        own = {"writer": Scribe(honest), "trainers": {"reranker": trainer}}
        for _ in range(2):
            _say(await run_workflow(rag, recipe, **own), rag.home)
        rollback(rag.home, "reranker")
        ran = await run_workflow(rag, recipe, **own)
        _say(ran, rag.home)
        return ran.steps[-1].output.name

    name = in_rooms(tmp_path, work)
    said = [line for line in capsys.readouterr().out.splitlines() if "serve" in line]
    assert said == [
        f"{name} serves from the next request on",
        f"{name} may serve, as before; {name} serves: privrag models list",
        f"{name} may serve, as before; no model of its kind serves: privrag models list",
    ]


def test_accepted_feedback_trains_again_on_the_same_questions(tmp_path):
    async def work(rag):
        trainer = CountingTrainer()
        first = await flow(rag, trainer)
        rows = read_rows(rag.home, first["filter"].output.name)
        room = next(r for r in rows if r.split == "train").question.split()[-1].rstrip("?")
        await rag.ask(f"Behind which stairs lies {room}?", answer_id="a")
        right = f"Behind the {room} stairs lies the room {room}."
        opinion = Opinion(thumb="down", correction=right)
        given = await rag.give_feedback("a", opinion, viewer=rag.owner)
        waiting = states(await flow(rag, trainer))
        rag.feedback.review(given.id, "accepted", "rita")
        done = await flow(rag, trainer)
        return waiting, done, read_registry(rag.home).version(done["gate"].output.name).data

    waiting, done, data = in_rooms(tmp_path, work)
    assert waiting == but(), "nobody has read it yet"
    assert states(done) == {**ALL, "split": "kept", "synthesize": "kept", "filter": "kept"}
    assert done["feedback"].output.figures["feedback"] == 1
    assert data == done["feedback"].output.name


def test_what_an_erasure_took_out_is_not_learnt_from_again(tmp_path):
    async def work(rag):
        trainer = CountingTrainer()
        first = await flow(rag, trainer)
        name = first["filter"].output.name
        token = "PERSON_4SD2GZD3"
        from privrag_finetune.questions.store import freeze, read_manifest

        rows = read_rows(rag.home, name)
        rows[0] = rows[0].model_copy(update={"entities": (token,)})
        freeze(rag.home, read_manifest(rag.home, name), rows)
        await flow(rag, trainer)
        [gone] = [s.erase([token]) for s in erasable_sets(rag.home)]
        done = await flow(rag, trainer)
        return gone, done, len(rows)

    gone, done, before = in_rooms(tmp_path, work)
    assert gone == 1
    kept = dict.fromkeys(("split", "synthesize", "filter"), "kept")
    assert states(done) == {**ALL, **kept}
    assert done["filter"].output.figures["rows"] == before - 1


def test_a_step_alone_runs_if_those_before_it_are_done(tmp_path):
    async def work(rag):
        trainer = CountingTrainer()
        with pytest.raises(TrainingError, match="run it first: privrag train run --step split"):
            await flow(rag, trainer, steps=("train",))
        found = []
        for step in STEPS[:5]:
            found.append(states(await flow(rag, trainer, steps=(step,))))
        return found, trainer.calls

    found, calls = in_rooms(tmp_path, work)
    assert [list(one.values())[-1] for one in found] == ["done"] * 5
    assert list(found[-1]) == list(STEPS[:5]), "and nothing behind it"
    assert calls == [False]


def test_weights_that_are_gone_are_made_again(tmp_path):
    async def work(rag):
        trainer = CountingTrainer()
        done = await flow(rag, trainer, steps=STEPS[:5])
        (rag.home / FOLDER / "reranker" / done["train"].output.name / "trained.json").unlink()
        return states(await flow(rag, trainer, steps=STEPS[:5])), trainer.calls

    found, calls = in_rooms(tmp_path, work)
    assert found["train"] == "done"
    assert calls == [False, False]


def test_questions_that_were_written_are_not_asked_for_again(tmp_path):
    async def work(rag):
        torn = Scribe(honest, fail_after=0)
        with pytest.raises(KeyboardInterrupt):
            await flow(rag, CountingTrainer(), writer=torn)
        first = Scribe(honest)
        await flow(rag, CountingTrainer(), writer=first, steps=STEPS[:2])
        second = Scribe(honest)
        done = await flow(rag, CountingTrainer(), writer=second)
        return len(first.asked), second.asked, states(done), states_of_runs(rag.home)

    asked, again, found, runs = in_rooms(tmp_path, work)
    assert (asked, again) == (10, [])
    assert found == {**ALL, "split": "kept", "synthesize": "kept"}
    assert runs == ["failed", "done", "done"]


def test_two_runs_of_a_home_exclude_each_other(tmp_path):
    async def work(rag):
        with (
            closing(Ledger(rag.home)) as ledger,
            ledger.run("weekly"),
            pytest.raises(TrainingError, match="another workflow of this home runs"),
        ):
            await flow(rag, CountingTrainer())

    in_rooms(tmp_path, work)


def test_a_recipe_names_files_beside_it(tmp_path):
    (tmp_path / "mine.toml").write_text('name = "mine"\nquestions = "q.toml"\nkind = "reranker"\n')
    found = load_workflow(tmp_path / "mine.toml")
    assert found == WorkflowRecipe(name="mine", kind="reranker", questions=tmp_path / "q.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("replay = 0.9", r"recipe\.replay: Input should be less than or equal to 0\.5"),
        ("nmae = 'x'", r"recipe\.nmae: there is no such setting"),
        ("name = 'A B'", r"recipe\.name"),
        ("name", "is not valid TOML"),
        ("[dp]", r"recipe\.dp\.epsilon"),
        ("[dp]\nepsilon = 0", r"recipe\.dp\.epsilon"),
        ("[dp]\nepsilon = 1\nunit = 'owner'", r"recipe\.dp\.unit"),
        ("kind = 'reranker'\n[dp]\nepsilon = 1", "dp is for kind = 'generator'"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_by_its_key(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_workflow(tmp_path / "mine.toml")


def test_beside_another_generator_it_is_trained_anew_and_beside_its_own_it_is_kept(tmp_path):
    recipe = RECIPE.model_copy(update={"kind": "generator", "promote": True})

    async def work(rag):
        found = []

        async def again():
            done = await flow(rag, GeneratorTrainer(), recipe)
            serving = read_registry(rag.home).serving("generator")
            found.append((done["train"].state, serving.name, serving.beside))

        await again()
        await again()
        register(rag.home, generator_version("by-hand", beside=found[0][1]))
        promote(rag.home, "by-hand")
        await again()
        await again()
        return found

    first, kept, anew, kept_too = in_rooms(tmp_path, work)
    assert (first[0], first[2]) == ("done", {})
    assert kept == ("kept", first[1], {})
    assert (anew[0], anew[2]) == ("done", {"generator": "by-hand"})
    assert kept_too == ("kept", anew[1], anew[2])
