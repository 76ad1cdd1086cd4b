"""Who is the same person: two entities become one, one becomes two, a further name leads to one.

No document is touched: tokens that were given out keep restoring exactly, and a search takes all
pseudonyms of a person for one. Only after a split must a sync write the person's documents again
(`stale`), because one token there stood for two people.
"""

import secrets
from collections.abc import Collection, Sequence

from privrag.errors import VaultError
from privrag.pseudonym import ALIAS_SUFFIXES, base
from privrag.vault.assign import unused_pseudonym
from privrag.vault.cipher import encrypt
from privrag.vault.entity import Entity, Flag, Kind, Surface
from privrag.vault.integrity import State
from privrag.vault.keys import KEY_BYTES
from privrag.vault.lookup import Form, open_surface
from privrag.vault.opened import Opened


def merge(opened: Opened, survivor: str, other: str) -> tuple[str, ...]:
    """Make two people one; gives all pseudonyms, the surviving one first.

    Raises VaultError for unknown ones, for two types, and if they are one already.
    """
    with opened.writing() as state:
        first, second = opened.group_of(base(survivor)), opened.group_of(base(other))
        if first[0].id == second[0].id:
            message = f"{base(survivor)} and {base(other)} are one entity already"
            raise VaultError(message)
        if first[0].label != second[0].label:
            message = (
                f"{base(survivor)} and {base(other)} are of two types "
                f"({first[0].label}, {second[0].label}); only the same can be one"
            )
            raise VaultError(message)
        for entity in second:
            entity.leader = first[0].id
        opened.write_flags(second)
        opened.save(state.after(people=state.people + 1), opened.digests(second))
    return tuple(entity.pseudonym for entity in (*first, *second))


def alias(opened: Opened, pseudonym: str, label_form: Form, forms: Sequence[Form]) -> None:
    """Let a further name lead to a person: its own form, and further forms (its surname).

    Raises VaultError if the name is somebody's already.
    """
    canonical = opened.blind(Kind.FORM, *label_form)
    with opened.writing() as state:
        lead = opened.group_of(base(pseudonym))[0]
        if lead.label != label_form[0]:
            message = f"{lead.pseudonym} is of the type {lead.label}, the name of {label_form[0]}"
            raise VaultError(message)
        there = opened.entities("canonical", [canonical])
        if there:
            taken = next(iter(there.values())).pseudonym
            message = f"that name is {taken} already; run: privrag vault merge {lead.pseudonym} "
            raise VaultError(message + taken)
        pointer = _create(opened, state, lead.label, canonical, part=0)
        pointer.leader = lead.id
        opened.write_flags([pointer])
        _add_forms(opened, lead, forms)
        after = state.after(next_id=state.next_id + 1, people=state.people + 1)
        opened.save(after, opened.digests([lead, pointer]))


def split(opened: Opened, pseudonym: str, surfaces: Collection[str], forms: Sequence[Form]) -> str:
    """Take surfaces out of an entity into one of their own; gives its pseudonym.

    `surfaces` are exact texts or tokens; the token of something merged undoes the merge. `forms`
    are those by which the new entity is found, and the old one no longer is. Raises VaultError if
    a surface is not there, or nothing would be left.
    """
    with opened.writing() as state:
        group = opened.group_of(base(pseudonym))
        stale = [entity.id for entity in group]
        whole = [e for e in group[1:] if {e.pseudonym} == set(surfaces)]
        next_id = state.next_id
        if whole and whole[0].canonical != group[0].canonical:
            entity = whole[0]
            changed = [e for e in group if e.canonical == entity.canonical]
            for part in changed:
                part.leader = None if part is entity else entity.id
            opened.write_flags(changed)
        else:
            entity, changed = _move(opened, state, group, surfaces)
            _take_forms(opened, entity, group, forms)
            changed += [e for e in group if e not in changed]
            next_id += 1
        opened.db.executemany(
            "INSERT OR IGNORE INTO stale SELECT version, ? FROM mentions WHERE entity = ?",
            [(opened.tenant, entity) for entity in stale],
        )
        after = state.after(next_id=next_id, people=state.people + 1)
        opened.save(after, opened.digests(changed))
    return entity.pseudonym


def flag(opened: Opened, pseudonym: str, flags: Flag) -> None:
    """Note flags about an entity, in addition to those it has."""
    with opened.writing() as state:
        lead = opened.group_of(base(pseudonym))[0]
        lead.flags |= int(flags)
        opened.write_flags([lead])
        opened.save(state, opened.digests([lead]))


def stale_versions(opened: Opened) -> set[str]:
    """Document versions that should be written again, since somebody in them was split."""
    with opened.reading():
        rows = opened.db.execute("SELECT version FROM stale WHERE tenant = ?", (opened.tenant,))
        return {version for (version,) in rows}


def _move(
    opened: Opened, state: State, group: list[Entity], surfaces: Collection[str]
) -> tuple[Entity, list[Entity]]:
    """A new entity with these surfaces; in the old rows they are marked as moved."""
    found = [
        (entity, suffix)
        for entity in group
        for suffix, row in entity.surfaces.items()
        if not row.moved and _is_meant(opened, entity, suffix, surfaces)
    ]
    if len(found) < len(set(surfaces)) or len(found) > len(ALIAS_SUFFIXES):
        message = f"{group[0].pseudonym} has no such surface; see: privrag vault show --reveal"
        raise VaultError(message)
    left = sum(not row.moved for entity in group for row in entity.surfaces.values())
    if len(found) == left:
        message = f"nothing would be left of {group[0].pseudonym}; split off a part of it"
        raise VaultError(message)
    donor = found[0][0]
    parts = opened.entities("canonical", [donor.canonical]).values()
    new = _create(opened, state, donor.label, donor.canonical, part=max(e.part for e in parts) + 1)
    new.flags = int(Flag.SPLIT)
    opened.write_flags([new])
    key = opened.data_key(new)
    for (entity, suffix), new_suffix in zip(found, ALIAS_SUFFIXES, strict=False):
        text = open_surface(opened, entity, suffix)
        blind = opened.surface_blind(new, text)
        sealed = encrypt(key, text, new.context(new_suffix))
        new.surfaces[new_suffix] = Surface(blind, sealed)
        opened.db.execute(
            "INSERT INTO surfaces (entity, suffix, blind, sealed) VALUES (?, ?, ?, ?)",
            (new.id, new_suffix, blind, sealed),
        )
        entity.surfaces[suffix].moved = 1
        opened.db.execute(
            "UPDATE surfaces SET moved = 1 WHERE entity = ? AND suffix = ?", (entity.id, suffix)
        )
    return new, [new]


def _is_meant(opened: Opened, entity: Entity, suffix: str, surfaces: Collection[str]) -> bool:
    """Whether this surface is named, by its token or by its text."""
    blind = entity.surfaces[suffix].blind
    token = entity.pseudonym + suffix
    return any(word == token or opened.surface_blind(entity, word) == blind for word in surfaces)


def _create(opened: Opened, state: State, label: str, canonical: bytes, *, part: int) -> Entity:
    """Write an entity that has no surface yet."""
    entity = Entity(
        state.next_id, opened.tenant, unused_pseudonym(opened, label), label, canonical, part
    )
    opened.db.execute(
        "INSERT INTO entities (id, tenant, pseudonym, label, canonical, part)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (entity.id, entity.tenant, entity.pseudonym, label, canonical, part),
    )
    wrapped = opened.keyring.wrap(
        secrets.token_bytes(KEY_BYTES),
        root=state.root_key,
        tenant=entity.tenant,
        context=entity.context(),
    )
    opened.db.execute("INSERT INTO data_keys VALUES (?, ?)", (entity.id, wrapped))
    return entity


def _add_forms(opened: Opened, entity: Entity, forms: Sequence[Form]) -> None:
    fresh = {opened.blind(Kind.FORM, *form) for form in forms} - entity.forms
    opened.db.executemany("INSERT INTO forms VALUES (?, ?)", [(b, entity.id) for b in fresh])
    entity.forms |= fresh


def _take_forms(opened: Opened, entity: Entity, group: list[Entity], forms: Sequence[Form]) -> None:
    """Give the forms to the new entity; nobody of the group it left has them any more."""
    _add_forms(opened, entity, forms)
    for other in group:
        for blind in entity.forms & other.forms:
            opened.db.execute("DELETE FROM forms WHERE blind = ? AND entity = ?", (blind, other.id))
        other.forms -= entity.forms
