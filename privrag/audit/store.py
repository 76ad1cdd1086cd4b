"""`audit.db`: the records of every tenant of a home, and a copy of each signed checkpoint.

Several processes append at once: each holds the write lock from reading the last record to
committing the next, so a tenant's numbers have no gap. A commit is on disk when it returns.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from privrag.audit.record import START, Head
from privrag.errors import AuditError
from privrag.sqlite_file import SqliteFile

_SCHEMA_VERSION = 1
_BUSY_SECONDS = 10
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    tenant TEXT NOT NULL, seq INTEGER NOT NULL, body BLOB NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS checkpoints (
    tenant TEXT NOT NULL, seq INTEGER NOT NULL, line TEXT NOT NULL, PRIMARY KEY (tenant, seq)
) STRICT;
CREATE TRIGGER IF NOT EXISTS records_stay BEFORE DELETE ON records
    BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS records_are_final BEFORE UPDATE ON records
    BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;
"""


class AuditStore:
    """The open file. Its triggers stop accidents; tampering is what `verify` finds."""

    def __init__(self, path: Path) -> None:
        """Open the file or make it (mode 0600). Raises AuditError."""
        self._file = SqliteFile(
            path,
            _SCHEMA,
            version=_SCHEMA_VERSION,
            unusable=lambda name: AuditError(
                f"the audit log {path} cannot be used ({name}), so no name is shown; free space "
                "or put it back from its backup, then ask again"
            ),
            of_another_version=lambda found: AuditError(
                f"the audit log {path} has schema {found}, this privrag reads {_SCHEMA_VERSION}; "
                "use the privrag that wrote it"
            ),
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction with the write lock from its start; on disk when it ends."""
        with self._file.writing():
            yield

    def head(self, tenant: str, *, seq: int | None = None) -> Head:
        """The last record of a tenant, or record `seq`; a head of seq 0 if it is not there."""
        where, arguments = ("", (tenant,)) if seq is None else (" AND seq = ?", (tenant, seq))
        with self._file.reading() as db:
            row = db.execute(
                f"SELECT seq, hash FROM records WHERE tenant = ?{where}"  # noqa: S608 - our own words
                " ORDER BY seq DESC LIMIT 1",
                arguments,
            ).fetchone()
        return Head(tenant, *row) if row else Head(tenant, 0, START)

    def count(self, tenant: str) -> int:
        """How many records a tenant has."""
        with self._file.reading() as db:
            ((found,),) = db.execute("SELECT count(*) FROM records WHERE tenant = ?", (tenant,))
        return int(found)

    def add(self, head: Head, body: bytes) -> None:
        """Add a record; call it inside `writing`."""
        with self._file.reading() as db:
            db.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?)", (head.tenant, head.seq, body, head.hash)
            )

    def add_checkpoint(self, head: Head, line: str) -> None:
        """Keep a copy of a checkpoint's line; call it inside `writing`."""
        with self._file.reading() as db:
            db.execute(
                "INSERT OR IGNORE INTO checkpoints VALUES (?, ?, ?)", (head.tenant, head.seq, line)
            )

    def tenants(self) -> list[str]:
        """Tenants with a record or a checkpoint, sorted."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT tenant FROM records UNION SELECT tenant FROM checkpoints ORDER BY 1"
            ).fetchall()
        return [str(tenant) for (tenant,) in rows]

    def records(
        self, tenant: str, *, newest_first: bool = False
    ) -> Generator[tuple[int, bytes, str], None, None]:
        """(seq, body, hash) of each record, in order."""
        order = "DESC" if newest_first else "ASC"
        with self._file.reading() as db:
            yield from db.execute(
                "SELECT seq, CAST(body AS BLOB), CAST(hash AS TEXT) FROM records"  # noqa: S608 - our own words
                f" WHERE tenant = ? ORDER BY seq {order}",
                (tenant,),
            )

    def checkpoints(self, tenant: str) -> list[str]:
        """The lines of a tenant's checkpoints, in order."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT line FROM checkpoints WHERE tenant = ? ORDER BY seq", (tenant,)
            ).fetchall()
        return [str(line) for (line,) in rows]

    def close(self) -> None:
        """Close the file; closing twice is no error."""
        self._file.close()
