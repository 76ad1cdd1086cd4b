"""`models/tracking.sqlite`: which data set went into which run, and what came out of it.

A run that was begun and whose process is gone was killed: whoever reads next notes it.
"""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag.registry import FOLDER
from privrag.sqlite_file import SqliteFile
from privrag_finetune.tracking import process
from privrag_finetune.tracking.records import DataSet, Model, Run, State

FILE = "tracking.sqlite"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS datasets (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, rows INTEGER NOT NULL,
    splits TEXT NOT NULL, UNIQUE (name, sha256)
) STRICT;
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'killed')),
    started TEXT NOT NULL, ended TEXT, dataset INTEGER REFERENCES datasets (id),
    seed INTEGER NOT NULL, recipe TEXT NOT NULL, versions TEXT NOT NULL, machine TEXT NOT NULL,
    folder TEXT NOT NULL, figures TEXT NOT NULL, epsilon REAL, error TEXT NOT NULL,
    process TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS runs_of_name ON runs (name);
CREATE TABLE IF NOT EXISTS models (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, run TEXT NOT NULL REFERENCES runs (id),
    base TEXT NOT NULL, sha256 TEXT NOT NULL, created TEXT NOT NULL
) STRICT;
"""
_RUNS = """
SELECT r.*, d.name AS data_name, d.sha256 AS data_sha256, d.rows AS data_rows, d.splits AS splits
FROM runs r LEFT JOIN datasets d ON d.id = r.dataset
"""


class Tracking:
    """A home's record of its trainings. Several processes may have it open.

    Every call raises TrainingError where the file is damaged, locked for long, or out of space.
    """

    def __init__(self, home: Path) -> None:
        """Open or make the file (mode 0600)."""
        self._file = SqliteFile(
            home / FOLDER / FILE,
            _SCHEMA,
            version=_SCHEMA_VERSION,
            unusable=_unusable,
            of_another_version=_of_another_version,
            pragmas=("journal_mode = WAL", "foreign_keys = ON"),
        )

    def begin(
        self,
        *,
        kind: str,
        name: str,
        data: DataSet | None,
        seed: int,
        recipe: Mapping[str, Any],
        versions: Mapping[str, str],
        machine: Mapping[str, Any],
        folder: str,
    ) -> str:
        """Note a run of this process that begins; gives its id."""
        run = f"{kind}-{secrets.token_hex(4)}"
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, 'running', ?, NULL, ?, ?, ?, ?, ?, ?, '{}', "
                "NULL, '', ?)",
                (
                    *(run, kind, name, now(), _dataset(db, data), seed, _json(recipe)),
                    *(_json(versions), _json(machine), folder, process.this_process()),
                ),
            )
        return run

    def finish(
        self,
        run: str,
        *,
        figures: Mapping[str, Any],
        epsilon: float | None,
        machine: Mapping[str, Any],
        model: Model | None,
        recipe: Mapping[str, Any] | None = None,
    ) -> None:
        """Note what came out of a run: its figures, and a model if there is one.

        `machine` and `recipe` replace what was noted when it began.
        """
        with self._file.writing() as db:
            _end(db, run, "finished", "", figures, epsilon)
            db.execute("UPDATE runs SET machine = ? WHERE id = ?", (_json(machine), run))
            if recipe is not None:
                db.execute("UPDATE runs SET recipe = ? WHERE id = ?", (_json(recipe), run))
            if model is not None:
                db.execute(
                    "INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?)",
                    (model.name, model.kind, model.run, model.base, model.sha256, model.created),
                )

    def fail(self, run: str, error: str, *, interrupted: bool = False) -> None:
        """Note that a run ended without a model, and why; `interrupted`: somebody ended it."""
        with self._file.writing() as db:
            _end(db, run, "killed" if interrupted else "failed", error, {}, None)

    def runs(self) -> list[Run]:
        """All of them, the newest first."""
        with self._file.writing() as db:
            _note_killed(db)
            found = db.execute(f"{_RUNS} ORDER BY r.started DESC, r.rowid DESC")
            return [_run_of(row) for row in found]

    def run(self, name: str) -> Run:
        """The run of this id, else the newest of the model of this name. Raises TrainingError."""
        runs = self.runs()
        for run in [r for r in runs if r.id == name] + [r for r in runs if r.name == name]:
            return run
        raise TrainingError(f"no run or model is called {name!r}; list them: privrag train runs")

    def models(self) -> list[Model]:
        """Those that came out of runs, oldest first."""
        with self._file.reading() as db:
            found = db.execute("SELECT * FROM models ORDER BY created, rowid").fetchall()
        return [Model(**row) for row in found]

    def close(self) -> None:
        self._file.close()


def now() -> str:
    """UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _dataset(db: sqlite3.Connection, data: DataSet | None) -> int | None:
    if data is None:
        return None
    db.execute(
        "INSERT OR IGNORE INTO datasets (name, sha256, rows, splits) VALUES (?, ?, ?, ?)",
        (data.name, data.sha256, data.rows, _json(data.splits)),
    )
    found = db.execute(
        "SELECT id FROM datasets WHERE name = ? AND sha256 = ?", (data.name, data.sha256)
    )
    return int(found.fetchone()[0])


def _end(
    db: sqlite3.Connection,
    run: str,
    state: State,
    error: str,
    figures: Mapping[str, Any],
    epsilon: float | None,
) -> None:
    db.execute(
        "UPDATE runs SET state = ?, ended = ?, error = ?, figures = ?, epsilon = ? WHERE id = ?",
        (state, now(), error, _json(figures), epsilon, run),
    )


def _note_killed(db: sqlite3.Connection) -> None:
    running = db.execute("SELECT id, process FROM runs WHERE state = 'running'")
    gone = [(row["id"],) for row in running.fetchall() if not process.runs(row["process"])]
    db.executemany("UPDATE runs SET state = 'killed' WHERE id = ?", gone)


def _unusable(name: str) -> TrainingError:
    return TrainingError(
        f"models/{FILE} of the home cannot be used ({name}); make room if the disk is full, or "
        "move the file away if it is damaged: models and data sets stay, only the list of runs is "
        "lost"
    )


def _of_another_version(found: int) -> TrainingError:
    return TrainingError(
        f"models/{FILE} has schema {found}, this privrag reads {_SCHEMA_VERSION}; take the privrag "
        "that wrote it, or move the file away: models and data sets stay"
    )


def _json(value: object) -> str:
    return json.dumps(value, default=str)


def _run_of(row: sqlite3.Row) -> Run:
    data = None
    if row["data_name"] is not None:
        splits = json.loads(row["splits"])
        data = DataSet(row["data_name"], row["data_sha256"], row["data_rows"], splits)
    return Run(
        **{name: row[name] for name in ("id", "kind", "name", "state", "started", "ended")},
        **{name: row[name] for name in ("seed", "folder", "epsilon", "error", "process")},
        **{name: json.loads(row[name]) for name in ("recipe", "versions", "machine", "figures")},
        data=data,
    )
