"""How far the vault has come, noted outside of it: an older copy put back is noticed at opening.

The note (`vault.seen`) holds the vault's counter under a keyed hash, in two places that are written
in turn, so that a power cut in the middle leaves the other one. It is written after each commit
and never runs ahead of the vault. Who puts back the vault *and* its note, of the same moment, is
not noticed by it: keep the note on another disk, or compare the counter with the audit log.

Behind it the same file notes for each tenant how many records its audit log has had, so that a log
that went with all its checkpoints is missed: two places each, written in turn, too.
"""

import fcntl
import hashlib
import os
from pathlib import Path

from privrag.errors import VaultError
from privrag.vault.cipher import frame

_NUMBER = 8
_HASH = 16
_SIZE = _NUMBER + _HASH
_BLOCK = 2 * _SIZE
_COUNTER, _AUDIT = "counter", "audit"
"""What a note is about."""


class CounterFile:
    """The note of one vault."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        self._descriptor: int | None = None

    def check(self, counter: int) -> None:
        """Raise VaultError unless the vault is at least as far as noted."""
        seen = self.read()
        if seen is None:
            message = (
                f"the vault's counter file {self._path} is missing or not of this vault; put it "
                "back, or take the vault as it is: privrag vault accept"
            )
            raise VaultError(message)
        if counter < seen:
            message = (
                f"the vault is an older copy (at {counter}, {self._path.name} has seen {seen}); "
                "put the newest one back, or take it as it is: privrag vault accept"
            )
            raise VaultError(message)

    def read(self) -> int | None:
        """The highest counter noted; None without a valid note."""
        data = self._data()
        notes = [data[:_SIZE], data[_SIZE : 2 * _SIZE]]
        seen = [int.from_bytes(n[:_NUMBER], "big") for n in notes if self._is_valid(n, _COUNTER)]
        return max(seen, default=None)

    def note(self, counter: int) -> None:
        """Note how far the vault is."""
        self._write(self._note(counter, _COUNTER), (counter % 2) * _SIZE)

    def restart(self, counter: int) -> None:
        """Forget what was noted before."""
        self._write(self._note(counter, _COUNTER) * 2, 0)

    def close(self) -> None:
        """Let go of the file; `note` opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def records(self, tenant: str) -> int:
        """The audit record noted last for a tenant; 0 if none was."""
        return max(self._records(self._data(), tenant).values(), default=0)

    def note_records(self, tenant: str, number: int, *, anew: bool = False) -> None:
        """Note the audit log's record, if it is further than noted, or whatever it is `anew`."""
        note = self._note(number, _AUDIT, tenant)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # two tenants may get their places at once
            data = self._data()
            there = self._records(data, tenant)
            if not there or anew:
                free = max(len(data) + -len(data) % _BLOCK, _BLOCK)
                os.pwrite(descriptor, note * 2, min(there, default=free) // _BLOCK * _BLOCK)
            elif number > max(there.values()):
                block, second = divmod(max(there, key=lambda at: there[at]), _BLOCK)
                os.pwrite(descriptor, note, block * _BLOCK + (0 if second else _SIZE))
        finally:
            os.close(descriptor)

    def _records(self, data: bytes, tenant: str) -> dict[int, int]:
        """Place -> number of the tenant's notes."""
        places = range(_BLOCK, len(data), _SIZE)
        notes = {at: data[at : at + _SIZE] for at in places}
        return {
            at: int.from_bytes(note[:_NUMBER], "big")
            for at, note in notes.items()
            if self._is_valid(note, _AUDIT, tenant)
        }

    def _data(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return b""

    def _write(self, data: bytes, at: int) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(self._descriptor, data, at)

    def _note(self, count: int, *about: str) -> bytes:
        number = count.to_bytes(_NUMBER, "big")
        return number + self._hash(number, about)

    def _is_valid(self, note: bytes, *about: str) -> bool:
        return len(note) == _SIZE and self._hash(note[:_NUMBER], about) == note[_NUMBER:]

    def _hash(self, number: bytes, about: tuple[str, ...]) -> bytes:
        data = frame(*about) + number
        return hashlib.blake2b(
            data, key=self._key, digest_size=_HASH, person=b"privrag seen"
        ).digest()


class RecordsNote:
    """How far one tenant's audit log is, as the counter file has it."""

    def __init__(self, file: CounterFile, tenant: str) -> None:
        self._file = file
        self._tenant = tenant

    def read(self) -> int:
        """The last record noted; 0 if none was."""
        return self._file.records(self._tenant)

    def note(self, number: int, *, anew: bool = False) -> None:
        """Note a record; one before the last is ignored, unless the log begins `anew`."""
        self._file.note_records(self._tenant, number, anew=anew)
