"""What a comparison asks is read from public layouts, or refused with the line that is wrong."""

import json

import pytest

from privrag.errors import EvaluationError
from privrag_evals.suites import Suite, with_answers

SUITE = Suite("houses", {}, [])


def written(tmp_path, text):
    path = tmp_path / "questions.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_questions_and_answers_come_from_lines_or_from_squad(tmp_path):
    line = {"id": "q", "question": "Who?", "answers": ["Femi Adeyemi"]}
    lines = with_answers(SUITE, written(tmp_path, json.dumps(line)), limit=9, seed=0)
    said = [{"text": "Femi Adeyemi", "answer_start": 3}] * 2
    qas = [{"id": "q", "question": "Who?", "answers": said}]
    squad = {"data": [{"paragraphs": [{"context": "By Femi Adeyemi.", "qas": qas}]}]}
    same = with_answers(SUITE, written(tmp_path, json.dumps(squad)), limit=9, seed=0)
    assert lines == same
    assert (lines.name, lines.questions[0].answers) == ("houses answers", ("Femi Adeyemi",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"data": [{"paragraphs": 7}]}', "SQuAD"),
        ('{"version": "1", "data": []}', "no questions"),
        ('{"id": "q", "question": "Who?"}', "line 1"),
    ],
)
def test_another_layout_is_refused_without_a_word_of_it(tmp_path, text, said):
    with pytest.raises(EvaluationError, match=said):
        with_answers(SUITE, written(tmp_path, text), limit=9, seed=0)
    with pytest.raises(EvaluationError, match="cannot be read"):
        with_answers(SUITE, tmp_path / "none.json", limit=9, seed=0)
