"""The database of runs: what it keeps, and how it tells a killed training from one that runs."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest

from privrag.errors import TrainingError
from privrag.registry import Registry, write_registry
from privrag.releases import Release
from privrag_finetune.tracking import process
from privrag_finetune.tracking.history import deployments_of
from privrag_finetune.tracking.noted import noted
from privrag_finetune.tracking.records import DataSet, Deployment
from privrag_finetune.tracking.store import Tracking

DATA = DataSet("rooms", "ab" * 32, 10, {"train": 8, "validation": 1, "test": 1})


def begin(home, name="first", **own):
    return noted(home, kind="embedder", name=name, data=DATA, seed=12, base="small", **own)


def runs(home):
    with closing(Tracking(home)) as tracking:
        return tracking.runs()


def test_a_run_is_noted_from_begin_to_end(tmp_path):
    with begin(tmp_path, recipe={"epochs": 3}) as run:
        (during,) = runs(tmp_path)
        run.done(figures={"ndcg@10": {"ci95": [0.1, 0.2]}}, epsilon=1.5, sha256="cd")
    (after,) = runs(tmp_path)
    assert (during.state, during.ended) == ("running", None)
    assert (after.state, after.epsilon) == ("finished", 1.5)
    assert after.figures == {"ndcg@10": {"ci95": [0.1, 0.2]}}
    assert after.recipe == {"epochs": 3}
    assert after.data == DATA
    assert after.folder == "models/embedder/first"
    assert {"torch", "transformers", "privrag"} <= set(after.versions)
    assert after.machine["cores"] >= 1
    assert after.started <= after.ended
    with closing(Tracking(tmp_path)) as tracking:
        (model,) = tracking.models()
        assert (model.name, model.run, model.sha256) == ("first", after.id, "cd")
        assert tracking.run("first") == tracking.run(after.id) == after
        with pytest.raises(TrainingError, match="no run or model is called 'other'"):
            tracking.run("other")


def test_the_file_is_private_and_of_one_schema(tmp_path):
    Tracking(tmp_path).close()
    path = tmp_path / "models" / "tracking.sqlite"
    assert path.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(TrainingError, match="has schema 7, this privrag reads 1"):
        Tracking(tmp_path)


def test_a_damaged_file_is_one_sentence(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tracking.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(TrainingError, match="tracking.sqlite of the home cannot be used"):
        Tracking(tmp_path)


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (TrainingError("there is no row"), "failed", "there is no row"),
        (ValueError("a name nobody may read"), "failed", "ValueError"),
        (KeyboardInterrupt(), "killed", "KeyboardInterrupt"),
    ],
)
def test_a_run_that_breaks_off_says_why_and_quotes_no_library(tmp_path, error, state, said):
    with pytest.raises(type(error)), begin(tmp_path):
        raise error
    (run,) = runs(tmp_path)
    assert (run.state, run.error) == (state, said)
    with closing(Tracking(tmp_path)) as tracking:
        assert tracking.models() == []


def test_a_run_that_was_not_measured_leaves_no_model(tmp_path):
    with begin(tmp_path):
        pass
    (run,) = runs(tmp_path)
    assert (run.state, run.figures) == ("finished", {})
    with closing(Tracking(tmp_path)) as tracking:
        assert tracking.models() == []


def test_a_failure_that_cannot_be_noted_is_still_the_one_that_is_told(tmp_path):
    with pytest.raises(TrainingError, match="there is no row"), begin(tmp_path):
        (tmp_path / "models" / "tracking.sqlite").write_bytes(b"no database" * 100)
        raise TrainingError("there is no row")


def test_a_gpu_that_is_known_once_torch_is_loaded_is_noted(tmp_path, monkeypatch):
    cuda = SimpleNamespace(is_available=lambda: True, get_device_name=lambda: "H200")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with begin(tmp_path) as run:
        assert "gpu" not in runs(tmp_path)[0].machine
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
        run.done(figures={})
    assert runs(tmp_path)[0].machine["gpu"] == "H200"


def test_a_killed_run_is_told_from_a_running_one(tmp_path):
    script = (
        "import sys, time, pathlib\n"
        "from tests.finetune.tracking.test_store import begin\n"
        "with begin(pathlib.Path(sys.argv[1]), 'killed'):\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "begun\n"
    with begin(tmp_path, "mine"):
        assert {run.name: run.state for run in runs(tmp_path)} == {
            "killed": "running",
            "mine": "running",
        }
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert {run.name: run.state for run in runs(tmp_path)} == {
            "killed": "killed",
            "mine": "running",
        }
    with begin(tmp_path, "killed") as again:
        again.done(figures={})
    assert [run.state for run in runs(tmp_path) if run.name == "killed"] == ["finished", "killed"]


def test_another_process_with_the_same_number_is_another_process():
    mine = process.this_process()
    boot, number, started = mine.split(":")
    assert process.runs(mine)
    assert not process.runs(f"{boot}:{number}:{int(started) - 1}")
    assert not process.runs(f"another-boot:{number}:{started}")
    assert not process.runs("")


def test_a_data_set_that_changed_is_another_one(tmp_path):
    for sha256 in ("ab", "ab", "cd"):
        data = DataSet("rooms", sha256, 10, {})
        with noted(tmp_path, kind="fusion", name="w", data=data, seed=1, base="b") as run:
            run.done(figures={})
    with sqlite3.connect(tmp_path / "models" / "tracking.sqlite") as db:
        assert db.execute("SELECT count(*) FROM datasets").fetchone() == (2,)
    db.close()


def released(number, at, **promoted):
    return Release(
        number=number, created=at, cause="promote", promoted=promoted, index="", prompt_sha256="",
        before=None,
    )  # fmt: skip


def test_deployments_end_when_another_model_serves(tmp_path):
    assert deployments_of(tmp_path) == []
    releases = (
        released(0, "1"),
        released(1, "2", reranker=("a",), fusion=("f",)),
        released(2, "3", reranker=("a",), fusion=("f",), generator=("g",)),
        released(3, "4", reranker=("a", "b")),
        released(4, "5", reranker=("a",)),
    )
    write_registry(tmp_path, Registry(releases=releases))
    assert deployments_of(tmp_path) == [
        Deployment("fusion", "f", "2", "4"),
        Deployment("reranker", "a", "2", "4"),
        Deployment("generator", "g", "3", "4"),
        Deployment("reranker", "b", "4", "5"),
        Deployment("reranker", "a", "5", None),
    ]
