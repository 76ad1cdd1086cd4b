"""Runs are kept apart by home, found by their beginning, and hold no private words."""

import json

import pytest

from privrag.errors import EvaluationError
from privrag.settings import Settings
from privrag_evals.runs import RunStore, file_hash

DATA = {"name": "houses", "sha256": "ab", "questions": 2}


def store(tmp_path, home="home", **settings):
    own = Settings(cache=tmp_path / "cache", **settings)
    return RunStore(tmp_path / home, own), own


def test_a_run_comes_back_as_it_was_by_the_beginning_of_its_id(tmp_path):
    runs, settings = store(tmp_path)
    first = runs.add("retrieval", DATA, settings, {"systems": {}})
    second = runs.add("qa", DATA, settings, {"systems": {"hybrid": {"f1": 1.0}}})
    assert runs.ids() == [first.id, second.id]
    assert runs.ids(kind="qa") == [second.id]
    assert runs.get(second.id) == second
    assert runs.get(second.id[:-1]) == second
    for name in ("19", first.id[:4]):
        with pytest.raises(EvaluationError, match="run"):
            runs.get(name)


def test_another_home_has_its_own_and_the_home_itself_is_left_alone(tmp_path):
    runs, settings = store(tmp_path)
    runs.add("qa", DATA, settings, {})
    other, _ = store(tmp_path, home="other")
    assert other.ids() == []
    assert not (tmp_path / "home").exists()


def test_settings_that_may_quote_a_document_are_kept_as_hashes(tmp_path):
    words = {"words": {"label": "ORG", "words": ["Blue Heron"]}}
    runs, settings = store(tmp_path, pseudonymize={"word_lists": words})
    run = runs.add("qa", DATA, settings, {})
    assert "Blue Heron" not in json.dumps(run.settings)
    assert run.settings["retrieve"]["candidates"] == settings.retrieve.candidates


def test_every_table_is_kept_but_those_that_change_no_figure(tmp_path):
    runs, settings = store(tmp_path)
    kept = runs.add("qa", DATA, settings, {}, promoted={"embedder": "embedder-1"}).settings
    unkept = {
        "tenant", "collection", "cache", "vault", "audit", "feedback", "viewers", "groups", "sync",
        "service", "tracking",
    }  # fmt: skip
    assert set(kept) == (set(Settings.model_fields) - unkept) | {"promoted"}
    assert {"rewrite", "quarantine"} <= set(kept)
    assert (kept["promoted"]["embedder"], kept["promoted"]["reranker"]) == ("embedder-1", None)


def test_user_and_password_of_an_address_are_not_kept_nor_shown_of_an_earlier_run(tmp_path):
    url = "http://me:s3cr3t%40@127.0.0.1:8001/v1"
    runs, settings = store(tmp_path, generate={"base_url": url, "model": "m"})
    command = f"privrag eval qa --data q.jsonl --at '{url}' --mail a@example.org"
    run = runs.add("qa", {**DATA, "from": url}, settings, {}, command=command)
    (path,) = (tmp_path / "cache").rglob("*.json")
    assert "s3cr3t" not in path.read_text()
    assert run.settings["generate"]["base_url"] == "http://127.0.0.1:8001/v1"
    assert run.command.endswith("--at 'http://127.0.0.1:8001/v1' --mail a@example.org")
    path.write_text(path.read_text().replace("http://127", "http://me:s3cr3t@127"))
    assert runs.get(run.id) == run


def test_a_run_is_readable_by_its_user_alone(tmp_path):
    runs, settings = store(tmp_path)
    runs.add("qa", DATA, settings, {})
    (path,) = (tmp_path / "cache").rglob("*.json")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_run_is_refused(tmp_path):
    runs, settings = store(tmp_path)
    run = runs.add("qa", DATA, settings, {})
    (path,) = (tmp_path / "cache").rglob("*.json")
    path.write_text("{")
    with pytest.raises(EvaluationError, match="cannot be read"):
        runs.get(run.id)


def test_the_hash_of_a_folder_tells_names_and_bytes(tmp_path):
    (tmp_path / "a").write_text("x")
    first = file_hash(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert file_hash(tmp_path) != first
    (tmp_path / "b").rename(tmp_path / "a")
    assert file_hash(tmp_path) == first
    (tmp_path / "a").write_text("y")
    assert file_hash(tmp_path) != first
