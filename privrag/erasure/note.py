"""What erasures that were begun have still to do, kept sealed in the manifest until they are done.

There may be several: one that is refused again and again must not hold up everybody else's.
"""

import json
from dataclasses import asdict, dataclass, field

from privrag.intake import Stores

_MARK = "forgetting"


@dataclass(slots=True)
class Note:
    """What is to be done and how far it is."""

    asked: str
    """Keyed hash of the name or pseudonym that was given."""
    leaders: list[str]
    pseudonyms: list[str]
    documents: list[str]
    """Keys of the source documents that still hold the person."""
    in_home: list[str]
    """Further files of the home that hold the name, which are not privrag's to edit."""
    counts: dict[str, int] = field(default_factory=dict)
    suppressed: int = 0
    purged: bool = False
    models: list[str] = field(default_factory=list)
    remaining: dict[str, list[str]] = field(default_factory=dict)
    """Kind of place -> where words were left that may mean somebody else."""
    record: int = 0
    left: list[str] = field(default_factory=list)
    """Pseudonyms of longer names with this one in them that stay."""
    beside: list[tuple[str, str, bool]] = field(default_factory=list)
    """Identifiers that stood with the person and stay: the fields of `Beside`."""

    @property
    def person(self) -> str:
        """The pseudonym that was named first."""
        return self.pseudonyms[0]


def begun(stores: Stores) -> list[Note]:
    """All that are not done, in the order in which they were begun."""
    mark = stores.manifest.mark(_MARK)
    if mark is None:
        return []
    kept = json.loads(stores.vault.unseal(bytes.fromhex(mark), context=_MARK))
    notes = kept if isinstance(kept, list) else [kept]  # before, there was never more than one
    return [Note(**note) for note in notes]


def keep(stores: Stores, note: Note) -> None:
    """Write a note down, in the place of the same person's older one."""
    notes = begun(stores)
    places = [at for at, other in enumerate(notes) if other.person == note.person]
    at = places[0] if places else len(notes)
    _write(stores, [*notes[:at], note, *notes[at + 1 :]])


def drop(stores: Stores, note: Note) -> None:
    """Take away the note of what is done."""
    rest = [other for other in begun(stores) if other.person != note.person]
    if rest:
        _write(stores, rest)
    else:
        stores.manifest.drop_mark(_MARK)


def _write(stores: Stores, notes: list[Note]) -> None:
    text = json.dumps([asdict(note) for note in notes])
    stores.manifest.set_mark(_MARK, stores.vault.seal(text, context=_MARK).hex())
