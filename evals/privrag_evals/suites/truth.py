"""The truth about the example corpus, as `examples/make_corpus.py` writes it beside the documents.

{"documents": [{"path": "hr/guide.pdf", "format": "pdf", "pages": 7}],
 "questions": [{"id": "q1", "question": "Where do visitors park?", "answers": ["deck C"],
                "document": "hr/guide.pdf", "page": 2, "also": [], "answerable": true,
                "category": "hr", "difficulty": "easy"}]}
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from privrag.errors import EvaluationError
from privrag.parse import ParseSettings, ParseWorker
from privrag.records import Document
from privrag_evals.suites.place import Place
from privrag_evals.suites.suite import Asked, Suite, checked

CORPUS = "corpus"
"""The folder of the documents, beside the truth file."""


def is_truth(whole: dict[str, Any]) -> bool:
    """Whether a JSON file's fields are these."""
    return {"documents", "entities", "questions"} <= whole.keys()


def truth_questions(whole: dict[str, Any], name: str) -> list[Asked]:
    """All questions, those that no document answers too."""
    try:
        return [_asked(row) for row in whole["questions"]]
    except (KeyError, TypeError, AttributeError):
        raise EvaluationError(
            f"{name}: expected questions with id, question, answers, document and page"
        ) from None


def read_truth(whole: dict[str, Any], path: Path, settings: ParseSettings) -> Suite:
    """The documents, parsed as a sync does, and the questions that one of them answers.

    Raises EvaluationError where a document is not there or cannot be read.
    """
    questions = [asked for asked in truth_questions(whole, path.name) if asked.places]
    documents = dict(_documents(whole, path, settings))
    return checked(Suite(path.stem, documents, questions), path.name)


def _asked(row: dict[str, Any]) -> Asked:
    found = [row, *row.get("also", ())] if row["answerable"] else []
    places = tuple(Place(p["document"], p["page"]) for p in found)
    return Asked(
        str(row["id"]),
        str(row["question"]),
        {place.document: 1.0 for place in places},
        tuple(map(str, row["answers"])),
        traits={trait: str(row[trait]) for trait in ("category", "difficulty")},
        places=places,
    )


def _documents(
    whole: dict[str, Any], path: Path, settings: ParseSettings
) -> Iterator[tuple[str, Document]]:
    corpus = path.parent / CORPUS
    with ParseWorker(settings) as worker:
        for name in _paths(whole, path.name):
            file = corpus / name
            if not file.is_file():
                raise EvaluationError(
                    f"the document {name!r} of {path.name} is not in the folder {CORPUS!r} "
                    f"beside it; write both again: python examples/make_corpus.py OUT/{CORPUS}"
                )
            yield name, worker.parse(file)


def _paths(whole: dict[str, Any], source: str) -> list[str]:
    try:
        return [str(row["path"]) for row in whole["documents"]]
    except (KeyError, TypeError):
        raise EvaluationError(f"{source}: expected documents, each with its path") from None
