"""Tokens for the mentions of a document: planned in memory, then written in one go.

    mention ── canonical form ──> its person ── exact surface ──> token
                 unknown: a new entity      new: the next free suffix, else a further part

A person is a leading entity with all that is led by it: the parts that continue it when its
suffixes are used up, and what was merged into it. Later mentions get the leader's tokens.
"""

import secrets
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from privrag.errors import VaultError
from privrag.pseudonym import ALIAS_SUFFIXES, LABELS, new_pseudonym
from privrag.vault.cipher import encrypt
from privrag.vault.entity import Entity, Flag, Mention, Surface
from privrag.vault.integrity import State
from privrag.vault.keys import KEY_BYTES
from privrag.vault.opened import Opened


def assign(opened: Opened, mentions: Sequence[Mention], version: str | None) -> list[str]:
    """The token of each mention, in order; without a version nothing is written."""
    for mention in mentions:
        check_mention(mention)
    blinds = {(m.label, m.canonical): opened.blind("form", m.label, m.canonical) for m in mentions}
    with opened.reading() if version is None else opened.writing() as state:
        plan = Plan(opened, state, set(blinds.values()))
        tokens = {
            mention: plan.token(mention, blinds[mention.label, mention.canonical])
            for mention in dict.fromkeys(mentions)
        }
        if version is not None:
            plan.write(version)
    return [tokens[mention] for mention in mentions]


def check_mention(mention: Mention) -> None:
    """Raise VaultError for a mention that cannot be stored."""
    if mention.label not in LABELS:
        message = f"unknown entity type {mention.label!r}; known are {', '.join(LABELS)}"
        raise VaultError(message)
    if not mention.surface or not mention.canonical:
        message = f"a {mention.label} mention has no surface or no canonical form; give both"
        raise VaultError(message)


def unused_pseudonym(opened: Opened, label: str, drawn: Container[str] = ()) -> str:
    """Draw one that no entity has or had, and that was not drawn just now."""
    while True:
        pseudonym = new_pseudonym(label)
        taken = opened.db.execute(
            "SELECT 1 FROM entities WHERE pseudonym = ?1"
            " UNION ALL SELECT 1 FROM erased WHERE pseudonym = ?1",
            (pseudonym,),
        ).fetchone()
        if taken is None and pseudonym not in drawn:
            return pseudonym


@dataclass(slots=True)
class _New:
    """Rows to write."""

    entities: list[Entity] = field(default_factory=list)
    keys: dict[int, bytes] = field(default_factory=dict)
    """Data keys of the new entities, in clear."""
    surfaces: list[tuple[int, str, bytes, bytes]] = field(default_factory=list)
    forms: list[tuple[bytes, int]] = field(default_factory=list)
    beside: set[tuple[int, str, bytes]] = field(default_factory=set)


class Plan:
    """What one document needs of the vault: entities as they are, and what is new."""

    def __init__(self, opened: Opened, state: State, canonicals: set[bytes]) -> None:
        self._opened = opened
        self._state = state
        self._next_id = state.next_id
        self._new = _New()
        self._used: set[int] = set()
        self._changed: dict[int, Entity] = {}
        self._flagged: dict[int, Entity] = {}
        self._drawn: set[str] = set()
        self._beside: dict[tuple[int, str], set[bytes]] = {}
        self._by_id: dict[int, Entity] = {}
        self._by_canonical: dict[bytes, list[Entity]] = {}
        self._by_lead: dict[int, list[Entity]] = {}
        self._load(canonicals)

    def token(self, mention: Mention, canonical: bytes) -> str:
        """Find or plan the entity and the suffix for a mention."""
        entity, suffix = self._place(mention, canonical)
        self._used.add(entity.id)
        lead = self._by_id[entity.lead]
        self._add_forms(lead, mention)
        self._note_flags(lead, mention)
        return entity.pseudonym + suffix

    def write(self, version: str) -> None:
        """Write what is new, note that `version` mentions what was used."""
        new, db = self._new, self._opened.db
        tenant, root = self._opened.tenant, self._state.root_key
        wrap = self._opened.keyring.wrap
        db.executemany(
            "INSERT INTO entities (id, tenant, pseudonym, label, canonical, part, leader)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (e.id, tenant, e.pseudonym, e.label, e.canonical, e.part, e.leader)
                for e in new.entities
            ],
        )
        db.executemany(
            "INSERT INTO data_keys VALUES (?, ?)",
            [
                (e.id, wrap(new.keys[e.id], root=root, tenant=tenant, context=e.context()))
                for e in new.entities
            ],
        )
        db.executemany(
            "INSERT INTO surfaces (entity, suffix, blind, sealed) VALUES (?, ?, ?, ?)",
            new.surfaces,
        )
        db.executemany("INSERT INTO forms VALUES (?, ?)", sorted(new.forms))
        db.executemany("INSERT OR IGNORE INTO beside VALUES (?, ?, ?)", sorted(new.beside))
        self._opened.write_flags(list(self._flagged.values()))
        people = self._state.people + bool(new.entities or new.forms)
        state = self._state.after(
            next_id=self._next_id, people=people, loose=self._mention(version)
        )
        self._opened.save(state, self._opened.digests(self._changed.values()))

    def _mention(self, version: str) -> int:
        """Write the mentions; gives the sum after it."""
        db = self._opened.db
        there = {
            e for (e,) in db.execute("SELECT entity FROM mentions WHERE version = ?", (version,))
        }
        fresh = sorted(self._used - there)
        db.executemany("INSERT INTO mentions VALUES (?, ?)", [(version, e) for e in fresh])
        rows = (f"mention|{version}|{entity}" for entity in fresh)
        return self._state.with_loose(self._opened.state_key, added=rows)

    def _load(self, canonicals: set[bytes]) -> None:
        """Entities of these forms, everyone in their groups, and further parts of the leaders."""
        opened = self._opened
        found = opened.entities("canonical", canonicals)
        leads = {entity.lead for entity in found.values()}
        found |= opened.entities("leader", leads) if leads else {}
        found |= opened.entities("id", leads - found.keys())
        foreign = {e.canonical for e in found.values() if e.id in leads} - canonicals
        found |= opened.entities("canonical", foreign) if foreign else {}
        for entity in sorted(found.values(), key=lambda e: (e.part, e.id)):
            self._register(entity)

    def _register(self, entity: Entity) -> None:
        self._by_id[entity.id] = entity
        self._by_canonical.setdefault(entity.canonical, []).append(entity)
        self._by_lead.setdefault(entity.lead, []).append(entity)

    def _place(self, mention: Mention, canonical: bytes) -> tuple[Entity, str]:
        known = self._by_canonical.get(canonical, [])
        first = next((e for e in known if not e.flags & Flag.SPLIT), None)
        for entity in known:
            if entity.flags & Flag.SPLIT and self._suffix(entity, mention.surface) is not None:
                first = entity
        if first is None:
            entity = self._create(mention.label, canonical, None, 0)
            return entity, self._add_surface(entity, mention.surface)
        lead = self._by_id[first.lead]
        parts = [
            e
            for e in self._by_lead[lead.id]
            if e.canonical == lead.canonical and e.flags & Flag.SPLIT == lead.flags & Flag.SPLIT
        ]
        for entity in parts:
            suffix = self._suffix(entity, mention.surface)
            if suffix is not None:
                return entity, suffix
        for entity in parts:
            if len(entity.surfaces) < len(ALIAS_SUFFIXES):
                return entity, self._add_surface(entity, mention.surface)
        entity = self._create(lead.label, lead.canonical, lead.id, lead.flags & Flag.SPLIT)
        return entity, self._add_surface(entity, mention.surface)

    def _suffix(self, entity: Entity, surface: str) -> str | None:
        """The suffix that this surface has here; None if it has none, or was split off."""
        blind = self._opened.surface_blind(entity, surface)
        for suffix, row in entity.surfaces.items():
            if row.blind == blind and not row.moved:
                return suffix
        return None

    def _create(self, label: str, canonical: bytes, leader: int | None, flags: int) -> Entity:
        parts = [entity.part for entity in self._by_canonical.get(canonical, [])]
        entity = Entity(
            self._next_id,
            self._opened.tenant,
            unused_pseudonym(self._opened, label, self._drawn),
            label,
            canonical,
            max(parts, default=-1) + 1,
            leader,
            flags,
        )
        self._next_id += 1
        self._drawn.add(entity.pseudonym)
        self._new.entities.append(entity)
        self._new.keys[entity.id] = secrets.token_bytes(KEY_BYTES)
        if flags:
            self._flagged[entity.id] = entity
        self._register(entity)
        return entity

    def _add_surface(self, entity: Entity, surface: str) -> str:
        suffix = next(s for s in ALIAS_SUFFIXES if s not in entity.surfaces)
        key = self._new.keys.get(entity.id)
        if key is None:
            key = self._new.keys[entity.id] = self._opened.data_key(entity)
        sealed = encrypt(key, surface, entity.context(suffix))
        blind = self._opened.surface_blind(entity, surface)
        entity.surfaces[suffix] = Surface(blind, sealed)
        self._new.surfaces.append((entity.id, suffix, blind, sealed))
        self._changed[entity.id] = entity
        return suffix

    def _add_forms(self, entity: Entity, mention: Mention) -> None:
        for form in mention.forms:
            blind = self._opened.blind("form", mention.label, form)
            if blind not in entity.forms:
                entity.forms.add(blind)
                self._new.forms.append((blind, entity.id))
                self._changed[entity.id] = entity

    def _note_flags(self, entity: Entity, mention: Mention) -> None:
        flags = entity.flags | mention.flags
        for label in sorted({label for label, _ in mention.beside}):
            mine = {self._opened.blind("beside", *one) for one in mention.beside if one[0] == label}
            known = self._known_beside(entity.id, label)
            if known and known.isdisjoint(mine):
                flags |= Flag.HOMONYM_RISK
            self._new.beside |= {(entity.id, label, blind) for blind in mine - known}
            known |= mine
        if flags != entity.flags:
            entity.flags = int(flags)
            self._changed[entity.id] = self._flagged[entity.id] = entity

    def _known_beside(self, entity: int, label: str) -> set[bytes]:
        if (entity, label) not in self._beside:
            rows = self._opened.db.execute(
                "SELECT blind FROM beside WHERE entity = ? AND label = ?", (entity, label)
            )
            self._beside[entity, label] = {blind for (blind,) in rows}
        return self._beside[entity, label]
