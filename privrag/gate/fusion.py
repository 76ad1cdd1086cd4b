"""Weights of fusion, chosen by how questions kept for validation are ranked with them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from privrag.gate.ranking import mean_ndcg_at_10

W = TypeVar("W")

DENSE_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Of the dense leg; the rest is BM25's. A tuned embedder leaves BM25 little to add, an untuned one
no leg below half (docs/design/fusion-by-scores.md)."""
LIFTS = (0.0, 0.125, 0.25, 0.5, 1.0)
"""For ids and words that the question names."""


def best_of(
    tried: Sequence[W],
    ranked: Callable[[W], Sequence[Sequence[str]]],
    gains: Sequence[Mapping[str, float]],
) -> W:
    """Those weights with the highest mean nDCG@10; of equals the first."""
    return max(tried, key=lambda weights: mean_ndcg_at_10(ranked(weights), gains))
