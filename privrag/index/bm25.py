"""Sparse vectors for the BM25 leg, made in process with the engine's own tokenizer.

Token ids are those of a Qdrant server's `qdrant/bm25`, so an index can move between the two.
Document frequencies are not in here: the engine multiplies them in when it searches.
"""

from dataclasses import dataclass

from qdrant_edge import Bm25, Bm25Config

from privrag.pseudonym import PATTERN, code
from privrag.records import Chunk, SafeText

_AVERAGE_TOKENS = 60.0
"""Average passage in tokens, which the engine counts *without* stop words. Measured per 100 words,
about one chunk: 61 in XQuAD, 56 in PolicyQA, 71 in PubMedQA. The library's 256 would switch the
length normalization of BM25 all but off."""


@dataclass(frozen=True, slots=True)
class SparseWeights:
    """A sparse vector: `values[i]` stands at dimension `indices[i]`. May be empty."""

    indices: list[int]
    values: list[float]


class SparseEncoder:
    """Makes the sparse vectors of one language. Safe to share between threads."""

    def __init__(self, language: str) -> None:
        """Take a language that `IndexSettings.language` allows."""
        self._model = Bm25(Bm25Config(language=language, avg_len=_AVERAGE_TOKENS))

    def passage(self, chunk: Chunk) -> SparseWeights:
        """Weigh each token of context and text by its saturated frequency (k1 = 1.2, b = 0.75)."""
        vector = self._model.embed_document(_bare_ids(f"{chunk.context}\n{chunk.text}"))
        return SparseWeights(vector.indices, vector.values)

    def question(self, text: SafeText) -> SparseWeights:
        """Weigh each distinct token of a question 1; empty if all are stop words."""
        vector = self._model.embed_query(_bare_ids(text))
        return SparseWeights(vector.indices, vector.values)


def _bare_ids(text: str) -> str:
    """Leave of each pseudonym its random id only, which the tokenizer then keeps whole.

    `PERSON_K7M2QX4C_B` would be three tokens: `person`, which stands in every second passage, the
    id, and the alias letter, which would match other people's aliases. A stemmer may cut the id's
    last letters, the same on both sides; two valid ids never differ in one place only.
    """
    return PATTERN.sub(lambda token: f" {code(token[0])} ", text)  # Japanese letters would touch it
