"""Runs and versions in MLflow, by the real library, in a database in a file."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from privrag.errors import MissingExtraError, SettingsError, TrainingError
from privrag.registry import ModelVersion, Registry, write_registry
from privrag.settings import checked
from privrag_finetune.tracking.mlflow_log import log_home
from privrag_finetune.tracking.noted import noted
from privrag_finetune.tracking.reporter import Reporter
from privrag_finetune.tracking.settings import TrackingSettings
from privrag_finetune.tracking.store import Tracking
from tests.test_no_egress import watched, without_network

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of mlflow's own use


ROOT = Path(__file__).parents[3]


def version(name):
    gate = {"questions": 9, "documents": 3, "without": 0.4, "with_it": 0.5, "difference": 0.1}
    return ModelVersion(
        kind="embedder", name=name, created="2026-11-22", data="rooms", data_sha256="ab",
        base="small", seed=1, examples=1, pairs=1, seconds=1.0, gate=gate | {"ci95": (0.05, 0.2)},
    )  # fmt: skip


def train(home, name):
    with noted(home, kind="embedder", name=name, data=None, seed=12, base="small") as run:
        path = home / "models" / "embedder" / name / "events.jsonl"
        with Reporter(path, what=name) as report:
            report.on_step(1, 2, epoch=0.5, loss=2.0)
            report.on_step(2, 2, epoch=1.0, loss=1.0, validation_loss=1.5)
        figures = {"ndcg@10": {"without": 0.4, "ci95": [0.05, 0.2]}, "said": "no number"}
        run.done(figures=figures, epsilon=4.0, recipe={"epochs": 3}, sha256="cd")


def promoted(home, *names):
    versions = tuple(version(name) for name in ("first", "second"))
    write_registry(home, Registry(versions=versions, promoted={"embedder": names}))


def test_runs_figures_and_versions_with_aliases_are_logged_once(tmp_path):
    home, address = tmp_path / "home", f"sqlite:///{tmp_path}/ml.db"
    train(home, "first")
    train(home, "second")
    with (
        pytest.raises(ValueError),
        noted(home, kind="embedder", name="third", data=None, seed=1, base="small"),
    ):
        raise ValueError
    promoted(home, "first")
    assert log_home(home, address) == {"runs": 3, "versions": 2}
    assert log_home(home, address) == {"runs": 0, "versions": 0}

    client = MlflowClient(tracking_uri=address, registry_uri=address)
    experiment = client.get_experiment_by_name("privrag")
    runs = {
        run.data.tags["privrag.name"]: run for run in client.search_runs([experiment.experiment_id])
    }
    first = runs["first"]
    assert first.info.status == "FINISHED"
    assert runs["third"].info.status == "FAILED"
    assert first.data.params["epochs"] == "3"
    assert first.data.metrics["ndcg_at_10.without"] == 0.4
    assert first.data.metrics["ndcg_at_10.ci95.low"] == 0.05
    assert first.data.metrics["epsilon"] == 4.0
    history = client.get_metric_history(first.info.run_id, "loss")
    assert [(m.step, m.value) for m in history] == [(1, 2.0), (2, 1.0)]

    def called(alias):
        found = client.get_model_version_by_alias("privrag-embedder", alias)
        return found.tags["privrag.name"]

    assert (called("champion"), called("challenger")) == ("first", "second")
    promoted(home, "first", "second")
    log_home(home, address)
    assert (called("champion"), called("previous")) == ("second", "first")
    names = client.get_registered_model("privrag-embedder").aliases
    assert set(names) == {"champion", "previous"}, "nothing is left to challenge"


def logged(home, address):
    """(client, runs by name) after the home was logged."""
    log_home(home, address)
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    (experiment,) = client.search_experiments(filter_string="name = 'privrag'")
    found = client.search_runs([experiment.experiment_id])
    return client, {run.data.tags["privrag.name"]: run for run in found}


def test_a_log_that_was_cut_off_is_completed_in_the_same_run(tmp_path):
    home, address = tmp_path / "home", f"sqlite:///{tmp_path}/ml.db"
    train(home, "first")
    client, runs = logged(home, address)
    number = runs["first"].info.run_id
    client.update_run(number, status="RUNNING")
    train(home, "second")
    client, runs = logged(home, address)
    assert (runs["first"].info.run_id, runs["first"].info.status) == (number, "FINISHED")
    history = client.get_metric_history(number, "loss")
    assert [(m.step, m.value) for m in history] == [(1, 2.0), (2, 1.0)], "each once"
    assert len(client.search_model_versions("name = 'privrag-embedder'")) == 2


def test_a_killed_run_has_its_own_losses_alone(tmp_path):
    home, address = tmp_path / "home", f"sqlite:///{tmp_path}/ml.db"
    own = {"versions": {}, "machine": {}, "folder": "models/embedder/first"}
    with closing(Tracking(home)) as tracking:
        tracking.begin(kind="embedder", name="first", data=None, seed=1, recipe={}, **own)
    report = Reporter(home / own["folder"] / "events.jsonl", what="first")
    report.on_step(1, 2, epoch=0.5, loss=3.0)
    with sqlite3.connect(home / "models" / "tracking.sqlite") as db:
        db.execute("UPDATE runs SET process = ''")
    db.close()
    train(home, "first")
    log_home(home, address)
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    (experiment,) = client.search_experiments(filter_string="name = 'privrag'")
    losses = {
        run.info.status: [m.value for m in client.get_metric_history(run.info.run_id, "loss")]
        for run in client.search_runs([experiment.experiment_id])
    }
    assert losses == {"KILLED": [3.0], "FINISHED": [2.0, 1.0]}


def test_homes_with_models_of_one_name_keep_their_versions_and_aliases_apart(tmp_path):
    address = f"sqlite:///{tmp_path}/ml.db"
    for name in ("one", "other"):
        train(tmp_path / name, "first")
    promoted(tmp_path / "one", "first")
    assert log_home(tmp_path / "one", address) == {"runs": 1, "versions": 1}
    assert log_home(tmp_path / "other", address) == {"runs": 1, "versions": 1}
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    champion = client.get_model_version_by_alias("privrag-embedder", "champion")
    assert champion.source == (tmp_path / "one" / "models/embedder/first").as_uri()


def test_logging_to_mlflow_reaches_nothing_but_its_file(tmp_path):
    watch, log = watched(tmp_path)
    script = (
        "from pathlib import Path\n"
        "from tests.finetune.tracking.test_mlflow import log_home, train\n"
        f"train(Path({str(tmp_path / 'home')!r}), 'first')\n"
        f"print(log_home(Path({str(tmp_path / 'home')!r}), 'sqlite:///{tmp_path}/ml.db'))\n"
    )
    path = os.pathsep.join([str(watch), *sys.path])
    done = subprocess.run(
        [*without_network(), sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "'runs': 1" in done.stdout, done.stderr
    assert not log.exists(), log.read_text()


def test_a_database_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "ml.db").write_bytes(b"no database" * 1000)
    with pytest.raises(TrainingError, match=r"MLflow's database .* cannot be used"):
        log_home(tmp_path / "home", f"sqlite:///{tmp_path}/ml.db")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:5000", "sqlite:///here.db", "databricks", "sqlite:////a?uri=x"]
)
def test_only_a_file_of_this_machine_is_taken(address):
    with pytest.raises(SettingsError, match="tracking.mlflow: expected a file of this machine"):
        checked(TrackingSettings, {"mlflow": address}, table="tracking")


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mlflow.tracking", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'privrag\[mlflow\]'"):
        log_home(tmp_path, f"sqlite:///{tmp_path}/ml.db")
