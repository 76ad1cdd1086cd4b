"""The vault's database file: its tables, how it is opened, and what its errors mean to a reader.

No column holds a value in clear. `blind` columns are keyed hashes (HMAC-SHA-256).
"""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from privrag.errors import VaultError

SCHEMA_VERSION = 3
"""3 has the tables of 2; their sum in `meta` covers `beside` and `stale`, too."""

BUSY_SECONDS = 30
"""How long to wait for another process that writes. Assigning a document takes milliseconds."""

_CACHE_KIB = 32 * 1024
_LOG_PAGES = 8000
"""How long the log grows (32 MB) before it is written into the file: hashes hit pages at random."""
_MAPPED_BYTES = 1 << 30

META = """
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  schema_version INTEGER NOT NULL,
  root_key BLOB NOT NULL,       -- id of the root key that wraps what is written now
  legacy BLOB NOT NULL,         -- of the one that schema 1 derived from; else empty
  counter INTEGER NOT NULL,     -- transactions so far
  next_id INTEGER NOT NULL,     -- ids are never used twice
  people INTEGER NOT NULL,      -- goes up when a form is added or goes
  tree BLOB NOT NULL,           -- root of `checks`
  loose BLOB NOT NULL,          -- sum over mentions, beside, suppressed, erased, stale
  seal BLOB NOT NULL            -- keyed hash of this row
)
"""
NEW_IN_2 = """
CREATE TABLE tenant_keys (
  tenant TEXT NOT NULL,
  purpose TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (tenant, purpose)
) WITHOUT ROWID;
CREATE TABLE data_keys (        -- only ever grows at its end, and a destroyed key is overwritten
  entity INTEGER PRIMARY KEY,   -- in its place: so it has no second copy in the file
  wrapped BLOB NOT NULL
);
CREATE INDEX entities_led ON entities (leader) WHERE leader IS NOT NULL;
CREATE INDEX entities_flagged ON entities (flags) WHERE flags <> 0;
CREATE TABLE beside (           -- strong identifiers that stood with a person in a document
  entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  label TEXT NOT NULL,
  blind BLOB NOT NULL,
  PRIMARY KEY (entity, label, blind)
) WITHOUT ROWID;
CREATE TABLE checks (           -- see integrity.py
  place INTEGER PRIMARY KEY,
  digests BLOB NOT NULL
);
CREATE TABLE suppressed (
  tenant TEXT NOT NULL,
  blind BLOB NOT NULL,          -- of label and form
  PRIMARY KEY (tenant, blind)
) WITHOUT ROWID;
CREATE TABLE erased (
  pseudonym TEXT PRIMARY KEY,
  tenant TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE stale (            -- document versions that tell apart less than the vault does now
  version TEXT PRIMARY KEY,
  tenant TEXT NOT NULL
) WITHOUT ROWID;
"""
_TABLES = """
CREATE TABLE entities (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  pseudonym TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  canonical BLOB NOT NULL,      -- blind index of label and canonical form
  part INTEGER NOT NULL,        -- 0; then 1, 2, ... when the alias suffixes were used up
  leader INTEGER,               -- the entity whose pseudonym stands for this one; NULL: its own
  flags INTEGER NOT NULL DEFAULT 0,
  UNIQUE (tenant, canonical, part)
);
CREATE TABLE surfaces (
  entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  suffix TEXT NOT NULL,         -- '', '_B' ... '_Z'
  blind BLOB NOT NULL,          -- of this very entity's surface: says nothing across entities
  sealed BLOB NOT NULL,         -- nonce + AES-256-GCM ciphertext
  moved INTEGER NOT NULL DEFAULT 0, -- 1: it was split off; old documents still hold this token
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


def found_version(db: sqlite3.Connection, path: Path) -> int:
    """Give the schema of the open file, 0 for an empty one. Raises VaultError for a foreign one."""
    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return 0
    row = db.execute("SELECT schema_version FROM meta").fetchone()
    if row is None or row[0] not in (1, 2, SCHEMA_VERSION):
        found = "none" if row is None else str(row[0])
        message = f"the vault {path} has schema {found}, this privrag reads {SCHEMA_VERSION}"
        raise VaultError(message)
    return int(row[0])


def make_tables(db: sqlite3.Connection) -> None:
    """Make all tables, inside a transaction."""
    run_all(db, _TABLES, META, NEW_IN_2)


def run_all(db: sqlite3.Connection, *scripts: str) -> None:
    """Run scripts inside a transaction (`executescript` would end it)."""
    for script in scripts:
        for statement in script.split(";\n"):
            db.execute(statement)


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
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    db.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
