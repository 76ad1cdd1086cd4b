"""Answers that people judged, in mtRAG's JSON: a list `evaluations` beside its tasks.

    {"evaluations": [{"task_id": "c1<::>2", "model_id": "m", "model_response": "On deck C.",
                      "annotations": {"faithfulness": {"47": {"value": "4"}, "52": {"value": "3"}},
                                      "rl_f": {"composite": {"value": 0.7}}}}]}

People say 1 (not faithful to the passages) to 4 (faithful). Beside them stand the scores of
automatic judges, of which a file may have any: `rl_f`, RAGAS's judgement by a language model, and
`Bert-KPrec`, BERTScore's precision against the passages.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privrag.errors import EvaluationError
from privrag_evals.suites import Asked, Suite, read_suite
from privrag_evals.suites.conversations import is_conversations
from privrag_evals.suites.whole_json import whole_json

_JUDGES = {"rl_f": "composite", "Bert-KPrec": "system"}
_LOWEST, _HIGHEST = 1, 4


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer, what each person says of it, and what automatic judges do."""

    asked: Asked
    model: str
    text: str = field(repr=False)
    people: tuple[float, ...]
    """From 0, not faithful, to 1, faithful."""
    judges: dict[str, float]

    @property
    def faithful(self) -> float:
        """The mean of what people say."""
        return sum(self.people) / len(self.people)


def read_judged(path: Path) -> tuple[Suite, list[Judged]]:
    """The passages as a suite's documents, and the answers to questions that have any passages.

    Raises EvaluationError.
    """
    whole = whole_json(path)
    if not is_conversations(whole) or not whole.get("evaluations"):
        raise EvaluationError(
            f"{path.name!r} holds no answers that people judged; expected mtRAG's JSON with "
            "`documents`, `tasks` and `evaluations`"
        )
    suite = read_suite(path)
    asked = {one.id: one for one in suite.questions}
    try:
        rows = [row for row in whole["evaluations"] if str(row["task_id"]) in asked]
        return suite, [_judged(row, asked[str(row["task_id"])]) for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EvaluationError(
            f"{path.name}: expected evaluations with task_id, model_id, model_response and "
            "annotations.faithfulness"
        ) from None


def _judged(row: dict[str, Any], asked: Asked) -> Judged:
    said = [float(one["value"]) for one in row["annotations"]["faithfulness"].values()]
    if not said or not all(_LOWEST <= value <= _HIGHEST for value in said):
        raise ValueError
    judges = {
        name: float(row["annotations"][name][kind]["value"])
        for name, kind in _JUDGES.items()
        if name in row["annotations"]
    }
    people = tuple((value - _LOWEST) / (_HIGHEST - _LOWEST) for value in said)
    return Judged(asked, str(row["model_id"]), str(row["model_response"]), people, judges)
