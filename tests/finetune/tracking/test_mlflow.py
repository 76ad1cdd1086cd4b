"""Runs and versions in MLflow, by the real library, in a database in a file."""

import pytest
from mlflow.tracking import MlflowClient

from privrag.errors import MissingExtraError, SettingsError, TrainingError
from privrag.registry import ModelVersion, Registry, write_registry
from privrag.settings import checked
from privrag_finetune.tracking.mlflow_log import log_home
from privrag_finetune.tracking.noted import noted
from privrag_finetune.tracking.reporter import Reporter
from privrag_finetune.tracking.settings import TrackingSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of mlflow's own use


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
