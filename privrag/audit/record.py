"""One entry of the audit log, its canonical bytes, and the hash that chains it to the last one.

    hash(n) = HMAC-SHA256(tenant's audit key, canonical JSON of record n, which holds hash(n - 1))

Without the key nobody can compute a hash, so no record can be edited, added, moved or taken out
of the middle; what a hash cannot show, a cut tail, the checkpoints show.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Action = Literal[
    "reveal", "asked", "sync", "forget", "review",
    "merge", "split", "alias", "rotate", "backup", "restore", "accept",
]  # fmt: skip
"""What is recorded (`review`: a verdict on feedback); the second line by `privrag vault` alone
(`accept` also by `audit`)."""

START = "0" * 64
"""What stands for the hash before the first record."""

Json = str | int | Sequence[str] | Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Record:
    """What was done, by whom, to which entities: ids and counts, never values."""

    seq: int
    """1, 2, 3, ... within the tenant."""
    time: str
    """UTC, ISO 8601 with milliseconds; written by the recording machine's clock."""
    tenant: str
    actor: str
    """User name or key name of whoever did it."""
    action: Action
    entities: tuple[str, ...] = ()
    """Pseudonyms without alias suffixes, sorted."""
    counts: Mapping[str, int] = field(default_factory=dict)
    purpose: str = ""
    """Which call it was for: `search`, `ask`, `chat`, `vault`, `feedback ID`."""
    policy: str = ""
    """The rule that allowed it: the types that the actor might see; empty where none applies."""
    result: str = "ok"
    """`ok`, or the type of the error that it ended with."""
    prev: str = START

    def body(self) -> bytes:
        """The canonical JSON that is stored and hashed."""
        return canonical_json({**asdict(self), "entities": list(self.entities)})


@dataclass(frozen=True, slots=True)
class Head:
    """Where a tenant's chain ends; `seq` 0 means that it has no record."""

    tenant: str
    seq: int = 0
    hash: str = START


def chained(key: bytes, body: bytes) -> str:
    """The hash of a record's body, which names the hash before it (64 hexadecimal digits)."""
    return hmac.digest(key, body, "sha256").hex()


def parse_record(body: bytes) -> Record:
    """Read a stored body. Raises ValueError for anything else than what `Record.body` gives."""
    try:
        values: dict[str, Any] = json.loads(body)
        record = Record(**{**values, "entities": tuple(values["entities"])})
        if record.body() != body:
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError):
        message = "not a record"
        raise ValueError(message) from None
    return record


def canonical_json(value: Mapping[str, Json]) -> bytes:
    """The one spelling of a value that RFC 8785 (JSON Canonicalization Scheme) allows.

    Only for what a record holds: ASCII keys, texts, whole numbers below 2^53, and lists and maps
    of these; for them sorting by code point and Python's escapes are those of the RFC. Raises
    ValueError for a fraction, a larger number or a text that is not valid Unicode.
    """
    _check(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _check(value: object) -> None:
    match value:
        case bool() | float() | None:
            raise ValueError("a record holds texts and whole numbers only")
        case int() if abs(value) >= 2**53:
            raise ValueError("a number in a record is below 2^53")
        case Mapping():
            for key, below in value.items():
                if not (isinstance(key, str) and key.isascii()):
                    raise ValueError("the keys of a record are ASCII")
                _check(below)
        case list() | tuple():
            for below in value:
                _check(below)
