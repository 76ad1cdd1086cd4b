"""Reciprocal rank of one query; its mean over queries is MRR (Voorhees, TREC-8 QA track, 1999).

1 / rank of the first relevant document, 0 if none is among the first `depth`. Higher is better,
in [0, 1]; an empty ranking gives 0.
"""

from collections.abc import Collection, Sequence


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], depth: int) -> float:
    """1 / rank of the first relevant one among the first `depth`, else 0."""
    wanted = set(relevant)
    return next((1 / n for n, key in enumerate(ranked[:depth], 1) if key in wanted), 0.0)
