"""Can a question about somebody still find the passage, once everybody is a pseudonym?

Known-item retrieval over annotated texts, several ways of indexing side by side on the same
paragraphs and questions (privacy note, section 4). Systems:

    raw                     raw text, dense
    raw+exact               the same, plus a weight where the question's entity stands word for word
    raw hybrid              raw text, BM25 and dense as `privrag.retrieve` fuses them
    raw hybrid+exact        the same, with word-for-word matches in the place of the id leg
    redacted, type          every mark as `[REDACTED]` or `<TYPE>`, dense
    ours, gold marks        the production path, marks as a perfect detector would give them
    ours, detector          the production path with the real detector, for questions too

The two raw hybrids do without `retrieve.exact_weight`, which is ours. The weight of `raw+exact` is
chosen on the half of the cases that a question is not from. Relevant is
only the paragraph that a question was built from; where the same entity stands in others too,
only the content words tell them apart, and `shared` counts those questions.

Raw text is held in memory only: it is the named baseline, without which no cost can be stated. The
pseudonymized side lives in a scratch folder that is removed.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from privrag.embed import Embedder
from privrag.gate.bootstrap import bootstrap
from privrag.gate.ranking import ranking_scores
from privrag.index.protocol import EmbeddedChunk
from privrag.pseudonymize import Detecting
from privrag.retrieve import RetrieveSettings
from privrag_evals.pii.data import Gold
from privrag_evals.privacy.known_items import KnownItem
from privrag_evals.privacy.memory_index import MemoryIndex
from privrag_evals.privacy.sides import (
    DEPTH,
    GoldDetector,
    Rankings,
    Side,
    Task,
    make_side,
    make_task,
    ours,
    search_all,
)
from privrag_evals.scratch_home import NoDetector
from privrag_evals.scratch_vault import scratch_vault

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMES = ("recall_at_1", "recall_at_5", "mrr")
_WEIGHTS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
_BASELINES = ("raw+exact", "raw hybrid+exact")


def entity_retrieval(
    texts: Sequence[Gold],
    *,
    embedder: Embedder,
    detector: Detecting | None,
    queries: int | None = None,
    seed: int = 0,
    settings: RetrieveSettings | None = None,
) -> dict[str, Any]:
    """The report as one JSON value; without a detector its system is left out."""
    task = make_task(texts, queries=queries, seed=seed)
    settings = settings or RetrieveSettings()
    ranked, chosen = raw_systems(task, embedder, settings)
    ranked |= masked_systems(task, embedder)
    gold = GoldDetector(task)
    ranked["ours, gold marks"] = ours(task, gold, embedder, settings)
    if detector is not None:
        ranked["ours, detector"] = ours(task, detector, embedder, settings)
    return report(task, ranked, chosen, seed)


def raw_systems(
    task: Task, embedder: Embedder, settings: RetrieveSettings
) -> tuple[dict[str, Rankings], list[float]]:
    """Rankings of the four systems over raw text, and the exact weight each half was given."""
    with scratch_vault() as (vault, _):
        raw = make_side(task, NoDetector(), vault, embedder)
    cosines = raw.cosines
    matches = exact_matches(task)  # (questions, paragraphs)
    weights = [
        best_weight(task, cosines, matches, [i.case in half for i in task.items])
        for half in (task.halves[1], task.halves[0])
    ]
    own = np.array([weights[item.case in task.halves[1]] for item in task.items], dtype=np.float32)
    plain = settings.model_copy(update={"exact_weight": 0.0})
    hybrid = asyncio.run(search_all(MemoryIndex(), raw, plain))
    exact = asyncio.run(search_all(MemoryIndex(), _with_exact_ids(task, raw, matches), plain))
    return {
        "raw": best_first(task, cosines),
        "raw+exact": best_first(task, cosines + own[:, None] * matches),
        "raw hybrid": hybrid,
        "raw hybrid+exact": exact,
    }, weights


def masked_systems(task: Task, embedder: Embedder) -> dict[str, Rankings]:
    """Dense over text in which every mark is one word."""
    ranked = {}
    for name, word in (("redacted", lambda _: "[REDACTED]"), ("type", lambda t: f"<{t}>")):
        passages = embedder.embed([_masked(p.text, p.marks, word) for p in task.paragraphs])
        asked = embedder.embed([_masked(i.text, [i], word) for i in task.items])
        ranked[name] = best_first(task, asked @ passages.T)
    return ranked


def exact_matches(task: Task) -> "NDArray[np.float32]":
    """1 where the question's entity stands in the paragraph, white space and case aside."""
    matches = np.zeros((len(task.items), len(task.paragraphs)), dtype=np.float32)
    texts = [_flat(p.text) for p in task.paragraphs]
    columns: dict[str, list[int]] = {}
    for row, item in enumerate(task.items):
        surface = _flat(item.surface)
        if surface not in columns:
            whole = re.compile(rf"(?<!\w){re.escape(surface)}(?!\w)")
            columns[surface] = [n for n, text in enumerate(texts) if whole.search(text)]
        matches[row, columns[surface]] = 1
    return matches


def best_weight(
    task: Task,
    cosines: "NDArray[np.float32]",
    matches: "NDArray[np.float32]",
    chosen: Sequence[bool],
) -> float:
    """The weight with the best R@5, then MRR, on the chosen questions."""
    rows = [n for n, take in enumerate(chosen) if take]
    part = replace(task, items=[task.items[n] for n in rows])

    def quality(weight: float) -> tuple[float, float]:
        ranked = best_first(part, cosines[rows] + weight * matches[rows])
        figures = _scores(part.items, ranked)
        return sum(f["recall_at_5"] for f in figures), sum(f["mrr"] for f in figures)

    return max(_WEIGHTS, key=quality)


def best_first(task: Task, scores: "NDArray[np.float32]") -> Rankings:
    """Paragraphs by falling score, as deep as we look."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]  # (questions, depth)
    ids = task.ids
    return [[ids[n] for n in row] for row in order]


def report(
    task: Task, ranked: Mapping[str, Rankings], weights: Sequence[float], seed: int
) -> dict[str, Any]:
    """Figures of every system, and the paired difference of ours to the baseline."""
    rows = {
        "all": list(range(len(task.items))),
        "person": [n for n, item in enumerate(task.items) if item.label == "PERSON"],
        "half_1": [n for n, item in enumerate(task.items) if item.case in task.halves[0]],
        "half_2": [n for n, item in enumerate(task.items) if item.case in task.halves[1]],
    }
    systems = {
        name: {which: _figures(task, found, some, seed) for which, some in rows.items()}
        for name, found in ranked.items()
    }
    paired = {
        f"{name} - {base}": {
            which: _differences(task, found, ranked[base], some, seed)
            for which, some in rows.items()
        }
        for name, found in ranked.items()
        for base in _BASELINES
        if name.startswith("ours")
    }
    return {
        "paragraphs": len(task.paragraphs),
        "queries": {which: len(some) for which, some in rows.items()},
        "shared": sum(item.shared_by > 1 for item in task.items),
        "seed": seed,
        "exact_weights": list(weights),
        "systems": systems,
        "paired": paired,
    }


def _with_exact_ids(task: Task, raw: Side, matches: "NDArray[np.float32]") -> Side:
    """The raw side with word-for-word matches as its ids."""
    held: dict[int, set[str]] = {}
    asked = []
    for row, (item, query) in enumerate(zip(task.items, raw.queries, strict=True)):
        key = f"exact {_flat(item.surface)}"
        asked.append(replace(query, placeholders=frozenset({key})))
        for column in np.flatnonzero(matches[row]):
            held.setdefault(int(column), set()).add(key)
    items = [
        EmbeddedChunk(
            replace(item.chunk, placeholders=frozenset(held.get(number, ()))), item.vector
        )
        for number, item in enumerate(raw.items)
    ]
    return replace(raw, items=items, queries=asked)


def _masked(text: str, marks: Sequence[Any], word: Callable[[str], str]) -> str:
    for mark in reversed(marks):
        text = text[: mark.start] + word(mark.label) + text[mark.end :]
    return text


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _scores(items: Sequence[KnownItem], found: Rankings) -> list[dict[str, float]]:
    return ranking_scores(found, [{item.paragraph: 1.0} for item in items], _NAMES)


def _figures(task: Task, found: Rankings, rows: Sequence[int], seed: int) -> dict[str, Any]:
    scores = _scores([task.items[n] for n in rows], [found[n] for n in rows])
    cases = [task.items[n].case for n in rows]
    return {
        name: bootstrap([s[name] for s in scores], groups=cases, seed=seed).as_json()
        for name in _NAMES
    }


def _differences(
    task: Task, found: Rankings, other: Rankings, rows: Sequence[int], seed: int
) -> dict[str, Any]:
    items = [task.items[n] for n in rows]
    sides = (_scores(items, [ranked[n] for n in rows]) for ranked in (found, other))
    pairs = list(zip(*sides, strict=True))
    cases = [task.items[n].case for n in rows]
    return {
        name: bootstrap([a[name] - b[name] for a, b in pairs], groups=cases, seed=seed).as_json()
        for name in _NAMES
    }
