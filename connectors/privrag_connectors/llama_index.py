"""privrag as a LlamaIndex retriever.

    from privrag_connectors.llama_index import PrivragRetriever
    engine = RetrieverQueryEngine.from_args(PrivragRetriever(rag, k=5), llm=...)

What a node holds goes wherever the engine around it sends it, so it is safe text unless a viewer
who may reveal is named, and a file's address and title stay out of every prompt and embedding.
"""

import asyncio

from privrag.blocking import Rag
from privrag.errors import MissingExtraError
from privrag.records import Hit, Viewer

try:
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError as error:
    raise MissingExtraError("llama-index-core", "llama-index") from error

_METADATA = ("uri", "title", "page", "start", "end")


class PrivragRetriever(BaseRetriever):
    """Searches an open `privrag.Rag`; closing that stays with whoever opened it."""

    def __init__(
        self, rag: Rag, *, k: int = 10, viewer: Viewer | None = None, collection: str | None = None
    ) -> None:
        """Take what `Rag.search` takes; without a viewer nobody may see names."""
        super().__init__()
        self._rag = rag
        self._k = k
        self._viewer = viewer
        self._collection = collection

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._rag.search(
            query_bundle.query_str, self._k, viewer=self._viewer, collection=self._collection
        )
        return [_node(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(hit: Hit) -> NodeWithScore:
    node = TextNode(
        id_=hit.chunk.id,
        text=hit.text,
        metadata={name: getattr(hit, name) for name in _METADATA},
        excluded_embed_metadata_keys=list(_METADATA),
        excluded_llm_metadata_keys=list(_METADATA),
    )
    return NodeWithScore(node=node, score=hit.score)
