"""Ends: a document goes, a person is erased, a name is never to be stored again.

Destroying an entity overwrites its data key in its place and deletes its rows; then the log is
emptied. What is left of its ciphertexts in freed pages opens with nothing.
"""

import time
from collections.abc import Collection, Iterable
from typing import TypeVar

from privrag.errors import VaultError
from privrag.pseudonym import base
from privrag.vault.entity import Kind
from privrag.vault.integrity import State, beside_row
from privrag.vault.keys import WRAPPED_BYTES
from privrag.vault.lookup import Form, bearers
from privrag.vault.opened import Opened
from privrag.vault.stale import drop_stale

_WAIT_SECONDS = 5.0
_Hashed = TypeVar("_Hashed", bound=tuple[str, ...])


def release(opened: Opened, version: str) -> int:
    """Forget what a version mentions; destroy whole people whom nobody mentions now."""
    with opened.writing() as state:
        entities = [
            entity
            for (entity,) in opened.db.execute(
                "SELECT m.entity FROM mentions m JOIN entities e ON e.id = m.entity"
                " WHERE m.version = ? AND e.tenant = ?",
                (version, opened.tenant),
            )
        ]
        after = drop_stale(opened, state, version)
        if not entities:
            if after is not state:
                opened.save(after)
            return 0
        opened.db.executemany(
            "DELETE FROM mentions WHERE version = ? AND entity = ?",
            [(version, entity) for entity in entities],
        )
        gone = _unmentioned(opened, entities)
        after = _destroy(opened, after, gone)
        loose = after.with_loose(
            opened.state_key, gone=(f"mention|{version}|{entity}" for entity in entities)
        )
        people = after.people + bool(gone)
        opened.save(after.after(loose=loose, people=people), dict.fromkeys(gone))
    if gone:
        opened.truncate_log()  # a reader elsewhere may keep it this time
    return len(gone)


def erase(opened: Opened, pseudonym: str) -> tuple[str, ...]:
    """Destroy a person wherever it is mentioned; gives all its pseudonyms, kept as tombstones.

    Raises VaultError for an unknown one, and if the log could not be emptied.
    """
    with opened.writing():
        group = [entity.pseudonym for entity in opened.group_of(base(pseudonym))]
        bury(opened, group)
    finish_erasing(opened)
    return tuple(group)


def bury(opened: Opened, pseudonyms: Collection[str]) -> tuple[str, ...]:
    """Destroy those of these people who are there; a tombstone of each stays, there or not.

    Gives the pseudonyms that were destroyed, sorted. The log still holds their keys.
    """
    with opened.writing() as state:
        groups = opened.groups({base(pseudonym) for pseudonym in pseudonyms}).values()
        people = {entity.id: entity for group in groups for entity in group}
        mentions = list(
            opened.select("SELECT version, entity FROM mentions WHERE entity IN", people)
        )
        after = _destroy(opened, state, list(people))
        destroyed = {entity.pseudonym for entity in people.values()}
        named = destroyed | {base(pseudonym) for pseudonym in pseudonyms}
        noted = opened.select("SELECT pseudonym FROM erased WHERE pseudonym IN", named)
        fresh = sorted(named - {row[0] for row in noted})
        opened.db.executemany(
            "INSERT INTO erased VALUES (?, ?)", [(p, opened.tenant) for p in fresh]
        )
        loose = after.with_loose(
            opened.state_key,
            added=(_tombstone(opened, pseudonym) for pseudonym in fresh),
            gone={f"mention|{version}|{entity}" for version, entity in mentions},
        )
        if people or fresh:
            after = after.after(loose=loose, people=after.people + 1)
            opened.save(after, dict.fromkeys(people))
    return tuple(sorted(destroyed))


def finish_erasing(opened: Opened) -> None:
    """Empty the log, in which destroyed keys still stand. Raises VaultError if others keep it."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not opened.truncate_log():
        if time.monotonic() > deadline:
            message = (
                f"the entry is gone, but another process keeps the log of {opened.path}; "
                "run: privrag vault verify, when it is done"
            )
            raise VaultError(message)
        time.sleep(0.05)


def erased(opened: Opened, tokens: Collection[str]) -> set[str]:
    """Those of the tokens whose person was erased."""
    with opened.reading():
        gone = {
            row[0]
            for row in opened.select(
                "SELECT pseudonym FROM erased WHERE tenant = ? AND pseudonym IN",
                {base(token) for token in tokens},
                opened.tenant,
            )
        }
    return {token for token in tokens if base(token) in gone}


def suppress(
    opened: Opened, forms: Iterable[Form], *, offers: Iterable[tuple[str, ...]] = ()
) -> None:
    """Note, as keyed hashes, forms that are to be masked one way from now on.

    `offers` are keys of `Mention.offers`.
    """
    blinds = {_suppressed_blind(opened, Kind.FORM, form) for form in forms}
    blinds |= {_suppressed_blind(opened, Kind.OFFER, key) for key in offers}
    note_suppressed(opened, blinds)


def suppress_people(opened: Opened, pseudonyms: Collection[str]) -> int:
    """The same for all forms of these people; gives how many forms that were.

    Their canonical forms always; a further form (a surname) only if nobody else has it. Unknown
    pseudonyms have none.
    """
    with opened.writing():
        groups = opened.groups({base(pseudonym) for pseudonym in pseudonyms}).values()
        people = {entity.id: entity for group in groups for entity in group}
        canonicals = {entity.canonical for entity in people.values()}
        further = {form for entity in people.values() for form in entity.forms}
        others = {blind for blind, entity in bearers(opened, further) if entity not in people}
        forms = canonicals | (further - others)
        note_suppressed(opened, {hidden(opened, form) for form in forms})
    return len(forms)


def suppressed(opened: Opened, forms: Iterable[Form]) -> set[Form]:
    """Those of the forms that are to be masked one way."""
    return _suppressed(opened, Kind.FORM, forms)


def any_suppressed(opened: Opened) -> bool:
    """Whether anything is to be masked one way."""
    with opened.reading():
        return _any_suppressed(opened)


def _any_suppressed(opened: Opened) -> bool:
    row = opened.db.execute(
        "SELECT 1 FROM suppressed WHERE tenant = ? LIMIT 1", (opened.tenant,)
    ).fetchone()
    return row is not None


def suppressed_offers(opened: Opened, keys: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Those of the keys (`Mention.offers`) that are to be masked one way."""
    return _suppressed(opened, Kind.OFFER, keys)


def _suppressed(opened: Opened, kind: str, forms: Iterable[_Hashed]) -> set[_Hashed]:
    with opened.reading():
        if not _any_suppressed(opened):  # the usual case: no hashing of every run of words
            return set()
        blinds = {_suppressed_blind(opened, kind, form): form for form in dict.fromkeys(forms)}
        rows = opened.select(
            "SELECT blind FROM suppressed WHERE tenant = ? AND blind IN", blinds, opened.tenant
        )
        return {blinds[row[0]] for row in rows}


def _suppressed_blind(opened: Opened, kind: str, form: tuple[str, ...]) -> bytes:
    """A hash of the hash by which the form is found: so a form can be noted without its words."""
    return hidden(opened, opened.blind(kind, *form))


def hidden(opened: Opened, blind: bytes) -> bytes:
    """What stands among the suppressed for what is found by this hash."""
    return opened.blind(Kind.SUPPRESSED, blind.hex())


def note_suppressed(opened: Opened, blinds: Collection[bytes]) -> None:
    """Add to the suppressed what is not among them."""
    with opened.writing() as state:
        there = {
            row[0]
            for row in opened.select(
                "SELECT blind FROM suppressed WHERE tenant = ? AND blind IN", blinds, opened.tenant
            )
        }
        fresh = sorted(set(blinds) - there)
        opened.db.executemany(
            "INSERT INTO suppressed VALUES (?, ?)", [(opened.tenant, blind) for blind in fresh]
        )
        rows = (f"suppressed|{opened.tenant}|{blind.hex()}" for blind in fresh)
        loose = state.with_loose(opened.state_key, added=rows)
        opened.save(state.after(loose=loose, people=state.people + bool(fresh)))


def _unmentioned(opened: Opened, entities: list[int]) -> list[int]:
    """Of these entities' people, everybody in those whom no document mentions any more."""
    leads = {
        row[0]
        for row in opened.select("SELECT coalesce(leader, id) FROM entities WHERE id IN", entities)
    }
    members: dict[int, int] = {lead: lead for lead in leads}
    members |= dict(opened.select("SELECT id, leader FROM entities WHERE leader IN", leads))
    alive = {
        members[entity]
        for (entity,) in opened.select(
            "SELECT DISTINCT entity FROM mentions WHERE entity IN", members
        )
    }
    return [entity for entity, lead in members.items() if lead not in alive]


def _destroy(opened: Opened, state: State, ids: list[int]) -> State:
    """Overwrite the keys, delete the rows; gives the state without what stood beside them."""
    beside = opened.select("SELECT entity, label, blind FROM beside WHERE entity IN", ids)
    rows = {beside_row(*row) for row in beside}
    opened.db.executemany(
        "UPDATE data_keys SET wrapped = ? WHERE entity = ?",
        [(bytes(WRAPPED_BYTES), entity) for entity in ids],
    )
    opened.db.executemany("DELETE FROM entities WHERE id = ?", [(entity,) for entity in ids])
    return state.after(loose=state.with_loose(opened.state_key, gone=rows))


def _tombstone(opened: Opened, pseudonym: str) -> str:
    return f"erased|{opened.tenant}|{pseudonym}"
