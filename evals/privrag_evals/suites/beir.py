"""BEIR layout: `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv`.

    {"_id": "d1", "title": "Parking", "text": "Deck C is for visitors.", "metadata": {"site": "A"}}
    {"_id": "q1", "text": "Where do visitors park?", "metadata": {"site": "A"}}
    query-id<TAB>corpus-id<TAB>score, with this header line

Only judged questions are asked, as trec_eval counts them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.errors import EvaluationError
from privrag_evals.pii.data import read_lines
from privrag_evals.suites.suite import Asked, Suite, checked, document_of

if TYPE_CHECKING:
    from privrag.records import Document

_TRAITS = ("category", "difficulty")
_NUMBER = re.compile(r"[+-]?[\d.]+")


def read_beir(folder: Path, *, group_field: str | None = None) -> Suite:
    """A BEIR folder as a suite; with `group_field`, a metadata field, as groups.

    Raises EvaluationError for a missing or malformed file, an id that stands twice or is unknown,
    and a question or document without the group field.
    """
    documents: dict[str, Document] = {}
    groups: dict[str, str] = {}
    for where, row in _rows(folder / "corpus.jsonl"):
        name = _id(row, documents, where)
        title, text = row.get("title") or "", row.get("text")
        if not isinstance(title, str) or not isinstance(text, str):
            raise EvaluationError(f"{where}: expected `title` and `text` as strings")
        documents[name] = document_of(name, title, text)
        if group_field is not None:
            groups[name] = _group(row, group_field, where)
    gains = _read_qrels(folder / "qrels" / "test.tsv")
    questions: dict[str, Asked] = {}
    for where, row in _rows(folder / "queries.jsonl"):
        name = _id(row, questions, where)
        if not isinstance(row.get("text"), str):
            raise EvaluationError(f"{where}: expected `text` as a string")
        if name not in gains:
            continue
        metadata = _metadata(row)
        group = None if group_field is None else _group(row, group_field, where)
        questions[name] = Asked(
            name,
            row["text"],
            gains[name],
            group=group,
            traits={t: str(metadata[t]) for t in _TRAITS if t in metadata},
        )
    unknown = [name for name in gains if name not in questions]
    if unknown:
        raise EvaluationError(
            f"qrels/test.tsv judges {len(unknown)} questions that queries.jsonl lacks, the first "
            f"is {unknown[0]!r}; add it or take it out"
        )
    suite = Suite(folder.name, documents, list(questions.values()), groups)
    return checked(suite, f"the folder {folder.name!r}")


def _read_qrels(path: Path) -> dict[str, dict[str, float]]:
    gains: dict[str, dict[str, float]] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise EvaluationError(
            "qrels/test.tsv cannot be read; expected a header and lines of query, document, score, "
            "tab-separated"
        ) from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and _is_header(line)):
            continue
        where = f"qrels/test.tsv, line {number}"
        try:
            query, document, score = line.split("\t")
            gain = int(score)
        except ValueError:
            raise EvaluationError(
                f"{where}: expected query, document and a whole number, tab-separated"
            ) from None
        if gains.setdefault(query, {}).setdefault(document, gain) != gain:
            raise EvaluationError(f"{where}: this pair was judged before, with another score")
    return gains


def _is_header(line: str) -> bool:
    """Whether the third column is no number: every other line is a judgement."""
    columns = line.split("\t")
    return len(columns) == 3 and not _NUMBER.fullmatch(columns[2].strip())


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, row in read_lines(path):
        yield f"{path.name}, line {number}", row


def _id(row: dict[str, Any], known: dict[str, Any], where: str) -> str:
    name = row.get("_id")
    if not isinstance(name, str | int) or name == "":
        raise EvaluationError(f"{where}: expected `_id`")
    if str(name) in known:
        raise EvaluationError(f"{where}: `_id` {str(name)!r} stands there twice")
    return str(name)


def _metadata(row: dict[str, Any]) -> dict[str, Any]:
    """Fields of `metadata`, and others beside it."""
    own = row.get("metadata")
    beside = {k: v for k, v in row.items() if k not in {"_id", "title", "text", "metadata"}}
    return beside | (own if isinstance(own, dict) else {})


def _group(row: dict[str, Any], field: str, where: str) -> str:
    value = _metadata(row).get(field)
    if not isinstance(value, str | int):
        raise EvaluationError(f"{where}: no metadata field {field!r} to group by")
    return str(value)
