"""Forget one person in every store, in an order that a kill at any point leaves repeatable.

    note what is to be done -> suppress the name -> rewrite index, titles and further rows
    -> search everything of ours once more, and refuse to go on if the person still stands there
    -> destroy in the vault -> audit record -> certificate -> drop the note

The vault comes after everything that needs it, and the note, sealed, after all of it: whoever
runs the command again, with any name, first finishes what was begun. Each step may run twice.
"""

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from privrag.embed import Embedder
from privrag.erasable import Erasable
from privrag.erasure.beside import Beside, find_beside
from privrag.erasure.certificate import Certificate
from privrag.erasure.halves import LoneParts
from privrag.erasure.remains import refuse_names_of_places, refuse_what_is_left, remains
from privrag.erasure.rows import (
    Striker,
    rewrite_chunks,
    rewrite_titles,
    struck_chunks,
    struck_titles,
)
from privrag.erasure.sources import held_in_home, sources_of, struck_versions
from privrag.erasure.subject import (
    Subject,
    find_subject,
    further_forms,
    halves_in,
    people_in,
    shares_surname,
)
from privrag.errors import VaultError
from privrag.intake import Stores
from privrag.leak import KnownValues
from privrag.parse import ParseWorker
from privrag.pseudonym import base
from privrag.pseudonym import label as label_of
from privrag.pseudonymize.joining import spellings
from privrag.upkeep import recover, sync_lock

_MARK = "forgetting"


@dataclass(slots=True)
class Note:
    """What is to be done and how far it is; kept sealed in the manifest until it is done."""

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


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was done."""

    certificate: Certificate
    path: Path
    sources: tuple[str, ...] = field(repr=False)
    """Uris of the source files that still hold the person."""
    in_home: tuple[str, ...] = field(repr=False)
    remaining: tuple[str, ...] = ()
    """Places of ours with words that may mean the person: `chunk ID (text)`."""
    left: tuple[str, ...] = ()
    """Pseudonyms whose words hold the name or half of it, and that stay: maybe somebody else's."""
    beside: tuple[Beside, ...] = ()
    """Identifiers that stood with the person, and stay."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How much goes with the person."""

    with_identifiers: bool = False
    """Take in what stood with this person and with nobody else."""
    keep: Sequence[str] = ()
    """Pseudonyms that would go for the name in them, and are to stay."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What forgetting needs besides the stores."""

    home: Path
    actor: str
    embedder: Embedder
    parser: ParseWorker
    others: Sequence[Erasable] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go."""

    pseudonyms: tuple[str, ...]
    """That of the person who was named first."""
    documents: int
    """That mention one of them."""
    chunks: int
    titles: int
    places: int
    """In texts, contexts and titles."""
    longer: tuple[str, ...] = ()
    """Those of the pseudonyms that stand for a longer name with this one in it."""
    left: tuple[str, ...] = ()
    """Not among them: entries with the name or half of it that may be somebody else's."""
    beside: tuple[Beside, ...] = ()
    """Not among them: identifiers that stood with the person."""
    part_of_name: bool = False
    """Whether the one word that was given is only a part of the name: `forget` refuses it."""


async def look(stores: Stores, name: str, scope: Scope | None = None) -> Preview:
    """What would go, counted. Changes nothing. Raises VaultError as `forget` does."""
    subject, beside = await _chosen(stores, name, scope or Scope())
    striker = _striker(stores, subject.pseudonyms)
    entries = stores.manifest.current(stores.vault.versions_of(subject.pseudonyms))
    titles = struck_titles(stores, striker)
    places = sum(len(title.cuts) for _, title in titles)
    chunks = 0
    async for batch in struck_chunks(stores, striker):
        chunks += len(batch)
        places += sum(len(text.cuts) + len(context.cuts) for _, text, context in batch)
    return Preview(
        pseudonyms=_named_first(subject),
        documents=len(entries),
        chunks=chunks,
        titles=len(titles),
        places=places,
        longer=subject.longer,
        left=subject.left,
        beside=beside,
        part_of_name=subject.part_of_name,
    )


async def forget(stores: Stores, name: str, parts: Parts, scope: Scope | None = None) -> Forgotten:
    """Forget a person, after finishing what an earlier run had to leave.

    Raises VaultError for an unknown name, one of several people and a lone part of a name,
    SyncError while a sync runs.
    """
    with sync_lock(parts.home):
        await recover(stores)
        begun = _read(stores)
        if begun is not None:
            done = await _finish(stores, begun, parts)
            if _asked(stores, name) == begun.asked or base(name.upper()) in begun.pseudonyms:
                return done
        subject, beside = await _chosen(stores, name, scope or Scope())
        if subject.part_of_name:
            message = (
                f"that word is only a part of the name of {subject.leaders[0]}, and may mean "
                f"somebody else; give the full name, or: privrag forget {subject.leaders[0]} --yes"
            )
            raise VaultError(message)
        striker = _striker(stores, subject.pseudonyms)
        await refuse_names_of_places(stores, striker)
        struck = await struck_versions(stores, striker)
        note = Note(
            asked=_asked(stores, name),
            leaders=list(subject.leaders),
            pseudonyms=list(_named_first(subject)),
            documents=await asyncio.to_thread(sources_of, stores, subject, struck, parts.parser),
            in_home=held_in_home(parts.home, subject),
            left=list(subject.left),
            beside=[(one.pseudonym, one.label, one.alone) for one in beside],
        )
        _write(stores, note)
        return await _finish(stores, note, parts)


async def _finish(stores: Stores, note: Note, parts: Parts) -> Forgotten:
    """Every step from the note on; each is harmless if it was done before."""
    vault, counts = stores.vault, note.counts
    alive = [p for p in note.leaders if not vault.erased([p])]
    living = set(note.pseudonyms) - vault.erased(note.pseudonyms)
    note.suppressed += _suppress(stores, living) if not note.suppressed else 0
    striker = _striker(stores, note.pseudonyms)
    _add(counts, "chunks", await rewrite_chunks(stores, striker, parts.embedder))
    _write(stores, note)  # before what may fail: its counts are not those of the next run
    note.purged = await stores.index.purge()
    _add(counts, "titles", rewrite_titles(stores, striker))
    for other in parts.others:
        note.models = sorted({*note.models, *other.models_with(note.pseudonyms)})
        _add(counts, other.name, other.erase(note.pseudonyms))
    if len(alive) == len(note.leaders):  # afterwards the words to look for are gone
        left = await remains(stores, striker, parts.home)
        refuse_what_is_left(left, note.pseudonyms[0])
        note.remaining = left.doubtful
    _write(stores, note)
    for pseudonym in alive:
        _add(counts, "entities", len(vault.erase(pseudonym)))
    vault.finish_erasing()
    counts["entities"] = len(note.pseudonyms)
    if not note.record:
        note.record = stores.audit.append(
            "forget", parts.actor, entities=note.pseudonyms, counts=counts
        )
        _write(stores, note)
    certificate = _certificate(stores, note)
    path = certificate.store(parts.home)
    uris = {entry.document: entry.uri for entry in stores.manifest.entries()}
    stores.manifest.drop_mark(_MARK)
    stores.manifest.empty_log()
    sources = tuple(sorted(uris[key] for key in note.documents if key in uris))
    remaining = tuple(place for places in note.remaining.values() for place in places)
    return Forgotten(
        certificate=certificate,
        path=path,
        sources=sources,
        in_home=tuple(note.in_home),
        remaining=remaining,
        left=tuple(note.left),
        beside=tuple(Beside(*one) for one in note.beside),
    )


async def _chosen(stores: Stores, name: str, scope: Scope) -> tuple[Subject, tuple[Beside, ...]]:
    """Who goes, and the identifiers that stood with the person and stay."""
    subject = find_subject(stores.vault, name, keep=scope.keep)
    beside = await find_beside(stores, subject.pseudonyms)
    if scope.with_identifiers:
        alone = [one.pseudonym for one in beside if one.alone]
        subject = find_subject(stores.vault, name, keep=scope.keep, also=alone)
    return subject, tuple(one for one in beside if one.pseudonym not in subject.pseudonyms)


def _striker(stores: Stores, pseudonyms: Collection[str]) -> Striker:
    """For these people, with all that the vault (still) knows of them."""
    own: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for pseudonym, words in stores.vault.every_surface():
        group = own if pseudonym in pseudonyms else others
        group.append((label_of(pseudonym), words))
    halves = halves_in(own, others)
    return Striker(
        stores,
        pseudonyms,
        KnownValues([*own, *halves.values(sure=True)]),
        doubtful=KnownValues(halves.values(sure=False)),
        alone=LoneParts(people_in(own), people_in(others)),
        initials=not shares_surname(own, others),
    )


def _suppress(stores: Stores, pseudonyms: Collection[str]) -> int:
    """Mask all forms of these people from now on; gives how many forms that were.

    Also the names in the other order and with half of a double surname.
    """
    own: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for pseudonym, words in stores.vault.every_surface():
        group = own if pseudonym in pseudonyms else others
        group.append((label_of(pseudonym), words))
    halves = halves_in(own, others)
    forms = further_forms(own, halves)
    keys = {key for words in halves.sure for key in spellings(" ".join(words))}
    stores.vault.suppress(forms, offers=keys)
    return stores.vault.suppress_people(pseudonyms) + len(forms)


def _named_first(subject: Subject) -> tuple[str, ...]:
    first = subject.leaders[0]
    return (first, *sorted(subject.pseudonyms - {first}))


def _certificate(stores: Stores, note: Note) -> Certificate:
    return Certificate(
        tenant=stores.settings.tenant,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        pseudonyms=tuple(note.pseudonyms),
        suppressed_forms=note.suppressed,
        counts=note.counts,
        purged=int(note.purged),
        sources=tuple(sorted(note.documents)),
        models=tuple(note.models),
        audit_record=note.record,
        public_key=stores.audit.public_key.hex(),
        remaining={kind: len(places) for kind, places in note.remaining.items()}
        | {"home": len(note.in_home), "names": len(note.left), "identifiers": len(note.beside)},
    ).sign(stores.vault.key("checkpoint"))


def _add(counts: dict[str, int], name: str, number: int) -> None:
    counts[name] = counts.get(name, 0) + number


def _asked(stores: Stores, name: str) -> str:
    return stores.vault.blind("forget", " ".join(name.casefold().split()))


def _read(stores: Stores) -> Note | None:
    mark = stores.manifest.mark(_MARK)
    if mark is None:
        return None
    return Note(**json.loads(stores.vault.unseal(bytes.fromhex(mark), context=_MARK)))


def _write(stores: Stores, note: Note) -> None:
    sealed = stores.vault.seal(json.dumps(asdict(note)), context=_MARK)
    stores.manifest.set_mark(_MARK, sealed.hex())
