"""A vault from before an erasure, about to be read again: who was forgotten since is destroyed.

Who that is, others say (the audit log, the certificates), and the vault in whose place it is put:
its tombstones, and the forms that it masks, by which also somebody is found who had another
pseudonym then. Those are hashes under the tenant's key, so both vaults must have the same.
"""

import hmac
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from privrag.vault.destroy import bury, hidden, note_suppressed, suppress_people
from privrag.vault.opened import Opened
from privrag.vault.verify import loose_rows_are_whole


@dataclass(frozen=True, slots=True)
class ErasedAgain:
    """What was done."""

    pseudonyms: tuple[str, ...]
    """Of people who were there and are not any more, sorted."""
    suppressed: int | None
    """Masked forms that the replaced vault had; None: there is none that could be read."""


def erase_again(
    opened: Opened, pseudonyms: Collection[str], replaced: Opened | None = None
) -> ErasedAgain:
    """Suppress and destroy these people, and whom the replaced vault knows as forgotten.

    One transaction; the log is the caller's to empty.
    """
    with opened.writing():
        masked: set[bytes] | None = None
        named = set(pseudonyms)
        if replaced is not None and _has_the_same_key(opened, replaced):
            with replaced.reading() as state:
                if loose_rows_are_whole(replaced, state):  # a row added by hand erases nobody
                    masked = set(_column(replaced, "SELECT CAST(blind AS BLOB) FROM suppressed"))
                    named.update(_column(replaced, "SELECT pseudonym FROM erased"))
                    named |= _masked_people(opened, masked, replaced) if masked else set()
        if masked:
            note_suppressed(opened, masked)
        suppress_people(opened, named)
        gone = bury(opened, named)
    return ErasedAgain(gone, None if masked is None else len(masked))


def _has_the_same_key(opened: Opened, replaced: Opened) -> bool:
    return hmac.compare_digest(opened.key("index"), replaced.key("index"))


def _column(opened: Opened, query: str) -> Iterator[Any]:
    for (value,) in opened.db.execute(f"{query} WHERE tenant = ?", (opened.tenant,)):
        yield value


def _masked_people(opened: Opened, masked: set[bytes], replaced: Opened) -> set[str]:
    """Who bears a masked name, unless the replaced vault knew that very person (a namesake)."""
    rows = opened.db.execute(
        "SELECT CAST(canonical AS BLOB), pseudonym FROM entities WHERE tenant = ?",
        (opened.tenant,),
    )
    found = {pseudonym for canonical, pseudonym in rows if hidden(opened, canonical) in masked}
    alive = replaced.select(
        "SELECT pseudonym FROM entities WHERE tenant = ? AND pseudonym IN", found, replaced.tenant
    )
    return found - {row[0] for row in alive}
