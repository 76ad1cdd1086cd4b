"""Forget one person in every store, in an order that a kill at any point leaves repeatable.

    note what is to be done -> suppress the name -> rewrite index, titles and further rows
    -> search everything of ours once more, and refuse to go on if the person still stands there
    -> destroy in the vault -> audit record -> certificate -> drop the note

The vault comes after everything that needs it, and the note, sealed, after all of it: whoever
runs the command again, with any name, first finishes what was begun. Each step may run twice.
"""

import asyncio
import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from privrag.embed import Embedder
from privrag.erasable import Erasable
from privrag.erasure.certificate import Certificate
from privrag.erasure.remains import OURS, refuse_names_of_places, refuse_what_is_left, remains
from privrag.erasure.rows import (
    Striker,
    rewrite_chunks,
    rewrite_titles,
    struck_chunks,
    struck_titles,
)
from privrag.erasure.subject import Subject, find_subject, shares_surname
from privrag.errors import ParseError
from privrag.intake import Stores
from privrag.leak import KnownValues
from privrag.leak.scan import files_of
from privrag.leak.views import views_of_file
from privrag.manifest import Entry
from privrag.parse import ParseWorker
from privrag.pseudonym import base
from privrag.pseudonym import label as label_of
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


async def look(stores: Stores, name: str) -> Preview:
    """What would go, counted. Changes nothing. Raises VaultError as `forget` does."""
    subject = find_subject(stores.vault, name)
    striker = _striker(stores, subject.pseudonyms)
    entries = stores.manifest.current(stores.vault.versions_of(subject.pseudonyms))
    titles = struck_titles(stores, striker)
    places = sum(len(title.cuts) for _, title in titles)
    chunks = 0
    async for batch in struck_chunks(stores, striker):
        chunks += len(batch)
        places += sum(len(text.cuts) + len(context.cuts) for _, text, context in batch)
    return Preview(_named_first(subject), len(entries), chunks, len(titles), places)


async def forget(stores: Stores, name: str, parts: Parts) -> Forgotten:
    """Forget a person, after finishing what an earlier run had to leave.

    Raises VaultError for an unknown name or one of several people, SyncError while a sync runs.
    """
    with sync_lock(parts.home):
        await recover(stores)
        begun = _read(stores)
        if begun is not None:
            done = await _finish(stores, begun, parts)
            if _asked(stores, name) == begun.asked or base(name.upper()) in begun.pseudonyms:
                return done
        subject = find_subject(stores.vault, name)
        await refuse_names_of_places(stores, _striker(stores, subject.pseudonyms))
        note = Note(
            asked=_asked(stores, name),
            leaders=list(subject.leaders),
            pseudonyms=list(_named_first(subject)),
            documents=await asyncio.to_thread(_sources, stores, subject, parts.parser),
            in_home=_in_home(parts.home, subject),
        )
        _write(stores, note)
        return await _finish(stores, note, parts)


async def _finish(stores: Stores, note: Note, parts: Parts) -> Forgotten:
    """Every step from the note on; each is harmless if it was done before."""
    vault, counts = stores.vault, note.counts
    alive = [p for p in note.leaders if not vault.erased([p])]
    note.suppressed += vault.suppress_people(alive) if not note.suppressed else 0
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
    return Forgotten(certificate, path, sources, tuple(note.in_home), remaining)


def _striker(stores: Stores, pseudonyms: Collection[str]) -> Striker:
    """For these people, with all that the vault (still) knows of them."""
    own: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for pseudonym, words in stores.vault.every_surface():
        group = own if pseudonym in pseudonyms else others
        group.append((label_of(pseudonym), words))
    alone = not shares_surname(own, others)
    return Striker(stores, pseudonyms, KnownValues(own), initials=alone)


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
        | {"home": len(note.in_home)},
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


def _sources(stores: Stores, subject: Subject, parser: ParseWorker) -> list[str]:
    """Keys of the documents whose file still holds the person."""
    versions = stores.vault.versions_of(subject.pseudonyms)
    entries = stores.manifest.current(versions).values()
    known = KnownValues(subject.surfaces)
    named = [e for e in stores.manifest.entries() if any(known.search(unquote(e.uri)))]
    held = {e.document for e in named} | {
        e.document for e in entries if _still_holds(e, subject, parser)
    }
    return sorted(held)


def _still_holds(entry: Entry, subject: Subject, parser: ParseWorker) -> bool:
    """Whether the file does: unchanged since it was read, or read again."""
    path = Path(unquote(urlsplit(entry.uri).path))
    try:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256:
                return True
        document = parser.parse(path)
    except OSError:
        return False  # it is gone
    except ParseError:
        return True  # not known: rather named once too often
    text = " ".join(
        "\n".join([document.title, *(b.text for b in document.blocks)]).casefold().split()
    )
    return any(" ".join(words.casefold().split()) in text for _, words in subject.surfaces)


def _in_home(home: Path, subject: Subject) -> list[str]:
    """Files of the home, besides our own stores, in which the name stands: settings, logs."""
    known = KnownValues(subject.surfaces)
    return [
        place
        for path, place in files_of(home)
        if not place.startswith(OURS)
        and any(True for view in views_of_file(path) for _ in known.search(view.text))
    ]
