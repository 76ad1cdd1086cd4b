"""Signed heads of a chain, one JSON line each, appended where the log itself does not lie.

    {"count":3,"head":"9f..","seq":3,"signature":"5b..","tenant":"default","time":"2026-.."}

A chain of hashes cannot show that its newest records were cut off: the rest is still a chain.
A checkpoint can, as long as whoever cuts the log cannot write to the file with the checkpoints.
The signature is Ed25519, so the public key alone checks a line on another host.
"""

import json
import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privrag.audit.record import canonical_json
from privrag.errors import AuditError

_DOMAIN = b"privrag audit checkpoint 1\n"
_TAIL_BYTES = 65_536
_TRIES = 10
_WAIT_SECONDS = 0.02
_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a tenant's chain looked like at one time."""

    tenant: str
    seq: int
    head: str
    """Hash of record `seq`."""
    count: int
    """Records of the tenant at that time: `seq`, unless some were taken out."""
    time: str
    signature: str = ""
    """Ed25519 over the other fields (128 hexadecimal digits)."""

    def line(self) -> str:
        """The line as it stands in the file, without its end."""
        return canonical_json(asdict(self)).decode()

    def _signed(self) -> bytes:
        return _DOMAIN + canonical_json({**asdict(self), "signature": ""})

    def sign(self, key: bytes) -> "Checkpoint":
        """This checkpoint with its signature; `key` is the tenant's seed of 32 bytes."""
        signature = Ed25519PrivateKey.from_private_bytes(key).sign(self._signed()).hex()
        return Checkpoint(**{**asdict(self), "signature": signature})

    def signed_by(self, public: bytes) -> bool:
        """Whether the owner of this public key (32 bytes) signed it."""
        try:
            signature = bytes.fromhex(self.signature)
            Ed25519PublicKey.from_public_bytes(public).verify(signature, self._signed())
        except (InvalidSignature, ValueError):
            return False
        return True


def public_key(key: bytes) -> bytes:
    """The public key (32 bytes) that belongs to a tenant's seed."""
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def parse_checkpoint(line: str) -> Checkpoint | None:
    """The checkpoint that a line holds, or None; its signature is not looked at."""
    try:
        found = Checkpoint(**json.loads(line))
        same = found.line() == line and type(found.seq) is int and type(found.count) is int
        texts = (found.head, found.time, found.signature, found.tenant)
        same = same and all(isinstance(text, str) for text in texts)
    except (ValueError, TypeError, RecursionError):
        return None
    return found if same and found.seq > 0 and _TENANT.fullmatch(found.tenant) else None


def append_line(path: Path, line: str) -> None:
    """Add a line to the file (made with mode 0600); it is on disk afterwards."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            data = f"{chr(10) if torn else ''}{line}\n".encode()
            if os.write(descriptor, data) != len(data):
                raise OSError(0, "short write")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise AuditError(
            f"the audit checkpoints in {path} cannot be written ({error.strerror}), so no name is "
            "shown; repair that place or set audit.checkpoints to another"
        ) from None


def read_lines(path: Path, *, tail: bool = False) -> list[str] | None:
    """The file's lines, or with `tail` the last ones; None if there is no file."""
    try:
        data = _read(path, tail=tail)
        for _ in range(_TRIES):  # a reader may see a line of which only the beginning is there
            if not data or data.endswith(b"\n"):
                break
            time.sleep(_WAIT_SECONDS)
            data = _read(path, tail=tail)
        return data.decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AuditError(
            f"the audit checkpoints in {path} cannot be read ({error.strerror}); repair that place"
        ) from None


def _read(path: Path, *, tail: bool) -> bytes:
    with path.open("rb") as file:
        if tail and (size := file.seek(0, os.SEEK_END)) > _TAIL_BYTES:
            file.seek(size - _TAIL_BYTES)
            file.readline()  # the rest of a line
        else:
            file.seek(0)
        return file.read()
