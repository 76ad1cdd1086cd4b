"""The embedded index: Qdrant Edge in this process, one folder on this machine.

    <path>/privrag.lock    who has it open; the lock itself is the kernel's and dies with its holder
    <path>/identity.json   which model filled it
    <path>/shard/          the engine's files

Two traits of the engine (0.9.0) shape this file. It keeps Python's global lock during every call,
a worker thread notwithstanding: so writes go in small batches, and nothing long runs while others
wait. And it builds no HNSW graph unless told to (`optimize`, minutes for 200,000 chunks with
everything else standing still): so the dense legs compare with every chunk in scope, which is exact
and takes about 3 ms for 20,000 chunks and 25 ms for 200,000. For more, use a server.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import numpy as np
import qdrant_edge as qe

from privrag.errors import IndexingError
from privrag.index.bm25 import SparseEncoder
from privrag.index.payload import (
    IndexMark,
    check_vectors,
    mark_of,
    sees_nothing,
    to_chunk,
    to_payload,
)
from privrag.index.protocol import EmbeddedChunk, IndexIdentity, IndexQuery, LegHits
from privrag.index.settings import IndexSettings
from privrag.index.shard import (
    check_space,
    finish_rebuilding,
    load,
    mapped,
    open_shard,
    rebuild,
    size_of,
    take_lock,
)
from privrag.records import Chunk, Hit, Scope

_T = TypeVar("_T")

_WRITE_BATCH = 64
"""Chunks per engine call: 2 to 4 ms, during which no other thread runs. Larger is not faster."""

_FLUSH_EVERY = 8192
"""Chunks written between two flushes. The write-ahead log alone makes them durable; flushing keeps
the log short, which is replayed (13,000 chunks/s) when a killed process's index is opened."""

_SCROLL_PAGE = 256


class EdgeIndex:
    """An `Index` in one folder, open in one process. Safe to use from several tasks and threads."""

    def __init__(self, shard: qe.EdgeShard, lock: int, mark: IndexMark, path: Path) -> None:
        """Use `open`."""
        self._path = path
        self._shard: qe.EdgeShard | None = shard
        self._lock = lock
        self._calls = threading.Lock()
        self._mark = mark
        self._dimensions = mark.dimensions
        self._sparse = SparseEncoder(mark.language)
        self._unflushed = 0
        self._deleted = False

    @classmethod
    async def open(cls, path: Path, identity: IndexIdentity, settings: IndexSettings) -> Self:
        """Open the index in `path`, or make an empty one.

        Raises:
            IndexLockedError: somebody has it open; says who.
            IndexingError: damaged, or filled by another model.
        """
        return await asyncio.to_thread(cls._open, path, mark_of(identity, settings.language))

    @classmethod
    def _open(cls, path: Path, mark: IndexMark) -> Self:
        lock = take_lock(path)
        try:
            check_space(path)
            return cls(open_shard(path, mark), lock, mark, path)
        except BaseException:
            os.close(lock)
            raise

    async def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Write chunks; durable against `kill -9` when it returns."""
        everything = list(chunks)
        check_vectors(everything, self._dimensions)
        check_space(self._path)
        for start in range(0, len(everything), _WRITE_BATCH):
            await asyncio.to_thread(self._write, everything[start : start + _WRITE_BATCH])

    def _write(self, chunks: list[EmbeddedChunk]) -> None:
        with mapped("write"):
            operation = qe.UpdateOperation.upsert_points([self._point(item) for item in chunks])
        self._call("write", lambda shard: shard.update(operation))
        self._unflushed += len(chunks)
        if self._unflushed >= _FLUSH_EVERY:
            self._unflushed = 0
            self._call("flush", lambda shard: shard.flush())

    def _point(self, item: EmbeddedChunk) -> qe.Point:
        weights = self._sparse.passage(item.chunk)
        return qe.Point(
            item.chunk.id,
            {
                "dense": item.vector.tolist(),
                "sparse": qe.SparseVector(weights.indices, weights.values),
            },
            to_payload(item.chunk),
        )

    async def delete(self, *, version: str) -> None:
        """Remove every chunk of one document version."""
        operation = qe.UpdateOperation.delete_points_by_filter(_only(version=version, tenant=None))
        await asyncio.to_thread(self._call, "delete", lambda shard: shard.update(operation))
        self._deleted = True

    async def search(self, query: IndexQuery, *, scope: Scope, limit: int) -> LegHits:
        """Search all legs in one call of the engine."""
        if sees_nothing(scope):
            return LegHits((), (), ())
        return await asyncio.to_thread(self._search, query, scope, limit)

    def _search(self, query: IndexQuery, scope: Scope, limit: int) -> LegHits:
        conditions = _conditions(scope)
        hidden = _hidden(scope)
        with mapped("search"):
            weights = self._sparse.question(query.text)
            sparse = qe.SparseVector(weights.indices, weights.values)
            dense = qe.Query.Nearest(query.vector.tolist(), using="dense")
            legs = [
                _leg(dense, conditions, hidden, limit),
                _leg(qe.Query.Nearest(sparse, using="sparse"), conditions, hidden, limit),
            ]
            if query.placeholders:
                named = qe.FieldCondition("ents", match=qe.MatchAny(sorted(query.placeholders)))
                legs.append(_leg(dense, [*conditions, named], hidden, limit))
            request = qe.QueryBatchRequest(legs)
        found = self._call("search", lambda shard: shard.query_batch(request))
        read: dict[str, Chunk] = {}  # the legs share many chunks
        return LegHits(
            dense=_hits(found[0], "dense", read),
            sparse=tuple(hit for hit in _hits(found[1], "sparse", read) if hit.score > 0),
            by_id=_hits(found[2], "id", read) if query.placeholders else (),
        )

    async def count(self, *, version: str | None = None, tenant: str | None = None) -> int:
        """Exact number of chunks: of one version, of one tenant, or of all."""
        request = qe.CountRequest(exact=True, filter=_only(version=version, tenant=tenant))
        return await asyncio.to_thread(self._call, "count", lambda shard: shard.count(request))

    async def count_documents(self, *, tenant: str | None = None) -> int:
        """Exact number of distinct documents."""
        mine = _only(version=None, tenant=tenant)

        def count(shard: qe.EdgeShard) -> int:
            most = shard.count(qe.CountRequest(exact=True))  # no more documents than chunks
            return len(
                shard.facet(qe.FacetRequest("document", limit=most, exact=True, filter=mine))
            )

        return await asyncio.to_thread(self._call, "count", count)

    async def scroll(self, *, tenant: str | None = None) -> AsyncIterator[EmbeddedChunk]:
        """Every chunk (of one tenant) with its vector, in the order of ids."""
        mine = _only(version=None, tenant=tenant)
        offset = None
        while True:
            request = qe.ScrollRequest(
                offset=offset,
                limit=_SCROLL_PAGE,
                filter=mine,
                with_payload=True,
                with_vector=["dense"],
            )
            records, offset = await asyncio.to_thread(
                self._call, "read", lambda shard, page=request: shard.scroll(page)
            )
            for record in records:
                vector = np.asarray(record.vector["dense"], dtype=np.float32)  # (dimensions,)
                yield EmbeddedChunk(to_chunk(str(record.id), record.payload), vector)
            if offset is None:
                return

    async def purge(self) -> bool:
        """Copy what is there into a fresh shard and put that in the old one's place.

        The engine keeps overwritten payloads in its log and pages, and `optimize` leaves them
        there: only other files hold none of them. Others wait meanwhile.
        """
        await asyncio.to_thread(self._purge)
        return True

    def _purge(self) -> None:
        check_space(self._path, besides=size_of(self._path / "shard"))
        with self._calls:
            if self._shard is None:
                msg = "this index was closed; open it again"
                raise IndexingError(msg)
            with mapped("purge"):
                rebuild(self._shard, self._path, self._mark)
                shard, self._shard = self._shard, None
                shard.close()
            finish_rebuilding(self._path)
            self._shard = load(self._path / "shard")
            self._deleted, self._unflushed = False, 0

    async def close(self) -> None:
        """Flush and let go; after deletions, first return their space if it is worth it."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._calls:
            shard, self._shard = self._shard, None
            if shard is None:
                return
            try:
                with mapped("close"):
                    if self._deleted:
                        shard.optimize()  # does nothing below one fifth deleted
                    shard.flush()
                    shard.close()
            finally:
                os.ftruncate(self._lock, 0)
                os.close(self._lock)

    def _call(self, what: str, call: Callable[[qe.EdgeShard], _T]) -> _T:
        with self._calls:
            if self._shard is None:
                msg = "this index was closed; open it again"
                raise IndexingError(msg)
            with mapped(what):
                return call(self._shard)


def _conditions(scope: Scope) -> list[Any]:
    conditions = [qe.FieldCondition("tenant", match=qe.MatchValue(scope.tenant))]
    if scope.collections is not None:
        names = list(scope.collections)
        conditions.append(qe.FieldCondition("collection", match=qe.MatchAny(names)))
    if scope.principals is not None:
        principals = list(scope.principals)
        conditions.append(qe.FieldCondition("acl", match=qe.MatchAny(principals)))
    return conditions


def _hidden(scope: Scope) -> list[Any]:
    if not scope.hidden:
        return []
    return [qe.FieldCondition("version", match=qe.MatchAny(list(scope.hidden)))]


def _only(*, version: str | None, tenant: str | None) -> qe.Filter:
    wanted = {"version": version, "tenant": tenant}
    return qe.Filter(
        must=[
            qe.FieldCondition(name, match=qe.MatchValue(value))
            for name, value in wanted.items()
            if value is not None
        ]
    )


def _leg(query: qe.Query, conditions: list[Any], hidden: list[Any], limit: int) -> qe.QueryRequest:
    visible = qe.Filter(must=conditions, must_not=hidden)
    return qe.QueryRequest(limit, query=query, filter=visible, with_payload=True)


def _hits(
    points: list[Any], stage: Literal["dense", "sparse", "id"], read: dict[str, Chunk]
) -> tuple[Hit, ...]:
    hits = []
    for point in points:
        key = str(point.id)
        if key not in read:
            read[key] = to_chunk(key, point.payload)
        hits.append(Hit(chunk=read[key], score=point.score, stage=stage))
    return tuple(hits)
