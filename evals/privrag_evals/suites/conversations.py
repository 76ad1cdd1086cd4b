"""mtRAG's JSON of conversations: the last turn is the question, those before it its history.

    {"documents": [{"document_id": "d1", "title": "Parking", "text": "Deck C."}],
     "tasks": [{"task_id": "t1", "input": [{"speaker": "user", "text": "Where to park?"}],
                "contexts": [{"document_id": "d1"}], "Answerability": ["ANSWERABLE"],
                "targets": [{"speaker": "agent", "text": "On deck C."}]}]}

Katsis et al., mtRAG: a multi-turn conversational benchmark, 2025. A task's contexts are the
passages that people answered from. A task of which they said UNANSWERABLE has no answer here. Its
id is that of its conversation, `<::>` and the turn.
"""

from typing import TYPE_CHECKING, Any

from privrag.errors import EvaluationError
from privrag_evals.suites.suite import Asked, Suite, checked, document_of

if TYPE_CHECKING:
    from privrag.records import Document

_UNANSWERABLE = "UNANSWERABLE"


def is_conversations(whole: dict[str, Any]) -> bool:
    """Whether a JSON file's fields are these."""
    return {"documents", "tasks"} <= whole.keys()


def conversation_questions(whole: dict[str, Any], name: str) -> list[Asked]:
    """The last turn of every task, with its history and the answer that people wrote."""
    try:
        return [_asked(task) for task in whole["tasks"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise EvaluationError(
            f"{name}: expected tasks with task_id, input, contexts and targets"
        ) from None


def read_conversations(whole: dict[str, Any], stem: str, name: str) -> Suite:
    """Each passage a document; only the last turns that were answered from one are asked."""
    documents: dict[str, Document] = {}
    try:
        for row in whole["documents"]:
            own = str(row["document_id"])
            if own in documents:
                raise EvaluationError(f"{name}: the document_id {own!r} stands there twice")
            documents[own] = document_of(own, str(row.get("title") or ""), str(row["text"]))
    except (KeyError, TypeError, AttributeError):
        raise EvaluationError(f"{name}: expected documents with document_id and text") from None
    questions = [asked for asked in conversation_questions(whole, name) if asked.gains]
    return checked(Suite(stem, documents, questions), name)


def _asked(task: dict[str, Any]) -> Asked:
    *before, last = task["input"]
    answerability = _first(task.get("Answerability"))
    answers = tuple(str(turn["text"]).strip() for turn in task["targets"])
    traits = {
        "category": _first(task.get("Question Type")),
        "turn": (_first(task.get("Multi-Turn")) or "first").lower(),
        "answerability": answerability.lower(),
    }
    return Asked(
        str(task["task_id"]),
        str(last["text"]),
        {str(context["document_id"]): 1.0 for context in task["contexts"]},
        () if answerability == _UNANSWERABLE else tuple(a for a in answers if a),
        traits={name: value for name, value in traits.items() if value},
        history=tuple((_role(turn["speaker"]), str(turn["text"])) for turn in before),
        conversation=str(task["task_id"]).partition("<::>")[0],
    )


def _role(speaker: str) -> str:
    return "user" if speaker == "user" else "assistant"


def _first(values: Any) -> str:  # noqa: ANN401 - a list of texts, if it is there
    return str(values[0]) if isinstance(values, list) and values else ""
