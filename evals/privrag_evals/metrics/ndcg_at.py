"""nDCG at k of one query, as trec_eval's `ndcg_cut.k` computes it: linear gain.

DCG = sum over ranks i of gain_i / log2(i + 1); the ideal ranking's DCG divides it (Jarvelin and
Kekalainen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4), 2002, with the
discount log2(i + 1) of trec_eval). Higher is better, in [0, 1]; no positive gain gives 0.
"""

import math
from collections.abc import Mapping, Sequence


def ndcg_at(ranked: Sequence[str], gains: Mapping[str, float], k: int) -> float:
    """`ranked` is best first; a document without a gain has 0."""
    ideal = _dcg(sorted((g for g in gains.values() if g > 0), reverse=True)[:k])
    if ideal == 0:
        return 0.0
    return _dcg([max(gains.get(key, 0.0), 0.0) for key in ranked[:k]]) / ideal


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
