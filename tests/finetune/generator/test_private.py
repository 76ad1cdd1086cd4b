"""A generator tuned privately in a home: counted, killed, gone on with, and caught when broken."""

import errno
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from privrag.errors import SettingsError, TrainingError
from privrag.records import SafeText
from privrag.registry import read_registry
from privrag.upkeep import sync_lock
from privrag_connectors.sync import sync_folders
from privrag_finetune import budget_cli
from privrag_finetune.dp import train
from privrag_finetune.dp.engine import UnitGradients
from privrag_finetune.dp.ledger import Ledger
from privrag_finetune.generator import home_generator, home_work
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.home_generator import train_home_generator
from privrag_finetune.generator.home_units import Owners
from privrag_finetune.generator.home_work import prepared
from privrag_finetune.generator.private import Privacy, units_for
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import PromptRow
from privrag_finetune.generator_cli import _privacy
from privrag_finetune.home_data import Order
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import read_rows
from privrag_finetune.recipe import read_recipe
from tests.finetune.questions.made import ROOMS, with_rooms, write_rooms
from tests.finetune.test_home_reranker import with_all_splits

RECIPE = """
rank = 8
batch_size = 4
max_tokens = 256
instructions = "Answer."
samples = 1
check_serving = false
report = "short"
"""
PRIVATE = "private_epochs = 1\ncanaries = 4\nclipping = 'ghost'\nprecision = 'fp32'\n"
LEARNS = "private_epochs = 20\nlearning_rate = 1e-2\n"


class KilledError(Exception):
    """As `kill -9` does it: nothing after it runs."""


def in_home(tmp_path, base, recipe, work, *, rooms=True):
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE + recipe)

    async def main(rag):
        if rooms:
            await with_all_splits(rag)
            rows = read_rows(rag.home, "rooms")
            record_splits(rag.home, {row.document: row.split for row in rows})
        return await work(rag, path)

    prompts = {
        "passages": 1,
        "sentences": 2,
        "marking": "boundary",
        "instructions": "Answer.",
        "examples": "",
    }
    overrides = {"generate": {"model": str(base), "stop": []}, "prompts": prompts}
    return with_rooms(tmp_path, main, overrides=overrides, sync=rooms)


@pytest.mark.slow
def test_killed_before_it_is_registered_it_goes_on_and_spends_nothing_more(
    tmp_path, tiny_generator, monkeypatch, capsys
):
    said, methods = [], []

    class Told(UnitGradients):
        def __init__(self, *arguments, method, **options):
            methods.append(method)
            super().__init__(*arguments, method=method, **options)

    async def killed(*_):
        raise KilledError

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(train, "UnitGradients", Told)
    from peft import PeftModel

    async def work(rag, recipe):
        async def tuned(name="first", budget=None):
            order, privacy = Order("rooms", name, recipe), Privacy(8.0, budget=budget)
            return await train_home_generator(rag, order, privacy=privacy, say=said.append)

        with monkeypatch.context() as patch:
            patch.setattr(home_work, "rows_of", killed)  # refused before anything is searched for
            with pytest.raises(TrainingError, match="--set EPSILON --provider default/main"):
                await tuned()
            with pytest.raises(TrainingError, match="epsilon 8 is above the 5"):
                await tuned(budget=5.0)
        with monkeypatch.context() as patch:
            patch.setattr(PeftModel, "save_pretrained", full)
            with pytest.raises(TrainingError, match="the model first cannot be written .No space"):
                await tuned(budget=9.0)
        with monkeypatch.context() as patch:
            patch.setattr(home_generator, "_reported", killed)
            with pytest.raises(KilledError):
                await tuned()
        ledger = rag.home / "models" / "epsilon.sqlite"
        before = Ledger(ledger).entries()
        made = await tuned()
        assert rag.generator.asked == [], "the base that is tuned answers, whatever serves here"
        after = Ledger(ledger).entries()
        ledger.rename(ledger.with_name("lost"))
        with pytest.raises(TrainingError, match=r"first claims .* put models/epsilon\.sqlite back"):
            await tuned("second")
        ledger.with_name("lost").replace(ledger)
        with pytest.raises(TrainingError, match="the budget of default/main is 9, .* would raise"):
            await tuned("second", budget=100.0)
        budget_cli.budget(_Context(rag.home), as_json=True)
        return made, before, after

    made, before, after = in_home(tmp_path, tiny_generator, PRIVATE, work)
    assert "epsilon" in said[0]
    assert "default/main: 9 over all runs, 0 spent or reserved so far" in said[0]
    assert set(methods) == {"ghost"}
    (entry,) = before
    assert (entry.run, entry.provider, entry.state) == ("first", "default/main", "settled")
    assert entry.again == 0
    assert after == before
    privacy = json.loads(json.dumps(made, allow_nan=False))["privacy"]
    assert made["loss"]["train"] is None
    assert 0 < privacy["spent"] == made["epsilon"] <= 8
    assert privacy["ledger"][0]["epsilon"] == pytest.approx(privacy["spent"])
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["provider"], shown["budget"]) == ("default/main", 9)
    assert shown["epsilon"] == pytest.approx(privacy["spent"])
    folder = tmp_path / "home" / made["model"]
    assert not folder.with_name("first.work").exists()
    report = json.loads((folder / "privacy.json").read_text())
    assert "budget of default/main" in {check["name"] for check in report["checks"]}
    card = (folder / "card.md").read_text()
    for words in ("for every document", f"delta {privacy['delta']:.2g}", "epsilon"):
        assert words in card
    assert "### Sample" not in card


@pytest.mark.slow
def test_a_collection_is_one_unit_and_pays_for_itself(tmp_path, tiny_generator):
    """Its rows may show any of its documents, and none of another collection."""
    said = []

    async def work(rag, recipe):
        for name, rooms in (("anna", ROOMS[:5]), ("ben", ROOMS[5:])):
            folder = write_rooms(tmp_path / name, rooms, who="Linh Pham")
            await sync_folders(rag, [folder], collection=name)
        await with_all_splits(rag)
        rows = read_rows(rag.home, "rooms")
        record_splits(rag.home, {row.document: row.split for row in rows})
        order = Order("rooms", "owned", recipe)
        privacy = Privacy(8.0, 1e-3, unit="collection", budget=9.0)
        with sync_lock(rag.home):
            work = await prepared(
                rag, order, read_recipe(GeneratorRecipe, "generator", recipe), tiny_generator,
                privacy,
            )  # fmt: skip
        made = await train_home_generator(rag, order, privacy=privacy, say=said.append)
        return work, made, Ledger(rag.home / "models" / "epsilon.sqlite").entries()

    work, made, entries = in_home(tmp_path, tiny_generator, PRIVATE, work, rooms=False)
    units = units_for(work.training, work.learnt.prompts, work.owners)
    own = {name for name in units if name.startswith("collection ")}
    assert own == {"collection anna", "collection ben"}
    assert sum(len(units[name]) for name in own) == len(work.learnt.encoded.rows)
    assert any(row.shows - {row.owner} for row in work.learnt.prompts), "of its owner, elsewhere"
    assert work.owners.providers == ("default/anna", "default/ben")
    assert "collection: " in said[0]
    privacy = made["privacy"]
    assert (privacy["unit"], privacy["relation"][:26]) == (
        "collection",
        "all rows of one collection",
    )
    assert [(entry.provider, entry.unit) for entry in entries] == [
        ("default/anna", "collection"),
        ("default/ben", "collection"),
    ]
    assert [one["provider"] for one in privacy["ledger"]] == ["default/anna", "default/ben"]
    report = json.loads((tmp_path / "home" / made["model"] / "privacy.json").read_text())
    assert report["lineage"]["owners"] == 2
    assert privacy["units"] == 2, "canaries protect nobody"


@pytest.mark.slow
def test_a_collection_alone_hides_nowhere_whatever_the_canaries(tmp_path, tiny_generator):
    async def work(rag, recipe):
        order = Order("rooms", "alone", recipe)
        privacy = Privacy(8.0, 1e-3, unit="collection", budget=9.0)
        with pytest.raises(TrainingError, match="1 units cannot hide each other"):
            await train_home_generator(rag, order, privacy=privacy)
        return Ledger(rag.home / "models" / "epsilon.sqlite").entries()

    assert in_home(tmp_path, tiny_generator, PRIVATE, work) == []


def test_a_row_that_shows_another_collection_is_refused():
    rows = [Encoded("r1", "d1", (1, 2), 1), Encoded("r2", "d2", (1, 2), 1)]
    training = SimpleNamespace(train=rows)
    shows = {"r1": frozenset({"d1", "d2"}), "r2": frozenset({"d2"})}
    prompts = [PromptRow(row.id, row.owner, (), SafeText(""), shows=shows[row.id]) for row in rows]
    one = Owners({"d1": "collection a", "d2": "collection a"}, ())
    assert units_for(training, prompts, one) == {
        "collection a": tuple(replace(row, owner="collection a") for row in rows)
    }
    for apart in (Owners({"d1": "collection a", "d2": "collection b"}, ()), Owners({}, ())):
        with pytest.raises(TrainingError, match="row r1 holds text of 2 owners"):
            units_for(training, prompts, apart)


class _Context:
    def __init__(self, home):
        self.obj = home


@pytest.mark.slow
def test_a_run_without_noise_is_caught_and_leaves_nothing(tmp_path, tiny_generator):
    async def work(rag, recipe):
        order = Order("rooms", "broken", recipe)

        async def audit(epsilon):
            privacy = Privacy(epsilon, 1e-5, noise=0.0, audit=True)
            return await train_home_generator(rag, order, privacy=privacy)

        with pytest.raises(TrainingError, match=r"64 canaries can refute an epsilon below 2\.6"):
            await audit(8.0)
        return await audit(1.0), read_registry(rag.home).versions

    made, versions = in_home(tmp_path, tiny_generator, LEARNS, work)
    assert made["broken"]
    assert made["audit"]["lower_bound"] > made["claimed"] == 1.0
    assert versions == ()
    assert not list((tmp_path / "home" / "models").glob("generator/*"))
    assert not (tmp_path / "home" / "models" / "epsilon.sqlite").exists()


@pytest.mark.parametrize(
    ("given", "how", "message"),
    [
        ({"--epsilon": 1.0}, {}, "--epsilon is of a private training, so it needs --dp"),
        ({"--delta": 1e-5}, {}, "--delta is of a private training"),
        ({"--budget": 9.0}, {}, "--budget is of a private training"),
        ({"--noise": 0.0}, {"dp": True}, "needs --audit"),
        ({"--budget": 9.0}, {"audit": True}, "an audit keeps nothing"),
        ({"--epsilon": math.nan}, {"dp": True}, "--epsilon is nan"),
        ({"--delta": math.inf}, {"dp": True}, "--delta is inf"),
        ({"--budget": 0.0}, {"dp": True}, "--budget is 0"),
        ({"--epsilon": -1.0}, {"audit": True}, "--epsilon is -1"),
    ],
)
def test_what_would_be_ignored_or_is_no_number_is_refused(given, how, message):
    with pytest.raises(SettingsError, match=message):
        _privacy(given, **{"dp": False, "audit": False, **how})


def test_a_unit_is_a_document_or_a_collection_and_is_of_a_private_training():
    assert _privacy({}, dp=True, audit=False, unit="collection").unit == "collection"
    with pytest.raises(SettingsError, match="--unit is of a private training, so it needs --dp"):
        _privacy({}, dp=False, audit=False, unit="document")
    with pytest.raises(SettingsError, match="'owner' is none; it takes document or collection"):
        _privacy({}, dp=True, audit=False, unit="owner")


def test_what_is_asked_for_where_nothing_is_named():
    assert _privacy({}, dp=False, audit=False) is None
    assert _privacy({"--epsilon": None}, dp=True, audit=False) == Privacy(8.0)
    audit = _privacy({"--noise": 0.0}, dp=False, audit=True)
    assert (audit.epsilon, audit.delta, audit.noise) == (1.0, 1e-5, 0.0)
