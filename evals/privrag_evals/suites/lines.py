"""Our own layout of questions with answers, JSON Lines.

    {"id": "1", "question": "Where do visitors park?", "answers": ["deck C"], "doc": "hr/guide.pdf",
     "page": 2, "category": "cars", "difficulty": "easy", "split": "dev"}

`answers` is empty where the documents do not say. `doc` (and `page`, from 1) is where an answer
stands, `docs` further such places: names, or objects with `doc` and `page`. `history` is a list of
[role, text]. All but `id`, `question` and `answers` may be absent; other fields are passed over.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from privrag.errors import EvaluationError
from privrag_evals.pii.data import read_lines
from privrag_evals.suites.place import Place
from privrag_evals.suites.suite import Asked

_TRAITS = ("category", "difficulty")
_ROLES = ("user", "assistant")


def read_question_lines(path: Path) -> Iterator[Asked]:
    """Each line as a question. Raises EvaluationError, which names the line."""
    for number, row in read_lines(path):
        where = f"{path.name}, line {number}"
        yield Asked(
            _id(row, where),
            _question(row, where),
            {},
            _answers(row, where),
            traits={t: _word(row, t, where) for t in _TRAITS if row.get(t) is not None},
            places=_places(row, where),
            history=_history(row, where),
            split=None if row.get("split") is None else _word(row, "split", where),
        )


def _id(row: dict[str, Any], where: str) -> str:
    name = row.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        raise EvaluationError(f"{where}: expected `id`, a text or a whole number")
    return str(name)


def _question(row: dict[str, Any], where: str) -> str:
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        raise EvaluationError(f"{where}: expected `question`, a text that is not empty")
    return question


def _answers(row: dict[str, Any], where: str) -> tuple[str, ...]:
    answers = row.get("answers")
    if not isinstance(answers, list) or not all(isinstance(a, str) and a.strip() for a in answers):
        raise EvaluationError(
            f"{where}: expected `answers`, a list of texts (empty where the documents do not say)"
        )
    return tuple(dict.fromkeys(answers))


def _word(row: dict[str, Any], name: str, where: str) -> str:
    if isinstance(row[name], bool) or not isinstance(row[name], str | int):
        raise EvaluationError(f"{where}: expected `{name}` as a text")
    return str(row[name])


def _places(row: dict[str, Any], where: str) -> tuple[Place, ...]:
    further = row.get("docs") or []
    if not isinstance(further, list):
        raise EvaluationError(f"{where}: expected `docs` as a list")
    found = [] if row.get("doc") is None else [_place(row, where)]
    if not found and row.get("page") is not None:
        raise EvaluationError(f"{where}: `page` without `doc`")
    found += [_place(d if isinstance(d, dict) else {"doc": d}, where) for d in further]
    return tuple(dict.fromkeys(found))


def _place(row: dict[str, Any], where: str) -> Place:
    document, page = row.get("doc"), row.get("page")
    if not isinstance(document, str) or not document.strip():
        raise EvaluationError(f"{where}: expected `doc` as the end of a document's path")
    if page is not None and (isinstance(page, bool) or not isinstance(page, int) or page < 1):
        raise EvaluationError(f"{where}: expected `page` as a whole number from 1")
    return Place(document, page)


def _history(row: dict[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    turns = row.get("history") or []
    if not isinstance(turns, list) or not all(_is_turn(turn) for turn in turns):
        raise EvaluationError(
            f"{where}: expected `history` as a list of [role, text], roles {' and '.join(_ROLES)}"
        )
    return tuple((role, text) for role, text in turns)


def _is_turn(turn: object) -> bool:
    return (
        isinstance(turn, list) and len(turn) == 2 and turn[0] in _ROLES and isinstance(turn[1], str)
    )
