"""An open vault file: its transactions, its tenant's keys, and rows that were checked as they came.

Every other module of the package works through an `Opened`, inside `reading()` or `writing()`.
"""

import hmac
import sqlite3
import threading
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from privrag.errors import VaultError
from privrag.pseudonym import is_valid
from privrag.vault.cipher import frame
from privrag.vault.counter import CounterFile
from privrag.vault.entity import Entity, Surface, damaged
from privrag.vault.integrity import META_COLUMNS, Checks, State
from privrag.vault.keys import Keyring
from privrag.vault.schema import readable_errors
from privrag.vault.tenant_keys import Purpose, tenant_key

_AT_ONCE = 512
"""Values in one `IN (...)`: fewer than any build of SQLite allows."""

# Casts, because SQLite gives a column that somebody edited in whatever type it now has.
_ENTITY = (
    "SELECT e.id, e.tenant, CAST(e.pseudonym AS TEXT), CAST(e.label AS TEXT),"
    " CAST(e.canonical AS BLOB), e.part, e.leader, e.flags FROM entities e"
)
Value = str | bytes | int


class Opened:
    """One tenant's view of an open vault. Several threads may use it: one transaction at a time."""

    def __init__(
        self, path: Path, db: sqlite3.Connection, keyring: Keyring, tenant: str, counter: Path
    ) -> None:
        self.path = path
        self.db = db
        self.keyring = keyring
        self.tenant = tenant
        self.counter = CounterFile(counter, b"")  # `start` knows its key
        self._counter_path = counter
        self._lock = threading.RLock()
        self._row: tuple[Any, ...] | None = None
        self._seen = 0
        self._keys: dict[tuple[str, Purpose], bytes] = {}

    def start(self) -> None:
        """Load the keys, making those of a new tenant; inside a transaction that may write."""
        root, legacy = self.db.execute("SELECT root_key, legacy FROM meta").fetchone()
        self.known_root(root)
        wanted: tuple[tuple[str, Purpose], ...]
        wanted = (("", "state"), (self.tenant, "index"), (self.tenant, "seal"))
        for tenant, purpose in wanted:
            self._keys[tenant, purpose] = tenant_key(
                self.db, self.keyring, tenant, purpose, root=root, legacy=legacy
            )
        self.checks = Checks(self.db, self.state_key)
        self.counter = CounterFile(self._counter_path, self.state_key)

    @property
    def state_key(self) -> bytes:
        return self._keys["", "state"]

    def key(self, purpose: Purpose, *, tenant: str | None = None) -> bytes:
        """A tenant's key for this purpose; made when it is first asked for, then always same."""
        owner = self.tenant if tenant is None else tenant
        if (owner, purpose) not in self._keys:
            with self.writing() as state:
                self._keys[owner, purpose] = tenant_key(
                    self.db,
                    self.keyring,
                    owner,
                    purpose,
                    root=state.root_key,
                    legacy=state.legacy,
                )
        return self._keys[owner, purpose]

    @contextmanager
    def reading(self) -> Generator[State]:
        """One view of the file, whatever others write meanwhile. Inside another: that one."""
        with self._transaction("BEGIN") as state:
            yield state

    @contextmanager
    def writing(self) -> Generator[State]:
        """All or nothing. What is to change of the state is given to `save`."""
        with self._transaction("BEGIN IMMEDIATE") as state:
            yield state

    def save(self, state: State, digests: Mapping[int, bytes | None] | None = None) -> None:
        """Write the state as it is after this transaction, and the digests of changed entities."""
        tree = self.checks.put(digests) if digests else state.tree
        row = state.after(counter=state.counter + 1, tree=tree).row(self.state_key)
        names = META_COLUMNS.replace(", ", " = ?, ") + " = ?"
        self.db.execute(f"UPDATE meta SET {names}", row)  # noqa: S608 - our own words
        self._row = row

    def current(self) -> State:
        """The state, checked. Raises VaultError if it was changed by somebody without the key."""
        row = self.db.execute(f"SELECT {META_COLUMNS} FROM meta").fetchone()  # noqa: S608
        state = State.read(row, self.state_key)
        if row != self._row:
            if state.counter < self._seen:
                message = f"the vault {self.path} was put back to an older state while it is open"
                raise VaultError(message + "; close it, and put the newest one back")
            self._seen = state.counter
            self.checks.start(state.tree)
            self._row = row
        return state

    def known_root(self, root: bytes) -> None:
        """Raise VaultError unless the root key of this id is held."""
        if root not in self.keyring.ids():
            self.keyring.reload()
        if root not in self.keyring.ids():
            message = (
                f"the key does not belong to the vault {self.path}; "
                "put back the key file that was made with it (nothing was changed)"
            )
            raise VaultError(message)

    def blind(self, *parts: str) -> bytes:
        """Keyed hash under which something is found again."""
        return hmac.digest(self._keys[self.tenant, "index"], frame(*parts), "sha256")

    def surface_blind(self, entity: Entity, surface: str) -> bytes:
        """Keyed hash of an entity's own surface."""
        return self.blind("surface", entity.pseudonym, surface)

    def select(
        self, query: str, values: Iterable[Value], *before: Value
    ) -> Generator[tuple[Any, ...]]:
        """Run a query that ends in `column IN`, some values at a time."""
        ordered = list(values)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            length = 1 << (len(some) - 1).bit_length()  # few different statements, kept compiled
            some += some[-1:] * (length - len(some))
            yield from self.db.execute(f"{query} ({','.join('?' * length)})", (*before, *some))

    def entities(self, column: str, values: Collection[Value]) -> dict[int, Entity]:
        """This tenant's entities whose column (`id`, `canonical`, ...) has one of the values.

        With their surfaces and forms, by id. Raises VaultError, naming the pseudonym, for one that
        is not as the vault wrote it last.
        """
        # `+` keeps SQLite from walking through all entities of the tenant.
        where = f"{_ENTITY} WHERE {'' if column == 'canonical' else '+'}e.tenant = ?"
        rows = self.select(f"{where} AND e.{column} IN", values, self.tenant)
        return self.filled({row[0]: Entity(*row) for row in rows})

    def versions(self, entities: Iterable[int]) -> set[str]:
        """The document versions that mention any of these entities (ids)."""
        rows = self.select("SELECT version FROM mentions WHERE entity IN", entities)
        return {version for (version,) in rows}

    def filled(self, found: dict[int, Entity]) -> dict[int, Entity]:
        """The same with surfaces and forms, checked."""
        self.read_rows(found)
        for entity in found.values():
            if not self.is_intact(entity):
                raise damaged(entity.pseudonym)
        return found

    def read_rows(self, found: Mapping[int, Entity]) -> None:
        """Fill in surfaces and forms, not checked."""
        ids = list(found)
        for entity, suffix, blind, sealed, moved in self.select(
            "SELECT entity, CAST(suffix AS TEXT), CAST(blind AS BLOB), CAST(sealed AS BLOB), moved"
            " FROM surfaces WHERE entity IN",
            ids,
        ):
            found[entity].surfaces[suffix] = Surface(blind, sealed, moved)
        for entity, blind in self.select(
            "SELECT entity, CAST(blind AS BLOB) FROM forms WHERE entity IN", ids
        ):
            found[entity].forms.add(blind)

    def is_intact(self, entity: Entity) -> bool:
        """Whether the entity is as the vault wrote it last."""
        try:
            return self.checks.holds(entity.id, entity.digest(self.state_key))
        except (VaultError, TypeError, ValueError, AttributeError):
            return False  # a column of another type, or a damaged tree

    def page(self, after: int, size: int) -> dict[int, Entity]:
        """The next entities of all tenants by id, not checked."""
        rows = self.db.execute(f"{_ENTITY} WHERE e.id > ? ORDER BY e.id LIMIT ?", (after, size))
        return {row[0]: Entity(*row) for row in rows}

    def group_of(self, pseudonym: str) -> list[Entity]:
        """All entities of one person, the leader first. Raises VaultError for an unknown one."""
        if not is_valid(pseudonym):  # it may be a name: that is never repeated
            message = (
                "that is not a pseudonym such as PERSON_K7M2QX4C; to find the one of a name, run: "
                "privrag vault show --name NAME"
            )
            raise VaultError(message)
        members = self.groups([pseudonym]).get(pseudonym)
        if not members:
            message = f"the vault knows no {pseudonym}"
            raise VaultError(message)
        return members

    def groups(self, pseudonyms: Collection[str]) -> dict[str, list[Entity]]:
        """Known pseudonym -> all entities of its person, the leader first."""
        named = self.entities("pseudonym", pseudonyms)
        leads = {entity.lead for entity in named.values()}
        everyone = named | self.entities("leader", leads)
        everyone |= self.entities("id", leads - everyone.keys())
        members: dict[int, list[Entity]] = {lead: [] for lead in leads}
        for entity in sorted(everyone.values(), key=lambda e: (e.leader is not None, e.id)):
            members[entity.lead].append(entity)
        return {entity.pseudonym: members[entity.lead] for entity in named.values()}

    def data_key(self, entity: Entity) -> bytes:
        """Unwrap the entity's key."""
        row = self.db.execute(
            "SELECT CAST(wrapped AS BLOB) FROM data_keys WHERE entity = ?", (entity.id,)
        ).fetchone()
        try:
            return self.keyring.unwrap(
                b"" if row is None else row[0], tenant=entity.tenant, context=entity.context()
            )
        except VaultError:
            raise damaged(entity.pseudonym) from None

    def write_flags(self, entities: Sequence[Entity]) -> None:
        """Write leader and flags of entities that are there."""
        self.db.executemany(
            "UPDATE entities SET leader = ?, flags = ? WHERE id = ?",
            [(e.leader, int(e.flags), e.id) for e in entities],
        )

    def digests(self, entities: Iterable[Entity]) -> dict[int, bytes | None]:
        """What the tree holds of these entities once they are written."""
        return {entity.id: entity.digest(self.state_key) for entity in entities}

    def truncate_log(self) -> bool:
        """Write the log into the file and empty it; False if a reader elsewhere keeps it."""
        with self._lock, readable_errors(self.path):
            return bool(self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)

    def close(self) -> None:
        """Close the file; twice is fine."""
        with self._lock:
            self.db.close()
            self.counter.close()

    @contextmanager
    def _transaction(self, begin: str) -> Generator[State]:
        with self._lock, readable_errors(self.path):
            if self.db.in_transaction:
                yield self.current()
                return
            self.db.execute(begin)
            before = self._row
            try:
                state = self.current()
                self.known_root(state.root_key)
                before = self._row
                yield state
                self.db.execute("COMMIT")
            except BaseException:
                self._row = None
                self.checks.forget()
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise
            if self._row is not None and self._row != before:
                self._seen = self._row[2]
                self.counter.note(self._seen)
