"""A signed statement of an erasure: ids and counts, no name and no address of a file.

It is signed with the key that signs the audit log's checkpoints, and names the log's record. The
signature shows that it is unchanged and who made it; that nothing was kept elsewhere it cannot.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privrag.audit.record import canonical_json
from privrag.errors import AuditError
from privrag.whole_file import write_whole

FOLDER = "certificates"
_DOMAIN = b"privrag erasure certificate 1\n"
_OPTIONAL = "remaining"
"""Certificates of earlier versions do not have it."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was erased, when, and which record of the audit log says so."""

    tenant: str
    time: str
    """UTC, ISO 8601."""
    pseudonyms: tuple[str, ...]
    """The one that was named first."""
    suppressed_forms: int
    counts: dict[str, int]
    """Rows rewritten or destroyed in each store."""
    purged: int
    """1 if no overwritten byte is left in the index; 0: a server keeps some for a while."""
    sources: tuple[str, ...]
    """Keyed hashes of the source documents that still hold the person: privrag never edits them."""
    models: tuple[str, ...]
    """Model versions that were trained on rows with the person, and still know them."""
    audit_record: int
    public_key: str
    remaining: dict[str, int] | None = None
    """Places by kind (`chunks`, `titles`, `audit`, `home`) where words stand that may mean the
    person: privrag could not tell, or may not edit them; and pseudonyms that stayed: entries with
    the name, or half of it, that may be somebody else's (`names`), and what stood with the person
    (`identifiers`). None: made before this was counted."""
    signature: str = ""
    """Ed25519 over the other fields (128 hexadecimal digits)."""

    def sign(self, seed: bytes) -> "Certificate":
        """This certificate with its signature; `seed` are the 32 bytes of `public_key`."""
        signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_signed(self)).hex()
        return Certificate(**{**_values(self), "signature": signature})

    def text(self) -> str:
        """The JSON that is stored and shown."""
        return json.dumps(_stored(self), indent=1, sort_keys=True) + "\n"

    def store(self, home: Path) -> Path:
        """Write it into the home (mode 0600), the same name for the same record; gives its path."""
        folder = home / FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            path = folder / f"{self.audit_record:08d}-{self.pseudonyms[0]}.json"
            write_whole(path, self.text().encode())
        except OSError as error:
            raise AuditError(
                f"the certificate cannot be written ({error.strerror}); the person is erased, "
                "repair that place and run the command again"
            ) from None
        return path


def find(home: Path, pseudonym: str) -> Path | None:
    """The newest certificate in the home that names this pseudonym."""
    for path in sorted((home / FOLDER).glob("*.json"), reverse=True):
        if pseudonym in verify(path).pseudonyms:
            return path
    return None


def verify(path: Path) -> Certificate:
    """Read a certificate and check its signature under the key it names.

    Raises AuditError where it is none or was changed. Whose key it is, the caller has to compare.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        certificate = _parsed(values.get("certificate", values))  # also as `--json` wraps it
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(certificate.public_key))
        public.verify(bytes.fromhex(certificate.signature), _signed(certificate))
    except OSError as error:
        message = f"the certificate {str(path)!r} cannot be read ({error.strerror})"
        raise AuditError(message) from None
    except (InvalidSignature, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        message = (
            f"{str(path)!r} is no certificate of erasure, or it was changed since it was signed"
        )
        raise AuditError(message) from None
    return certificate


def _parsed(values: dict[str, Any]) -> Certificate:
    if {*values, _OPTIONAL} != {field.name for field in fields(Certificate)}:
        raise ValueError("not the fields of a certificate")
    lists = {name: tuple(values[name]) for name in ("pseudonyms", "sources", "models")}
    return Certificate(**{**values, **lists})


def _values(certificate: Certificate) -> dict[str, Any]:
    return {field.name: getattr(certificate, field.name) for field in fields(Certificate)}


def _stored(certificate: Certificate) -> dict[str, Any]:
    values = _values(certificate)
    return {name: v for name, v in values.items() if name != _OPTIONAL or v is not None}


def _signed(certificate: Certificate) -> bytes:
    return _DOMAIN + canonical_json({**_stored(certificate), "signature": ""})
