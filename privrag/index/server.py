"""The index on a Qdrant server or cluster: one collection, shared by as many processes as like.

The server builds its HNSW graphs in the background; dense searches in large collections are
therefore approximate, unlike the embedded engine's. `index.url` chooses this backend.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal, Self

import numpy as np
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from privrag.errors import IndexingError, PrivragError
from privrag.index.bm25 import SparseEncoder
from privrag.index.payload import (
    KEYWORD_FIELDS,
    IndexMark,
    check_mark,
    check_vectors,
    mark_of,
    sees_nothing,
    to_chunk,
    to_hit,
    to_payload,
)
from privrag.index.protocol import EmbeddedChunk, IndexIdentity, IndexQuery, LegHits
from privrag.index.settings import IndexSettings
from privrag.records import Hit, Scope

_WRITE_BATCH = 128
"""Chunks per request: about 1 MB at 384 dimensions and 10 MB at 4096; servers refuse 32 MB."""

_SCROLL_PAGE = 256


class ServerIndex:
    """An `Index` on a server. Every write is acknowledged by the server before a call returns."""

    def __init__(
        self, client: AsyncQdrantClient, collection: str, mark: IndexMark, *, owns_client: bool
    ) -> None:
        """Use `open`."""
        self._client: AsyncQdrantClient | None = client
        self._owns_client = owns_client
        self._collection = collection
        self._dimensions = mark.dimensions
        self._sparse = SparseEncoder(mark.language)

    @classmethod
    async def open(
        cls,
        settings: IndexSettings,
        identity: IndexIdentity,
        *,
        client: AsyncQdrantClient | None = None,
    ) -> Self:
        """Connect, and make the collection if there is none.

        A `client` that is handed in stays its owner's to close.

        Raises:
            IndexingError: out of reach, key refused, or a collection filled by something else.
        """
        mark = mark_of(identity, settings.language)
        mine = client or _connect(settings)
        try:
            with _mapped("open its collection"):
                await _prepare(mine, settings.collection_name, mark)
        except BaseException:
            if client is None:
                await mine.close()
            raise
        return cls(mine, settings.collection_name, mark, owns_client=client is None)

    @classmethod
    async def drop(
        cls,
        settings: IndexSettings,
        *,
        tenants: Sequence[str],
        client: AsyncQdrantClient | None = None,
    ) -> None:
        """Remove the tenants' chunks, and the collection if that was all; see `drop_index`."""
        mine, name = client or _connect(settings), settings.collection_name
        theirs = models.Filter(must=[_any_of("tenant", tenants)])
        try:
            with _mapped("remove a collection"):
                if not await mine.collection_exists(name):
                    return
                await mine.delete(name, models.FilterSelector(filter=theirs), wait=True)
                if (await mine.count(name, exact=True)).count == 0:
                    await mine.delete_collection(name)
        finally:
            if client is None:
                await mine.close()

    async def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Write chunks; the server has them in its log when this returns."""
        everything = list(chunks)
        check_vectors(everything, self._dimensions)
        for start in range(0, len(everything), _WRITE_BATCH):
            batch = everything[start : start + _WRITE_BATCH]
            with self._asking("write") as client:
                points = await asyncio.to_thread(self._points, batch)
                await client.upsert(self._collection, points, wait=True)

    def _points(self, batch: list[EmbeddedChunk]) -> list[models.PointStruct]:
        points = []
        for item in batch:
            weights = self._sparse.passage(item.chunk)
            sparse = models.SparseVector(indices=weights.indices, values=weights.values)
            vectors: dict[str, Any] = {"dense": item.vector.tolist(), "sparse": sparse}
            payload = to_payload(item.chunk)
            points.append(models.PointStruct(id=item.chunk.id, vector=vectors, payload=payload))
        return points

    async def delete(self, *, version: str) -> None:
        """Remove every chunk of one document version."""
        selector = models.FilterSelector(filter=_only(version=version, tenant=None))
        with self._asking("delete") as client:
            await client.delete(self._collection, selector, wait=True)

    async def search(self, query: IndexQuery, *, scope: Scope, limit: int) -> LegHits:
        """Search all legs in one round trip."""
        if sees_nothing(scope):
            return LegHits((), (), ())
        conditions, hidden = _conditions(scope), _hidden(scope)
        vector: list[float] = query.vector.tolist()
        weights = self._sparse.question(query.text)
        sparse = models.SparseVector(indices=weights.indices, values=weights.values)
        legs = {"dense": _leg("dense", vector, conditions, hidden, limit)}
        if weights.indices:
            legs["sparse"] = _leg("sparse", sparse, conditions, hidden, limit)
        if query.placeholders:
            named = _any_of("ents", sorted(query.placeholders))
            legs["id"] = _leg("dense", vector, [*conditions, named], hidden, limit)
        with self._asking("search") as client:
            answers = await client.query_batch_points(self._collection, list(legs.values()))
        found = dict(zip(legs, (answer.points for answer in answers), strict=True))
        return LegHits(
            dense=_hits(found["dense"], "dense"),
            sparse=tuple(hit for hit in _hits(found.get("sparse", []), "sparse") if hit.score > 0),
            by_id=_hits(found.get("id", []), "id"),
        )

    async def count(self, *, version: str | None = None, tenant: str | None = None) -> int:
        """Exact number of chunks: of one version, of one tenant, or of all."""
        wanted = _only(version=version, tenant=tenant)
        with self._asking("count") as client:
            answer = await client.count(self._collection, count_filter=wanted, exact=True)
        return answer.count

    async def count_documents(self, *, tenant: str | None = None) -> int:
        """Exact number of distinct documents."""
        most = await self.count(tenant=tenant)  # no more documents than chunks
        mine = _only(version=None, tenant=tenant)
        if most == 0:
            return 0  # a facet of nothing is a bad request
        with self._asking("count") as client:
            answer = await client.facet(
                self._collection, "document", facet_filter=mine, limit=most, exact=True
            )
        return len(answer.hits)

    async def scroll(self, *, tenant: str | None = None) -> AsyncIterator[EmbeddedChunk]:
        """Every chunk (of one tenant) with its vector, in the order of ids."""
        mine = _only(version=None, tenant=tenant)
        offset: Any = None
        while True:
            with self._asking("read") as client:
                records, offset = await client.scroll(
                    self._collection,
                    scroll_filter=mine,
                    limit=_SCROLL_PAGE,
                    offset=offset,
                    with_vectors=["dense"],
                )
            for record in records:
                vectors: Any = record.vector
                vector = np.asarray(vectors["dense"], dtype=np.float32)  # (dimensions,)
                yield EmbeddedChunk(to_chunk(str(record.id), record.payload), vector)
            if offset is None:
                return

    async def purge(self) -> bool:
        """Nothing: a server returns space when its optimizer finds it worth it."""
        return False

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None and self._owns_client:
            with _mapped("close"):
                await client.close()

    @contextlib.contextmanager
    def _asking(self, what: str) -> Iterator[AsyncQdrantClient]:
        if self._client is None:
            msg = "this index was closed; open it again"
            raise IndexingError(msg)
        with _mapped(what):
            yield self._client


def _connect(settings: IndexSettings) -> AsyncQdrantClient:
    if settings.url is None:
        msg = "index.url is not set: it names the Qdrant server"
        raise IndexingError(msg)
    with _mapped("be connected"):
        return AsyncQdrantClient(
            url=settings.url,
            api_key=settings.api_key.get_secret_value() if settings.api_key else None,
            timeout=settings.timeout_seconds,
            check_compatibility=False,  # a request at construction, and a warning per release
        )


async def _prepare(client: AsyncQdrantClient, collection: str, mark: IndexMark) -> None:
    """Make what is missing of the collection, and compare its mark with ours."""
    if not await client.collection_exists(collection):
        try:
            await client.create_collection(
                collection,
                vectors_config={
                    "dense": models.VectorParams(
                        size=mark.dimensions, distance=models.Distance.COSINE
                    )
                },
                sparse_vectors_config={
                    "sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)
                },
                metadata=mark.model_dump(mode="json"),
            )
        except UnexpectedResponse as error:
            if error.status_code != 409:  # 409: another process made it meanwhile
                raise
    info = await client.get_collection(collection)
    if info.config.metadata is None and info.points_count == 0:
        msg = f"collection {collection}: something else made it, or Qdrant is older than 1.16"
        raise IndexingError(msg)
    check_mark(info.config.metadata, mark, where=f"collection {collection}")
    for name in KEYWORD_FIELDS:
        if name not in info.payload_schema:  # an opening that was killed half-way misses some
            schema = models.KeywordIndexParams(
                type=models.KeywordIndexType.KEYWORD, is_tenant=True if name == "tenant" else None
            )
            await client.create_payload_index(collection, name, field_schema=schema, wait=True)


def _any_of(field: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def _conditions(scope: Scope) -> list[models.Condition]:
    conditions: list[models.Condition] = [_any_of("tenant", (scope.tenant,))]
    if scope.collections is not None:
        conditions.append(_any_of("collection", scope.collections))
    if scope.principals is not None:
        conditions.append(_any_of("acl", scope.principals))
    return conditions


def _hidden(scope: Scope) -> list[models.Condition]:
    return [_any_of("version", scope.hidden)] if scope.hidden else []


def _only(*, version: str | None, tenant: str | None) -> models.Filter:
    wanted = {"version": version, "tenant": tenant}
    return models.Filter(
        must=[_any_of(name, (value,)) for name, value in wanted.items() if value is not None]
    )


def _leg(
    using: str,
    query: list[float] | models.SparseVector,
    conditions: list[models.Condition],
    hidden: list[models.Condition],
    limit: int,
) -> models.QueryRequest:
    return models.QueryRequest(
        query=query,
        using=using,
        filter=models.Filter(must=conditions, must_not=hidden),
        limit=limit,
        with_payload=True,
    )


def _hits(
    points: list[models.ScoredPoint], stage: Literal["dense", "sparse", "id"]
) -> tuple[Hit, ...]:
    return tuple(to_hit(str(p.id), p.payload, score=p.score, stage=stage) for p in points)


@contextlib.contextmanager
def _mapped(what: str) -> Iterator[None]:
    """Turn whatever the client raises into ours; its messages may quote requests and answers."""
    try:
        yield
    except PrivragError:
        raise
    except Exception as error:  # noqa: BLE001 - besides its own, the client raises built-in ones
        msg = f"the index server could not {what}: {_reason(error)}"
        raise IndexingError(msg) from None


def _reason(error: Exception) -> str:
    if isinstance(error, UnexpectedResponse):
        if error.status_code in {401, 403}:
            return "it refused the key; set PRIVRAG_INDEX__API_KEY"
        return f"HTTP {error.status_code}; the server's log says more"
    if isinstance(error, ResponseHandlingException):
        kind = type(error.source).__name__
        return f"no usable answer ({kind}); check index.url and that the server runs"
    return f"its client raised {type(error).__name__}; check that index.url is a Qdrant server"
