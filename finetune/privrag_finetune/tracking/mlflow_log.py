"""Runs and models of a home in MLflow: a local SQLite database, no server, no telemetry.

Whatever is not there yet is written, and aliases are set as the registry says now, so a call may be
repeated. No artifact is copied: a version names the model's folder in the home.
"""

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag import offline
from privrag.errors import MissingExtraError, TrainingError
from privrag.registry import FOLDER, Registry, read_registry
from privrag_finetune.tracking import events
from privrag_finetune.tracking.events import read_events
from privrag_finetune.tracking.records import Model, Run
from privrag_finetune.tracking.store import Tracking

if TYPE_CHECKING:
    from mlflow.entities import Metric, RunInfo
    from mlflow.tracking import MlflowClient

EXPERIMENT = "privrag"
_RUN_TAG, _NAME_TAG = "privrag.run", "privrag.name"
_STATES = {"finished": "FINISHED", "failed": "FAILED", "killed": "KILLED"}
_RUNNING = "RUNNING"
_NEVER = "9999"
"""Later than every time that is noted."""
_AT_ONCE = 500
"""Metrics in one call; the library takes 1,000."""
_LONGEST = 500
"""Characters of a parameter; the library takes 6,000."""


def log_home(home: Path, address: str) -> dict[str, int]:
    """Bring MLflow up to date; gives how many runs and versions are new.

    Raises TrainingError where its database cannot be used, MissingExtraError without the library.
    """
    with contextlib.closing(Tracking(home)) as tracking:
        runs, models = tracking.runs(), tracking.models()
    client = _client(address)
    with _mapped():
        experiment = _experiment(client, home)
        known = _known_runs(client, experiment)
        whole = {run for run, found in known.items() if found.status != _RUNNING}
        new = [run for run in reversed(runs) if run.state in _STATES and run.id not in whole]
        numbers = {run: str(found.run_id) for run, found in known.items()}
        for run in new:
            if run.id not in numbers:
                numbers[run.id] = _create_run(client, experiment, run)
            _log_run(client, numbers[run.id], run, _steps(home, run, runs))
        added = [_add_version(client, home, model, numbers) for model in models]
        _set_aliases(client, read_registry(home), models, numbers)
    return {"runs": len(new), "versions": sum(added)}


def _client(address: str) -> "MlflowClient":
    offline.go_offline()
    try:
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise MissingExtraError("mlflow-skinny", "mlflow") from None
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of each table that it makes
    with _mapped():
        return MlflowClient(tracking_uri=address, registry_uri=address)


def _experiment(client: "MlflowClient", home: Path) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    place = (home / FOLDER).resolve().as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=place))


def _known_runs(client: "MlflowClient", experiment: str) -> "dict[str, RunInfo]":
    """By our id. One that MLflow has as running was not logged to its end."""
    known: dict[str, RunInfo] = {}
    token = None
    while True:
        page = client.search_runs([experiment], page_token=token)
        known |= {run.data.tags.get(_RUN_TAG, ""): run.info for run in page}
        token = page.token
        if not token:
            return known


def _create_run(client: "MlflowClient", experiment: str, run: Run) -> str:
    tags = {_RUN_TAG: run.id, _NAME_TAG: run.name, "privrag.kind": run.kind}
    if run.data is not None:
        tags |= {"privrag.data": run.data.name, "privrag.data_sha256": run.data.sha256}
    begun = _milliseconds(run.started)
    made = client.create_run(experiment, start_time=begun, tags=tags, run_name=run.id)
    return str(made.info.run_id)


def _log_run(client: "MlflowClient", number: str, run: Run, steps: Sequence["Metric"]) -> None:
    """The same again is no other: settings and metrics are known by their values."""
    from mlflow.entities import Metric, Param

    values = {"seed": run.seed, **run.recipe, **run.versions}
    settings = [Param(_name(key), str(value)[:_LONGEST]) for key, value in values.items()]
    ended = _milliseconds(run.ended or run.started)
    figures = [
        Metric(_name(key), value, ended, 0)
        for key, value in {**_flat(run.figures), **_epsilon(run)}.items()
    ]
    figures += steps
    client.log_batch(number, params=settings)
    for start in range(0, len(figures), _AT_ONCE):
        client.log_batch(number, metrics=figures[start : start + _AT_ONCE])
    client.set_terminated(number, status=_STATES[run.state], end_time=ended)


def _steps(home: Path, run: Run, runs: Sequence[Run]) -> "list[Metric]":
    """Losses step by step, of this run among those that wrote the file.

    When a killed one ended nobody noted: what the next of its name began with is not its own.
    """
    from mlflow.entities import Metric

    later = [one.started for one in runs if one.folder == run.folder and one.started > run.started]
    until = run.ended or min(later, default=_NEVER)
    return [
        Metric(name, value, _milliseconds(event.time), event.step)
        for event in read_events(home / run.folder / events.FILE)
        if run.started <= event.time <= until
        for name in ("loss", "validation_loss", "tokens_per_second")
        if (value := getattr(event, name)) is not None
    ]


def _add_version(client: "MlflowClient", home: Path, model: Model, runs: Mapping[str, str]) -> bool:
    """Whether it was not there."""
    if model.run not in runs:
        return False
    name = _registered(model.kind)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    if _version(client, model, runs) is not None:
        return False
    place = home / FOLDER / model.kind / model.name
    tags = {_NAME_TAG: model.name, "privrag.base": model.base, "privrag.sha256": model.sha256}
    client.create_model_version(
        name, source=place.resolve().as_uri(), run_id=runs[model.run], tags=tags
    )
    return True


def _set_aliases(
    client: "MlflowClient", registry: Registry, models: Sequence[Model], runs: Mapping[str, str]
) -> None:
    """`champion` serves, `previous` did before it, `challenger` is the newest that does not.

    An alias that another home's model has stays, unless a model of this home takes it.
    """
    for kind in {model.kind for model in models}:
        own = {m.name: _version(client, m, runs) for m in models if m.kind == kind}
        promoted = next((names for k, names in registry.promoted.items() if k == kind), ())
        others = [name for name in own if name not in promoted]
        held = client.get_registered_model(_registered(kind)).aliases
        named = {
            "champion": promoted[-1:],
            "previous": promoted[-2:-1],
            "challenger": tuple(others[-1:]),
        }
        for alias, names in named.items():
            version = next((own[name] for name in names if name in own), None)
            if version is not None:
                client.set_registered_model_alias(_registered(kind), alias, version)
            elif str(held.get(alias)) in own.values():
                client.delete_registered_model_alias(_registered(kind), alias)


def _version(client: "MlflowClient", model: Model, runs: Mapping[str, str]) -> str | None:
    """Known by its run: another home may have a model of the same name."""
    for found in client.search_model_versions(f"name = '{_registered(model.kind)}'"):
        if found.run_id == runs.get(model.run):
            return str(found.version)
    return None


def _registered(kind: str) -> str:
    return f"privrag-{kind}"


def _flat(figures: Mapping[str, Any], above: str = "") -> dict[str, float]:
    """Numbers by name; those of an interval are `NAME.low` and `NAME.high`."""
    found: dict[str, float] = {}
    for key, value in figures.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{name}.")
        elif isinstance(value, list | tuple) and len(value) == 2:
            found |= _flat({"low": value[0], "high": value[1]}, f"{name}.")
        elif isinstance(value, int | float):
            found[name] = float(value)
    return found


def _epsilon(run: Run) -> dict[str, float]:
    return {} if run.epsilon is None else {"epsilon": run.epsilon}


def _name(name: str) -> str:
    """As the library allows it: `ndcg@10` is `ndcg_at_10`."""
    return re.sub(r"[^\w./ -]", "_", name.replace("@", "_at_"))


def _milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def _errors() -> tuple[type[Exception], ...]:
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, SQLAlchemyError, OSError


@contextlib.contextmanager
def _mapped() -> Iterator[None]:
    """Its messages may hold what was sent; they go no further."""
    try:
        yield
    except _errors() as error:
        raise TrainingError(
            f"MLflow's database of tracking.mlflow cannot be used ({type(error).__name__}); the "
            "home's own record is whole: privrag train runs"
        ) from None
