"""An index in memory that ranks as the embedded engine does: for text that must not touch a disk.

The raw side of a comparison is searched here. Dense: cosine with every chunk. Sparse: the engine's
own token weights times its inverse document frequency, ln(1 + (N - n + .5) / (n + .5)). A test
compares its rankings with the engine's. Of `scope` only the collections count: one owner, one
measurement.
"""

import math
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import numpy as np

from privrag.index.bm25 import SparseEncoder
from privrag.index.protocol import EmbeddedChunk, IndexQuery, LegHits
from privrag.records import Hit, Scope


class MemoryIndex:
    """An `Index` that is gone with the process."""

    def __init__(self, language: str = "english") -> None:
        self._encoder = SparseEncoder(language)
        self._items: dict[str, EmbeddedChunk] = {}
        self._weights: dict[str, dict[int, float]] = {}
        self._frequency: Counter[int] = Counter()
        self._vectors = np.zeros((0, 0), dtype=np.float32)

    async def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Keep chunks."""
        for item in chunks:
            await self._drop(item.chunk.id)
            sparse = self._encoder.passage(item.chunk)
            weights = dict(zip(sparse.indices, sparse.values, strict=True))
            self._items[item.chunk.id] = item
            self._weights[item.chunk.id] = weights
            self._frequency.update(weights.keys())
        self._vectors = np.stack([item.vector for item in self._items.values()])

    async def delete(self, *, version: str) -> None:
        """Drop a version's chunks."""
        for key in [k for k, i in self._items.items() if i.chunk.source.version == version]:
            await self._drop(key)
        self._vectors = (
            np.stack([item.vector for item in self._items.values()])
            if self._items
            else np.zeros((0, 0), dtype=np.float32)
        )

    async def search(self, query: IndexQuery, *, scope: Scope, limit: int) -> LegHits:
        """Every leg over every chunk."""
        items = list(self._items.values())
        inside = [n for n, item in enumerate(items) if _is_in(item, scope)]
        if not inside:
            return LegHits((), (), ())
        cosines = self._vectors @ query.vector  # (chunks,)
        order = sorted(inside, key=lambda n: -cosines[n])
        dense = tuple(Hit(items[i].chunk, float(cosines[i]), "dense") for i in order[:limit])
        named = [i for i in order if items[i].chunk.placeholders & query.placeholders][:limit]
        by_id = tuple(Hit(items[i].chunk, float(cosines[i]), "id") for i in named)
        return LegHits(dense, self._sparse(query, scope, limit), by_id)

    def _sparse(self, query: IndexQuery, scope: Scope, limit: int) -> tuple[Hit, ...]:
        asked = self._encoder.question(query.text)
        total = len(self._items)
        idf = {
            token: weight * math.log(1 + (total - n + 0.5) / (n + 0.5))
            for token, weight in zip(asked.indices, asked.values, strict=True)
            if (n := self._frequency[token])
        }
        scores = {
            key: score
            for key, weights in self._weights.items()
            if _is_in(self._items[key], scope)
            and (score := sum(weights[t] * w for t, w in idf.items() if t in weights)) > 0
        }
        best = sorted(scores, key=lambda key: -scores[key])[:limit]
        return tuple(Hit(self._items[key].chunk, scores[key], "sparse") for key in best)

    async def count(self, *, version: str | None = None, tenant: str | None = None) -> int:
        """Number of chunks, of one version or all; there is one tenant only."""
        del tenant
        chunks = (item.chunk for item in self._items.values())
        return sum(version in (None, chunk.source.version) for chunk in chunks)

    async def count_documents(self, *, tenant: str | None = None) -> int:
        """Number of documents."""
        del tenant
        return len({item.chunk.source.document for item in self._items.values()})

    async def scroll(self, *, tenant: str | None = None) -> AsyncIterator[EmbeddedChunk]:
        """Every chunk in the order of ids."""
        del tenant
        for key in sorted(self._items):
            yield self._items[key]

    async def purge(self) -> bool:
        """Nothing overwritten is kept."""
        return True

    async def close(self) -> None:
        """Forget everything."""
        self._items.clear()
        self._weights.clear()
        self._frequency.clear()
        self._vectors = np.zeros((0, 0), dtype=np.float32)

    async def _drop(self, key: str) -> None:
        if self._items.pop(key, None) is not None:
            self._frequency.subtract(self._weights.pop(key).keys())


def _is_in(item: EmbeddedChunk, scope: Scope) -> bool:
    return scope.collections is None or item.chunk.source.collection in scope.collections
