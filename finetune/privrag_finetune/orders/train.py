"""Learn how orders to a model are worded; `train_cli.py` runs it.

Logistic regression over the features of `privrag/quarantine/wording.py`. Every sentence is judged
by a model that saw neither its line nor, for orders in English, any line of its kind; thresholds
come from those judgements. Then one model learns from all and is written to `wording.json`.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from privrag.quarantine.wording import Wording, features, pieces_of, scale
from privrag_finetune.orders.texts import Row, corpora, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEARNED = ("ev_charging", "pubmedqa")
HELD_OUT = ("xquad", "policyqa", "tab")
OTHER_LANGUAGES = {"german", "french", "spanish_italian", "dutch_portuguese"}
FOLDS = 6
FILLINGS = 3
_LEAST_LINES = 4
"""Lines that a feature stands in, at least."""
_SHRINK = 0.02
_STEPS = 250
_RATE = 0.1
_SMALLEST = 0.15
"""Weights below it are left out."""


@dataclass(frozen=True, slots=True)
class Table:
    """Features of pieces as one long row of numbers; piece `i` begins at `starts[i]`."""

    columns: "NDArray[np.int64]"
    rows: "NDArray[np.int64]"
    values: "NDArray[np.float64]"
    pieces: int

    def times(self, weights: "NDArray[np.float64]") -> "NDArray[np.float64]":
        out = np.zeros(self.pieces)
        np.add.at(out, self.rows, self.values * weights[self.columns])
        return out  # (pieces,)

    def back(self, slopes: "NDArray[np.float64]", width: int) -> "NDArray[np.float64]":
        out = np.zeros(width)
        np.add.at(out, self.columns, self.values * slopes[self.rows])
        return out  # (features,)


Pieces = Sequence[Sequence[frozenset[str]]]
"""Features of the pieces of each text."""


@dataclass(frozen=True, slots=True)
class Side:
    """Texts of one truth, and the fold that leaves each out."""

    pieces: Pieces
    folds: "NDArray[np.int64]"

    def without(self, fold: int) -> list[frozenset[str]]:
        return [
            f for those, n in zip(self.pieces, self.folds, strict=True) if n != fold for f in those
        ]

    def only(self, fold: int) -> list[Sequence[frozenset[str]]]:
        return [those for those, n in zip(self.pieces, self.folds, strict=True) if n == fold]


class Judged(NamedTuple):
    """Scores by models that had not seen the text."""

    orders: "NDArray[np.float64]"
    ordinary: "NDArray[np.float64]"
    documents: "NDArray[np.float64]"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Shares (0-1) of sentences that may be taken for orders."""

    ordinary: float
    documents: float


SURE = Allowed(ordinary=0.02, documents=0.001)
SLIGHT = Allowed(ordinary=0.06, documents=0.005)


def table_of(pieces: Sequence[frozenset[str]], column: Mapping[str, int]) -> Table:
    """What of the pieces the columns know."""
    columns, rows, values = [], [], []
    for number, found in enumerate(pieces):
        known = [column[name] for name in found if name in column]
        columns += known
        rows += [number] * len(known)
        values += [scale(len(found))] * len(known)
    return Table(np.array(columns, int), np.array(rows, int), np.array(values), len(pieces))


def fit(orders: Sequence[frozenset[str]], ordinary: Sequence[frozenset[str]]) -> Wording:
    """Logistic regression with shrunken weights, by Adam on all pieces at once.

    Both sides count the same together.
    """
    lines = Counter(name for found in (*orders, *ordinary) for name in found)
    names = sorted(name for name, count in lines.items() if count >= _LEAST_LINES)
    table = table_of([*orders, *ordinary], {name: i for i, name in enumerate(names)})
    truth = np.repeat([1.0, 0.0], [len(orders), len(ordinary)])
    share = np.repeat([0.5 / len(orders), 0.5 / len(ordinary)], [len(orders), len(ordinary)])
    weights, bias = np.zeros(len(names)), 0.0
    first, second = np.zeros(len(names) + 1), np.zeros(len(names) + 1)
    for step in range(1, _STEPS + 1):
        chance = 1 / (1 + np.exp(-(table.times(weights) + bias)))  # (pieces,)
        slopes = share * (chance - truth)
        pull = table.back(slopes, len(names)) + _SHRINK * weights / len(truth)
        gradient = np.append(pull, slopes.sum())
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        move = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        weights -= _RATE * move[:-1]
        bias -= _RATE * float(move[-1])
    kept = {n: round(float(w), 2) for n, w in zip(names, weights, strict=True)}
    kept = {n: w for n, w in kept.items() if abs(w) >= _SMALLEST}
    return Wording(round(bias, 3), math.inf, math.inf, kept)


def folds_of(rows: Sequence[Row], *, by_kind: bool) -> "NDArray[np.int64]":
    """Which part of the rows is left out together with each."""
    kinds = sorted({row.kind for row in rows})
    whole = {k: n for n, k in enumerate(kinds) if by_kind and k not in OTHER_LANGUAGES}
    return np.array([whole.get(row.kind, row.line) % FOLDS for row in rows])


def pieces(texts: Sequence[str]) -> list[list[frozenset[str]]]:
    """Features of every piece of each text, without those that have none."""
    return [[f for piece in pieces_of(text) if (f := features(piece))] for text in texts]


def best(model: Wording, found: Pieces) -> "NDArray[np.float64]":
    """The score of each text."""
    scores = (max(map(model.score_of, those), default=-math.inf) for those in found)
    return np.fromiter(scores, float, len(found))


def judge(orders: Side, ordinary: Side, known: Pieces, strange: Pieces) -> Judged:
    """Every text by a model that did not learn from it; the strange ones by the worst of all."""
    hits, misses = np.zeros(len(orders.pieces)), np.zeros(len(ordinary.pieces))
    worst = np.full(len(strange), -math.inf)
    always = [f for those in known for f in those]
    for fold in range(FOLDS):
        model = fit(orders.without(fold), [*ordinary.without(fold), *always])
        hits[orders.folds == fold] = best(model, orders.only(fold))
        misses[ordinary.folds == fold] = best(model, ordinary.only(fold))
        worst = np.maximum(worst, best(model, strange))
    return Judged(hits, misses, worst)


def threshold(
    ordinary: "NDArray[np.float64]", documents: "NDArray[np.float64]", allowed: "Allowed"
) -> float:
    """The lowest score at which no more of either are taken for orders than allowed."""
    scores = (
        np.sort(found)[::-1][int(share * len(found))]
        for found, share in ((ordinary, allowed.ordinary), (documents, allowed.documents))
    )
    return math.ceil(max(0.0, *map(float, scores)) * 100 + 1) / 100


@dataclass(frozen=True, slots=True)
class Trained:
    """The model that learned from all, and how its like judged what they had not seen."""

    wording: Wording
    judged: Judged


def train(data: Path) -> Trained:
    """Judge, choose thresholds, then learn from everything."""
    orders = written("orders.txt", fillings=FILLINGS)
    ordinary = written("ordinary.txt", fillings=FILLINGS)
    documents = corpora(data, (*LEARNED, *HELD_OUT))
    known = pieces([text for name in LEARNED for text in documents[name]])
    strange = pieces([text for name in HELD_OUT for text in documents[name]])
    wanted, unwanted = pieces([r.text for r in orders]), pieces([r.text for r in ordinary])
    judged = judge(
        Side(wanted, folds_of(orders, by_kind=True)),
        Side(unwanted, folds_of(ordinary, by_kind=False)),
        known,
        strange,
    )
    everything = fit([f for w in wanted for f in w], [f for u in (*unwanted, *known) for f in u])
    sure = threshold(judged.ordinary, judged.documents, SURE)
    slight = threshold(judged.ordinary, judged.documents, SLIGHT)
    return Trained(replace(everything, sure=sure, slight=slight), judged)
