"""Where the vault's keys come from.

    root key ──HKDF-SHA256──┬── wrap    wraps the data key of each entity
    (32 random bytes)       ├── index   blind index: HMAC of what must be found again
                            ├── seal    seals what other stores must not hold in clear
                            ├── audit   chains the audit log
                            └── checkpoint  signs the audit log's checkpoints (Ed25519 seed)

Each derived key belongs to one tenant and one purpose. Lose the root key and nobody can restore
a name again; copy it together with the vault and everybody can: keep its backup apart.
"""

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict

from privrag.errors import VaultError
from privrag.vault.cipher import NONCE_BYTES, frame

KEY_BYTES = 32

Purpose = Literal["wrap", "index", "seal", "audit", "checkpoint", "check"]


class VaultSettings(BaseModel):
    """Table `[vault]` of `privrag.toml`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    key_file: Path | None = None
    """File with the root key: 32 bytes, mode 0600, made on first use. None means `vault.key` in
    the home; a path on another disk, or a mounted secret, keeps the key apart from the vault."""


class KeyProvider(Protocol):
    """Holds the root key, or knows a service that does. Safe to call from several threads."""

    def open(self, *, create: bool) -> None:
        """Make the keys usable; with `create`, make a root key if there is none yet.

        Raises VaultError if there is no root key and none may be made.
        """
        ...

    def wrap(self, key: bytes, *, tenant: str, context: bytes) -> bytes:
        """Encrypt a data key of 32 bytes; only the same tenant and context unwrap it."""
        ...

    def unwrap(self, wrapped: bytes, *, tenant: str, context: bytes) -> bytes:
        """Give back the data key. Raises VaultError if it was damaged or moved."""
        ...

    def derive(self, tenant: str, purpose: Purpose) -> bytes:
        """Give the tenant's key of 32 bytes for this purpose, the same every time."""
        ...

    def health(self) -> None:
        """Raise VaultError if the keys cannot be used now."""
        ...


class FileKeyProvider:
    """The root key in a file of this machine.

    Every use but `open(create=True)` refuses to go on without the file: a new key would not
    open the old vault.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root: bytes | None = None
        self._derived: dict[tuple[str, Purpose], bytes] = {}

    def open(self, *, create: bool) -> None:
        """Read the key file; with `create`, write a new one if there is none."""
        self._root_key(create=create)

    def wrap(self, key: bytes, *, tenant: str, context: bytes) -> bytes:
        """Encrypt under the tenant's wrapping key with AES-256-GCM-SIV: nonce + ciphertext."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCMSIV(self.derive(tenant, "wrap")).encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, *, tenant: str, context: bytes) -> bytes:
        """Undo `wrap`."""
        nonce, ciphertext = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return AESGCMSIV(self.derive(tenant, "wrap")).decrypt(nonce, ciphertext, context)
        except (InvalidTag, ValueError):  # ValueError: too short to be one
            message = "a data key cannot be unwrapped: it was damaged, moved or wrapped elsewhere"
            raise VaultError(message) from None

    def derive(self, tenant: str, purpose: Purpose) -> bytes:
        """Derive by HKDF-SHA256 (RFC 5869) from the root key; info names purpose and tenant."""
        known = self._derived.get((tenant, purpose))
        if known is None:
            info = frame("privrag", "1", purpose, tenant)
            known = HKDF(SHA256(), KEY_BYTES, None, info).derive(self._root_key())
            self._derived[tenant, purpose] = known
        return known

    def health(self) -> None:
        """Read the key file again: it must still be there, private, and the same."""
        root = _read_key(self._path)
        if self._root is not None and not secrets.compare_digest(root, self._root):
            message = f"the key file {self._path} was replaced while in use; restore the old one"
            raise VaultError(message)

    def _root_key(self, *, create: bool = False) -> bytes:
        if self._root is None:
            if create and not self._path.exists():
                _write_new_key(self._path)
            self._root = _read_key(self._path)
        return self._root

    def __repr__(self) -> str:
        return f"FileKeyProvider({str(self._path)!r})"


def fingerprint(key: bytes) -> bytes:
    """Give 32 bytes by which a vault knows its key again; they tell nothing about it."""
    return hashlib.sha256(frame("privrag key check") + key).digest()


def _read_key(path: Path) -> bytes:
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
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        size = str(len(key)) if len(key) <= KEY_BYTES else f"more than {KEY_BYTES}"
        message = (
            f"the vault's key file {path} holds {size} bytes instead of {KEY_BYTES}; "
            "put it back from its backup"
        )
        raise VaultError(message)
    return key


def _write_new_key(path: Path) -> None:
    """Write a key so that it is whole and on disk, or absent; the first of two writers wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            _link_unless_there(draft, path)
        finally:
            draft.unlink()
        _sync_directory(path.parent)
    except OSError as error:
        message = f"the vault's key file {path} cannot be written: {error.strerror}"
        raise VaultError(message) from None


def _link_unless_there(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)  # unlike a rename, it never replaces a key
    except FileExistsError:
        return


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
