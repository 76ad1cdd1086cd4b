"""Follow-up questions written out so that each stands alone, as in BEIR's queries.jsonl.

{"_id": "c1<::>2", "text": "When does the canteen close?"}
"""

from pathlib import Path

from privrag.errors import EvaluationError
from privrag_evals.pii.data import read_lines
from privrag_evals.suites.suite import Suite


def read_written_out(path: Path, suite: Suite) -> dict[str, str]:
    """Question id -> its text. Raises EvaluationError where a follow-up of the suite has none."""
    written: dict[str, str] = {}
    for number, row in read_lines(path):
        name, text = row.get("_id"), row.get("text")
        if not isinstance(name, str) or not isinstance(text, str) or not text.strip():
            raise EvaluationError(f"{path.name}, line {number}: expected `_id` and `text`")
        written[name] = text
    missing = [a.id for a in suite.questions if a.history and a.id not in written]
    if missing:
        raise EvaluationError(
            f"{path.name} lacks {len(missing)} follow-up questions, the first is {missing[0]!r}"
        )
    return written
