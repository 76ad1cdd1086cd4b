"""What is stored beside the vectors, and back: the border between our records and the engine.

A payload holds safe text and keyed hashes only: no uri, no title, no name. One example:

    {"document": "9f2c…", "version": "41d0…", "tenant": "default", "collection": "hr",
     "acl": ["*"], "text": "PERSON_K7M2QX4C signed the lease.", "context": "Leases",
     "start": 120, "end": 151, "page": 2, "kind": "paragraph", "sentences": [[0, 33, 120, 151]],
     "ents": ["PERSON_K7M2QX4C"], "orders": [], "context_orders": []}
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from privrag.errors import IndexingError
from privrag.index.protocol import EmbeddedChunk, IndexIdentity
from privrag.records import BlockKind, Chunk, Hit, Order, SafeSentence, SafeText, Scope, Source

KEYWORD_FIELDS = ("tenant", "collection", "acl", "version", "document", "ents")
"""Fields that searches, counts and deletions filter by; each gets a payload index."""


class ChunkPayload(BaseModel):
    """A chunk as the engine stores it; the point's id is the chunk's."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    document: str
    version: str
    tenant: str
    collection: str
    acl: tuple[str, ...]
    text: str
    context: str
    start: int
    end: int
    page: int | None
    kind: BlockKind
    sentences: tuple[tuple[int, int, int, int], ...]
    """`safe_start, safe_end, start, end` of each."""
    ents: tuple[str, ...]
    """Pseudonyms in the text, without alias suffixes."""
    orders: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Number of each sentence that gives an order, and the known words that show it. Chunks from
    before there were any are read until the next sync takes their documents in anew."""
    context_orders: tuple[int, ...] = ()


def to_payload(chunk: Chunk) -> dict[str, Any]:
    """Turn a chunk into plain JSON values."""
    return ChunkPayload(
        document=chunk.source.document,
        version=chunk.source.version,
        tenant=chunk.source.tenant,
        collection=chunk.source.collection,
        acl=chunk.source.acl,
        text=chunk.text,
        context=chunk.context,
        start=chunk.start,
        end=chunk.end,
        page=chunk.page,
        kind=chunk.kind,
        sentences=tuple((s.safe_start, s.safe_end, s.start, s.end) for s in chunk.sentences),
        ents=tuple(sorted(chunk.placeholders)),
        orders=tuple((o.sentence, tuple(sorted(o.words))) for o in chunk.orders),
        context_orders=chunk.context_orders,
    ).model_dump(mode="json")


def to_chunk(chunk_id: str, payload: dict[str, Any] | None) -> Chunk:
    """Read a stored chunk; raises `IndexingError` where the payload is not one of ours."""
    try:
        stored = ChunkPayload.model_validate(payload)
    except ValidationError as error:
        fields = sorted({str(e["loc"][0]) for e in error.errors() if e["loc"]})
        msg = (
            f"chunk {chunk_id} in the index is not in this version's form "
            f"(fields: {', '.join(fields) or 'all'}); sync into a new home"
        )
        raise IndexingError(msg) from None
    return Chunk(
        id=chunk_id,
        source=Source(
            document=stored.document,
            version=stored.version,
            tenant=stored.tenant,
            collection=stored.collection,
            acl=stored.acl,
        ),
        text=SafeText(stored.text),
        context=SafeText(stored.context),
        start=stored.start,
        end=stored.end,
        page=stored.page,
        kind=stored.kind,
        sentences=tuple(SafeSentence(*numbers) for numbers in stored.sentences),
        placeholders=frozenset(stored.ents),
        orders=tuple(Order(number, frozenset(words)) for number, words in stored.orders),
        context_orders=stored.context_orders,
    )


def to_hit(
    chunk_id: str,
    payload: dict[str, Any] | None,
    *,
    score: float,
    stage: Literal["dense", "sparse", "id"],
) -> Hit:
    """Read a found chunk."""
    return Hit(chunk=to_chunk(chunk_id, payload), score=score, stage=stage)


def sees_nothing(scope: Scope) -> bool:
    """Tell whether the scope allows no chunk at all; then the engine need not be asked.

    An engine might read an empty list of alternatives as "no condition"; here it never gets one.
    """
    return scope.collections == () or scope.principals == ()


def check_vectors(chunks: list[EmbeddedChunk], dimensions: int) -> None:
    """Refuse vectors that the engine would reject halfway, or take although no one can find them.

    Raises:
        IndexingError: wrong length, NaN, infinite or all zero; names the chunk's id.
    """
    for item in chunks:
        length = float(item.vector @ item.vector) if item.vector.shape == (dimensions,) else 0.0
        if not 0.0 < length < float("inf"):  # NaN fails both comparisons
            msg = (
                f"chunk {item.chunk.id}: expected a finite vector of {dimensions} dimensions and "
                f"not all zero, found shape {item.vector.shape}; nothing of this call was written"
            )
            raise IndexingError(msg)


class IndexMark(BaseModel):
    """What an index says about itself: written when it is made, compared at every opening."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    """Changes when stored payloads or sparse vectors stop being comparable."""
    model: str
    dimensions: int
    precision: str
    language: str
    """Language of the sparse vectors."""

    def __str__(self) -> str:
        return (
            f"model {self.model} ({self.dimensions} dimensions, {self.precision}), "
            f"language {self.language}"
        )


def mark_of(identity: IndexIdentity, language: str) -> IndexMark:
    """Make the mark of an index that these settings would fill."""
    return IndexMark(
        model=identity.model,
        dimensions=identity.dimensions,
        precision=identity.precision,
        language=language,
    )


def check_mark(stored: object, wanted: IndexMark, *, where: str) -> None:
    """Compare the stored mark (parsed JSON) with the wanted one.

    Raises:
        IndexingError: not a mark of ours, or another model, precision or language.
    """
    try:
        found = IndexMark.model_validate(stored)
    except ValidationError:
        msg = (
            f"{where} does not say which embedding model filled it: it was not made by this "
            "version of privrag; sync into a new home or name another collection"
        )
        raise IndexingError(msg) from None
    if found != wanted:
        msg = (
            f"{where} was filled with {found}, but the settings ask for {wanted}: "
            "sync into a new home, or set embed.* and index.language back"
        )
        raise IndexingError(msg)
