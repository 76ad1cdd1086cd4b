"""A home for one measurement: a suite's documents taken in through the code of production.

Nothing of it stays, and the user's home is not touched. Raw text is taken in only to state what
privacy costs: its passages and vectors are in memory, its vault and manifest (which hold no
passages) in a scratch folder that only this user may read and that is removed.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privrag.audit import AuditLog
from privrag.embed import Embedder, embedding_text
from privrag.errors import EvaluationError
from privrag.generate import Generator
from privrag.index import open_index
from privrag.index.protocol import EmbeddedChunk, Index
from privrag.intake import Arrival, Reading, Ready, Stores, make_safe, to_detect
from privrag.manifest import Manifest
from privrag.offline import is_on_this_machine
from privrag.pipeline import Models
from privrag.pseudonymize import Detecting, DetectorPool
from privrag.records import BlockKind, Chunk, Entity, Viewer
from privrag.rerank import Reranker
from privrag.scratch import Scratch
from privrag.settings import Settings
from privrag_evals.privacy.memory_index import MemoryIndex
from privrag_evals.scratch_vault import scratch_vault
from privrag_evals.suites import Asked, Suite

ROUNDS = 2
"""Documents are taken in once more when the vault knows everybody, as a sync does."""
OWNER = Viewer("owner", owner=True, reveal=True)
_URI = "eval:"
_UPSERT = 4096


@dataclass(frozen=True, slots=True)
class Parts:
    """What finds names, embeds, writes and reorders; opened by the caller, who closes it."""

    settings: Settings
    detector: Detecting
    embedder: Embedder
    generator: Generator | None = None
    reranker: Reranker | None = None
    pool: DetectorPool | None = None
    """Reads the documents side by side; without it the detector reads them one by one."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Stores with a suite's documents, and the models to ask them with."""

    stores: Stores
    models: Models
    failed: tuple[str, ...]
    """Ids of documents that could not be made safe: as after a sync, nobody finds them."""


class NoDetector:
    """Finds nobody: what goes through the code of production with it stays raw."""

    def detect(self, blocks: Sequence[tuple[BlockKind, str]]) -> list[list[Entity]]:
        return [[] for _ in blocks]


@asynccontextmanager
async def filled(
    suite: Suite,
    parts: Parts,
    *,
    raw: bool = False,
    adapt: Callable[[Chunk], Chunk] = lambda chunk: chunk,
) -> AsyncIterator[Filled]:
    """Take every document of the suite in; `raw` without looking for names.

    `adapt` changes each chunk before it is embedded.

    Raises EvaluationError where raw text would leave this machine.
    """
    if raw:
        _refuse_to_send(parts)
    detector: Detecting = NoDetector() if raw else parts.detector
    with scratch_vault() as (vault, folder):
        settings = parts.settings.model_copy(update={"tenant": OWNER.tenant})
        manifest = Manifest(folder / "manifest.db", vault, tenant=settings.tenant)
        index = MemoryIndex() if raw else await _edge(folder, parts)
        audit = AuditLog(folder, vault, tenant=settings.tenant, settings=settings.audit)
        stores = Stores(settings, vault, manifest, index, audit)
        try:
            found = _detected(suite, detector, None if raw else parts.pool)
            failed = await _fill(stores, suite, found, parts.embedder, adapt)
            writer: Any = parts.generator  # None where nothing is to be written
            models = Models(detector, parts.embedder, writer, parts.reranker)
            yield Filled(stores, models, failed)
        finally:
            await index.close()
            manifest.close()
            audit.close()


@asynccontextmanager
async def re_embedded(home: Filled, embedder: Embedder) -> AsyncIterator[Filled]:
    """The same passages, and so the same pseudonyms, in an index of another embedder's vectors."""
    chunks = [item.chunk async for item in home.stores.index.scroll()]
    with Scratch() as folder:
        settings = home.stores.settings.index.model_copy(update={"url": None})
        index = await open_index(settings, path=folder.path, identity=embedder.identity)
        try:
            await _index(index, chunks, embedder)
            yield replace(
                home,
                stores=replace(home.stores, index=index),
                models=replace(home.models, embedder=embedder),
            )
        finally:
            await index.close()


def document_named(uri: str) -> str:
    """The suite's id of a hit's document."""
    return uri.removeprefix(_URI)


def documents_by_version(home: Filled) -> dict[str, str]:
    """Version -> the suite's id of its document."""
    return {e.version: document_named(e.uri) for e in home.stores.manifest.entries()}


def collection_of(group: str) -> str:
    """The collection in which a group's documents are: another one for every group."""
    return f"g-{hashlib.sha256(group.encode()).hexdigest()[:24]}"


def searched_in(asked: Asked) -> str | None:
    """The collection that a question is asked of; None is all."""
    return None if asked.group is None else collection_of(asked.group)


def _refuse_to_send(parts: Parts) -> None:
    """Nothing that raw text goes through may be a server elsewhere."""
    servers = (
        ("rerank.url", parts.reranker, parts.settings.rerank.url),
        ("generate.base_url", parts.generator, parts.settings.generate.base_url),
    )
    for setting, used, url in servers:
        if used is not None and url is not None and not is_on_this_machine(url):
            raise EvaluationError(
                f"{setting} lies outside this machine and would see raw text; unset it"
            )


async def _edge(folder: Path, parts: Parts) -> Index:
    embedded = parts.settings.index.model_copy(update={"url": None})
    return await open_index(embedded, path=folder / "index", identity=parts.embedder.identity)


async def _fill(
    stores: Stores,
    suite: Suite,
    found: Iterable[Sequence[Sequence[Entity]]],
    embedder: Embedder,
    adapt: Callable[[Chunk], Chunk],
) -> tuple[str, ...]:
    readings = [
        Reading(_arrival(name, suite), document, entities)
        for (name, document), entities in zip(suite.documents.items(), found, strict=True)
    ]
    before: list[Ready] = []
    for _ in range(ROUNDS):
        made = (make_safe(stores, reading, embedder) for reading in readings)
        ready = [one for one in made if isinstance(one, Ready)]
        for old in before:
            stores.vault.release(old.entry.version)
            stores.manifest.cleaned(old.entry.version)
        before = ready
    chunks = [adapt(chunk) for one in before for chunk in one.chunks]
    await _index(stores.index, chunks, embedder)
    stores.manifest.swap([one.entry for one in before])
    taken = {document_named(one.arrival.uri) for one in before}
    return tuple(name for name in suite.documents if name not in taken)


async def _index(index: Index, chunks: Sequence[Chunk], embedder: Embedder) -> None:
    vectors = embedder.embed([embedding_text(chunk) for chunk in chunks])
    embedded = [EmbeddedChunk(c, v) for c, v in zip(chunks, vectors, strict=True)]
    for start in range(0, len(embedded), _UPSERT):
        await index.upsert(embedded[start : start + _UPSERT])


def _arrival(name: str, suite: Suite) -> Arrival:
    group = suite.groups.get(name)
    collection = "main" if group is None else collection_of(group)
    return Arrival(Path(name), f"{_URI}{name}", name, ("*",), collection)


def _detected(
    suite: Suite, detector: Detecting, pool: DetectorPool | None
) -> Iterator[Sequence[Sequence[Entity]]]:
    """The entities of each document, in order."""
    documents = suite.documents.values()
    if pool is None:
        yield from (detector.detect(to_detect(document)) for document in documents)
        return
    for future in [pool.submit(to_detect(document)) for document in documents]:
        yield future.result()
