"""Identifiers that stood with a person: a phone number, a staff number, an address.

They carry no name, so forgetting the name leaves them, and whoever knows one of them still finds
the person by it. Whose an identifier is, nobody wrote down. This counts with whom it stood: with
the people of its sentence or table row; where that has none, of its chunk; where that has none
either, of its document; and with those for whom the vault noted it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from privrag.erasure.rows import batches
from privrag.intake import Stores
from privrag.pseudonym import IDENTIFIERS, base, find_all
from privrag.pseudonym import label as label_of
from privrag.pseudonymize.linking.canonical import canonical
from privrag.records import Chunk


@dataclass(frozen=True, slots=True)
class Beside:
    """An identifier that stood with the person."""

    pseudonym: str
    label: str
    alone: bool
    """Whether it stood with nobody else."""


@dataclass(slots=True)
class _Company:
    """With whom identifiers stood in the chunks that were read."""

    people: dict[str, set[str]] = field(default_factory=dict)
    """Identifier -> people of its sentences and chunks."""
    orphans: dict[str, set[str]] = field(default_factory=dict)
    """Version -> identifiers in chunks that name nobody."""
    named: dict[str, set[str]] = field(default_factory=dict)
    """Version -> people in it."""

    def read(self, chunk: Chunk) -> None:
        """Take in a chunk."""
        version = chunk.source.version
        people = {p for p in chunk.placeholders if label_of(p) == "PERSON"}
        self.named.setdefault(version, set()).update(people)
        for identifier, company in _in_sentences(chunk):
            if company or people:
                self.people.setdefault(identifier, set()).update(company or people)
            else:
                self.orphans.setdefault(version, set()).add(identifier)

    def of(self, identifier: str) -> set[str]:
        """Everybody with whom it stood."""
        versions = (v for v, orphans in self.orphans.items() if identifier in orphans)
        return self.people.get(identifier, set()).union(*(self.named[v] for v in versions))

    def stood_with(self, identifier: str, own: Collection[str]) -> bool:
        """Whether it stood with this person, or in a document that names nobody else."""
        near = self.people.get(identifier, set())
        return not near.isdisjoint(own) or self.of(identifier) <= set(own)


async def find_beside(stores: Stores, pseudonyms: Collection[str]) -> tuple[Beside, ...]:
    """What stood with this person and is none of its pseudonyms, sorted; changes nothing."""
    vault, own = stores.vault, frozenset(pseudonyms)
    inside = await _read(stores, vault.versions_of(own))
    words = vault.surface({*inside.people, *set().union(*inside.orphans.values())} - own)
    forms = {t: (label_of(t), canonical(label_of(t), text)) for t, text in words.items()}
    noted = vault.beside(forms.values())
    known = {token: noted.get(form, set()) for token, form in forms.items()}
    found = {t for t in words if known[t] & own or inside.stood_with(t, own)}
    whole = await _read(stores, vault.versions_of(found)) if found else inside
    return tuple(
        Beside(token, label_of(token), alone=not (whole.of(token) | known[token]) - own)
        for token in sorted(found)
    )


async def _read(stores: Stores, versions: Collection[str]) -> _Company:
    """The chunks of these versions."""
    company = _Company()
    async for batch in batches(stores):
        for item in batch:
            if item.chunk.source.version in versions:
                company.read(item.chunk)
    return company


def _in_sentences(chunk: Chunk) -> Iterator[tuple[str, set[str]]]:
    """Each identifier of the chunk, with the people of the sentence that it stands in."""
    tokens = find_all(chunk.text)
    for found in tokens:
        if label_of(found.token) not in IDENTIFIERS:
            continue
        own = next((s for s in chunk.sentences if s.safe_start <= found.start < s.safe_end), None)
        people = {
            base(other.token)
            for other in tokens
            if own is not None
            and own.safe_start <= other.start < own.safe_end
            and label_of(other.token) == "PERSON"
        }
        yield base(found.token), people
