"""The vault's database file: its tables, how it is opened, and what its errors mean to a reader.

No column holds a value in clear. `blind` columns are keyed hashes (HMAC-SHA-256).
"""

import os
import secrets
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from privrag.errors import VaultError

SCHEMA_VERSION = 1

BUSY_SECONDS = 30
"""How long to wait for another process that writes. Assigning a document takes milliseconds."""

_TABLES = """
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  schema_version INTEGER NOT NULL,
  key_fingerprint BLOB NOT NULL
);
CREATE TABLE entities (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  pseudonym TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  canonical BLOB NOT NULL,      -- blind index of label and canonical form
  part INTEGER NOT NULL,        -- 0; then 1, 2, ... when the alias suffixes were used up
  wrapped_key BLOB NOT NULL,    -- the entity's data key: destroying the row shreds its surfaces
  UNIQUE (tenant, canonical, part)
);
CREATE TABLE surfaces (
  entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  suffix TEXT NOT NULL,         -- '', '_B' ... '_Z'
  blind BLOB NOT NULL,          -- of this very entity's surface: says nothing across entities
  sealed BLOB NOT NULL,         -- nonce + AES-256-GCM ciphertext
  PRIMARY KEY (entity, suffix),
  UNIQUE (entity, blind)
) WITHOUT ROWID;
CREATE TABLE forms (
  blind BLOB NOT NULL,          -- of label and a further form
  entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  PRIMARY KEY (blind, entity)
) WITHOUT ROWID;
CREATE INDEX forms_of_entity ON forms (entity);
CREATE TABLE mentions (
  version TEXT NOT NULL,
  entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  PRIMARY KEY (version, entity)
) WITHOUT ROWID;
CREATE INDEX mentions_of_entity ON mentions (entity);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the database file, making it (mode 0600) if there is none; tables come later."""
    with readable_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(
            os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        )  # SQLite gives -wal and -shm the same
        db = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _configure(db)
        except BaseException:
            db.close()
            raise
        return db


def prepare(db: sqlite3.Connection, path: Path, fingerprint: bytes) -> None:
    """Make the tables in a new file; in an old one, check that version and key are its own.

    Nothing is written unless the file is empty. Two processes may do this at once.
    """
    with readable_errors(path), writing(db):
        if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            for statement in _TABLES.split(";\n"):
                db.execute(statement)
            db.execute("INSERT INTO meta VALUES (1, ?, ?)", (SCHEMA_VERSION, fingerprint))
        row = db.execute("SELECT schema_version, key_fingerprint FROM meta").fetchone()
    if row is None or row[0] != SCHEMA_VERSION:
        found = "none" if row is None else str(row[0])
        message = f"the vault {path} has schema {found}, this privrag reads {SCHEMA_VERSION}"
        raise VaultError(message)
    if not secrets.compare_digest(row[1], fingerprint):
        message = (
            f"the key does not belong to the vault {path}; "
            "put back the key file that was made with it (nothing was changed)"
        )
        raise VaultError(message)


@contextmanager
def writing(db: sqlite3.Connection) -> Generator[None]:
    """Run one transaction that holds the write lock from its first statement on."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def readable_errors(path: Path) -> Generator[None]:
    """Turn what SQLite or the file system raises into a VaultError that says what to do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        message = f"the vault {path} was closed; open it again"
        raise VaultError(message) from None
    except sqlite3.OperationalError as error:
        if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            message = (
                f"another process has been writing to the vault {path} "
                f"for {BUSY_SECONDS} seconds; try again when it is done"
            )
        else:
            message = f"the vault {path} cannot be used: {_name(error)}"
        raise VaultError(message) from None
    except sqlite3.DatabaseError as error:
        message = (
            f"the vault {path} is damaged or not a vault ({_name(error)}); "
            "put it back from its backup"
        )
        raise VaultError(message) from None
    except OSError as error:
        message = f"the vault {path} cannot be opened: {error.strerror}"
        raise VaultError(message) from None


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary error code; -1 for what Python's own layer raises without one."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF


def _name(error: sqlite3.Error) -> str:
    """SQLite's name for the error, never its message: that may quote the row."""
    return str(getattr(error, "sqlite_errorname", "a column of the wrong type"))


def _configure(db: sqlite3.Connection) -> None:
    """WAL so that readers never wait; FULL so that a commit survives a power cut."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # Two first openers switch at once: SQLite does not wait for this lock by itself.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA foreign_keys = ON")
