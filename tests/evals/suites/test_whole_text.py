"""A lone surrogate in a data file is refused by every reader, with file and place."""

import json

import pytest

from privrag.errors import EvaluationError
from privrag_evals.pii.data import read_gold
from privrag_evals.suites import read_questions, read_suite, read_written_out
from privrag_evals.support.judged import read_judged
from tests.evals.suites.test_read import CORPUS, QUERIES, folder

HALF = "What does \ud83d mean?"
SQUAD = {"data": [{"title": "a", "paragraphs": [{"context": HALF, "qas": []}]}]}
PUBMED = {"12": {"QUESTION": HALF, "CONTEXTS": ["Aim."], "LONG_ANSWER": "It does."}}
TRUTH = {"documents": [], "entities": [], "questions": [{"id": "q", "question": HALF}]}
TALKS = {"documents": [], "tasks": [{"input": [{"text": HALF}]}], "evaluations": [1]}


@pytest.mark.parametrize("read", [read_suite, read_questions])
@pytest.mark.parametrize(
    ("whole", "place"),
    [
        (SQUAD, r"data\[0\]\.paragraphs\[0\]\.context"),
        (PUBMED, r"12\.QUESTION"),
        (TRUTH, r"questions\[0\]\.question"),
        (TALKS, r"tasks\[0\]\.input\[0\]\.text"),
        ({**TALKS, "tasks": [], HALF: 1}, r"What does \\ud83d mean\?"),
    ],
)
def test_whole_files(tmp_path, read, whole, place):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(whole))
    with pytest.raises(EvaluationError, match=rf"^data\.json: {place} holds half a character"):
        read(path)


def test_lines(tmp_path):
    line = {"id": "1", "question": "Where?", "answers": [HALF]}
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({**line, "answers": ["\U0001f600"]}) + "\n" + json.dumps(line))
    with pytest.raises(EvaluationError, match=r"q\.jsonl, line 2: answers\[0\] holds half"):
        read_questions(path)
    path.write_text(json.dumps({"_id": "q1", "text": HALF}))
    with pytest.raises(EvaluationError, match=r"q\.jsonl, line 1: text holds half"):
        read_written_out(path, read_suite(folder(tmp_path)))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"corpus": [*CORPUS, {"_id": "d3", "text": HALF}]}, "corpus.jsonl, line 3: text holds"),
        ({"queries": [{**QUERIES[0], "text": HALF}]}, "queries.jsonl, line 1: text holds"),
    ],
)
def test_beir(tmp_path, changed, said):
    with pytest.raises(EvaluationError, match=said):
        read_suite(folder(tmp_path, **changed))


def test_marked_texts_and_judged_answers(tmp_path):
    path = tmp_path / "texts.json"
    path.write_text(json.dumps([{"full_text": HALF, "spans": []}]))
    with pytest.raises(EvaluationError, match=r"texts\.json: \[0\]\.full_text holds half"):
        read_gold(path)
    path.write_text(json.dumps({"text": HALF, "spans": []}))
    with pytest.raises(EvaluationError, match=r"texts\.json, line 1: text holds half"):
        read_gold(path)
    path.write_text(json.dumps(TALKS))
    with pytest.raises(EvaluationError, match=r"texts\.json: tasks\[0\]"):
        read_judged(path)
