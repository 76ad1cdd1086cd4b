"""A SQLite file of a home: its mode, its schema, its transactions, its errors in our words."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from privrag.errors import PrivragError

_BUSY_SECONDS = 30


class SqliteFile:
    """The open file, safe for several threads; several processes may have it open.

    Every call raises what `unusable` makes of a name such as SQLITE_FULL: SQLite's own message may
    quote what is stored.
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        *,
        version: int,
        unusable: Callable[[str], PrivragError],
        of_another_version: Callable[[int], PrivragError],
        pragmas: Sequence[str] = ("journal_mode = WAL", "synchronous = FULL"),
    ) -> None:
        """Open the file, or make it (mode 0600) by `schema`, which may run twice.

        Raises what `of_another_version` gives where the file has tables of another version.
        """
        self._lock = threading.RLock()
        self._unusable = unusable
        with told_as(unusable):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._db = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._db.row_factory = sqlite3.Row
            try:
                is_new = self._is_new(version, of_another_version)
                for pragma in pragmas:
                    _set(self._db, pragma)
                if is_new:
                    self._db.executescript(
                        f"BEGIN IMMEDIATE; {schema}; PRAGMA user_version = {version}; COMMIT"
                    )
            except BaseException:
                self._db.close()
                raise

    def _is_new(self, version: int, of_another_version: Callable[[int], PrivragError]) -> bool:
        ((found,),) = self._db.execute("PRAGMA user_version")
        ((tables,),) = self._db.execute("SELECT count(*) FROM sqlite_master")
        if tables and found != version:
            raise of_another_version(found)
        return not tables

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One statement, or what no other thread may come between."""
        with self._lock, told_as(self._unusable):
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction with the write lock from its start: all of it, or nothing."""
        with self.reading() as db, transaction(db):
            yield db

    def close(self) -> None:
        """Closing twice is no error."""
        with self._lock:
            self._db.close()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock from the first statement on; commit, or undo everything."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def told_as(unusable: Callable[[str], PrivragError]) -> Iterator[None]:
    """Errors of SQLite and of the file system by name, never by message."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        name = getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None)
        raise unusable(name or type(error).__name__) from None


def _set(db: sqlite3.Connection, pragma: str) -> None:
    """Two first openers that switch the journal at once are no error: SQLite does not wait."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            db.execute(f"PRAGMA {pragma}")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
