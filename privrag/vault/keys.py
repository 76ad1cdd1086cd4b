"""The vault's keys: what the root key wraps, and where a root key may be kept.

    root key ──HKDF-SHA256── wrap (by tenant) ──┬── data key of each entity
    (32 random bytes)                           └── the tenant's own keys, random:
                                                    index  blind index: HMAC of what is found again
                                                    seal   seals what other stores hold
                                                    audit  chains the audit log
                                                    state  (of the whole vault) its checks

Everything that the root key protects is wrapped, nothing is derived from it, so another root key
takes its place by wrapping again: no hash, sealed text or audit record changes. A wrapped key
begins with the id of its root key. Lose the root key and nobody can restore a name again; copy it
together with the vault and everybody can: keep its backup apart.
"""

import hashlib
import secrets
import threading
from pathlib import Path
from typing import Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privrag.errors import VaultError
from privrag.vault.cipher import NONCE_BYTES, frame

KEY_BYTES = 32
ID_BYTES = 8
WRAPPED_BYTES = ID_BYTES + NONCE_BYTES + KEY_BYTES + 16
"""Length of every wrapped key: id of the root key, nonce, ciphertext, tag."""

Purpose = Literal["index", "seal", "audit", "checkpoint", "state"]


class KeyProvider(Protocol):
    """Keeps the root keys, newest first; more than one only while a rotation is under way.

    Every error is a VaultError of one sentence, and whatever fails leaves the kept keys as they
    are. Safe to call from several processes.
    """

    path: Path
    """The file that is in use."""
    wrapped: bool
    """Whether a service keeps what is in it closed; else it holds the root keys themselves."""

    def fresh(self) -> bytes:
        """Draw a root key of 32 random bytes. Nothing is kept yet: see `save`."""
        ...

    def create(self) -> None:
        """Keep a new root key unless there is one already; the first of two callers wins."""
        ...

    def load(self) -> tuple[bytes, ...]:
        """Give the root keys. Raises VaultError if they are missing, damaged or out of reach."""
        ...

    def save(self, roots: tuple[bytes, ...]) -> None:
        """Keep exactly these, all at once; what is left out is gone."""
        ...


class Keyring:
    """The root keys in memory, and what they do. Safe to call from several threads."""

    def __init__(self, provider: KeyProvider) -> None:
        self.provider = provider
        self._roots: dict[bytes, bytes] = {}
        self._ciphers: dict[tuple[bytes, str], AESGCMSIV] = {}
        self._lock = threading.Lock()

    def open(self, *, create: bool) -> None:
        """Load the root keys; with `create`, make one if there is none yet."""
        if create:
            self.provider.create()
        self.reload()

    def reload(self) -> None:
        """Load the root keys again: another process may have rotated them."""
        roots = {key_id(root): root for root in self.provider.load()}
        with self._lock:
            self._roots = roots
            self._ciphers = {}

    def ids(self) -> tuple[bytes, ...]:
        """Ids of the root keys, newest first."""
        return tuple(self._roots)

    def check(self) -> None:
        """Raise VaultError unless the provider still gives the keys that are in use."""
        held = {key_id(root) for root in self.provider.load()}
        if held.isdisjoint(self._roots):
            message = "the vault's root key was replaced while in use; put the old one back"
            raise VaultError(message)

    def add(self) -> bytes:
        """Keep a further root key beside the others and give its id; it is the newest."""
        root = self.provider.fresh()
        self.provider.save((root, *self._roots.values()))
        self.reload()
        return key_id(root)

    def keep_only(self, root: bytes) -> None:
        """Destroy every root key but the one of this id."""
        self.provider.save((self._roots[root],))
        self.reload()

    def wrap(self, key: bytes, *, root: bytes, tenant: str, context: bytes) -> bytes:
        """Encrypt a key of 32 bytes with AES-256-GCM-SIV under the root key of this id."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return root + nonce + self._cipher(root, tenant).encrypt(nonce, key, context)

    def unwrap(self, wrapped: bytes, *, tenant: str, context: bytes) -> bytes:
        """Give back what was wrapped. Raises VaultError if it was damaged or moved."""
        root, rest = wrapped[:ID_BYTES], wrapped[ID_BYTES:]
        try:
            cipher = self._cipher(root, tenant)
            return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):  # ValueError: too short to be one
            message = "a data key cannot be unwrapped: it was damaged, moved or wrapped elsewhere"
            raise VaultError(message) from None

    def derive_v1(self, tenant: str, purpose: str) -> bytes:
        """Derive a tenant's key as schema 1 did, from the oldest root key."""
        return _derive(tuple(self._roots.values())[-1], tenant, purpose)

    def _cipher(self, root: bytes, tenant: str) -> AESGCMSIV:
        cipher = self._ciphers.get((root, tenant))
        if cipher is None:
            if root not in self._roots:
                self.reload()
            if root not in self._roots:
                message = "a data key cannot be unwrapped: its root key is not among those held"
                raise VaultError(message)
            cipher = AESGCMSIV(_derive(self._roots[root], tenant, "wrap"))
            self._ciphers[root, tenant] = cipher
        return cipher

    def __repr__(self) -> str:
        return f"Keyring({self.provider!r})"


def key_id(root: bytes) -> bytes:
    """Give 8 bytes by which a vault knows its root key again; they tell nothing about it."""
    return fingerprint(_derive(root, "", "check"))[:ID_BYTES]


def fingerprint(key: bytes) -> bytes:
    """Give the 32 bytes that schema 1 kept of its check key."""
    return hashlib.sha256(frame("privrag key check") + key).digest()


def _derive(root: bytes, tenant: str, purpose: str) -> bytes:
    """HKDF-SHA256 (RFC 5869); info names purpose and tenant."""
    return HKDF(SHA256(), KEY_BYTES, None, frame("privrag", "1", purpose, tenant)).derive(root)
