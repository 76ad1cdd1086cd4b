"""How much a reranker's logit is worth beside the score that retrieval gave.

A reranker tuned here corrects the retrieval score: score + correction x logit. The correction is
chosen on validation; 0 is among what is tried, so that a bad one does no harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privrag.gate.ranking import mean_ndcg_at_10

_FACTORS = (0.0, 0.25, 0.5, 1.0, 2.0)
"""Times what one logit was worth in training."""


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What retrieval found for a question, best first, and what the reranker says of the first."""

    ids: Sequence[str]
    """Of documents or passages; one may stand twice."""
    scores: Sequence[float]
    logits: Sequence[float]
    """Of the first hits; those behind them are not read again and keep their order."""
    gains: Mapping[str, float]

    def ranking(self, correction: float) -> list[str]:
        """The ids in their new order."""
        read = sorted(
            zip(self.ids, self.scores, self.logits, strict=False),
            key=lambda hit: -(hit[1] + correction * hit[2]),
        )
        return [*(name for name, _, _ in read), *self.ids[len(read) :]]


def best_correction(questions: Sequence[ReadAgain], *, scale: float) -> float:
    """The one with the highest mean nDCG@10; of equals the smallest.

    `scale` is what retrieval scores were multiplied by beside the logits in training.
    """

    def ndcg(correction: float) -> float:
        rankings = [question.ranking(correction) for question in questions]
        return mean_ndcg_at_10(rankings, [question.gains for question in questions])

    return max((factor / scale for factor in _FACTORS), key=ndcg)
