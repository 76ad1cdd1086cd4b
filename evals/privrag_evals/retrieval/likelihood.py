"""A language model as reranker, without any training: how likely is the question after a passage?

Unsupervised passage re-ranking (Sachan et al., EMNLP 2022, arXiv 2204.07496). It works with a base
model, which cannot be told to put a list into order. The baseline that a tuned reranker must beat:
the model is hundreds of times as slow.
"""

from collections.abc import Sequence

from privrag.errors import EvaluationError
from privrag.generate import Generator, LikelihoodModel

_BEFORE = "Text: {passage}\n\nA question that the text answers:"


class QuestionLikelihood:
    """Scores a passage by the mean log probability of the question's tokens behind it."""

    def __init__(self, generator: Generator) -> None:
        """Raises EvaluationError for a generator that tells no probabilities."""
        if not isinstance(generator, LikelihoodModel):
            raise EvaluationError("this generator tells no probabilities, which hybrid+llm needs")
        self._model = generator

    async def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """One mean log probability a passage, in order."""
        return await self._model.log_likelihoods(
            [(_BEFORE.format(passage=passage), f" {question}") for passage in passages]
        )

    async def close(self) -> None:
        """Nothing: the generator belongs to whoever opened it."""
