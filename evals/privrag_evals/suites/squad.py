"""SQuAD's JSON: `data[].title`, `.paragraphs[].context`, `.qas[]` with `id`, `question`, `answers`.

Each paragraph is a document, each article a group. A question that several paragraphs of an
article answer is one question with several documents.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privrag.errors import EvaluationError
from privrag_evals.suites.suite import Asked, Suite, checked, document_of
from privrag_evals.whole_text import refuse_half_characters


def is_squad(path: Path) -> bool:
    """Whether a JSON file begins as SQuAD's do. Raises EvaluationError if it cannot be read."""
    try:
        with path.open("rb") as file:
            start = b"".join(file.read(1000).split())
    except OSError as error:
        raise EvaluationError(f"{path.name} cannot be read: {error.strerror}") from None
    return start.startswith((b'{"data":', b'{"version":'))


@dataclass(frozen=True, slots=True)
class Row:
    """A question as it stands with its paragraph; without answers the paragraph has none."""

    id: str
    question: str = field(repr=False)
    answers: tuple[str, ...] = field(repr=False)


def read_squad(path: Path, *, by_article: bool = False) -> Suite:
    """Paragraphs as documents; with `by_article` each question is asked within its article.

    A question that no paragraph answers is not asked.
    """
    documents, groups = {}, {}
    asked: dict[tuple[str, str], list[tuple[str, Row]]] = {}
    for number, (title, text, rows) in enumerate(paragraphs(path)):
        name = f"p{number}"
        documents[name] = document_of(name, "", text)
        groups[name] = title
        for row in rows:
            if row.answers:
                asked.setdefault((title, row.question), []).append((name, row))
    questions = [
        Asked(
            some[0][1].id,
            question,
            dict.fromkeys((name for name, _ in some), 1.0),
            tuple(dict.fromkeys(answer for _, row in some for answer in row.answers)),
            title if by_article else None,
        )
        for (title, question), some in asked.items()
    ]
    suite = Suite(path.stem, documents, questions, groups if by_article else {})
    return checked(suite, path.name)


def answered(path: Path) -> Iterator[Asked]:
    """The questions alone, each with its answers; none where the paragraph does not say."""
    for _, _, rows in paragraphs(path):
        for row in rows:
            yield Asked(row.id, row.question, {}, row.answers)


def paragraphs(path: Path) -> Iterator[tuple[str, str, list[Row]]]:
    """(title of the article, text, questions) of each paragraph."""
    try:
        whole = json.loads(path.read_text("utf-8"))
        refuse_half_characters(whole, path.name)
        for article in whole["data"]:
            for paragraph in article["paragraphs"]:
                rows = [_row(row) for row in paragraph["qas"] if row["question"] and row["id"]]
                yield str(article.get("title", "")), str(paragraph.get("context", "")), rows
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        raise EvaluationError(
            f"{path.name}: expected SQuAD's data, paragraphs, context, qas, id, question, answers"
        ) from None


def _row(row: dict[str, Any]) -> Row:
    answers = tuple(dict.fromkeys(str(a["text"]) for a in row["answers"]))
    return Row(str(row["id"]), str(row["question"]), answers)
