"""Move an index to the other backend: every chunk with its vector, nothing embedded anew."""

from collections import Counter

from privrag.errors import IndexingError
from privrag.index.protocol import EmbeddedChunk, Index

_BATCH = 256


async def copy_index(source: Index, target: Index) -> int:
    """Copy every chunk and count each document version in the target; returns the chunks copied.

    The source is only read. A copy that was cut off is simply made again: same ids, same chunks.
    What else the target holds stays there (a server's collection may serve several homes).
    Raises IndexingError where a version did not arrive whole.
    """
    copied: Counter[str] = Counter()
    batch: list[EmbeddedChunk] = []
    async for item in source.scroll():
        batch.append(item)
        copied[item.chunk.source.version] += 1
        if len(batch) == _BATCH:
            await target.upsert(batch)
            batch = []
    await target.upsert(batch)
    for version, chunks in copied.items():
        arrived = await target.count(version=version)
        if arrived != chunks:
            raise IndexingError(
                f"the copy holds {arrived} of {chunks} chunks of a document; the index copied from "
                "is unchanged, copy again while nothing writes to either"
            )
    return copied.total()
