"""Invented chunks for the index tests: four dimensions, ids made from small numbers."""

import uuid

import numpy as np

from privrag.index.protocol import EmbeddedChunk, IndexIdentity, IndexQuery
from privrag.records import Chunk, SafeSentence, SafeText, Scope, Source

IDENTITY = IndexIdentity(model="tiny", dimensions=4, precision="fp32")
EVERYTHING = Scope(tenant="default")


def chunk_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def unit(vector):
    array = np.asarray(vector, dtype=np.float32)
    return array / np.linalg.norm(array)


def embedded(number, vector=(1, 0, 0, 0), text="nothing in particular", **changes):
    """A chunk with its vector; every field can be replaced by name."""
    source = Source(
        document=changes.pop("document", "doc1"),
        version=changes.pop("version", "v1"),
        tenant=changes.pop("tenant", "default"),
        collection=changes.pop("collection", "main"),
        acl=changes.pop("acl", ("*",)),
    )
    fields = {
        "context": SafeText(""),
        "start": 0,
        "end": len(text),
        "page": None,
        "kind": "paragraph",
        "sentences": (SafeSentence(0, len(text), 0, len(text)),),
        "placeholders": frozenset(),
    } | changes
    chunk = Chunk(id=chunk_id(number), source=source, text=SafeText(text), **fields)
    return EmbeddedChunk(chunk, unit(vector))


def asked(vector=(1, 0, 0, 0), text="", placeholders=()):
    return IndexQuery(unit(vector), SafeText(text), frozenset(placeholders))


def numbers(hits):
    """The small numbers of the chunks that were found, best first."""
    return [uuid.UUID(hit.chunk.id).int for hit in hits]
