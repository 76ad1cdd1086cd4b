"""Which version of which document is in the index: the truth that a sync and a search go by.

A search shows only versions that are current here, so the swap from an old version to a new one
is one SQLite transaction. Versions being written (`pending`) and versions being removed
(`garbage`) are noted before the index is touched: after a kill they are cleaned away, and the
index holds exactly what the manifest says.

File names and titles may name people, so they are sealed, and documents are found by a keyed hash.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from privrag.errors import ManifestError
from privrag.sqlite_file import SqliteFile, told_as

_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    document TEXT PRIMARY KEY, version TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL,
    collection TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS documents_of_tenant ON documents (tenant, collection);
CREATE TABLE IF NOT EXISTS leftovers (
    version TEXT PRIMARY KEY, tenant TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('pending', 'garbage'))
) STRICT;
CREATE TABLE IF NOT EXISTS marks (
    tenant TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (tenant, name)
) STRICT;
CREATE TABLE IF NOT EXISTS roots (
    root TEXT PRIMARY KEY, tenant TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT;
"""


class Sealer(Protocol):
    """What the manifest needs of the vault."""

    def seal(self, text: str, *, context: str) -> bytes: ...
    def unseal(self, data: bytes, *, context: str) -> str: ...
    def blind(self, kind: str, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One document as it stands in the index."""

    document: str
    """Keyed hash of the uri."""
    version: str
    """Random name of this writing of the document; the index knows it by this."""
    content: str
    """Keyed hash of all that decides what is stored: same content, nothing to do."""
    uri: str = field(repr=False)
    title: str = field(repr=False)
    """Safe text: not everybody who may read a document may see the names in its title."""
    media_type: str
    sha256: str
    pages: int | None
    chunks: int
    acl: tuple[str, ...]
    collection: str


class Manifest:
    """One tenant's view of one SQLite file; safe for several threads and processes.

    Every call raises ManifestError where the file is damaged, locked for long, or out of space.
    """

    def __init__(self, path: Path, sealer: Sealer, *, tenant: str) -> None:
        """Open or create the file at `path` (mode 0600)."""
        self._sealer = sealer
        self._tenant = tenant
        self._file = SqliteFile(
            path,
            _SCHEMA,
            version=_SCHEMA_VERSION,
            unusable=_unusable,
            of_another_version=_of_another_version,
            pragmas=("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"),
        )

    def document_key(self, uri: str) -> str:
        """The keyed hash under which the index and the manifest know a uri."""
        return self._sealer.blind("uri", uri)

    def begin(self, versions: Iterable[str]) -> None:
        """Note versions that are about to be written."""
        with self._file.writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO leftovers VALUES (?, ?, 'pending')",
                [(version, self._tenant) for version in versions],
            )

    def swap(self, entries: Sequence[Entry]) -> list[str]:
        """Make these versions current, all at once; returns the versions they replace."""
        with self._file.writing() as db:
            old: list[str] = []
            for entry in entries:
                row = db.execute(
                    "SELECT version FROM documents WHERE document = ?", (entry.document,)
                ).fetchone()
                if row and row[0] != entry.version:
                    old.append(row[0])
                db.execute(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)",
                    (
                        entry.document,
                        entry.version,
                        self._tenant,
                        entry.collection,
                        self._seal(entry),
                    ),
                )
                db.execute("DELETE FROM leftovers WHERE version = ?", (entry.version,))
            self._to_garbage(db, old)
        return old

    def remove(self, documents: Iterable[str]) -> list[str]:
        """Drop documents; returns their versions, which now wait to be cleaned away."""
        with self._file.writing() as db:
            versions = [
                version
                for key in documents
                for (version,) in db.execute(
                    "DELETE FROM documents WHERE document = ? RETURNING version", (key,)
                )
            ]
            self._to_garbage(db, versions)
        return versions

    def cleaned(self, version: str) -> None:
        """A leftover version is gone from index and vault."""
        with self._file.writing() as db:
            db.execute("DELETE FROM leftovers WHERE version = ?", (version,))

    def leftovers(self) -> list[str]:
        """Versions that a killed or failed run left behind; never a current one."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT version FROM leftovers WHERE tenant = ?"
                " AND version NOT IN (SELECT version FROM documents) ORDER BY version",
                (self._tenant,),
            ).fetchall()
        return [version for (version,) in rows]

    def which_current(self, versions: Iterable[str]) -> set[str]:
        """Those of the versions that are current."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT version FROM documents"
                " WHERE tenant = ? AND version IN (SELECT value FROM json_each(?))",
                (self._tenant, json.dumps(list(versions))),
            ).fetchall()
        return {version for (version,) in rows}

    def current(self, versions: Iterable[str]) -> dict[str, Entry]:
        """Those of the versions that are current, with their entries."""
        wanted = list(dict.fromkeys(versions))
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT document, version, sealed FROM documents"
                " WHERE tenant = ? AND version IN (SELECT value FROM json_each(?))",
                (self._tenant, json.dumps(wanted)),
            ).fetchall()
        return {row[1]: self._unseal(*row) for row in rows}

    def entries(self) -> list[Entry]:
        """Every document, sorted by uri."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT document, version, sealed FROM documents WHERE tenant = ?", (self._tenant,)
            ).fetchall()
        return sorted((self._unseal(*row) for row in rows), key=lambda entry: entry.uri)

    def collections(self) -> list[str]:
        """Collections that hold a document, sorted."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT DISTINCT collection FROM documents WHERE tenant = ? ORDER BY 1",
                (self._tenant,),
            ).fetchall()
        return [name for (name,) in rows]

    def add_root(self, root: str, collection: str) -> None:
        """Remember a folder and the collection it fills, for a sync without paths."""
        key = self._sealer.blind("root", root)
        sealed = self._sealer.seal(json.dumps([root, collection]), context=key)
        with self._file.writing() as db:
            db.execute("INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", (key, self._tenant, sealed))

    def forget_root(self, root: str) -> None:
        """A folder is gone with all its documents; unknown ones are no error."""
        with self._file.writing() as db:
            db.execute("DELETE FROM roots WHERE root = ?", (self._sealer.blind("root", root),))

    def roots(self) -> dict[str, str]:
        """Every folder or file that was synced -> the collection it fills, sorted."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT root, sealed FROM roots WHERE tenant = ?", (self._tenant,)
            ).fetchall()
        pairs = (json.loads(self._sealer.unseal(sealed, context=key)) for key, sealed in rows)
        return dict(sorted((str(root), str(collection)) for root, collection in pairs))

    def mark(self, name: str) -> str | None:
        """A remembered word; None if it was never set."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT value FROM marks WHERE tenant = ? AND name = ?", (self._tenant, name)
            ).fetchone()
        return None if row is None else str(row[0])

    def set_mark(self, name: str, value: str) -> None:
        """Remember a word."""
        with self._file.writing() as db:
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", (self._tenant, name, value))

    def drop_mark(self, name: str) -> None:
        """Forget a word; unknown ones are no error."""
        with self._file.writing() as db:
            db.execute("DELETE FROM marks WHERE tenant = ? AND name = ?", (self._tenant, name))

    def empty_log(self) -> None:
        """Write SQLite's log into the file and empty it, as far as no reader elsewhere keeps it."""
        with self._file.reading() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._file.close()

    def _to_garbage(self, db: sqlite3.Connection, versions: Iterable[str]) -> None:
        db.executemany(
            "INSERT OR REPLACE INTO leftovers VALUES (?, ?, 'garbage')",
            [(version, self._tenant) for version in versions],
        )

    def _seal(self, entry: Entry) -> bytes:
        open_fields = {
            "content": entry.content,
            "uri": entry.uri,
            "title": entry.title,
            "media_type": entry.media_type,
            "sha256": entry.sha256,
            "pages": entry.pages,
            "chunks": entry.chunks,
            "acl": entry.acl,
            "collection": entry.collection,
        }
        return self._sealer.seal(json.dumps(open_fields), context=entry.document + entry.version)

    def _unseal(self, document: str, version: str, sealed: bytes) -> Entry:
        fields = json.loads(self._sealer.unseal(sealed, context=document + version))
        fields["acl"] = tuple(fields["acl"])
        return Entry(document=document, version=version, **fields)


def tenants_in(path: Path) -> set[str]:
    """Every tenant of whom this manifest file names a version; none without the file."""
    if not path.exists():
        return set()
    with told_as(_unusable), closing(sqlite3.connect(path, timeout=30)) as db:
        rows = db.execute("SELECT tenant FROM documents UNION SELECT tenant FROM leftovers")
        return {tenant for (tenant,) in rows}


def _unusable(name: str) -> ManifestError:
    return ManifestError(
        f"the manifest (manifest.db in the home) cannot be used ({name}); free space or put it "
        "back from its backup, else delete it together with index/ and sync"
    )


def _of_another_version(found: int) -> ManifestError:
    return ManifestError(
        f"the manifest has schema {found}, this privrag reads {_SCHEMA_VERSION}; sync into a new "
        "home"
    )
