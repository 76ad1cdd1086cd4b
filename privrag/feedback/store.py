"""`feedback.sqlite` in the home (0600): answers that may get feedback, and the feedback on them.

Safe text, ids and keyed hashes. What is deleted is overwritten (`secure_delete`).
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from privrag.errors import FeedbackError, FeedbackLimitError, FeedbackStoreError
from privrag.feedback.records import Feedback, KeptAnswer, Queued, State, Verdicts
from privrag.sqlite_file import SqliteFile

FILE = "feedback.sqlite"
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, user TEXT NOT NULL, time INTEGER NOT NULL,
    refused INTEGER NOT NULL, passages TEXT NOT NULL, models TEXT NOT NULL,
    question TEXT, answer TEXT, entities TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS answers_by_time ON answers (time);
CREATE INDEX IF NOT EXISTS answers_of_user ON answers (tenant, user, time);
CREATE TABLE IF NOT EXISTS feedback (
    id TEXT PRIMARY KEY, answer TEXT NOT NULL UNIQUE REFERENCES answers ON DELETE CASCADE,
    tenant TEXT NOT NULL, user TEXT NOT NULL, time INTEGER NOT NULL, thumb TEXT NOT NULL,
    reason TEXT NOT NULL, correction TEXT, same TEXT NOT NULL, entities TEXT NOT NULL,
    state TEXT NOT NULL, reviewer TEXT NOT NULL, reviewed INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS feedback_of_user ON feedback (tenant, user, time);
CREATE INDEX IF NOT EXISTS feedback_by_state ON feedback (tenant, state, time);
"""
_JSON = ("passages", "models", "entities")
_HOLDS = "EXISTS (SELECT 1 FROM json_each({0}.entities) JOIN gone ON gone.name = json_each.value)"


class FeedbackStore:
    """One tenant's view of the file; safe for several threads and processes.

    Every call raises FeedbackStoreError where the file is damaged, locked for long, or the disk is
    full.
    """

    def __init__(self, path: Path, *, tenant: str) -> None:
        """Open or create the file."""
        self._tenant = tenant
        self._file = SqliteFile(
            path,
            _SCHEMA,
            version=_VERSION,
            unusable=_unusable,
            of_another_version=_of_another_version,
            pragmas=("journal_mode = WAL", "secure_delete = ON", "foreign_keys = ON"),
        )

    def keep(self, answer: KeptAnswer) -> None:
        """Keep an answer; of two with one id the first stays, or one could take over another's."""
        values = _as_row(answer.model_dump(mode="json"))
        with self._file.writing() as db:
            db.execute(
                f"INSERT OR IGNORE INTO answers ({', '.join(values)})"  # noqa: S608 - our own names
                f" VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )

    def answer(self, answer_id: str, user: str) -> KeptAnswer | None:
        """The answer, if this user got it; `last` is the newest one."""
        newest = " ORDER BY time DESC, rowid DESC LIMIT 1"
        by_id, values = ("", ()) if answer_id == "last" else (" AND id = ?", (answer_id,))
        with self._file.reading() as db:
            row = db.execute(
                f"SELECT * FROM answers WHERE tenant = ? AND user = ?{by_id}{newest}",  # noqa: S608 - our own words
                (self._tenant, user, *values),
            ).fetchone()
        return None if row is None else KeptAnswer.model_validate(_from_row(row))

    def put(self, feedback: Feedback, *, since: int, most: int) -> None:
        """Keep an opinion instead of the one that its giver had of this answer.

        Raises FeedbackLimitError where the user gave `most` others since that time, FeedbackError
        where the one before was reviewed already.
        """
        with self._file.writing() as db:
            before = db.execute(
                "SELECT state FROM feedback WHERE answer = ?", (feedback.answer,)
            ).fetchone()
            if before is not None and before["state"] in {"accepted", "rejected"}:
                raise FeedbackError("feedback on this answer was reviewed already and stays")
            ((given,),) = db.execute(
                "SELECT count(*) FROM feedback"
                " WHERE tenant = ? AND user = ? AND time > ? AND answer != ?",
                (self._tenant, feedback.user, since, feedback.answer),
            )
            if given >= most:
                raise FeedbackLimitError(
                    f"this user gave feedback on {given} answers within a day, which is as much as "
                    "feedback.most_per_day allows; try again tomorrow"
                )
            values = _as_row(feedback.model_dump(mode="json"))
            db.execute("DELETE FROM feedback WHERE answer = ?", (feedback.answer,))
            db.execute(
                f"INSERT INTO feedback ({', '.join(values)})"  # noqa: S608 - our own names
                f" VALUES ({', '.join('?' * len(values))})",
                tuple(values.values()),
            )

    def is_known(self, same: str, *, beside: str) -> bool:
        """Whether the same correction waits or was accepted, of another answer than `beside`."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT 1 FROM feedback WHERE tenant = ? AND same = ? AND answer != ?"
                " AND state IN ('pending', 'accepted')",
                (self._tenant, same, beside),
            ).fetchone()
        return row is not None

    def queued(self, state: State | None, *, limit: int) -> list[Queued]:
        """The oldest opinions in this state (None: in any), each beside its answer."""
        wanted = "" if state is None else " AND state = ?"
        values = () if state is None else (state,)
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT * FROM feedback WHERE tenant = ?{wanted}"  # noqa: S608 - our own words
                " ORDER BY time, rowid LIMIT ?",
                (self._tenant, *values, limit),
            ).fetchall()
            return self._beside(db, rows)

    def verdicts(self) -> dict[str, Verdicts]:
        """How each user's corrections were judged, by keyed hash of the name."""
        with self._file.reading() as db:
            return self._verdicts(db)

    def one(self, feedback_id: str) -> Queued:
        """Raises FeedbackError for an id that is not there."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT * FROM feedback WHERE tenant = ? AND id = ?", (self._tenant, feedback_id)
            ).fetchone()
            if row is None:
                raise FeedbackError("there is no feedback with this id: privrag feedback list")
            return self._beside(db, [row])[0]

    def decide(self, feedback_id: str, state: State, *, reviewer: str, time: int) -> bool:
        """Note a verdict; False where it was not pending any more."""
        with self._file.writing() as db:
            done = db.execute(
                "UPDATE feedback SET state = ?, reviewer = ?, reviewed = ?"
                " WHERE tenant = ? AND id = ? AND state = 'pending'",
                (state, reviewer, time, self._tenant, feedback_id),
            )
        return done.rowcount == 1

    def drop_before(self, time: int) -> int:
        """Delete answers of before, with what was said of them; gives the number of answers."""
        with self._file.writing() as db:
            return db.execute(
                "DELETE FROM answers WHERE tenant = ? AND time < ?", (self._tenant, time)
            ).rowcount

    def erase(self, pseudonyms: Collection[str]) -> int:
        """Delete every answer and opinion that holds one; gives how many of either went."""
        with self._file.writing() as db:
            db.execute("CREATE TEMP TABLE gone (name TEXT PRIMARY KEY)")
            db.executemany("INSERT INTO gone VALUES (?)", [(name,) for name in pseudonyms])
            ((before,),) = db.execute(_EVERYTHING)
            for table in ("feedback", "answers"):
                db.execute(f"DELETE FROM {table} WHERE {_HOLDS.format(table)}")  # noqa: S608 - our own names
            ((after,),) = db.execute(_EVERYTHING)
            db.execute("DROP TABLE gone")
        with self._file.reading() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(before) - int(after)

    def close(self) -> None:
        self._file.close()

    def _beside(self, db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[Queued]:
        """In two statements, however many there are."""
        wanted = json.dumps([row["answer"] for row in rows])
        found = db.execute(
            "SELECT answers.* FROM answers JOIN json_each(?) ON answers.id = json_each.value",
            (wanted,),
        )
        answers = {row["id"]: KeptAnswer.model_validate(_from_row(row)) for row in found}
        verdicts = self._verdicts(db)
        none = Verdicts(0, 0)
        return [
            Queued(
                feedback=Feedback.model_validate(_from_row(row)),
                answer=answers[row["answer"]],
                user_accepted=verdicts.get(row["user"], none).accepted,
                user_rejected=verdicts.get(row["user"], none).rejected,
            )
            for row in rows
        ]

    def _verdicts(self, db: sqlite3.Connection) -> dict[str, Verdicts]:
        rows = db.execute(
            "SELECT user, sum(state = 'accepted') AS accepted, sum(state = 'rejected') AS rejected"
            " FROM feedback WHERE tenant = ? AND state IN ('accepted', 'rejected') GROUP BY user",
            (self._tenant,),
        )
        return {row["user"]: Verdicts(row["accepted"], row["rejected"]) for row in rows}


_EVERYTHING = "SELECT (SELECT count(*) FROM answers) + (SELECT count(*) FROM feedback)"


def _as_row(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(v) if name in _JSON else v for name, v in fields.items()}


def _from_row(row: sqlite3.Row) -> dict[str, Any]:
    return {name: json.loads(row[name]) if name in _JSON else row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates over values


def _unusable(name: str) -> FeedbackStoreError:
    return FeedbackStoreError(
        f"{FILE} in the home cannot be used ({name}); free space, or remove it to begin anew "
        "without what people said so far"
    )


def _of_another_version(found: int) -> FeedbackStoreError:
    return FeedbackStoreError(
        f"{FILE} has schema {found}, this privrag reads {_VERSION}; remove it to begin anew"
    )
