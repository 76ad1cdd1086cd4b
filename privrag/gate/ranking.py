"""Figures of rankings by trec_eval, through ir-measures: higher is better, all in [0, 1].

ndcg_at_10   nDCG with linear gain and the discount log2(rank + 1) (Jarvelin and Kekalainen, ACM
             TOIS 20(4), 2002)
mrr, _at_10  1 / rank of the first relevant document (among ten), else 0 (Voorhees, TREC-8, 1999)
recall_at_k  relevant among the first k / all relevant, also those that cannot be found
hits_at_4    1 if a relevant document is among the first four

An empty ranking, and a query with nothing relevant, counts 0 in all of them.
"""

from collections.abc import Mapping, Sequence

from privrag.errors import EvaluationError, MissingExtraError

MEASURES = {
    "ndcg_at_10": "nDCG@10",
    "mrr": "RR",
    "mrr_at_10": "RR@10",
    "recall_at_1": "R@1",
    "recall_at_5": "R@5",
    "recall_at_10": "R@10",
    "hits_at_4": "Success@4",
}
"""Our name -> that of ir-measures."""


def ranking_scores(
    rankings: Sequence[Sequence[str]],
    gains: Sequence[Mapping[str, float]],
    names: Sequence[str],
) -> list[dict[str, float]]:
    """The named figures of each query; rankings are best first, a gain above 0 is relevant.

    Gains are whole numbers, as trec_eval's are: EvaluationError for others. One below 0 counts 0.
    """
    if any(gain != int(gain) for some in gains for gain in some.values()):
        raise EvaluationError("a gain is a whole number; multiply them all, or take 1 and 0")
    try:
        import ir_measures
    except ImportError as error:
        raise MissingExtraError("ir-measures", "evals") from error
    wanted = {ir_measures.parse_measure(MEASURES[name]): name for name in names}
    found = [dict.fromkeys(names, 0.0) for _ in rankings]
    run = [
        ir_measures.ScoredDoc(str(number), document, -float(rank))
        for number, ranked in enumerate(rankings)
        for rank, document in enumerate(dict.fromkeys(ranked))
    ]
    judged = [
        ir_measures.Qrel(str(number), document, max(0, int(gain)))
        for number, some in enumerate(gains)
        for document, gain in some.items()
    ]
    for value in ir_measures.iter_calc(list(wanted), judged, run):
        found[int(value.query_id)][wanted[value.measure]] = float(value.value)
    return found


def mean_ndcg_at_10(
    rankings: Sequence[Sequence[str]], gains: Sequence[Mapping[str, float]]
) -> float:
    """The mean over the queries; 0 without any."""
    found = ranking_scores(rankings, gains, ("ndcg_at_10",))
    return sum(one["ndcg_at_10"] for one in found) / max(1, len(found))
