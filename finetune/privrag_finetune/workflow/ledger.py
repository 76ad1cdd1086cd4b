"""`models/workflow.sqlite` (0600): each run, and which step was done for what with what result.

Hashes, names, counts and figures; no text.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from privrag.errors import TrainingError
from privrag.registry import FOLDER
from privrag.sqlite_file import SqliteFile

FILE = "workflow.sqlite"
_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, workflow TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER,
    state TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS steps (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, step TEXT NOT NULL,
    inputs TEXT NOT NULL, inputs_sha256 TEXT NOT NULL, state TEXT NOT NULL,
    name TEXT NOT NULL, sha256 TEXT NOT NULL, figures TEXT NOT NULL,
    started INTEGER NOT NULL, seconds REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS steps_by_inputs ON steps (step, inputs_sha256, state);
"""
RunState = Literal["running", "done", "failed", "killed"]
StepState = Literal["running", "done", "kept", "failed", "killed"]
"""`kept`: it was done before for the same inputs, and its result is still there."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a step left."""

    name: str
    """Of the data set, the model or the file."""
    sha256: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """A step of a run."""

    step: str
    state: StepState
    inputs: Mapping[str, str]
    output: Output
    seconds: float


class Ledger:
    """The ledger of a home; one run at a time writes to it."""

    def __init__(self, home: Path) -> None:
        """Open or create it. Raises TrainingError where that cannot be done."""
        folder = home / FOLDER
        self._file = SqliteFile(
            folder / FILE,
            _SCHEMA,
            version=_SCHEMA_VERSION,
            unusable=_unusable,
            of_another_version=_of_another_version,
        )
        self._folder = folder

    @contextmanager
    def run(self, workflow: str) -> Iterator[int]:
        """A run's number while it runs. What a kill left is noted as killed."""
        lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise TrainingError("another workflow of this home runs; wait for it") from None
        try:
            with self._file.writing() as db:
                for table in ("runs", "steps"):
                    db.execute(f"UPDATE {table} SET state = 'killed' WHERE state = 'running'")  # noqa: S608 - our own names
                number = db.execute(
                    "INSERT INTO runs (workflow, started, state) VALUES (?, ?, 'running')",
                    (workflow, int(time.time())),
                ).lastrowid
            assert number is not None  # noqa: S101 - it was inserted
            try:
                yield number
            except BaseException:
                self._end(number, "failed")
                raise
            self._end(number, "done")
        finally:
            os.close(lock)

    def begin(self, run: int, step: str, inputs: Mapping[str, str], sha256: str) -> int:
        """Note that a step begins; gives its number."""
        with self._file.writing() as db:
            number = db.execute(
                "INSERT INTO steps (run, step, inputs, inputs_sha256, state, name, sha256, figures,"
                " started, seconds) VALUES (?, ?, ?, ?, 'running', '', '', '{}', ?, 0)",
                (run, step, json.dumps(dict(inputs)), sha256, int(time.time())),
            ).lastrowid
        assert number is not None  # noqa: S101 - it was inserted
        return number

    def end(
        self, number: int, state: StepState, output: Output | None = None, *, seconds: float = 0.0
    ) -> None:
        """Note how it ended, and what it left."""
        left = output or Output("", "")
        with self._file.writing() as db:
            db.execute(
                "UPDATE steps SET state = ?, name = ?, sha256 = ?, figures = ?, seconds = ?"
                " WHERE id = ?",
                (state, left.name, left.sha256, json.dumps(dict(left.figures)), seconds, number),
            )

    def found(self, step: str, inputs_sha256: str) -> Output | None:
        """What this step left when it was done for the same inputs."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT name, sha256, figures FROM steps"
                " WHERE step = ? AND inputs_sha256 = ? AND state IN ('done', 'kept')"
                " ORDER BY id DESC LIMIT 1",
                (step, inputs_sha256),
            ).fetchone()
        return None if row is None else Output(row[0], row[1], json.loads(row[2]))

    def steps_of(self, run: int) -> list[Done]:
        """What a run did so far, in order."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT step, state, inputs, name, sha256, figures, seconds FROM steps"
                " WHERE run = ? ORDER BY id",
                (run,),
            ).fetchall()
        return [
            Done(step, state, json.loads(inputs), Output(name, sha, json.loads(figures)), seconds)
            for step, state, inputs, name, sha, figures, seconds in rows
        ]

    def close(self) -> None:
        self._file.close()

    def _end(self, number: int, state: RunState) -> None:
        with self._file.writing() as db:
            db.execute(
                "UPDATE runs SET state = ?, ended = ? WHERE id = ?",
                (state, int(time.time()), number),
            )


def _unusable(name: str) -> TrainingError:
    return TrainingError(
        f"{FOLDER}/{FILE} of the home cannot be used ({name}); free space, or remove it: then "
        "every step is done again"
    )


def _of_another_version(found: int) -> TrainingError:
    return TrainingError(
        f"{FOLDER}/{FILE} has schema {found}, this privrag reads {_SCHEMA_VERSION}; remove it: "
        "then every step is done again"
    )
