"""Public layouts are read as they are meant, or refused with the line that is wrong."""

import json

import pytest

from privrag.errors import EvaluationError
from privrag_evals.suites import known_items, read_questions, read_suite, refuse_long_questions

CORPUS = [
    {"_id": "d1", "title": "Parking", "text": "Deck C.\n\nOpen.", "metadata": {"site": "A"}},
    {"_id": "d2", "title": "", "text": "The canteen.", "metadata": {"site": "B"}},
]
QUERIES = [
    {"_id": "q1", "text": "Where to park?", "metadata": {"site": "A", "category": "cars"}},
    {"_id": "q2", "text": "Nobody judged this.", "metadata": {"site": "A"}},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"


def folder(tmp_path, *, corpus=CORPUS, queries=QUERIES, qrels=QRELS):
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows))
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "qrels").mkdir(exist_ok=True)
    (tmp_path / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return tmp_path


def test_a_corpus_line_is_a_document_and_only_judged_questions_are_asked(tmp_path):
    suite = read_suite(folder(tmp_path), group_field="site")
    assert [b.text for b in suite.documents["d1"].blocks] == ["Parking", "Deck C.", "Open."]
    assert suite.groups == {"d1": "A", "d2": "B"}
    (asked,) = suite.questions
    assert (asked.id, asked.group, asked.gains) == ("q1", "A", {"d1": 2, "d2": 0})
    assert asked.traits == {"category": "cars"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"corpus": ""}, "corpus.jsonl is empty"),
        ({"corpus": [*CORPUS, CORPUS[0]]}, "corpus.jsonl, line 3.*'d1'.*twice"),
        ({"corpus": [{"_id": "d1"}]}, "corpus.jsonl, line 1.*text"),
        ({"corpus": "Deck C\n"}, "corpus.jsonl, line 1"),
        ({"queries": [*QUERIES, QUERIES[0]]}, "queries.jsonl, line 3.*'q1'.*twice"),
        ({"queries": QUERIES[1:]}, "1 questions that queries.jsonl lacks.*'q1'"),
        ({"qrels": QRELS + "q1\tgone\t1\n"}, "1 documents.*'gone'"),
        ({"qrels": QRELS + "q1\td1\t1\n"}, "line 4.*judged before"),
        ({"qrels": QRELS + "q1\td1\n"}, "line 4"),
        ({"qrels": QRELS + "q1\td1\t0.5\n"}, "line 4.*whole number"),
        ({"qrels": "q1\td1\t0.5\n"}, "line 1.*whole number"),
        ({"qrels": "query-id\tcorpus-id\tscore\n"}, "no questions"),
    ],
)
def test_what_would_make_a_figure_wrong_is_refused(tmp_path, changed, said):
    with pytest.raises(EvaluationError, match=said):
        read_suite(folder(tmp_path, **changed))


def test_a_field_to_group_by_must_be_there(tmp_path):
    with pytest.raises(EvaluationError, match="line 1: no metadata field 'house'"):
        read_suite(folder(tmp_path), group_field="house")


def test_a_question_that_several_paragraphs_answer_is_one_question(tmp_path):
    def said(number, words):
        answers = [{"text": words, "answer_start": 0}]
        return [{"id": f"q{number}", "question": "How long?", "answers": answers}]

    paragraphs = [
        {"context": "A day.", "qas": said(1, "A day")},
        {"context": "A week.", "qas": said(2, "A week")},
    ]
    other = [{"context": "A year.", "qas": said(3, "A year")}]
    data = [{"title": "x", "paragraphs": paragraphs}, {"title": "y", "paragraphs": other}]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"version": "1", "data": data}))
    suite = read_suite(path, group_field="title")
    first, second = suite.questions
    assert (first.gains, first.answers) == ({"p0": 1.0, "p1": 1.0}, ("A day", "A week"))
    assert (first.group, second.group, second.gains) == ("x", "y", {"p2": 1.0})
    assert read_suite(path).questions[0].group is None


def test_the_first_judgement_of_a_file_without_a_header_counts_whatever_its_question_is_called(
    tmp_path,
):
    queries = [{"_id": "video1", "text": "Where to park?"}]
    suite = read_suite(folder(tmp_path, queries=queries, qrels="video1\td1\t1\n"))
    assert suite.questions[0].gains == {"d1": 1}


def test_a_document_of_another_group_cannot_answer(tmp_path):
    with pytest.raises(EvaluationError, match="'d2' answers the question 'q1' of another group"):
        read_suite(folder(tmp_path, qrels="q1\td2\t1\n"), group_field="site")


def squad(tmp_path, *rows):
    paragraphs = [{"context": f"Text {n}.", "qas": [row]} for n, row in enumerate(rows)]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"version": "2", "data": [{"title": "", "paragraphs": paragraphs}]}))
    return path


def test_a_paragraph_that_does_not_answer_is_no_right_document(tmp_path):
    empty = {"id": "q1", "question": "How long?", "answers": []}
    full = {"id": "q2", "question": "How long?", "answers": [{"text": "Text"}]}
    alone = {"id": "q3", "question": "How wide?", "answers": []}
    path = squad(tmp_path, empty, full, alone)
    (asked,) = read_suite(path, group_field="title").questions
    assert (asked.id, asked.gains, asked.group) == ("q2", {"p1": 1.0}, "")
    assert [one.answers for one in read_questions(path)] == [(), ("Text",), ()]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"id": "q1", "question": "How?"}], "expected SQuAD's data"),
        ([{"id": "q1", "question": f"{n}?", "answers": [{"text": "x"}]} for n in "ab"], "2 times"),
    ],
)
def test_a_squad_file_that_would_count_wrongly_is_refused(tmp_path, rows, said):
    with pytest.raises(EvaluationError, match=said):
        read_suite(squad(tmp_path, *rows))


def test_ids_that_stand_twice_are_refused_in_every_layout(tmp_path):
    row = json.dumps({"QUESTION": "Does it?", "CONTEXTS": ["Aim."]})
    (tmp_path / "qa.json").write_text(f'{{"77": {row}, "77": {row}}}')
    with pytest.raises(EvaluationError, match=r"qa.json: the id '77' stands there 2 times"):
        read_suite(tmp_path / "qa.json")
    passage = {"document_id": "d1", "text": "Deck C."}
    (tmp_path / "talk.json").write_text(json.dumps({"documents": [passage] * 2, "tasks": []}))
    with pytest.raises(EvaluationError, match="'d1' stands there twice"):
        read_suite(tmp_path / "talk.json")


def test_a_truth_without_paths_is_refused(tmp_path):
    (tmp_path / "truth.json").write_text('{"documents": [{}], "entities": [], "questions": []}')
    with pytest.raises(EvaluationError, match="documents, each with its path"):
        read_suite(tmp_path / "truth.json")


def test_texts_without_a_sentence_to_ask_about_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("short")
    with pytest.raises(EvaluationError, match="no questions"):
        known_items(tmp_path, count=5, seed=0)


def test_an_abstract_answers_its_own_question(tmp_path):
    row = {"QUESTION": "Does it?", "CONTEXTS": ["Aim.", "Result."], "LONG_ANSWER": "It does."}
    path = tmp_path / "qa.json"
    path.write_text(json.dumps({"77": row}))
    suite = read_suite(path)
    assert [b.text for b in suite.documents["77"].blocks] == ["Aim.", "Result."]
    assert (suite.questions[0].gains, suite.questions[0].answers) == ({"77": 1.0}, ("It does.",))


def test_any_other_layout_is_refused_with_those_that_are_known(tmp_path):
    (tmp_path / "notes.txt").write_text("Deck C")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "none"):
        with pytest.raises(EvaluationError, match="BEIR"):
            read_suite(path)


def test_a_question_that_may_not_be_asked_ends_the_evaluation_before_it_counts_zero(tmp_path):
    long = [{**QUERIES[0], "text": "why " * 20_000}]
    suite = read_suite(folder(tmp_path, queries=long))
    with pytest.raises(EvaluationError, match="'q1' has 80000 characters"):
        refuse_long_questions(suite.questions, 20_000)


def test_the_same_seed_draws_the_same_questions(tmp_path):
    queries = [{"_id": f"q{n}", "text": f"Question {n}?"} for n in range(30)]
    qrels = "".join(f"q{n}\td1\t1\n" for n in range(30))
    suite = read_suite(folder(tmp_path, queries=queries, qrels=qrels))
    assert len(suite.sampled(5, seed=1).questions) == 5
    assert suite.sampled(5, seed=1) == suite.sampled(5, seed=1) != suite.sampled(5, seed=2)
    assert suite.sampled(99, seed=1) == suite
