"""Recall at k of one query.

|relevant among the first k| / |relevant|, over *all* relevant documents (trec_eval's `recall.k`;
Manning, Raghavan and Schuetze, Introduction to Information Retrieval, 2008, 8.3 and 8.4).
Higher is better, in [0, 1]; nothing relevant gives 0 and should not be averaged.
"""

from collections.abc import Collection, Sequence


def recall_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant that stands among the first k; `ranked` is best first."""
    if not relevant:
        return 0.0
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant))
