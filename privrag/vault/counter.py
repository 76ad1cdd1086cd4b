"""How far the vault has come, noted outside of it: an older copy put back is noticed at opening.

The note (`vault.seen`) holds the vault's counter under a keyed hash, in two places that are written
in turn, so that a power cut in the middle leaves the other one. It is written after each commit
and never runs ahead of the vault. Who puts back the vault *and* its note, of the same moment, is
not noticed by it: keep the note on another disk, or compare the counter with the audit log.
"""

import hashlib
import os
from pathlib import Path

from privrag.errors import VaultError
from privrag.vault.cipher import frame

_NUMBER = 8
_HASH = 16
_SIZE = _NUMBER + _HASH


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
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        notes = [data[:_SIZE], data[_SIZE : 2 * _SIZE]]
        seen = [int.from_bytes(n[:_NUMBER], "big") for n in notes if self._is_valid(n)]
        return max(seen, default=None)

    def note(self, counter: int) -> None:
        """Note how far the vault is."""
        self._write(self._note(counter), (counter % 2) * _SIZE)

    def restart(self, counter: int) -> None:
        """Forget what was noted before."""
        self._write(self._note(counter) * 2, 0)

    def close(self) -> None:
        """Let go of the file; `note` opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, data: bytes, at: int) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        os.pwrite(self._descriptor, data, at)

    def _note(self, counter: int) -> bytes:
        number = counter.to_bytes(_NUMBER, "big")
        return number + self._hash(number)

    def _is_valid(self, note: bytes) -> bool:
        return len(note) == _SIZE and self._hash(note[:_NUMBER]) == note[_NUMBER:]

    def _hash(self, number: bytes) -> bytes:
        data = frame("counter") + number
        return hashlib.blake2b(
            data, key=self._key, digest_size=_HASH, person=b"privrag seen"
        ).digest()
