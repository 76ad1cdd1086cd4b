"""Every row as it should be now: a tree of keyed digests, and the sealed row at its top.

A ciphertext that is bound to its row cannot be edited or exchanged, but an *older* authentic row
could be put back. So each entity's digest stands in a leaf (64 to a node), each node's digest in
the node above, and the root in `meta`, sealed under the vault's `state` key together with a
counter. A read checks the path from its rows to the root: five short rows, mostly in memory.

What is not an entity (mentions, what stood beside whom, suppressed forms, tombstones, stale
versions) has one sum over keyed hashes of its rows, which `verify` compares.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from privrag.errors import VaultError
from privrag.vault.cipher import frame, frame_bytes
from privrag.vault.entity import DIGEST_BYTES

FAN_OUT = 64
_LEVELS = 5
"""64^5 entities: a thousand million."""
_ABSENT = bytes(DIGEST_BYTES)
_EMPTY = _ABSENT * FAN_OUT
_KEPT_NODES = 32_768
SUM = 1 << 256

DAMAGED = "the vault's record of its own state was damaged or exchanged; put it back from a backup"


@dataclass(frozen=True, slots=True)
class State:
    """The row of `meta`."""

    root_key: bytes
    legacy: bytes
    counter: int
    next_id: int
    people: int
    tree: bytes
    loose: int

    def row(self, key: bytes) -> tuple[bytes | int, ...]:
        """As it is stored, with its seal at the end."""
        plain = self._plain()
        return (*plain, _seal(plain, key))

    def _plain(self) -> tuple[bytes | int, ...]:
        loose = self.loose.to_bytes(32, "big")
        own = (self.root_key, self.legacy, self.counter, self.next_id, self.people)
        return (*own, self.tree, loose)

    @classmethod
    def read(cls, row: tuple[bytes | int, ...], key: bytes) -> "State":
        """Undo `row`. Raises VaultError if anything in it was changed."""
        *plain, seal = row
        if _seal(tuple(plain), key) != seal:
            raise VaultError(DAMAGED)
        root_key, legacy, counter, next_id, people, tree, loose = plain
        numbers = (counter, next_id, people, int.from_bytes(loose, "big"))  # type: ignore[arg-type]
        return cls(root_key, legacy, *numbers[:3], tree, numbers[3])  # type: ignore[arg-type]

    def with_loose(self, key: bytes, *, added: Iterable[str] = (), gone: Iterable[str] = ()) -> int:
        """The sum after rows came and went."""
        change = sum(loose_hash(row, key) for row in added)
        change -= sum(loose_hash(row, key) for row in gone)
        return (self.loose + change) % SUM

    def after(self, **changes: int | bytes) -> "State":
        """The same with changes."""
        return replace(self, **changes)  # type: ignore[arg-type] # callers name fields


META_COLUMNS = "root_key, legacy, counter, next_id, people, tree, loose, seal"


def loose_hash(row: str, key: bytes) -> int:
    """What a row adds to the sum (mod 2^256)."""
    digest = hashlib.blake2b(row.encode(), key=key, digest_size=32, person=b"privrag loose")
    return int.from_bytes(digest.digest(), "big")


def beside_row(entity: int, label: str, blind: bytes) -> str:
    """What a row of `beside` adds to the sum, to be hashed."""
    return f"beside|{entity}|{label}|{blind.hex()}"


class Checks:
    """The tree over the entities' digests. Not safe for threads: the vault's lock guards it."""

    def __init__(self, db: sqlite3.Connection, key: bytes) -> None:
        self._db = db
        self._key = key
        self._root = _ABSENT
        self._nodes: dict[tuple[int, int], bytes] = {}

    def start(self, root: bytes) -> None:
        """Go by this root from now on."""
        if root != self._root:
            self._nodes = {}
        self._root = root

    def forget(self) -> None:
        """Drop what is remembered: a transaction was rolled back."""
        self._nodes = {}

    def holds(self, entity: int, digest: bytes) -> bool:
        """Whether this is the entity's digest. Raises VaultError for a damaged tree."""
        return self.digest_of(entity) == digest

    def digest_of(self, entity: int) -> bytes:
        """The entity's digest; zeros if there is no such entity."""
        return _slot(self._node(0, entity // FAN_OUT), entity % FAN_OUT)

    def put(self, digests: Mapping[int, bytes | None]) -> bytes:
        """Write digests (None: the entity is gone), and give the new root."""
        changed: dict[int, bytes] = {e: d or _ABSENT for e, d in digests.items()}
        for level in range(_LEVELS):
            nodes: dict[int, bytearray] = {}
            for place, digest in changed.items():
                number, at = divmod(place, FAN_OUT)
                if number not in nodes:
                    nodes[number] = bytearray(self._node(level, number))
                nodes[number][at * DIGEST_BYTES : (at + 1) * DIGEST_BYTES] = digest
            self._db.executemany(
                "INSERT OR REPLACE INTO checks VALUES (?, ?)",
                [(_place(level, number), bytes(node)) for number, node in nodes.items()],
            )
            changed = {}
            for number, node in nodes.items():
                self._nodes[level, number] = bytes(node)
                changed[number] = self._digest(level, number, bytes(node))
        self._root = changed.get(0, self._root)
        return self._root

    def entities(self) -> Iterable[int]:
        """Ids of all entities that there should be, from left to right."""
        yield from self._below(_LEVELS - 1, 0)

    def _below(self, level: int, number: int) -> Iterable[int]:
        node = self._node(level, number)
        for at in range(FAN_OUT):
            if _slot(node, at) != _ABSENT:
                place = number * FAN_OUT + at
                if level == 0:
                    yield place
                else:
                    yield from self._below(level - 1, place)

    def _node(self, level: int, number: int) -> bytes:
        """A node that was checked up to the root."""
        known = self._nodes.get((level, number))
        if known is not None:
            return known
        if level == _LEVELS - 1:
            expected = self._root
        else:
            above, at = divmod(number, FAN_OUT)
            expected = _slot(self._node(level + 1, above), at)
        node = _EMPTY
        if expected != _ABSENT:
            row = self._db.execute(
                "SELECT CAST(digests AS BLOB) FROM checks WHERE place = ?",
                (_place(level, number),),
            ).fetchone()
            if row is None or self._digest(level, number, row[0]) != expected:
                raise VaultError(DAMAGED)
            node = row[0]
        if len(self._nodes) >= _KEPT_NODES:
            self._nodes.clear()
        self._nodes[level, number] = node
        return node

    def _digest(self, level: int, number: int, node: bytes) -> bytes:
        data = frame_bytes([frame(str(level), str(number)), node])
        return hashlib.blake2b(
            data, key=self._key, digest_size=DIGEST_BYTES, person=b"privrag node"
        ).digest()


def _slot(node: bytes, at: int) -> bytes:
    return node[at * DIGEST_BYTES : (at + 1) * DIGEST_BYTES]


def _place(level: int, number: int) -> int:
    return number * 8 + level


def _seal(plain: tuple[bytes | int, ...], key: bytes) -> bytes:
    parts = [p if isinstance(p, bytes) else repr(p).encode() for p in plain]
    return hashlib.blake2b(
        frame_bytes(parts), key=key, digest_size=DIGEST_BYTES, person=b"privrag state"
    ).digest()
