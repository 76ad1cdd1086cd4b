"""Tokens for the mentions of a document: planned in memory, then written in one go.

    mention ── canonical form ──> its person ── exact surface ──> token
                 unknown: a new entity      new: the next free suffix, else a further part

A person is a leading entity with all that is led by it: the parts that continue it when its
suffixes are used up, and what was merged into it. Later mentions get the leader's tokens.
"""

import secrets
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from privrag.errors import VaultError
from privrag.pseudonym import ALIAS_SUFFIXES, LABELS, new_pseudonym
from privrag.vault.beside import Beside
from privrag.vault.cipher import encrypt
from privrag.vault.entity import Entity, Flag, Kind, Mention, Surface
from privrag.vault.integrity import State
from privrag.vault.keys import KEY_BYTES
from privrag.vault.offered import Offered, mark_waiting
from privrag.vault.opened import Opened

_AT_ONCE = 10_000
"""Mentions that are planned together; a person takes 4 kB meanwhile, and a register has many."""


def assign(opened: Opened, mentions: Iterable[Mention], version: str | None) -> list[str]:
    """The token of each mention, in order; without a version nothing is written."""
    beside = Beside(opened)
    if version is None:
        with opened.reading() as state:
            return _planned(opened, state, list(mentions), beside)[1]
    tokens: list[str] = []
    coming = iter(mentions)
    with opened.writing():
        while some := list(islice(coming, _AT_ONCE)):
            plan, given = _planned(opened, opened.current(), some, beside)
            plan.write(version)
            tokens += given
        beside.write(opened.current())
    return tokens


def _planned(
    opened: Opened, state: State, mentions: Sequence[Mention], beside: Beside
) -> tuple["Plan", list[str]]:
    for mention in mentions:
        check_mention(mention)
    blinds = {m: own_blind(opened, m) for m in dict.fromkeys(mentions)}
    ruled = {opened.blind(Kind.FORM, m.label, m.canonical) for m in blinds if m.document}
    plan = Plan(opened, state, ruled.union(blinds.values()), Offered(opened, blinds), beside)
    tokens = {mention: plan.token(mention, blind) for mention, blind in blinds.items()}
    return plan, [tokens[mention] for mention in mentions]


def own_blind(opened: Opened, mention: Mention) -> bytes:
    """Keyed hash of the form that is this entity's own: in one document alone, with its key."""
    document = (mention.document,) if mention.document else ()
    return opened.blind(Kind.FORM, mention.label, mention.canonical, *document)


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
    keys: dict[int, bytes] = field(default_factory=dict, repr=False)
    """Data keys of the new entities, in clear."""
    surfaces: list[tuple[int, str, bytes, bytes]] = field(default_factory=list)
    returned: list[tuple[int, str]] = field(default_factory=list)
    """Surfaces that had been split off."""
    forms: list[tuple[bytes, int]] = field(default_factory=list)


class Plan:
    """What one document needs of the vault: entities as they are, and what is new."""

    def __init__(
        self,
        opened: Opened,
        state: State,
        canonicals: set[bytes],
        offered: Offered,
        beside: Beside,
    ) -> None:
        self._opened = opened
        self._state = state
        self._next_id = state.next_id
        self._new = _New()
        self._used: set[int] = set()
        self._changed: dict[int, Entity] = {}
        self._flagged: dict[int, Entity] = {}
        self._drawn: set[str] = set()
        self._beside = beside
        self._newly_offered: set[tuple[str, ...]] = set()
        self._offered = offered
        self._by_id: dict[int, Entity] = {}
        self._by_canonical: dict[bytes, list[Entity]] = {}
        self._by_lead: dict[int, list[Entity]] = {}
        self._load(canonicals)

    def token(self, mention: Mention, canonical: bytes) -> str:
        """Find or plan the entity and the suffix for a mention."""
        joined = self._joined(mention, canonical)
        if joined is None:
            entity, suffix = self._place(mention, canonical)
        else:
            entity, suffix = self._place_with(joined, mention.surface)
        self._used.add(entity.id)
        lead = self._by_id[entity.lead]
        self._add_forms(lead, self._forms_of(mention, joined=joined is not None))
        self._add_offers(lead, mention)
        self._flag(lead, mention.flags)
        self._beside.note(lead.id, mention)
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
        db.executemany(
            "UPDATE surfaces SET moved = 0 WHERE entity = ? AND suffix = ?", new.returned
        )
        db.executemany("INSERT INTO forms VALUES (?, ?)", sorted(new.forms))
        self._opened.write_flags(list(self._flagged.values()))
        people = self._state.people + bool(new.entities or new.forms)
        state = self._state.after(next_id=self._next_id, people=people, loose=self._loose(version))
        state = mark_waiting(self._opened, state, self._newly_offered)
        self._opened.save(state, self._opened.digests(self._changed.values()))

    def _loose(self, version: str) -> int:
        """Write the mentions; gives the sum with them."""
        db = self._opened.db
        there = {
            e for (e,) in db.execute("SELECT entity FROM mentions WHERE version = ?", (version,))
        }
        fresh = sorted(self._used - there)
        db.executemany("INSERT INTO mentions VALUES (?, ?)", [(version, e) for e in fresh])
        rows = [f"mention|{version}|{entity}" for entity in fresh]
        return self._state.with_loose(self._opened.state_key, added=rows)

    def _load(self, canonicals: set[bytes]) -> None:
        """Entities of these forms, everyone in their groups, and further parts of the leaders."""
        opened = self._opened
        found = opened.entities("canonical", canonicals)
        leads = {entity.lead for entity in found.values()} | self._offered.leads
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

    def _joined(self, mention: Mention, canonical: bytes) -> Entity | None:
        """Whom the mention joins by what it seeks, unless somebody ruled whose the form is."""
        lead = self._offered.only(mention)
        if lead is None or self._ruled(mention) is not None:
            return None
        known = self._by_canonical.get(canonical, [])
        groups = [e for k in known for e in self._by_lead[k.lead]]
        if any(e.canonical != canonical for e in groups):
            return None
        return self._by_id[lead]

    def _ruled(self, mention: Mention) -> Entity | None:
        """Whom a form without document leads to by a merge or an alias."""
        form = self._opened.blind(Kind.FORM, mention.label, mention.canonical)
        for entity in self._by_canonical.get(form, []):
            lead = self._by_id[entity.lead]
            if lead.canonical != form and not entity.flags & Flag.SPLIT:
                return lead
        return None

    def _place(self, mention: Mention, canonical: bytes) -> tuple[Entity, str]:
        known = self._by_canonical.get(canonical, [])
        first = next((e for e in known if not e.flags & Flag.SPLIT), None)
        for entity in known:
            if entity.flags & Flag.SPLIT and self._suffix(entity, mention.surface) is not None:
                first = entity
        if first is None and mention.document:
            first = self._ruled(mention)
        if first is None:
            entity = self._create(mention.label, canonical, None, 0)
            return entity, self._add_surface(entity, mention.surface)
        return self._place_with(self._by_id[first.lead], mention.surface)

    def _place_with(self, lead: Entity, surface: str) -> tuple[Entity, str]:
        """The part of this person that has the surface, or has room for it."""
        parts = [
            e
            for e in self._by_lead[lead.id]
            if e.canonical == lead.canonical and e.flags & Flag.SPLIT == lead.flags & Flag.SPLIT
        ]
        for entity in parts:
            suffix = self._suffix(entity, surface)
            if suffix is not None:
                return entity, suffix
        for entity in parts:
            if len(entity.surfaces) < len(ALIAS_SUFFIXES) or self._had(entity, surface):
                return entity, self._add_surface(entity, surface)
        entity = self._create(lead.label, lead.canonical, lead.id, lead.flags & Flag.SPLIT)
        return entity, self._add_surface(entity, surface)

    def _suffix(self, entity: Entity, surface: str) -> str | None:
        """The suffix that this surface has here; None if it has none, or was split off."""
        blind = self._opened.surface_blind(entity, surface)
        for suffix, row in entity.surfaces.items():
            if row.blind == blind and not row.moved:
                return suffix
        return None

    def _had(self, entity: Entity, surface: str) -> bool:
        blind = self._opened.surface_blind(entity, surface)
        return any(row.blind == blind for row in entity.surfaces.values())

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
        blind = self._opened.surface_blind(entity, surface)
        for suffix, row in entity.surfaces.items():
            if row.blind == blind:  # it was split off, and nobody has it any more
                row.moved = 0
                self._new.returned.append((entity.id, suffix))
                self._changed[entity.id] = entity
                return suffix
        suffix = next(s for s in ALIAS_SUFFIXES if s not in entity.surfaces)
        key = self._new.keys.get(entity.id)
        if key is None:
            key = self._new.keys[entity.id] = self._opened.data_key(entity)
        sealed = encrypt(key, surface, entity.context(suffix))
        entity.surfaces[suffix] = Surface(blind, sealed)
        self._new.surfaces.append((entity.id, suffix, blind, sealed))
        self._changed[entity.id] = entity
        return suffix

    def _forms_of(self, mention: Mention, *, joined: bool) -> list[bytes]:
        """Keyed hashes of the forms by which the entity is found, and of what it waits for."""
        blind = self._opened.blind
        forms = [blind(Kind.FORM, mention.label, form) for form in mention.forms]
        forms += [blind(Kind.FORM, *alias) for alias in mention.aliases]
        if joined:
            return [*forms, blind(Kind.FORM, mention.label, mention.canonical)]
        if mention.document:
            forms.append(blind(Kind.ONE_WORD, mention.label, mention.canonical))
        return [*forms, *(blind(Kind.AWAITED, *key) for key in mention.seeks)]

    def _add_forms(self, entity: Entity, forms: Sequence[bytes]) -> None:
        for blind in forms:
            if blind not in entity.forms:
                entity.forms.add(blind)
                self._new.forms.append((blind, entity.id))
                self._changed[entity.id] = entity

    def _add_offers(self, entity: Entity, mention: Mention) -> None:
        blinds = {self._opened.blind(Kind.OFFER, *key): key for key in mention.offers}
        fresh = sorted(blinds.keys() - entity.forms)
        self._newly_offered |= {blinds[blind] for blind in fresh}
        self._add_forms(entity, fresh)

    def _flag(self, entity: Entity, flags: Flag) -> None:
        if entity.flags | flags != entity.flags:
            entity.flags |= int(flags)
            self._changed[entity.id] = self._flagged[entity.id] = entity
