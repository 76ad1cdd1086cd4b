"""What is compared: one leg alone, the default fusion, and the same with a reranker behind it.

bm25             full-text search alone
dense            the embedder alone
hybrid           both and exact ids, fused as the home's settings say
hybrid+rerank    the first `rerank.candidates` of them read again by the reranker
"""

from collections.abc import Sequence
from dataclasses import dataclass

from privrag.errors import EvaluationError
from privrag.retrieve import RetrieveSettings
from privrag.settings import Settings

_ONE_LEG = {"id_weight": 0.0, "exact_weight": 0.0}
NAMES = ("bm25", "dense", "hybrid", "hybrid+rerank")


@dataclass(frozen=True, slots=True)
class System:
    """One way of ranking."""

    name: str
    retrieve: RetrieveSettings
    reranked: bool = False
    correction: float | None = None
    """See `rerank.correction`."""


def systems_of(names: Sequence[str] | None, settings: Settings, *, depth: int) -> list[System]:
    """The named systems in that order; without names all that need no language model.

    Each looks at `depth` candidates a leg or more. Raises EvaluationError for an unknown name, and
    where a reranker is asked for and none is set.
    """
    asked = list(dict.fromkeys(names)) if names else None
    has_reranker = settings.rerank.model is not None
    if asked is None:
        asked = [n for n in NAMES if has_reranker or not n.endswith("+rerank")]
    unknown = [n for n in asked if n not in NAMES]
    if unknown:
        raise EvaluationError(f"unknown system {unknown[0]!r}; known are {', '.join(NAMES)}")
    if not has_reranker and any(n.endswith("+rerank") for n in asked):
        raise EvaluationError(
            "hybrid+rerank needs a reranker: set rerank.model to a folder with a cross-encoder"
        )
    own = settings.retrieve
    deep = own.model_copy(update={"candidates": max(depth, own.candidates)})
    legs = legs_of(deep)
    return [
        System(n, legs.get(n, deep), n.endswith("+rerank"), settings.rerank.correction)
        for n in asked
    ]


def legs_of(settings: RetrieveSettings) -> dict[str, RetrieveSettings]:
    """`bm25` and `dense` with nothing beside them."""
    return {
        "bm25": settings.model_copy(update=_ONE_LEG | {"dense_weight": 0.0, "sparse_weight": 1.0}),
        "dense": settings.model_copy(update=_ONE_LEG | {"dense_weight": 1.0, "sparse_weight": 0.0}),
    }
