"""Every row of the vault looked at: is it as the vault wrote it last, and does it open?"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from privrag.errors import VaultError
from privrag.vault.cipher import decrypt
from privrag.vault.entity import Entity
from privrag.vault.integrity import SUM, State, loose_hash
from privrag.vault.opened import Opened

_PAGE = 1000
_LOOSE = (
    "SELECT 'mention|' || version || '|' || entity FROM mentions",
    "SELECT 'suppressed|' || tenant || '|' || lower(hex(blind)) FROM suppressed",
    "SELECT 'erased|' || tenant || '|' || pseudonym FROM erased",
)
_LOOSE_SINCE_3 = (
    "SELECT 'beside|' || entity || '|' || label || '|' || lower(hex(blind)) FROM beside",
    "SELECT 'stale|' || tenant || '|' || version FROM stale",
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What `privrag vault verify` found."""

    entities: int
    surfaces: int
    damaged: tuple[str, ...]
    """Pseudonyms, or what else is wrong; empty if all is well."""


def verify(opened: Opened) -> Verified:
    """Check every row of every tenant, in one view of the file, and the file itself."""
    opened.checks.forget()
    with opened.reading() as state:
        wrong = [
            f"the file: {row[0]}"
            for row in opened.db.execute("PRAGMA integrity_check(10)")
            if row[0] != "ok"
        ]
        wrong += [
            f"{table}: a row without its entity"
            for table, *_ in opened.db.execute("PRAGMA foreign_key_check").fetchmany(10)
        ]
        there = set(opened.checks.entities())
        entities = surfaces = after = 0
        while page := opened.page(after, _PAGE):
            opened.read_rows(page)
            for entity in page.values():
                if not _opens(opened, entity):
                    wrong.append(str(entity.pseudonym))
                surfaces += len(entity.surfaces)
            there -= page.keys()
            entities += len(page)
            after = max(page)
        wrong += [f"entity number {entity}: its rows are gone" for entity in sorted(there)]
        if not loose_rows_are_whole(opened, state):
            wrong.append(
                "mentions, identifiers beside a name, suppressed forms, tombstones or stale "
                "versions: rows came or went"
            )
    opened.truncate_log()
    return Verified(entities, surfaces, tuple(wrong))


def _opens(opened: Opened, entity: Entity) -> bool:
    if not opened.is_intact(entity):
        return False
    try:
        key = opened.data_key(entity)
        for suffix, row in entity.surfaces.items():
            decrypt(key, row.sealed, entity.context(suffix))
    except (VaultError, InvalidTag):
        return False
    return True


def loose_rows_are_whole(opened: Opened, state: State) -> bool:
    """Whether mentions, suppressed forms, tombstones and the like are those that were written."""
    return sum_of(opened, (*_LOOSE, *_LOOSE_SINCE_3)) == state.loose


def sum_since_3(opened: Opened) -> int:
    """What schema 3 has in the sum besides what schema 2 had."""
    return sum_of(opened, _LOOSE_SINCE_3)


def sum_of(opened: Opened, queries: Sequence[str]) -> int:
    """The sum over the rows that these give."""
    total = 0
    for query in queries:
        for (row,) in opened.db.execute(query):
            total += loose_hash(str(row), opened.state_key)
    return total % SUM
