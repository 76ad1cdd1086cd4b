"""Who is the same person: two entities become one, a further name leads to one (divide.py: split).

No document is touched: tokens that were given out keep restoring exactly, and a search takes all
pseudonyms of a person for one. Only after a split must a sync write the person's documents again
(stale.py), because one token there stood for two people.
"""

import secrets
from collections.abc import Sequence

from privrag.errors import VaultError
from privrag.pseudonym import base
from privrag.vault.assign import unused_pseudonym
from privrag.vault.entity import Entity, Flag, Kind
from privrag.vault.integrity import State
from privrag.vault.keys import KEY_BYTES
from privrag.vault.lookup import Form
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
        pointer, after = create(opened, state, lead.label, canonical)
        pointer.leader = lead.id
        opened.write_flags([pointer])
        add_forms(opened, lead, forms)
        opened.save(after.after(people=after.people + 1), opened.digests([lead, pointer]))


def flag(opened: Opened, pseudonym: str, flags: Flag) -> None:
    """Note flags about an entity, in addition to those it has."""
    with opened.writing() as state:
        lead = opened.group_of(base(pseudonym))[0]
        lead.flags |= int(flags)
        opened.write_flags([lead])
        opened.save(state, opened.digests([lead]))


def create(opened: Opened, state: State, label: str, canonical: bytes) -> tuple[Entity, State]:
    """Write an entity that has no surface yet, as the last part of its canonical form."""
    (last,) = opened.db.execute(
        "SELECT max(part) FROM entities WHERE tenant = ? AND canonical = ?",
        (opened.tenant, canonical),
    ).fetchone()
    part = 0 if last is None else last + 1
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
    return entity, state.after(next_id=state.next_id + 1)


def add_forms(opened: Opened, entity: Entity, forms: Sequence[Form]) -> None:
    """Let further forms lead to an entity."""
    fresh = {opened.blind(Kind.FORM, *form) for form in forms} - entity.forms
    opened.db.executemany("INSERT INTO forms VALUES (?, ?)", [(b, entity.id) for b in fresh])
    entity.forms |= fresh
