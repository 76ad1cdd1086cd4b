"""Which model serves: only one that beat its absence, and one step back is one command."""

import asyncio
import json
from shutil import copytree

import pytest

from privrag.errors import ModelError
from privrag.rag import AsyncRag
from privrag.registry import (
    Gate,
    ModelVersion,
    model_folder_of,
    promote,
    read_registry,
    register,
    rollback,
    with_promoted,
)
from privrag.settings import load_settings
from privrag_connectors.sync import sync_folders
from tests.opened import open_small
from tests.test_cli import privrag


def gate(low, high, questions=40, documents=9):
    return Gate(
        questions=questions,
        documents=documents,
        without=0.6,
        with_it=0.7,
        difference=0.1,
        ci95=(low, high),
    )


def version(name, low=0.02, high=0.2):
    return ModelVersion(
        kind="reranker", name=name, created="2026-11-22T08:00:00+00:00", data="questions",
        data_sha256="0" * 64, base="tiny", seed=1, examples=200, pairs=1000, seconds=60.0,
        correction=0.25, gate=gate(low, high),
    )  # fmt: skip


def serving(home):
    found = read_registry(home).serving("reranker")
    return found and found.name


def test_a_version_serves_once_promoted_and_one_step_back_is_the_one_before(tmp_path):
    for name in ("first", "second"):
        register(tmp_path, version(name))
    assert serving(tmp_path) is None
    promote(tmp_path, "first")
    promote(tmp_path, "second")
    assert serving(tmp_path) == "second"
    rollback(tmp_path, "reranker")
    assert serving(tmp_path) == "first"
    rollback(tmp_path, "reranker")
    assert serving(tmp_path) is None
    with pytest.raises(ModelError, match="no reranker of this home serves"):
        rollback(tmp_path, "reranker")


def test_promoting_twice_takes_one_step_back_only_once(tmp_path):
    for name in ("first", "second"):
        register(tmp_path, version(name))
    for name in ("first", "second", "first"):
        promote(tmp_path, name)
    rollback(tmp_path, "reranker")
    assert serving(tmp_path) == "second"


@pytest.mark.parametrize("low", [-0.01, 0.0])
def test_what_does_not_beat_its_absence_for_sure_is_not_promoted(tmp_path, low):
    register(tmp_path, version("weak", low))
    with pytest.raises(ModelError, match=r"weak is not promoted: its gain of \+0\.100"):
        promote(tmp_path, "weak")
    assert serving(tmp_path) is None


@pytest.mark.parametrize(("questions", "documents"), [(1, 1), (40, 1), (40, 5)])
def test_a_gain_on_too_few_documents_is_not_promoted_however_sure_it_looks(
    tmp_path, questions, documents
):
    few = version("few").model_copy(update={"gate": gate(0.1, 0.1, questions, documents)})
    register(tmp_path, few)
    assert not few.gate.passed
    with pytest.raises(ModelError, match=rf"{documents} documents, at least 6 .*larger data set"):
        promote(tmp_path, "few")
    assert serving(tmp_path) is None
    assert gate(0.1, 0.2, 6, 6).passed


def test_names_are_known_and_taken_once(tmp_path):
    register(tmp_path, version("first"))
    with pytest.raises(ModelError, match="exists already"):
        register(tmp_path, version("first"))
    with pytest.raises(
        ModelError, match="no model is called 'other' in this home; there are: first"
    ):
        promote(tmp_path, "other")


def test_a_damaged_registry_is_one_sentence_and_stays_as_it_is(tmp_path):
    register(tmp_path, version("first"))
    file = tmp_path / "models" / "registry.json"
    file.write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        register(tmp_path, version("second"))
    assert file.read_text() == "{"


def test_the_registry_is_the_owners_alone(tmp_path):
    register(tmp_path, version("first"))
    assert (tmp_path / "models" / "registry.json").stat().st_mode & 0o777 == 0o600


def test_a_home_answers_with_the_promoted_reranker_unless_its_settings_name_one(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    register(home, version("first"))
    plain = load_settings(home)
    assert with_promoted(plain, home, read_registry(home)) == plain
    promote(home, "first")
    served = with_promoted(
        load_settings(home, {"rerank": {"candidates": 12}}), home, read_registry(home)
    ).rerank
    assert served.model == str(model_folder_of(home, "reranker", "first"))
    assert (served.correction, served.candidates) == (0.25, 12)
    named = load_settings(home, {"rerank": {"model": "/m"}})
    assert with_promoted(named, home, read_registry(home)) == named


def test_opening_a_home_takes_the_promoted_reranker(tmp_path):
    async def reranker_of():
        rag = await AsyncRag.open(tmp_path / "home")
        try:
            return rag.settings.rerank.model, rag.stores.settings.rerank.correction
        finally:
            await rag.close()

    assert asyncio.run(reranker_of()) == (None, None)
    register(tmp_path / "home", version("first"))
    promote(tmp_path / "home", "first")
    model, correction = asyncio.run(reranker_of())
    assert model.endswith("models/reranker/first")
    assert correction == 0.25


def test_an_open_home_goes_over_with_its_next_request(tmp_path, tiny_cross_encoder):
    async def work():
        rag = await open_small(tmp_path / "home")
        try:
            await sync_folders(rag, [folder])
            before = await rag.search("rent")
            copytree(tiny_cross_encoder, model_folder_of(rag.home, "reranker", "first"))
            register(rag.home, version("first"))
            kept = rag.parts
            assert await rag.search("rent") == before
            assert rag.parts is kept, "a version that does not serve changes nothing"
            promote(rag.home, "first")
            read_again = await rag.search("rent")
            rollback(rag.home, "reranker")
            return before, read_again, await rag.search("rent"), rag.parts.reranker
        finally:
            await rag.close()

    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "lease.txt").write_text("The tenant pays the rent on the first day of every month.")
    before, read_again, after, reranker = asyncio.run(work())
    assert {hit.stage for hit in read_again} == {"reranked"}
    assert before == after
    assert reranker is None


def test_the_commands_list_promote_and_roll_back(tmp_path):
    def said(*words):
        done = privrag("models", *words, home=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "no model was trained" in said("list")
    register(tmp_path, version("first"))
    register(tmp_path, version("weak", low=-0.1))
    assert "first is the reranker from the next request on" in said("promote", "first")
    rows = json.loads(said("list", "--json"))
    assert [(r["name"], r["serves"], r["gate"]["passed"]) for r in rows] == [
        ("first", True, True),
        ("weak", False, False),
    ]
    refused = "weak: reranker of questions, nDCG@10 +0.100 [-0.100, +0.200] not promotable"
    assert refused in said("list")
    assert json.loads(said("rollback", "--json")) == {
        "kind": "reranker",
        "serves": None,
        "set_aside": [],
        "release": 2,
    }
    assert privrag("models", "promote", "weak", home=tmp_path).returncode == 2
