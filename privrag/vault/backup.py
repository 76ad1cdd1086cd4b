"""A backup of the vault while others write, and the way back.

A backup holds a snapshot of the database and, unless it is left out, the key file: of the file
provider that is the root key itself, so that one file and its passphrase are enough to restore; of
a service it is what only the service can open. A restore checks all of it before it touches
anything, and a kill in the middle leaves the old vault or the new one, with its key.
"""

import json
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from privrag.errors import VaultError
from privrag.vault.again import ErasedAgain
from privrag.vault.key_file import read_private, roots_in, sync_directory, write_new
from privrag.vault.key_service import ServiceKeyProvider
from privrag.vault.keys import KEY_BYTES, KeyProvider
from privrag.vault.schema import readable_errors
from privrag.vault.sealed_file import NOT_OPENED, check_passphrase, read_sealed, write_sealed
from privrag.vault.store import Vault
from privrag.vault.verify import Verified

_PIECE = 1 << 20
_DATABASE = "vault.db"
_DRAFT = ".restore-"
"""Folder of a vault on its way; what a killed restore left there, the next one takes away."""
_KEYS = "keys"
_WRAPPED_KEYS = "keys.json"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore put back, without those who were erased again."""

    checked: Verified
    again: ErasedAgain


Forgotten = Callable[[Vault, Vault | None], Collection[str]]
"""Takes the backup's vault and the one that it replaces, if that opens; gives the pseudonyms of
whom was forgotten since, so that they are erased again."""
Recorder = Callable[[Vault], Callable[[Restored], None]]
"""Takes the backup's vault, for its keys, and gives what notes that it is put back."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds."""

    bytes: int
    with_key: bool


def backup(
    vault: Path,
    keys: KeyProvider,
    to: Path,
    passphrase: str,
    *,
    with_key: bool = True,
    record: Callable[[], None] | None = None,
) -> BackedUp:
    """Write a backup (mode 0600), whole or not at all; an older one in its place is replaced.

    `record` is called before it gets its name; if that raises, there is no backup.
    """
    check_passphrase(passphrase)
    draft = to.with_name(f".{to.name}.{secrets.token_hex(8)}")
    snapshot = draft.with_name(f"{draft.name}.db")
    try:
        _snapshot(vault, snapshot)
        key_part = {_WRAPPED_KEYS if keys.wrapped else _KEYS: read_private(keys.path)}
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            write_sealed(file, _parts(snapshot, key_part if with_key else {}), passphrase)
            file.flush()
            os.fsync(file.fileno())
        if record is not None:
            record()
        draft.replace(to)
        sync_directory(to.parent)
    except OSError as error:
        message = f"the backup {to} cannot be written: {error.strerror}"
        raise VaultError(message) from None
    finally:
        for leftover in (draft, snapshot):
            leftover.unlink(missing_ok=True)
    return BackedUp(to.stat().st_size, with_key)


def restore(
    file: Path,
    vault: Path,
    keys: KeyProvider,
    passphrase: str,
    *,
    tenant: str,
    counter: Path,
    replace: bool = False,
    forgotten: Forgotten | None = None,
    recorder: Recorder | None = None,
) -> Restored:
    """Put a backup in the place of the vault; gives what was checked before.

    Whom `forgotten` names, and whom the vault that is replaced knows as forgotten, is erased in the
    backup's vault before that gets its place. `recorder` is called with the backup's vault while
    that is open; what it gives is called when all is checked, before anything is touched, and if
    that raises nothing is.

    Raises VaultError, with nothing changed, if there is a vault and not `replace`, if the backup is
    damaged, of another passphrase or without its key, and if somebody has the vault open.
    """
    if vault.exists() and not replace:
        message = f"there is a vault at {vault}; give --replace to put the backup in its place"
        raise VaultError(message)
    try:
        vault.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for killed in vault.parent.glob(f"{_DRAFT}*"):
            shutil.rmtree(killed, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=vault.parent))
        try:
            with file.open("rb") as source:
                more = _unpack(source, passphrase, folder)
            held = _keys_of(more, folder, keys)
            with _replaced(vault, keys, tenant, folder) as old:
                done, record = _checked(folder / _DATABASE, held, tenant, old, forgotten, recorder)
            with _alone(vault):
                if record is not None:
                    record(done)
                _adopt(keys, held)
                for name in ("-wal", "-shm"):
                    vault.with_name(vault.name + name).unlink(missing_ok=True)
                (folder / _DATABASE).replace(vault)
            sync_directory(vault.parent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        message = f"the backup {file} cannot be restored: {error.strerror}"
        raise VaultError(message) from None
    Vault.open(vault, keys, tenant=tenant, counter=counter, accept=True).close()
    if not keys.wrapped:
        keys.save(held.load())
    return done


class _Held:
    """Root keys that came out of a backup, in memory only."""

    wrapped = False

    def __init__(self, path: Path, roots: tuple[bytes, ...]) -> None:
        self.path = path
        self._roots = roots

    def fresh(self) -> bytes:
        return secrets.token_bytes(KEY_BYTES)

    def create(self) -> None:
        return None

    def load(self) -> tuple[bytes, ...]:
        return self._roots

    def save(self, roots: tuple[bytes, ...]) -> None:
        self._roots = roots


def _snapshot(vault: Path, to: Path) -> None:
    """One consistent state of the database in one file; writers go on meanwhile."""
    if not vault.exists():
        message = f"there is no vault at {vault}"
        raise VaultError(message)
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        readable_errors(vault),
        closing(sqlite3.connect(vault)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)  # all pages in one step: nothing is written in between
        target.execute("PRAGMA journal_mode = DELETE")


def _parts(snapshot: Path, more: dict[str, bytes]) -> Generator[bytes]:
    """A line that says what follows, then the files."""
    files = [{"name": _DATABASE, "size": snapshot.stat().st_size}]
    files += [{"name": name, "size": len(data)} for name, data in more.items()]
    yield json.dumps({"files": files}).encode() + b"\n"
    with snapshot.open("rb") as source:
        while piece := source.read(_PIECE):
            yield piece
    yield from more.values()


def _unpack(source: BinaryIO, passphrase: str, folder: Path) -> dict[str, bytes]:
    """Write the database into the folder and give what else there is.

    Raises VaultError unless all of it is authentic.
    """
    pieces = read_sealed(source, passphrase)
    head, _, rest = next(pieces).partition(b"\n")
    try:
        files = [(str(f["name"]), int(f["size"])) for f in json.loads(head)["files"]]
    except (ValueError, KeyError, TypeError):
        raise VaultError(NOT_OPENED) from None
    stream = _Stream(rest, pieces)
    more = {}
    for name, size in files:
        if name == _DATABASE:
            path = folder / name
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(stream.take(size))
                file.flush()
                os.fsync(descriptor)
        else:
            more[name] = b"".join(stream.take(size))
    stream.end()
    return more


class _Stream:
    """Pieces, taken by length."""

    def __init__(self, rest: bytes, pieces: Iterator[bytes]) -> None:
        self._rest = rest
        self._pieces = pieces

    def take(self, size: int) -> Iterator[bytes]:
        while size > len(self._rest):
            yield self._rest
            size -= len(self._rest)
            self._rest = next(self._pieces, b"")
            if not self._rest:
                raise VaultError(NOT_OPENED)
        yield self._rest[:size]
        self._rest = self._rest[size:]

    def end(self) -> None:
        """Raise VaultError if there is more; reaches the end, where the file is checked."""
        if self._rest or next(self._pieces, b""):
            raise VaultError(NOT_OPENED)


def _keys_of(more: dict[str, bytes], folder: Path, keys: KeyProvider) -> KeyProvider:
    """The keys for the backup: its own, else those that are here."""
    if _WRAPPED_KEYS in more:
        if not isinstance(keys, ServiceKeyProvider):
            message = "the backup's key is kept by a service; set vault.provider as it was then"
            raise VaultError(message)
        write_new(folder / _WRAPPED_KEYS, more[_WRAPPED_KEYS])
        return keys.at(folder / _WRAPPED_KEYS)
    if _KEYS in more:
        return _Held(keys.path, roots_in(more[_KEYS], "the backup's key"))
    return _Held(keys.path, keys.load())


@contextmanager
def _replaced(vault: Path, keys: KeyProvider, tenant: str, folder: Path) -> Generator[Vault | None]:
    """The vault that is there, whatever its counter file says; None if it does not open."""
    with ExitStack() as stack:
        old = None
        if vault.exists():
            counter = folder / "replaced.seen"
            with suppress(VaultError):
                opened = Vault.open(vault, keys, tenant=tenant, counter=counter, accept=True)
                old = stack.enter_context(opened)
        yield old


def _checked(
    database: Path,
    keys: KeyProvider,
    tenant: str,
    old: Vault | None,
    forgotten: Forgotten | None,
    recorder: Recorder | None,
) -> tuple[Restored, Callable[[Restored], None] | None]:
    """Open the snapshot where it lies, look at every row, and erase again who was forgotten."""
    with Vault.open(database, keys, tenant=tenant, accept=True) as opened:
        found = opened.verify()
        if found.damaged:
            message = f"the vault in the backup is damaged ({len(found.damaged)} entries)"
            raise VaultError(message + "; take another backup")
        again = opened.erase_again(() if forgotten is None else forgotten(opened, old), old)
        if again.pseudonyms:
            found = opened.verify()
        record = None if recorder is None else recorder(opened)
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    return Restored(found, again), record


@contextmanager
def _alone(vault: Path) -> Generator[None]:
    """Nobody else has the vault open while it is replaced; a damaged one is in nobody's way.

    Who begins to open it meanwhile waits, and then finds a vault that was changed without the key:
    not one that nobody will ever read again. Raises VaultError if anybody has it open.
    """
    if not vault.exists():
        yield
        return
    with closing(sqlite3.connect(vault, timeout=1, isolation_level=None)) as db:
        try:
            db.execute("PRAGMA journal_mode = DELETE")  # only who is alone may change it
            db.execute("PRAGMA journal_mode = MEMORY")  # else a file beside the new one
            db.execute("BEGIN EXCLUSIVE")
            db.execute("UPDATE meta SET seal = zeroblob(0)")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                message = f"another process has the vault {vault} open; stop it, then try again"
                raise VaultError(message) from None
        yield
        with suppress(sqlite3.DatabaseError):
            db.commit()


def _adopt(keys: KeyProvider, held: KeyProvider) -> None:
    """Keep the backup's keys in front of those that are here: both vaults open until the swap."""
    if isinstance(held, ServiceKeyProvider) and isinstance(keys, ServiceKeyProvider):
        keys.adopt(held)
        return
    here = keys.load() if keys.path.exists() else ()
    if not set(held.load()) <= set(here):
        keys.save(tuple(dict.fromkeys((*held.load(), *here))))
