"""The index seam: what a vector store must do for us, in our own records.

Both backends pass `tests/privrag/index/test_contract.py`. What one backend cannot do is not here.
Only safe text crosses this line.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from privrag.records import Chunk, Hit, SafeText, Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class IndexIdentity:
    """Which embedder filled the index. An index is opened only by the one that filled it."""

    model: str
    dimensions: int
    precision: str
    """`fp32` or `bf16`: vectors of different precision are not mixed."""


@dataclass(frozen=True, slots=True)
class EmbeddedChunk:
    """A chunk with its dense vector; the sparse one is made by the index from the chunk's text."""

    chunk: Chunk
    vector: "NDArray[np.float32]"  # (dimensions,), unit length


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """One question, ready for every leg."""

    vector: "NDArray[np.float32]"  # (dimensions,), unit length
    text: SafeText
    placeholders: frozenset[str]
    """Ids that the question names, and others of the same people; empty: no id leg."""
    stands_for: Mapping[str, str] = field(default_factory=dict)
    """Those others -> the id that the question names."""


@dataclass(frozen=True, slots=True)
class LegHits:
    """Each leg's hits, best first, at most `limit` each."""

    dense: tuple[Hit, ...]
    """score = cosine."""
    sparse: tuple[Hit, ...]
    """score = BM25 with the index's own document frequencies; zero scores are left out."""
    by_id: tuple[Hit, ...]
    """Chunks that hold at least one of the placeholders; score = cosine."""


class Index(Protocol):
    """Where chunks live. Every call sees the writes of all calls that returned before it."""

    async def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        """Write chunks; durable against `kill -9` when it returns. Same id: overwritten."""

    async def delete(self, *, version: str) -> None:
        """Remove every chunk of one document version; unknown versions are no error."""

    async def search(self, query: IndexQuery, *, scope: Scope, limit: int) -> LegHits:
        """Search all legs; `scope` is applied inside the engine, before ranking."""

    async def count(self, *, version: str | None = None, tenant: str | None = None) -> int:
        """Exact number of chunks: of one version, of one tenant, or of all."""

    async def count_documents(self, *, tenant: str | None = None) -> int:
        """Exact number of distinct documents that have at least one chunk."""

    def scroll(self, *, tenant: str | None = None) -> AsyncIterator[EmbeddedChunk]:
        """Every chunk (of one tenant) with its vector, in the order of ids."""

    async def purge(self) -> bool:
        """Return the bytes of what was deleted or overwritten; whether none of them is left.

        False where that is up to somebody else: a server keeps them until its next optimisation.
        """

    async def close(self) -> None:
        """Flush and let go; closing twice is no error."""
