"""What a comparison asks: documents, questions and which documents answer them.

BEIR layout: `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and
`qrels/test.tsv` (query, document, score, with a header line). A folder of text files becomes a
known-item set: each question holds words of one sentence, and only its file answers it.
Answers: JSON Lines with `id`, `question` and `answers`, or one JSON object as SQuAD has it.
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from privrag.errors import EvaluationError
from privrag.records import BLOCK_SEPARATOR, Block, BlockKind, Document
from privrag_evals.corpus import staged
from privrag_evals.pii.data import read_lines

_PARAGRAPHS = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))([A-Z][^.!?\n|<>{}]{40,200})[.!?](?= |$)", re.MULTILINE)
_WORD = re.compile(r"[^\W_]{5,}")
_WORDS_ASKED = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the documents that answer it with their gain, and answers if there are any."""

    id: str
    text: str = field(repr=False)
    gains: dict[str, float]
    answers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Suite:
    """Raw: it stays in this process."""

    name: str
    documents: dict[str, Document] = field(repr=False)
    """By id."""
    questions: list[Asked]


def beir(folder: Path, *, limit: int | None = None, seed: int = 0) -> Suite:
    """A BEIR folder; `limit` of its questions at random. Raises EvaluationError."""
    documents = {}
    for _, row in read_lines(folder / "corpus.jsonl"):
        name = str(row.get("_id"))
        documents[name] = _document(name, str(row.get("title") or ""), str(row.get("text") or ""))
    gains: dict[str, dict[str, float]] = {}
    try:
        lines = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
        for line in filter(None, lines):
            query, document, score = line.split("\t")
            gains.setdefault(query, {})[document] = float(score)
    except (OSError, ValueError):
        raise EvaluationError(
            "qrels/test.tsv: expected a header and lines of query, document, score, tab-separated"
        ) from None
    questions = [
        Asked(str(row["_id"]), str(row["text"]), gains[str(row["_id"])])
        for _, row in read_lines(folder / "queries.jsonl")
        if str(row.get("_id")) in gains and "text" in row
    ]
    return Suite(folder.name, documents, _some(questions, limit, seed))


def known_items(folder: Path, *, count: int, seed: int) -> Suite:
    """Questions of four words from sentences of the text files below a folder."""
    with staged([folder]) as corpus:
        texts = {
            Path(path).relative_to(corpus.folder).as_posix(): text
            for path, text in corpus.texts.items()
        }
    generator = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    asked = []
    for name, text in texts.items():
        for sentence in _SENTENCE.findall(text):
            words = list(dict.fromkeys(_WORD.findall(sentence)))
            if len(words) >= _WORDS_ASKED:
                chosen = sorted(generator.sample(words, _WORDS_ASKED), key=words.index)
                asked.append((f"What about {' '.join(chosen)}?", name))
    questions = [
        Asked(str(n), text, {name: 1.0})
        for n, (text, name) in enumerate(generator.sample(asked, min(count, len(asked))))
    ]
    documents = {name: _document(name, "", text) for name, text in texts.items()}
    return Suite(folder.name, documents, questions)


def with_answers(suite: Suite, path: Path, *, limit: int, seed: int) -> Suite:
    """The suite's documents, asked what a file of questions with answers asks.

    Raises EvaluationError.
    """
    found = list(_squad(path) if _is_squad(path) else _answer_lines(path))
    if not found:
        raise EvaluationError(f"{path.name} holds no questions with answers")
    return Suite(f"{suite.name} answers", suite.documents, _some(found, limit, seed))


def _answer_lines(path: Path) -> Iterator[Asked]:
    for number, row in read_lines(path):
        if "question" not in row or not isinstance(row.get("answers"), list):
            raise EvaluationError(f"{path.name}, line {number}: expected `question` and `answers`")
        answers = tuple(str(a) for a in row["answers"])
        yield Asked(str(row.get("id", number)), str(row["question"]), {}, answers)


def _is_squad(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return re.match(rb'\s*\{\s*"(?:data|version)"', file.read(1000)) is not None
    except OSError as error:
        raise EvaluationError(f"{path.name} cannot be read: {error.strerror}") from None


def _squad(path: Path) -> Iterator[Asked]:
    """`data[].paragraphs[].qas[]`, each with `id`, `question` and `answers[].text`."""
    try:
        for article in json.loads(path.read_text("utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                for row in paragraph["qas"]:
                    answers = tuple(dict.fromkeys(str(a["text"]) for a in row["answers"]))
                    yield Asked(str(row["id"]), str(row["question"]), {}, answers)
    except (KeyError, TypeError, ValueError):
        raise EvaluationError(
            f"{path.name}: expected SQuAD's data, paragraphs, qas, question, answers, text"
        ) from None


def _some(questions: list[Asked], limit: int | None, seed: int) -> list[Asked]:
    if limit is None or limit >= len(questions):
        return questions
    return random.Random(seed).sample(questions, limit)  # noqa: S311 - a repeatable draw


def _document(name: str, title: str, text: str) -> Document:
    parts: list[tuple[BlockKind, str]] = [("heading", title)] if title.strip() else []
    parts += [("paragraph", p) for p in _PARAGRAPHS.split(text) if p.strip()]
    blocks, at = [], 0
    for kind, part in parts:
        blocks.append(Block(kind, part, None, at, at + len(part)))
        at += len(part) + len(BLOCK_SEPARATOR)
    return Document(name, name, title, "text/plain", tuple(blocks), None)
