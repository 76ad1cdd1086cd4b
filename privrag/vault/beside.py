"""What stands beside people in one document, noted once all of its mentions were seen.

A full name that other documents show with other identifiers of the same type may be another
person's: it is flagged.
"""

from privrag.vault.entity import Flag, Kind, Mention
from privrag.vault.integrity import State, beside_row
from privrag.vault.opened import Opened

_ONE_PERSONS = frozenset({"EMAIL", "SSN", "USERNAME"})
"""Identifiers that nobody shares: who has the same one is the same, whatever else differs."""


class Beside:
    """The identifiers that a document has with its people, by entity."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._here: dict[int, set[tuple[str, bytes]]] = {}

    def note(self, entity: int, mention: Mention) -> None:
        """Take what stands beside a mention of this entity."""
        if mention.beside:
            self._here.setdefault(entity, set()).update(
                (label, self._opened.blind(Kind.BESIDE, label, value))
                for label, value in mention.beside
            )

    def write(self, state: State) -> None:
        """Note what is new, and flag whom other documents have other things of."""
        if not self._here:
            return
        opened, others = self._opened, set[int]()
        fresh: set[tuple[int, str, bytes]] = set()
        for entity, here in self._here.items():
            rows = opened.db.execute("SELECT label, blind FROM beside WHERE entity = ?", (entity,))
            known = {(label, blind) for label, blind in rows}
            labels = {label for label, _ in here} & {label for label, _ in known}
            differ = labels - {label for label, _ in here & known}
            if differ and not any(label in _ONE_PERSONS for label, _ in here & known):
                others.add(entity)
            fresh |= {(entity, label, blind) for label, blind in here - known}
        opened.db.executemany("INSERT INTO beside VALUES (?, ?, ?)", sorted(fresh))
        risky = opened.entities("id", others).values()
        flagged = [one for one in risky if not one.flags & Flag.HOMONYM_RISK]
        for one in flagged:
            one.flags |= int(Flag.HOMONYM_RISK)
        opened.write_flags(flagged)
        loose = state.with_loose(opened.state_key, added=[beside_row(*row) for row in fresh])
        if fresh or flagged:
            opened.save(state.after(loose=loose), opened.digests(flagged))
