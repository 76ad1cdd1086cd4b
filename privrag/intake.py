"""What `ingest` does with one document before it is embedded: read ahead, make safe, cut.

Parsing and detection run in child processes, a few documents ahead of the embedder; from
`make_safe` on nothing raw exists.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from privrag.audit import AuditLog
from privrag.chunk import chunk_document
from privrag.embed import Embedder
from privrag.errors import PrivragError, PseudonymError, SyncError, VaultError
from privrag.index.protocol import Index
from privrag.manifest import Entry, Manifest
from privrag.memory import trim_memory
from privrag.parse import ParseWorker
from privrag.pseudonymize import DetectorPool, file_name_as_words, pseudonymize_document
from privrag.quarantine import with_orders
from privrag.records import BlockKind, Chunk, Document, Entity, Source
from privrag.settings import Settings
from privrag.vault import Vault

_POLICY_VERSION = 14
"""Raise it when the code changes what is stored for the same file and settings."""
_NOT_POLICY = {
    "workers",
    "max_question_characters",
    "batch_size",
    "timeout_seconds",
    "max_memory_mb",
    "profile",
}
_BATCH_BYTES = 4_000_000
_LARGE_BYTES = 1_000_000
_BATCH_DOCUMENTS = 32
_PACKED = frozenset({".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub"})
_UNPACKS = 10
"""Bytes of text for a byte of a ZIP-based file."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What every run needs: settings and the four places where something is kept."""

    settings: Settings
    vault: Vault
    manifest: Manifest
    index: Index
    audit: AuditLog


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that is to become a document."""

    path: Path = field(repr=False)
    uri: str = field(repr=False)
    sha256: str
    acl: tuple[str, ...]
    collection: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one arrival."""

    arrival: Arrival
    chunks: int
    error: PrivragError | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An arrival after parsing and detection (raw)."""

    arrival: Arrival
    document: Document
    entities: Sequence[Sequence[Entity]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """A document with its chunks, all of it safe, and its future manifest entry."""

    arrival: Arrival
    entry: Entry
    chunks: Sequence[Chunk]


def content_of(stores: Stores, arrival: Arrival) -> str:
    """Keyed hash of all that decides what is stored for a file: same content, nothing to do."""
    policy = policy_of(stores.settings)
    parts = (arrival.uri, arrival.sha256, ",".join(arrival.acl), arrival.collection, policy)
    return stores.vault.blind("content", "|".join(parts))


def policy_of(settings: Settings) -> str:
    """Changes when a setting changes that changes what is stored."""
    tables = (settings.parse, settings.pseudonymize, settings.chunk, settings.embed)
    kept = [t.model_dump_json(exclude=_NOT_POLICY) for t in tables]
    return hashlib.sha256("|".join([str(_POLICY_VERSION), *kept]).encode()).hexdigest()


def to_detect(document: Document) -> list[tuple[BlockKind, str]]:
    """What recognizers read, blocks and title, at the same offsets.

    A cell's end shows as `|`, and a title that is a file's name (`anna_lee_offer`) as its words.
    """
    blocks: list[tuple[BlockKind, str]] = [
        (b.kind, b.text.replace("\t", "|") if b.kind == "table" else b.text)
        for b in document.blocks
    ]
    name = PurePosixPath(unquote(urlsplit(document.uri).path)).stem
    title = document.title
    is_file_name = title == name or not any(c.isspace() for c in title)
    return [*blocks, ("heading", file_name_as_words(title) if is_file_name else title)]


async def read_batches(
    arrivals: Iterable[Arrival], *, parser: ParseWorker, detectors: DetectorPool
) -> AsyncGenerator[list[Reading | Outcome], None]:
    """Parse and detect batch by batch, in order of arrival.

    The next batch is read while the caller embeds one, unless it is large: two large documents at
    once are too much memory.
    """
    turn = asyncio.Lock()  # the parser child takes one file at a time
    ahead: asyncio.Task[list[Reading | Outcome]] | None = None
    try:
        for batch in chain(_batched(arrivals), [()]):
            done = [] if ahead is None else await ahead
            if done and _is_large(batch):
                yield done
                done = []
                trim_memory()
            work = _read_all(batch, parser, detectors, turn) if batch else None
            ahead = None if work is None else asyncio.create_task(work)
            if done:
                yield done
    finally:
        if ahead is not None:
            ahead.cancel()
            await asyncio.wait([ahead])


async def _read_all(
    batch: Sequence[Arrival], parser: ParseWorker, detectors: DetectorPool, turn: asyncio.Lock
) -> list[Reading | Outcome]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_read(each, parser, detectors, turn)) for each in batch]
    return [task.result() for task in tasks]


async def _read(
    arrival: Arrival, parser: ParseWorker, detectors: DetectorPool, turn: asyncio.Lock
) -> Reading | Outcome:
    """Parse one file and find its identities; a file that cannot be read is an Outcome."""
    try:
        async with turn:
            document = await asyncio.to_thread(parser.parse, arrival.path)
        if document.id != arrival.sha256:
            raise SyncError("it changed while it was read; the next sync takes it in")
        entities = await asyncio.wrap_future(detectors.submit(to_detect(document)))
    except PrivragError as error:
        return Outcome(arrival, 0, error)
    return Reading(arrival, document, entities)


def _batched(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """Small files together, so that the embedder has full batches; a large one by itself."""
    batch: list[Arrival] = []
    total = 0
    for arrival in arrivals:
        size = _expected_bytes(arrival.path)
        if batch and (total + size > _BATCH_BYTES or len(batch) >= _BATCH_DOCUMENTS):
            yield batch
            batch, total = [], 0
        batch.append(arrival)
        total += size
    if batch:
        yield batch


def _is_large(batch: Sequence[Arrival]) -> bool:
    return sum(_expected_bytes(arrival.path) for arrival in batch) > _LARGE_BYTES


def _expected_bytes(path: Path) -> int:
    """About how much text a file may hold."""
    try:
        size = path.stat().st_size
    except OSError:
        return 0  # it vanished: reading it will say so
    return size * _UNPACKS if path.suffix.lower() in _PACKED else size


def make_safe(stores: Stores, reading: Reading, embedder: Embedder) -> Ready | Outcome:
    """Pseudonymize and chunk one document: from here on nothing raw exists. Or why it failed."""
    version = secrets.token_hex(16)
    stores.manifest.begin([version])
    try:
        return _make_safe(stores, reading, embedder, version)
    except (PseudonymError, VaultError) as error:
        failed: PrivragError = error
    except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError) as error:
        # this document's own: a message may hold its text
        failed = PseudonymError(
            f"it could not be pseudonymized ({type(error).__name__}); nothing was written"
        )
    stores.vault.release(version)
    stores.manifest.cleaned(version)
    return Outcome(reading.arrival, 0, failed)


def _make_safe(stores: Stores, reading: Reading, embedder: Embedder, version: str) -> Ready:
    arrival, document = reading.arrival, reading.document
    source = Source(
        document=stores.manifest.document_key(arrival.uri),
        version=version,
        tenant=stores.settings.tenant,
        collection=arrival.collection,
        acl=arrival.acl,
    )
    safe, _ = pseudonymize_document(
        document,
        reading.entities,
        stores.vault,
        version=version,
        settings=stores.settings.pseudonymize,
        key=source.document,
    )
    chunks = with_orders(
        chunk_document(
            safe, source, settings=stores.settings.chunk, count_tokens=embedder.count_tokens
        ),
        document,
    )
    entry = Entry(
        document=source.document,
        version=version,
        content=content_of(stores, arrival),
        uri=arrival.uri,
        title=safe.title,
        media_type=document.media_type,
        sha256=document.id,
        pages=document.pages,
        chunks=len(chunks),
        acl=arrival.acl,
        collection=arrival.collection,
    )
    return Ready(arrival, entry, chunks)
