"""`AuditLog.append`: the record is on disk when it returns, or AuditError is raised.

A value leaves only after its record was written. Where the log cannot be written, was cut, or a
checkpoint that is due cannot be signed and stored, nothing leaves.
"""

import hmac
import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from privrag.audit.checkpoint import (
    Checkpoint,
    append_line,
    parse_checkpoint,
    public_key,
    read_lines,
)
from privrag.audit.record import Action, Head, Record, chained, parse_record
from privrag.audit.store import AuditStore
from privrag.errors import AuditError

AUDIT_FILE = "audit.db"
_CHECKPOINTS_NAME = "audit-checkpoints.jsonl"
_SECONDS = 60
_TAIL = 8
"""Newest records that are checked before each new one: a fraction of a millisecond."""
_TAIL_AT_START = 100
"""The same once a process; all of them are checked by `privrag audit verify`."""


class AuditSettings(BaseModel):
    """The log of who saw whose name: `audit.db` in the home."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    checkpoints: Path | None = None
    """File that gets the signed checkpoints, one for each home. None means
    `audit-checkpoints.jsonl` in the home; a path on another disk or host, where whoever can write
    to the home cannot, is what makes a cut log show."""
    every_records: int = Field(default=100, ge=1)
    """Records after which a checkpoint is written (from 1); so many could be cut unnoticed."""
    every_minutes: float = Field(default=10.0, gt=0)
    """Minutes after which records without a checkpoint get one (above 0); closing the home writes
    one in any case."""


class AuditKeys(Protocol):
    """What the log needs of the vault."""

    def key(self, purpose: Literal["audit", "checkpoint"], *, tenant: str | None = None) -> bytes:
        """Give the tenant's key of 32 bytes for this purpose."""
        ...


class RecordsNote(Protocol):
    """How far the log is, noted where it is not lost together with it."""

    def read(self) -> int:
        """The last record noted; 0 if none was."""
        ...

    def note(self, number: int) -> None:
        """Note a record; one before the last is ignored."""
        ...


def checkpoint_path(home: Path, settings: AuditSettings) -> Path:
    """The file with the checkpoints of a home."""
    return (settings.checkpoints or home / _CHECKPOINTS_NAME).expanduser()


def lost(tenant: str, ends: int, noted: int) -> AuditError:
    """The log ends before a record that was noted elsewhere."""
    return AuditError(
        f"the audit log of tenant {tenant} ends at record {ends}, but the vault has noted record "
        f"{noted} of tenant {tenant}, so no name is shown; put audit.db and the checkpoints back "
        "from their backup, or begin a new log: privrag audit accept"
    )


class AuditLog:
    """One tenant's chain. Safe for several threads and, on the same home, several processes.

    The file is made by the first record.
    """

    def __init__(
        self,
        home: Path,
        keys: AuditKeys,
        *,
        tenant: str,
        settings: AuditSettings,
        note: RecordsNote | None = None,
    ) -> None:
        self._path = home / AUDIT_FILE
        self._tenant = tenant
        self._settings = settings
        self._checkpoints = checkpoint_path(home, settings)
        self._key = keys.key("audit", tenant=tenant)
        self._signing_key = keys.key("checkpoint", tenant=tenant)
        self._lock = threading.RLock()
        self._store: AuditStore | None = None
        self._seen = Head(tenant)
        self._signed_seq = 0
        self._timer: threading.Timer | None = None
        self._note = note
        self._noted = False

    def append(
        self,
        action: Action,
        actor: str,
        *,
        entities: Iterable[str] = (),
        counts: Mapping[str, int] | None = None,
        purpose: str = "",
        policy: str = "",
        result: str = "ok",
    ) -> int:
        """Write one record and give its number; it is on disk then.

        `entities` are pseudonyms without alias suffixes. Raises AuditError.
        """
        with self._lock:
            store = self._opened()
            with store.writing():
                last = store.head(self._tenant)
                self._refuse_a_cut_log(store, last)
                self._refuse_a_broken_tail(store, _TAIL)
                record = Record(
                    seq=last.seq + 1,
                    time=_now(),
                    tenant=self._tenant,
                    actor=actor,
                    action=action,
                    entities=tuple(sorted(entities)),
                    counts=dict(counts or {}),
                    purpose=purpose,
                    policy=policy,
                    result=result,
                    prev=last.hash,
                )
                body = _body(record)
                head = Head(self._tenant, record.seq, chained(self._key, body))
                store.add(head, body)
            self._seen = head
            if not self._noted:
                self._write_note(head.seq)  # the first one: from now on the log is missed
            if head.seq - self._signed_seq >= self._settings.every_records:
                self._sign(store)
            else:
                self._sign_later()
        return head.seq

    def checkpoint(self) -> Head:
        """Sign the head now, if a record came since the last checkpoint, and give the head."""
        with self._lock:
            return self._sign(self._opened()) if self._is_there() else self._seen

    def head(self) -> Head:
        """Where the chain ends now."""
        with self._lock:
            return self._opened().head(self._tenant) if self._is_there() else self._seen

    @property
    def public_key(self) -> bytes:
        """Checks the signatures of this tenant's checkpoints (32 bytes)."""
        return public_key(self._signing_key)

    def newest(self, limit: int, *, actor: str | None = None) -> list[Record]:
        """The newest records, oldest of them first; `actor` keeps only those of one."""
        found: list[Record] = []
        with self._lock:
            if not self._is_there():
                return found
            for seq, body, _ in self._opened().records(self._tenant, newest_first=True):
                if len(found) == limit:
                    break
                try:
                    record = parse_record(body)
                except ValueError:
                    raise AuditError(
                        f"record {seq} of tenant {self._tenant} cannot be read; run: "
                        "privrag audit verify"
                    ) from None
                if actor in (None, record.actor):
                    found.append(record)
        return found[::-1]

    def close(self) -> None:
        """Sign what this process added, then let go of the file. Closing twice is no error."""
        with self._lock:
            self._forget_timer()
            if self._store is None:
                return
            try:
                if self._seen.seq > self._signed_seq:
                    self._sign(self._store)
            finally:
                self._store.close()
                self._store = None

    def _is_there(self) -> bool:
        """Whether there is a log to read. Raises AuditError if there was one."""
        if self._store is not None:
            return True
        noted = self._noted_last()  # before the look: another process may begin the log just now
        if self._path.exists():
            return True
        if noted > 0:
            raise lost(self._tenant, 0, noted)
        return False

    def _opened(self) -> AuditStore:
        if self._store is None:
            self._is_there()  # before there is an empty file
            store = AuditStore(self._path)
            try:
                with store.writing():  # what is compared must not grow in between
                    self._refuse_what_is_shorter_than_its_checkpoint(store)
                    last = store.head(self._tenant)
                    if (noted := self._noted_last()) > last.seq:
                        raise lost(self._tenant, last.seq, noted)
                    self._refuse_a_gap(store, last)
                    self._refuse_a_broken_tail(store, _TAIL_AT_START)
                if last.seq:
                    self._write_note(last.seq)
            except BaseException:
                store.close()
                raise
            self._store = store
        return self._store

    def _noted_last(self) -> int:
        return 0 if self._note is None else self._note.read()

    def _write_note(self, seq: int) -> None:
        if self._note is None:
            return
        try:
            self._note.note(seq)
        except OSError as error:
            raise AuditError(
                f"how far the audit log is cannot be noted in the vault's counter file "
                f"({error.strerror}), so no name is shown; repair that place"
            ) from None
        self._noted = True

    def _refuse_what_is_shorter_than_its_checkpoint(self, store: AuditStore) -> None:
        public = self.public_key
        for line in reversed(read_lines(self._checkpoints, tail=True) or []):
            known = parse_checkpoint(line)
            if known is not None and known.tenant == self._tenant and known.signed_by(public):
                found = store.head(self._tenant, seq=known.seq)
                if found.hash != known.head:
                    raise self._cut(known.seq, store.head(self._tenant).seq)
                self._signed_seq = known.seq
                return

    def _refuse_a_cut_log(self, store: AuditStore, last: Head) -> None:
        """Raise AuditError unless what this process saw last is still there."""
        if store.head(self._tenant, seq=self._seen.seq).hash != self._seen.hash:
            raise self._cut(self._seen.seq, last.seq)

    def _refuse_a_gap(self, store: AuditStore, last: Head) -> int:
        """Raise AuditError unless there are as many records as the last one's number; give it."""
        count = store.count(self._tenant)
        if count != last.seq:
            raise self._broken(f"holds {count} records, the last is number {last.seq}")
        return count

    def _refuse_a_broken_tail(self, store: AuditStore, newest: int) -> None:
        """Raise AuditError unless the newest records are whole, in order and one chain."""
        later: tuple[int, str] | None = None  # number of the next record, and the hash it names
        with closing(store.records(self._tenant, newest_first=True)) as records:
            for seq, body, stored in islice(records, newest):
                if not hmac.compare_digest(stored.encode(), chained(self._key, body).encode()):
                    raise self._broken(f"has a record {seq} that was edited, added or moved")
                written = json.loads(body)  # our own, as its hash says
                if written["seq"] != seq or later not in (None, (seq + 1, stored)):
                    raise self._broken(f"is not one chain at record {seq}")
                later = (seq, written["prev"])

    def _broken(self, what: str) -> AuditError:
        return AuditError(
            f"the audit log of tenant {self._tenant} {what}, so no name is shown; put {self._path} "
            "back from its backup and run: privrag audit verify"
        )

    def _cut(self, known: int, found: int) -> AuditError:
        return AuditError(
            f"record {known} of tenant {self._tenant} is gone from the audit log or another stands "
            f"in its place (the log ends at {found}), so no name is shown; put {self._path} back "
            "from its backup and run: privrag audit verify; without a backup keep the checkpoints "
            f"({self._checkpoints}) elsewhere as evidence, and run: privrag audit accept"
        )

    def _sign(self, store: AuditStore) -> Head:
        """Write a checkpoint of the head: into the file first, then a copy into the log."""
        self._forget_timer()
        with store.writing():
            head = store.head(self._tenant)
            self._refuse_a_cut_log(store, head)
            if head.seq > self._signed_seq:
                count = self._refuse_a_gap(store, head)
                unsigned = Checkpoint(self._tenant, head.seq, head.hash, count, _now())
                line = unsigned.sign(self._signing_key).line()
                append_line(self._checkpoints, line)
                store.add_checkpoint(head, line)
        if head.seq > self._signed_seq:
            self._write_note(head.seq)
        self._signed_seq = head.seq
        return head

    def _sign_later(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(self._settings.every_minutes * _SECONDS, self._time_is_up)
            self._timer.daemon = True
            self._timer.start()

    def _time_is_up(self) -> None:
        with self._lock:
            if self._store is None:
                return
            try:
                self._sign(self._store)
            except AuditError:  # said to whoever appends next: there the checkpoint is due, too
                self._signed_seq = min(
                    self._signed_seq, self._seen.seq - self._settings.every_records
                )

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _body(record: Record) -> bytes:
    try:
        return record.body()
    except ValueError:  # a lone surrogate in a user's name, for one; the text may be private
        message = "this cannot be written to the audit log: texts in it must be valid Unicode"
        raise AuditError(message) from None
