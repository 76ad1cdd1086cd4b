"""What is compared: one leg alone, the default fusion, and the same with a reranker behind it.

bm25             full-text search alone, `CHUNKS` deep
dense            the embedder alone, as deep
hybrid           both and exact ids, found and fused as the home's settings say; a question with
                 turns before it as `[rewrite]` says
hybrid+rerank    the first `rerank.candidates` of them read again by the reranker
hybrid+late      the same by late interaction with the embedder: no model of its own
hybrid+llm       the same by the generator: how likely it holds the question after the passage
last-turn        hybrid with the question alone, whatever was said before it
all-turns        hybrid with the whole conversation as one question
given            hybrid with the questions that people (or a model) wrote out beforehand
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from privrag.errors import EvaluationError
from privrag.rerank import LATE_WEIGHT
from privrag.retrieve import RetrieveSettings
from privrag.settings import Settings
from privrag_evals.retrieval.trec import DEPTH

CHUNKS = 4 * DEPTH
"""Chunks looked at for `DEPTH` documents."""
_ONE_LEG = {"id_weight": 0.0, "exact_weight": 0.0, "candidates": CHUNKS}
NAMES = (
    "bm25",
    "dense",
    "hybrid",
    "hybrid+rerank",
    "hybrid+late",
    "hybrid+llm",
    "last-turn",
    "all-turns",
    "given",
)
_USUAL = NAMES[:4]
ReadBy = Literal["reranker", "embedder", "generator"]
Turns = Literal["rewritten", "last", "all", "given"]


@dataclass(frozen=True, slots=True)
class System:
    """One way of ranking."""

    name: str
    retrieve: RetrieveSettings
    read_by: ReadBy | None = None
    """Who reads the first hits again."""
    correction: float | None = None
    """See `rerank.correction`."""
    turns: Turns = "rewritten"
    """What is searched of a question with turns before it."""

    @property
    def is_one_leg(self) -> bool:
        """Ranked by one leg, but the index is asked for all: its time is not that of the leg."""
        own = self.retrieve
        lifts = own.id_weight or own.exact_weight
        return not lifts and 0.0 in (own.dense_weight, own.sparse_weight)


def systems_of(names: Sequence[str] | None, settings: Settings) -> list[System]:
    """The named systems in that order; without names the first four.

    Raises EvaluationError for an unknown name, and where a reranker is asked for and none is set.
    """
    asked = list(dict.fromkeys(names)) if names else None
    has_reranker = settings.rerank.is_on
    if asked is None:
        asked = [n for n in _USUAL if has_reranker or not n.endswith("+rerank")]
    unknown = [n for n in asked if n not in NAMES]
    if unknown:
        raise EvaluationError(f"unknown system {unknown[0]!r}; known are {', '.join(NAMES)}")
    if not has_reranker and any(n.endswith("+rerank") for n in asked):
        raise EvaluationError(
            "hybrid+rerank needs a reranker: set rerank.model to a folder with a cross-encoder, "
            "or rerank.kind"
        )
    return [_system(name, settings) for name in asked]


def refuse_what_is_not_given(systems: Sequence[System], given: object | None) -> None:
    """Raise EvaluationError where `given` is measured and there are no questions for it."""
    if given is None and any(system.turns == "given" for system in systems):
        raise EvaluationError("given needs --given: a file with the questions written out")


def _system(name: str, settings: Settings) -> System:
    own = settings.retrieve
    if name == "hybrid+rerank":
        return System(name, own, "reranker", settings.rerank.weight)
    if name == "hybrid+late":
        return System(name, own, "embedder", LATE_WEIGHT)
    if name == "hybrid+llm":
        return System(name, own, "generator")
    turns: dict[str, Turns] = {"last-turn": "last", "all-turns": "all", "given": "given"}
    if name in {"hybrid", *turns}:
        return System(name, own, turns=turns.get(name, "rewritten"))
    return System(name, legs_of(own)[name], turns="last")


def legs_of(settings: RetrieveSettings) -> dict[str, RetrieveSettings]:
    """`bm25` and `dense` with nothing beside them, each `CHUNKS` deep."""
    return {
        "bm25": settings.model_copy(update=_ONE_LEG | {"dense_weight": 0.0, "sparse_weight": 1.0}),
        "dense": settings.model_copy(update=_ONE_LEG | {"dense_weight": 1.0, "sparse_weight": 0.0}),
    }
