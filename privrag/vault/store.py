"""The vault: which pseudonym stands for whom. Nothing in its file is readable without the key.

    assign   mentions of a document -> the tokens to write instead      (ingest)
    find     normalised forms       -> pseudonyms already given out     (questions)
    surface  tokens                 -> the exact words they stand for   (restore)
    release  a document version     -> who is mentioned nowhere else is destroyed

A pseudonym is random. An entity is found again by a keyed hash of its label and canonical form,
so destroying its rows really cuts the link, and the file alone cannot be searched for a name.
"""

import hmac
import secrets
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag

from privrag.errors import VaultError
from privrag.pseudonym import ALIAS_SUFFIXES, LABELS, base, new_pseudonym
from privrag.vault.cipher import decrypt, encrypt, frame
from privrag.vault.entity import COLUMNS, Entity, damaged
from privrag.vault.keys import KEY_BYTES, KeyProvider, fingerprint
from privrag.vault.schema import connect, prepare, readable_errors, writing

_AT_ONCE = 500
"""Values in one `IN (...)`: fewer than any build of SQLite allows."""

# `+e.tenant` keeps SQLite from walking through all entities of the tenant instead of the few named.
_BY_CANONICAL = (
    "SELECT canonical, canonical, part, pseudonym FROM entities WHERE tenant = ? AND canonical IN"
)
_BY_FORM = (
    "SELECT f.blind, e.canonical, e.part, e.pseudonym FROM forms f JOIN entities e"
    " ON e.id = f.entity WHERE +e.tenant = ? AND f.blind IN"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of text that names an entity (raw)."""

    label: str
    surface: str = field(repr=False)
    """Exactly as it stands in the text."""
    canonical: str = field(repr=False)
    """The normalised form that identifies the entity: mentions that share it share a pseudonym."""
    forms: tuple[str, ...] = field(default=(), repr=False)
    """Further normalised forms under which a question may name it, e.g. the surname."""


class Vault:
    """An open vault of one tenant. Several threads and several processes may use it at once."""

    def __init__(self, path: Path, db: sqlite3.Connection, keys: KeyProvider, tenant: str) -> None:
        """Take over an open database: use `Vault.open`."""
        self._path = path
        self._db = db
        self._keys = keys
        self._tenant = tenant
        self._lock = threading.RLock()
        self._index_key = keys.derive(tenant, "index")
        self._seal_key = keys.derive(tenant, "seal")

    @classmethod
    def open(cls, path: Path, keys: KeyProvider, *, tenant: str = "default") -> Self:
        """Open the vault at `path`, or make one (file mode 0600) together with its key.

        Raises VaultError if the file exists but its key is missing or another one.
        """
        keys.open(create=not path.exists())  # key before vault: no vault ever lacks its key
        db = connect(path)
        try:
            prepare(db, path, fingerprint(keys.derive("", "check")))
            return cls(path, db, keys, tenant)
        except BaseException:
            db.close()
            raise

    def close(self) -> None:
        """Close the file. Closing twice is fine; any other call then raises VaultError."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def assign(self, mentions: Sequence[Mention], *, version: str) -> list[str]:
        """Give the token to write for each mention, in order, and note that `version` has it.

        One transaction: all of it is on disk afterwards, or nothing. The same mentions give the
        same tokens again. An entity with more surface forms than suffixes goes on in a further
        entity of its own pseudonym. Raises VaultError for an unknown label and for an empty
        surface or canonical form.
        """
        for mention in mentions:
            _check(mention)
        blinds = {
            (m.label, m.canonical): self._blind("form", m.label, m.canonical) for m in mentions
        }
        with self._using(), writing(self._db):
            entities = self._load(set(blinds.values()))
            tokens: dict[Mention, str] = {}
            wanted_forms: set[tuple[bytes, int]] = set()
            used: set[int] = set()
            for mention in dict.fromkeys(mentions):
                canonical = blinds[mention.label, mention.canonical]
                entity, suffix = self._place(mention, canonical, entities[canonical])
                tokens[mention] = entity.pseudonym + suffix
                used.add(entity.id)
                for form in mention.forms:
                    wanted_forms.add((self._blind("form", mention.label, form), entity.id))
            self._db.executemany("INSERT OR IGNORE INTO forms VALUES (?, ?)", sorted(wanted_forms))
            self._db.executemany(
                "INSERT OR IGNORE INTO mentions VALUES (?, ?)", [(version, id_) for id_ in used]
            )
        return [tokens[mention] for mention in mentions]

    def find(self, forms: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Give the pseudonym for each (label, form) that names exactly one entity.

        A canonical form wins over the further forms of others. A form that several entities
        share names none of them. Writes nothing.
        """
        blinds = {form: self._blind("form", *form) for form in dict.fromkeys(forms)}
        with self._using():
            named = self._named(_BY_CANONICAL, set(blinds.values()))
            named |= self._named(_BY_FORM, set(blinds.values()) - named.keys())
        return {form: named[blind] for form, blind in blinds.items() if blind in named}

    def known(
        self, forms: Iterable[tuple[str, str]], *, further_only: bool = False
    ) -> set[tuple[str, str]]:
        """Give those of the (label, form) that name any entity, however many.

        `further_only`: as a further form (a surname) of one, not as its canonical form.
        """
        blinds = {self._blind("form", *form): form for form in dict.fromkeys(forms)}
        queries = (_BY_FORM,) if further_only else (_BY_CANONICAL, _BY_FORM)
        with self._using():
            return {blinds[row[0]] for q in queries for row in self._select(q, blinds.keys())}

    def people_mark(self) -> str:
        """Give a word that changes whenever a form by which somebody is found is added or goes."""
        with self._using():
            row = self._db.execute(
                "SELECT (SELECT count(*) FROM forms), count(*), max(id) FROM entities"
                " WHERE tenant = ?",
                (self._tenant,),
            ).fetchone()
        return "-".join(map(str, row))

    def surface(self, tokens: Collection[str]) -> dict[str, str]:
        """Give the exact text that each token stands for; unknown tokens are absent.

        An unknown suffix gives the entity's first surface form. Raises VaultError, naming the
        pseudonym, for a row that was damaged or exchanged.
        """
        entities: dict[str, tuple[Entity, dict[str, bytes]]] = {}
        with self._using():
            for row in self._select(
                f"SELECT {COLUMNS}, s.suffix, CAST(s.sealed AS BLOB)"  # noqa: S608 - our own words
                " FROM entities e JOIN surfaces s ON s.entity = e.id"
                " WHERE +e.tenant = ? AND e.pseudonym IN",
                {base(token) for token in tokens},
            ):
                entity = Entity(*row[:6])
                entities.setdefault(entity.pseudonym, (entity, {}))[1][row[6]] = row[7]
        return {
            token: self._open_surface(*entities[base(token)], token[len(base(token)) :])
            for token in tokens
            if base(token) in entities
        }

    def release(self, version: str) -> int:
        """Forget what `version` mentions; destroy and count the entities nobody mentions now."""
        with self._using():
            with writing(self._db):
                of_version = (
                    "SELECT m.entity FROM mentions m JOIN entities e ON e.id = m.entity"
                    " WHERE m.version = ? AND e.tenant = ?"
                )
                entities = self._db.execute(of_version, (version, self._tenant)).fetchall()
                self._db.executemany(
                    "DELETE FROM mentions WHERE version = ? AND entity = ?",
                    [(version, entity) for (entity,) in entities],
                )
                destroyed = self._db.executemany(
                    "DELETE FROM entities WHERE id = ?"
                    " AND NOT EXISTS (SELECT 1 FROM mentions WHERE entity = entities.id)",
                    entities,
                ).rowcount
            if destroyed > 0:
                # The log still holds the wrapped keys. A reader elsewhere may keep it this time.
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(destroyed, 0)

    def count(self) -> int:
        """Count the tenant's entities."""
        with self._using():
            row = self._db.execute(
                "SELECT count(*) FROM entities WHERE tenant = ?", (self._tenant,)
            ).fetchone()
        return int(row[0])

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt a text that another store keeps; only the same context opens it."""
        return encrypt(self._seal_key, text, frame("seal", self._tenant, context))

    def unseal(self, data: bytes, *, context: str) -> str:
        """Undo `seal`. Raises VaultError if it was damaged or sealed for something else."""
        try:
            return decrypt(self._seal_key, data, frame("seal", self._tenant, context))
        except InvalidTag:
            message = "a sealed text cannot be opened: damaged, or of another context or key"
            raise VaultError(message) from None

    def blind(self, kind: str, text: str) -> str:
        """Hash a text under the tenant's key: the same every time, and tells nothing (64 hex)."""
        return self._blind("blind", kind, text).hex()

    @contextmanager
    def _using(self) -> Generator[None]:
        with self._lock, readable_errors(self._path):
            yield

    def _blind(self, *parts: str) -> bytes:
        return hmac.digest(self._index_key, frame(*parts), "sha256")

    def _select(self, query: str, values: Collection[str | bytes]) -> Generator[tuple[Any, ...]]:
        """Run a query that ends in `tenant = ? AND column IN`, some values at a time."""
        ordered = list(values)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self._db.execute(f"{query} ({marks})", (self._tenant, *some))

    def _load(self, canonicals: Collection[bytes]) -> defaultdict[bytes, list[Entity]]:
        """Load the entities of these canonical forms, each list in the order of its parts."""
        by_id: dict[int, Entity] = {}
        for row in self._select(
            f"SELECT {COLUMNS} FROM entities e"  # noqa: S608 - our own words
            " WHERE e.tenant = ? AND e.canonical IN",
            canonicals,
        ):
            by_id[row[0]] = Entity(*row)
        for entity, blind, suffix in self._select(
            "SELECT s.entity, s.blind, s.suffix FROM entities e JOIN surfaces s ON s.entity = e.id"
            " WHERE e.tenant = ? AND e.canonical IN",
            canonicals,
        ):
            by_id[entity].suffixes[blind] = suffix
        loaded: defaultdict[bytes, list[Entity]] = defaultdict(list)
        for known in sorted(by_id.values(), key=lambda entity: entity.part):
            loaded[known.canonical].append(known)
        return loaded

    def _place(self, mention: Mention, canonical: bytes, parts: list[Entity]) -> tuple[Entity, str]:
        """Find or make the entity and the suffix for a mention; `parts` grows with what is made."""
        for entity in parts:
            suffix = entity.suffixes.get(self._surface_blind(entity, mention.surface))
            if suffix is not None:
                return entity, suffix
        for entity in parts:
            free = [s for s in ALIAS_SUFFIXES if s not in entity.suffixes.values()]
            if free:
                return entity, self._add_surface(entity, free[0], mention.surface)
        part = parts[-1].part + 1 if parts else 0
        entity = self._create(mention.label, canonical, part)
        parts.append(entity)
        return entity, self._add_surface(entity, ALIAS_SUFFIXES[0], mention.surface)

    def _create(self, label: str, canonical: bytes, part: int) -> Entity:
        """Write a new entity under a pseudonym that no other has."""
        while True:
            entity = Entity(0, new_pseudonym(label), label, canonical, part, b"")
            entity.wrapped_key = self._keys.wrap(
                secrets.token_bytes(KEY_BYTES),
                tenant=self._tenant,
                context=entity.context(self._tenant),
            )
            cursor = self._db.execute(
                "INSERT INTO entities (tenant, pseudonym, label, canonical, part, wrapped_key)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (pseudonym) DO NOTHING",
                (self._tenant, entity.pseudonym, label, canonical, part, entity.wrapped_key),
            )
            if cursor.rowcount == 1 and cursor.lastrowid is not None:
                entity.id = cursor.lastrowid
                return entity

    def _add_surface(self, entity: Entity, suffix: str, surface: str) -> str:
        blind = self._surface_blind(entity, surface)
        sealed = encrypt(self._data_key(entity), surface, entity.context(self._tenant, suffix))
        self._db.execute(
            "INSERT INTO surfaces VALUES (?, ?, ?, ?)", (entity.id, suffix, blind, sealed)
        )
        entity.suffixes[blind] = suffix
        return suffix

    def _open_surface(self, entity: Entity, sealed: dict[str, bytes], suffix: str) -> str:
        if suffix not in sealed:
            suffix = min(sealed)  # '' unless its row is gone
        key = self._data_key(entity)
        try:
            return decrypt(key, sealed[suffix], entity.context(self._tenant, suffix))
        except InvalidTag:
            raise damaged(entity.pseudonym) from None

    def _data_key(self, entity: Entity) -> bytes:
        try:
            return self._keys.unwrap(
                entity.wrapped_key, tenant=self._tenant, context=entity.context(self._tenant)
            )
        except VaultError:
            raise damaged(entity.pseudonym) from None

    def _surface_blind(self, entity: Entity, surface: str) -> bytes:
        return self._blind("surface", entity.pseudonym, surface)

    def _named(self, query: str, blinds: Collection[bytes]) -> dict[bytes, str]:
        """Give the pseudonym (of the first part) where a blind form leads to one canonical form."""
        found: dict[bytes, dict[bytes, list[tuple[int, str]]]] = {}
        for blind, canonical, part, pseudonym in self._select(query, blinds):
            found.setdefault(blind, {}).setdefault(canonical, []).append((part, pseudonym))
        return {
            blind: min(parts)[1]
            for blind, entities in found.items()
            if len(entities) == 1
            for parts in entities.values()
        }


def _check(mention: Mention) -> None:
    if mention.label not in LABELS:
        message = f"unknown entity type {mention.label!r}; known are {', '.join(LABELS)}"
        raise VaultError(message)
    if not mention.surface or not mention.canonical:
        message = f"a {mention.label} mention has no surface or no canonical form; give both"
        raise VaultError(message)
