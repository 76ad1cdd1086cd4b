"""Questions with answers over the documents of another suite."""

from pathlib import Path

from privrag_evals.suites.questions import read_questions
from privrag_evals.suites.suite import Suite


def with_answers(suite: Suite, path: Path, *, limit: int, seed: int) -> Suite:
    """The suite's documents, asked what a file of questions with answers asks.

    Raises EvaluationError.
    """
    found = read_questions(path)
    return Suite(f"{suite.name} answers", suite.documents, found).sampled(limit, seed=seed)
