"""Questions with answers in every layout, or one sentence that names the line. Invented people."""

import json

import pytest

from privrag.errors import EvaluationError
from privrag_evals.suites import Place, read_questions, read_suite, refuse_long_questions

LINE = {"id": "1", "question": "Where do visitors park?", "answers": ["deck C"]}


def lines(tmp_path, *rows):
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows))
    return path


def test_a_line_says_where_the_answer_stands_and_what_was_said_before(tmp_path):
    history = [["user", "Hello?"], ["assistant", "Hello."]]
    more = {"doc": "a.pdf", "page": 2, "docs": ["b.md", {"doc": "c.pdf", "page": 1}, "b.md"]}
    row = (
        LINE | more | {"category": "cars", "difficulty": "easy", "history": history, "split": "dev"}
    )
    (asked,) = read_questions(lines(tmp_path, row))
    assert asked.places == (Place("a.pdf", 2), Place("b.md"), Place("c.pdf", 1))
    assert asked.history == (("user", "Hello?"), ("assistant", "Hello."))
    assert asked.traits == {"category": "cars", "difficulty": "easy"}
    (empty,) = read_questions(lines(tmp_path, LINE | {"answers": []}))
    assert (empty.answers, empty.places) == ((), ())


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([""], "is empty"),
        (["{"], "line 1"),
        (["[1]"], "line 1"),
        ([LINE, LINE | {"id": ""}], "line 2.*`id`"),
        ([LINE | {"question": " "}], "line 1.*`question`"),
        ([LINE | {"answers": "deck C"}], "line 1.*`answers`"),
        ([LINE | {"answers": [""]}], "line 1.*`answers`"),
        ([{"id": "1", "question": "?"}], "line 1.*`answers`"),
        ([LINE | {"page": 2}], "line 1.*without `doc`"),
        ([LINE | {"doc": "a", "page": 0}], "line 1.*`page`"),
        ([LINE | {"doc": 7}], "line 1.*`doc`"),
        ([LINE | {"history": [["system", "x"]]}], "line 1.*`history`"),
        ([LINE | {"category": ["x"]}], "line 1.*`category`"),
        ([LINE, LINE], "'1' stands there 2 times"),
    ],
)
def test_a_malformed_line_is_refused_by_its_number_without_a_word_of_it(tmp_path, rows, said):
    with pytest.raises(EvaluationError, match=said) as refused:
        read_questions(lines(tmp_path, *rows))
    assert "deck C" not in str(refused.value)


def test_a_split_is_asked_alone_and_one_that_is_not_there_is_refused(tmp_path):
    path = lines(tmp_path, LINE | {"split": "dev"}, LINE | {"id": "2", "split": "test"})
    assert [asked.id for asked in read_questions(path, split="test")] == ["2"]
    with pytest.raises(EvaluationError, match="'train'; it has dev, test"):
        read_questions(path, split="train")
    with pytest.raises(EvaluationError, match="name no split"):
        read_questions(lines(tmp_path, LINE), split="dev")
    with pytest.raises(EvaluationError, match="folder"):
        read_questions(tmp_path)


def test_the_turns_before_count_to_the_length_of_a_question(tmp_path):
    (asked,) = read_questions(lines(tmp_path, LINE | {"history": [["user", "x" * 90]]}))
    refuse_long_questions([asked], 200)
    with pytest.raises(EvaluationError, match="'1' has 113 characters"):
        refuse_long_questions([asked], 100)


TASK = {
    "task_id": "t1",
    "input": [
        {"speaker": "user", "text": "Where to park?"},
        {"speaker": "agent", "text": "On deck C."},
        {"speaker": "user", "text": "And what does it cost?"},
    ],
    "contexts": [{"document_id": "d2"}],
    "targets": [{"speaker": "agent", "text": "Two euros."}],
    "Answerability": ["ANSWERABLE"],
    "Multi-Turn": ["Follow-up"],
    "Question Type": ["Factoid", "Keyword"],
}
NOT = TASK | {"task_id": "t2", "contexts": [], "Answerability": ["UNANSWERABLE"]}
PASSAGES = [
    {"document_id": "d1", "title": "Parking", "text": "Deck C is for visitors."},
    {"document_id": "d2", "title": "", "text": "Parking costs two euros."},
]


def test_of_a_conversation_the_last_turn_is_asked_and_the_others_are_its_history(tmp_path):
    path = tmp_path / "talks.json"
    path.write_text(json.dumps({"documents": PASSAGES, "tasks": [TASK, NOT]}))
    first, second = read_questions(path)
    assert (first.text, first.answers) == ("And what does it cost?", ("Two euros.",))
    assert first.history == (("user", "Where to park?"), ("assistant", "On deck C."))
    assert first.traits["turn"] == "follow-up"
    assert second.answers == ()
    suite = read_suite(path)
    assert list(suite.documents) == ["d1", "d2"]
    (asked,) = suite.questions
    assert (asked.id, asked.gains, asked.history) == ("t1", {"d2": 1.0}, first.history)
    for broken in ([TASK | {"input": []}], [{"task_id": "t"}], [7]):
        path.write_text(json.dumps({"documents": PASSAGES, "tasks": broken}))
        for read in (read_suite, read_questions):
            with pytest.raises(EvaluationError, match="expected tasks"):
                read(path)


QUESTION = {
    "id": "q1",
    "question": "Where do visitors park?",
    "answers": ["deck C"],
    "document": "hr/guide.md",
    "page": None,
    "also": [{"document": "hr/map.md", "page": None}],
    "answerable": True,
    "category": "hr",
    "difficulty": "easy",
}
NOWHERE = QUESTION | {"id": "u1", "answers": [], "answerable": False, "document": None, "also": []}


def test_the_truth_of_the_example_corpus_is_asked_of_its_documents(tmp_path):
    documents = [{"path": "hr/guide.md", "format": "md", "pages": None}]
    documents += [{"path": "hr/map.md", "format": "md", "pages": None}]
    whole = {"documents": documents, "entities": [], "questions": [QUESTION, NOWHERE]}
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(whole))
    first, second = read_questions(path)
    assert first.places == (Place("hr/guide.md"), Place("hr/map.md"))
    assert (second.answers, second.places) == ((), ())
    with pytest.raises(EvaluationError, match="'hr/guide.md'.*not in the folder 'corpus'"):
        read_suite(path)
    (tmp_path / "corpus" / "hr").mkdir(parents=True)
    for row in documents:
        (tmp_path / "corpus" / row["path"]).write_text("# Parking\n\nDeck C.\n")
    suite = read_suite(path)
    assert [block.text for block in suite.documents["hr/guide.md"].blocks] == ["Parking", "Deck C."]
    (asked,) = suite.questions
    assert asked.gains == {"hr/guide.md": 1.0, "hr/map.md": 1.0}
    path.write_text(json.dumps(whole | {"questions": [{"id": "q1"}]}))
    with pytest.raises(EvaluationError, match="expected questions with id"):
        read_questions(path)
