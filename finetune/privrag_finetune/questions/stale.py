"""Which rows no longer say what the index says: their document went, or was written anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from privrag.intake import Stores
from privrag.records import Chunk
from privrag_finetune.questions.readers import current_chunks, readers_of
from privrag_finetune.questions.rows import Row
from privrag_finetune.questions.sample import chunk_sha256


@dataclass(frozen=True, slots=True)
class Freshness:
    """The rows of a data set against the index."""

    fresh: dict[str, Chunk]
    """Row id -> its passage, as it stands in the index."""
    stale: dict[str, str]
    """Row id -> `document gone`, `passage gone`, `passage changed` or `readers changed`."""


async def check_rows(stores: Stores, rows: Sequence[Row]) -> Freshness:
    """Join rows with their passages; who trains takes the fresh ones."""
    return freshness(await current_chunks(stores), rows)


def freshness(current: Sequence[Chunk], rows: Sequence[Row]) -> Freshness:
    """The same with the current passages at hand."""
    chunks = {chunk.id: chunk for chunk in current}
    documents = {chunk.source.document for chunk in chunks.values()}
    fresh: dict[str, Chunk] = {}
    stale: dict[str, str] = {}
    for row in rows:
        chunk = chunks.get(row.chunk)
        if chunk is None:
            stale[row.id] = "passage gone" if row.document in documents else "document gone"
        elif chunk_sha256(chunk) != row.chunk_sha256:
            stale[row.id] = "passage changed"
        elif readers_of(chunk.source.acl) != readers_of(row.acl):
            stale[row.id] = "readers changed"
        else:
            fresh[row.id] = chunk
    return Freshness(fresh, stale)
