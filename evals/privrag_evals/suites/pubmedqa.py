"""PubMedQA's JSON: one abstract for each question.

{"1234": {"QUESTION": "Does it?", "CONTEXTS": ["Aim.", "Result."], "LONG_ANSWER": "It does."}}
"""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from privrag.errors import EvaluationError
from privrag_evals.suites.suite import Asked, Suite, checked, document_of
from privrag_evals.whole_text import refuse_half_characters


def is_pubmedqa(path: Path) -> bool:
    """Whether the first kilobytes name its fields."""
    try:
        with path.open("rb") as file:
            start = file.read(4000)
    except OSError as error:
        raise EvaluationError(f"{path.name} cannot be read: {error.strerror}") from None
    return b'"QUESTION"' in start and b'"CONTEXTS"' in start


def read_pubmedqa(path: Path) -> Suite:
    """Each abstract a document that answers its own question."""
    documents, questions = {}, []
    try:
        once = partial(_once, path.name)
        whole = json.loads(path.read_text("utf-8"), object_pairs_hook=once)
        refuse_half_characters(whole, path.name)
        for name, row in whole.items():
            documents[name] = document_of(name, "", "\n\n".join(row["CONTEXTS"]))
            answers = (str(row["LONG_ANSWER"]),) if row.get("LONG_ANSWER") else ()
            questions.append(Asked(name, str(row["QUESTION"]), {name: 1.0}, answers))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise EvaluationError(
            f"{path.name}: expected PubMedQA's QUESTION, CONTEXTS and LONG_ANSWER by number"
        ) from None
    return checked(Suite(path.stem, documents, questions), path.name)


def _once(source: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand there once each; JSON would take the last of several."""
    ((name, times),) = Counter(key for key, _ in pairs).most_common(1) or [("", 0)]
    if times > 1:
        raise EvaluationError(f"{source}: the id {name!r} stands there {times} times")
    return dict(pairs)
