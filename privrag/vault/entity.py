"""What the vault works on: mentions that come in, and entities as they stand in their rows."""

import hashlib
from dataclasses import dataclass, field
from enum import IntFlag

from privrag.errors import VaultError
from privrag.vault.cipher import frame, frame_bytes

DIGEST_BYTES = 16
_BINDING = "1"
"""Version of what ciphertexts are bound to; it stays when the tables change."""


class Flag(IntFlag):
    """What somebody should look at, or the vault must know, about an entity."""

    HOMONYM_RISK = 1
    """Its full name stood in documents with different e-mail addresses, phone numbers or ids."""
    AMBIGUOUS = 2
    """A part of a name that fits several people of its document."""
    SPLIT = 4
    """Taken out of an entity of the same canonical form: only its own surfaces lead to it."""
    RENAMED = 8
    """Its very name went with what was taken out of it: like SPLIT, and it has not that name."""


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
    flags: Flag = field(default=Flag(0), repr=False)
    """What is to be noted about the entity."""
    beside: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(label, canonical form) of the identifiers that are this person's in this document. Only
    others of the same type in another document set HOMONYM_RISK."""
    aliases: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Further (label, form) of other types under which a question may name it, e.g. a handle."""
    document: str = field(default="", repr=False)
    """If given, the entity is one of this document alone: the same form in another one is another
    entity, and shares with it only the words that a question may use."""
    offers: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    """Keys by which mentions in other documents may join it."""
    seeks: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    """If just one person offers any of these, the mention is that person's."""
    alone: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    """Keys that nobody but that person may offer."""


class Kind:
    """What a keyed hash is a hash of, besides label and form: `form` for a question."""

    FORM = "form"
    ONE_WORD = "one word"
    """The form of an entity of one document alone."""
    OFFER = "offer"
    AWAITED = "awaited"
    """What an entity seeks and nobody offered yet."""
    BESIDE = "beside"
    """An identifier that stood with a person; in `beside`."""
    SUPPRESSED = "suppress"
    """Of another hash: what is masked one way, for its person was forgotten; in `suppressed`."""


@dataclass(slots=True)
class Surface:
    """A row of `surfaces`."""

    blind: bytes
    sealed: bytes = field(repr=False)
    moved: int = 0


@dataclass(slots=True)
class Entity:
    """A row of `entities` with its surfaces and further forms."""

    id: int
    tenant: str
    pseudonym: str
    label: str
    canonical: bytes
    part: int
    leader: int | None = None
    flags: int = 0
    surfaces: dict[str, Surface] = field(default_factory=dict)
    """By suffix."""
    forms: set[bytes] = field(default_factory=set)

    @property
    def lead(self) -> int:
        """Id of the entity whose pseudonym stands for this one."""
        return self.leader or self.id

    def context(self, suffix: str | None = None) -> bytes:
        """Bind a surface, or without `suffix` the data key, to this row.

        So no exchanged, copied or edited row opens.
        """
        parts = [self.tenant, self.pseudonym, self.label, self.canonical.hex()]
        parts += [str(self.part), _BINDING]
        return frame("key", *parts) if suffix is None else frame("surface", *parts, suffix)

    def digest(self, key: bytes) -> bytes:
        """Keyed hash of all that is stored of it but the wrapped data key.

        That one is bound to the row by its context and always holds the same data key.
        """
        own = frame(self.tenant, self.pseudonym, self.label)
        numbers = f"{self.id}|{self.part}|{self.leader}|{self.flags}"
        surfaces = [
            frame_bytes([suffix.encode(), surface.blind, surface.sealed, bytes([surface.moved])])
            for suffix, surface in sorted(self.surfaces.items())
        ]
        parts = [own, self.canonical, numbers.encode(), *surfaces, b"", *sorted(self.forms)]
        return hashlib.blake2b(
            frame_bytes(parts), key=key, digest_size=DIGEST_BYTES, person=b"privrag entity"
        ).digest()


def damaged(pseudonym: str) -> VaultError:
    """The error for a row that does not open; names the pseudonym only."""
    return VaultError(
        f"the vault's entry of {pseudonym} was damaged or exchanged; "
        "put the vault back from its backup"
    )
