"""Root keys that lie in a file: bare (mode 0600), or wrapped by a service.

A file is replaced as a whole, so that a kill leaves the old one or the new one.
"""

import os
import secrets
import stat
from pathlib import Path

from privrag.errors import VaultError
from privrag.vault.keys import KEY_BYTES

_MOST_ROOTS = 4
_LARGEST = 64 * 1024


class FileKeyProvider:
    """The root keys in a file of this machine: 32 bytes each, newest first."""

    wrapped = False

    def __init__(self, path: Path) -> None:
        self.path = path

    def fresh(self) -> bytes:
        """Draw a root key from the system's random source."""
        return secrets.token_bytes(KEY_BYTES)

    def create(self) -> None:
        """Write a new key file if there is none."""
        if not self.path.exists():
            write_new(self.path, self.fresh())

    def load(self) -> tuple[bytes, ...]:
        """Read the key file: it must be there, private, and whole."""
        return roots_in(read_private(self.path), f"the vault's key file {self.path}")

    def save(self, roots: tuple[bytes, ...]) -> None:
        """Replace the file; the bytes of the old one are overwritten."""
        replace_file(self.path, b"".join(roots))

    def __repr__(self) -> str:
        return f"FileKeyProvider({str(self.path)!r})"


def roots_in(data: bytes, where: str) -> tuple[bytes, ...]:
    """Cut what a key file holds into keys. Raises VaultError if it is no multiple of 32 bytes."""
    size = len(data)
    if size == 0 or size % KEY_BYTES or size > _MOST_ROOTS * KEY_BYTES:
        said = str(size) if size <= _MOST_ROOTS * KEY_BYTES else "too many"
        message = f"{where} holds {said} bytes instead of {KEY_BYTES}; put it back from its backup"
        raise VaultError(message)
    return tuple(data[at : at + KEY_BYTES] for at in range(0, size, KEY_BYTES))


def read_private(path: Path) -> bytes:
    """Read a small file that only its owner may read. Raises VaultError with the way out."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        message = (
            f"the vault's key file {path} is missing; put it back from its backup "
            "(a new key could not open this vault)"
        )
        raise VaultError(message) from None
    except OSError as error:
        message = f"the vault's key file {path} cannot be read: {error.strerror}"
        raise VaultError(message) from None
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            message = f"the vault's key file {path} is open to others; run: chmod 600 {path}"
            raise VaultError(message)
        return file.read(_LARGEST)


def write_new(path: Path, data: bytes) -> None:
    """Write a file so that it is whole and on disk, or absent; the first of two writers wins."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = _write_draft(path, data)
        try:
            _link_unless_there(draft, path)
        finally:
            draft.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from None


def replace_file(path: Path, data: bytes) -> None:
    """Put these bytes in the place of the file's, at once; overwrite the old ones."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        old = os.open(path, os.O_RDWR) if path.exists() else None
        try:
            _write_draft(path, data).replace(path)
            sync_directory(path.parent)
            if old is not None:
                os.pwrite(old, bytes(os.fstat(old).st_size), 0)
                os.fsync(old)
        finally:
            if old is not None:
                os.close(old)
    except OSError as error:
        raise _cannot_write(path, error) from None


def sync_directory(path: Path) -> None:
    """Make a new or renamed file of this folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_draft(path: Path, data: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink()
        raise
    return draft


def _link_unless_there(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)  # unlike a rename, it never replaces a key
    except FileExistsError:
        return


def _cannot_write(path: Path, error: OSError) -> VaultError:
    return VaultError(f"the vault's key file {path} cannot be written: {error.strerror}")
