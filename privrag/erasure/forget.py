"""Forget one person in every store, in an order that a kill at any point leaves repeatable.

    note what is to be done -> suppress the name -> rewrite index, titles and further rows
    -> search everything of ours once more, and refuse to go on if the person still stands there
    -> destroy in the vault -> audit record -> certificate -> drop the note

The vault comes after everything that needs it, and the note, sealed, after all of it: whoever
runs the command again, with any name, first finishes what was begun. Each step may run twice.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from privrag.embed import Embedder
from privrag.erasable import Erasable
from privrag.erasure.beside import Beside, find_beside
from privrag.erasure.certificate import Certificate
from privrag.erasure.note import Note, begun, drop, keep
from privrag.erasure.remains import refuse_names_of_places, refuse_what_is_left, remains
from privrag.erasure.rows import (
    rewrite_chunks,
    rewrite_titles,
    struck_chunks,
    struck_titles,
)
from privrag.erasure.sources import held_in_home, sources_of, struck_versions
from privrag.erasure.subject import Subject, find_subject, further_forms
from privrag.erasure.surfaces import Row, Surfaces, apart
from privrag.errors import PrivragError, VaultError
from privrag.intake import Stores
from privrag.parse import ParseWorker
from privrag.pseudonym import base
from privrag.pseudonymize.linking.joining import spellings
from privrag.upkeep import recover, sync_lock


@dataclass(frozen=True, slots=True)
class Pending:
    """An erasure that an earlier run began and this one could not finish."""

    pseudonym: str
    why: str
    """What refused it, and what to do."""


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
    pending: tuple[Pending, ...] = ()
    """Other people's erasures that are stuck."""


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
    everything = list(stores.vault.every_surface())
    subject, beside = await _chosen(stores, name, scope or Scope(), everything)
    striker = apart(everything, subject.pseudonyms).striker(stores, subject.pseudonyms)
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
    """Forget a person, after finishing what earlier runs had to leave.

    What of that cannot be finished stays pending, and holds up nobody else. Raises VaultError for
    an unknown name, one of several people and a lone part of a name, SyncError while a sync runs.
    """
    with sync_lock(parts.home):
        await recover(stores)
        pending: list[tuple[Note, PrivragError]] = []
        done: Forgotten | None = None
        for note in begun(stores):
            is_asked = _asked(stores, name) == note.asked or base(name.upper()) in note.pseudonyms
            try:
                finished = await _finish(stores, note, parts, list(stores.vault.every_surface()))
            except PrivragError as error:
                if is_asked:
                    raise
                pending.append((note, error))
            else:
                done = finished if is_asked else done
        if done is None:
            done = await _begin(stores, name, parts, scope or Scope(), pending)
        stuck = tuple(Pending(note.person, str(error)) for note, error in pending)
        return replace(done, pending=stuck)


async def _begin(
    stores: Stores,
    name: str,
    parts: Parts,
    scope: Scope,
    pending: Sequence[tuple[Note, PrivragError]],
) -> Forgotten:
    """Forget a person of whom there is no note yet."""
    everything = list(stores.vault.every_surface())
    subject, beside = await _chosen(stores, name, scope, everything)
    for note, error in pending:
        if not subject.pseudonyms.isdisjoint(note.pseudonyms):
            message = f"the erasure of {note.person}, begun earlier, takes this one, too: {error}"
            raise VaultError(message)
    if subject.part_of_name:
        message = (
            f"that word is only a part of the name of {subject.leaders[0]}, and may mean "
            f"somebody else; give the full name, or: privrag forget {subject.leaders[0]} --yes"
        )
        raise VaultError(message)
    striker = apart(everything, subject.pseudonyms).striker(stores, subject.pseudonyms)
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
    keep(stores, note)
    return await _finish(stores, note, parts, everything)


async def _finish(stores: Stores, note: Note, parts: Parts, everything: Sequence[Row]) -> Forgotten:
    """Every step from the note on; each is harmless if it was done before."""
    vault, counts = stores.vault, note.counts
    surfaces = apart(everything, note.pseudonyms)
    alive = [p for p in note.leaders if not vault.erased([p])]
    living = set(note.pseudonyms) - vault.erased(note.pseudonyms)
    if not note.suppressed:
        note.suppressed = _suppress(stores, living, surfaces)
    striker = surfaces.striker(stores, note.pseudonyms)
    _add(counts, "chunks", await rewrite_chunks(stores, striker, parts.embedder))
    keep(stores, note)  # before what may fail: its counts are not those of the next run
    note.purged = await stores.index.purge()
    _add(counts, "titles", rewrite_titles(stores, striker))
    for other in parts.others:
        note.models = sorted({*note.models, *other.models_with(note.pseudonyms)})
        _add(counts, other.name, other.erase(note.pseudonyms))
    if len(alive) == len(note.leaders):  # afterwards the words to look for are gone
        left = await remains(stores, striker, parts.home)
        refuse_what_is_left(left, note.person)
        note.remaining = left.doubtful
    keep(stores, note)
    for pseudonym in alive:
        vault.erase(pseudonym)
    vault.finish_erasing()
    counts["entities"] = len(note.pseudonyms)
    if not note.record:
        note.record = stores.audit.append(
            "forget", parts.actor, entities=note.pseudonyms, counts=counts
        )
        keep(stores, note)
    certificate = _certificate(stores, note)
    path = certificate.store(parts.home)
    uris = {entry.document: entry.uri for entry in stores.manifest.entries()}
    drop(stores, note)
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


async def _chosen(
    stores: Stores, name: str, scope: Scope, everything: Sequence[Row]
) -> tuple[Subject, tuple[Beside, ...]]:
    """Who goes, and the identifiers that stood with the person and stay."""
    find = partial(find_subject, stores.vault, name, keep=scope.keep, everything=everything)
    subject = find()
    beside = await find_beside(stores, subject.pseudonyms)
    if scope.with_identifiers:
        alone = [one.pseudonym for one in beside if one.alone]
        subject = find(also=alone)
    return subject, tuple(one for one in beside if one.pseudonym not in subject.pseudonyms)


def _suppress(stores: Stores, pseudonyms: Collection[str], surfaces: Surfaces) -> int:
    """Mask all forms of these people from now on; gives how many forms that were.

    Also the names in the other order and with half of a double surname.
    """
    forms = further_forms(surfaces.own, surfaces.halves)
    keys = {key for words in surfaces.halves.sure for key in spellings(" ".join(words))}
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
