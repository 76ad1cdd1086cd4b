"""The EV benchmark `evals/suites/ev_charging.jsonl`: well-formed, balanced, and true to its pages.

`docs/design/ev-benchmark.md` says how it was made. The pages are not in the repository; what needs
them is skipped where they are absent.
"""

import json
import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import pytest

from privrag.parse import ParseSettings, ParseWorker

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "evals/suites/ev_charging.jsonl"
DATA = ROOT / "../shared/data/ev_charging"
needs_pages = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/ev_charging")

CATEGORIES = ("charging_speed", "connector_types", "installation", "pricing", "availability")
DIFFICULTIES = ("easy", "medium", "hard")
KEYS = "id question answers docs page evidence category difficulty split near"
"""In this order; then `joint` where the answer needs every one of `docs`, not any of them."""
STOP = "a an the of to for in on at by with from and or is are it its be no not only as that"
QUESTION_STOP = f"{STOP} i my me do does did how what which where when who why can could must evcc"
SENTENCE_END = r"[.!?:][*_)\"”`]*"
LIST_NUMBER = r"(?:^|\n)\s*\d+\.\s*$"
MARKS = str.maketrans("", "", "*`_")


def fold(text):
    """Lower case, without Markdown marks, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(MARKS).casefold().split())


def words(text, stop=STOP):
    """Numbers and content words, in order: `10k` is `10`, `k`; `2,8` is one number."""
    found = re.findall(r"\d+(?:[.,:]\d+)*|[^\W\d_]+", fold(text))
    dropped = frozenset(stop.split())
    return [word for word in found if word not in dropped]


def stands_in(answer, evidence):
    """Whole, between word boundaries; else each of its numbers and content words does."""
    if not words(answer):
        return False
    folded, text = fold(answer), fold(evidence)
    if re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", text):
        return True
    return len(words(answer)) > 1 and set(words(answer)) <= set(words(evidence))


def is_cut_cleanly(text, start, end):
    """Begins where a sentence, row, line or list item does and ends where one does."""
    if not 0 <= start < end <= len(text) or text[start:end] != text[start:end].strip():
        return False
    before, span = text[max(0, start - 80) : start], text[start:end]
    if re.search(LIST_NUMBER, before) or re.search(LIST_NUMBER, span):
        return False
    begins = re.search(rf"(?:^|\n)[ \t]*$|{SENTENCE_END}\s+$", before)
    ends = re.match(r"\s*(?:\n|$)", text[end:]) or re.search(rf"{SENTENCE_END}$", span)
    return bool(begins and ends)


def holds(line, texts):
    """The evidence of each document (of all together if `joint`) holds one of the answers."""
    spans = {}
    for span in line["evidence"]:
        text = texts[span["doc"]]
        if not is_cut_cleanly(text, span["start"], span["end"]):
            return False
        spans.setdefault(span["doc"], []).append(text[span["start"] : span["end"]])
    parts = ["\n".join(some) for some in spans.values()]
    if line.get("joint"):
        parts = ["\n".join(parts)]
    return all(any(stands_in(answer, part) for answer in line["answers"]) for part in parts)


def similar(one, other):
    """Share of equal characters in order, or of common content words, whichever is greater."""
    mine, theirs = set(words(one, QUESTION_STOP)), set(words(other, QUESTION_STOP))
    common = len(mine & theirs) / max(1, len(mine | theirs))
    if common < 0.2:
        return common
    return max(common, SequenceMatcher(None, fold(one), fold(other), autojunk=False).ratio())


@pytest.fixture(scope="module")
def suite():
    return [json.loads(line) for line in SUITE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def answerable(suite):
    return [line for line in suite if line["answers"]]


@pytest.fixture(scope="module")
def texts(suite):
    paths = sorted({doc for line in suite for doc in (*line["docs"], line["near"]) if doc})
    with ParseWorker(ParseSettings()) as worker:
        return {path: worker.parse(DATA / path).text for path in paths}


def test_every_line_has_the_same_keys_and_known_values(suite):
    for line in suite:
        assert " ".join(line) in (KEYS, f"{KEYS} joint"), line["id"]
        assert line.get("joint", True) is True
        assert line["category"] in CATEGORIES
        assert line["difficulty"] in DIFFICULTIES
        assert line["split"] in ("dev", "test")
        assert line["page"] is None
        assert line["question"].endswith("?")


def test_ids_are_unique_and_in_order(suite):
    assert [line["id"] for line in suite] == [f"ev-{n:03}" for n in range(1, len(suite) + 1)]


def test_what_can_be_answered_has_answers_and_places_and_the_rest_has_none(suite):
    for line in suite:
        named = {span["doc"] for span in line["evidence"]}
        if line["answers"]:
            assert list(dict.fromkeys(line["docs"])) == line["docs"] != []
            assert named == set(line["docs"]), line["id"]
            assert line["near"] == ""
            assert not line.get("joint") or len(line["docs"]) > 1
        else:
            assert line["docs"] == line["evidence"] == []


def test_there_are_enough_questions_in_every_cell(answerable, suite):
    cells = Counter((line["category"], line["difficulty"]) for line in answerable)
    assert set(cells) == {(c, d) for c in CATEGORIES for d in DIFFICULTIES}
    assert min(cells.values()) >= 10
    assert len(answerable) >= 150
    unanswerable = Counter(
        (line["category"], line["difficulty"]) for line in suite if not line["answers"]
    )
    assert set(unanswerable) == set(cells)
    assert min(unanswerable.values()) >= 3
    assert unanswerable.total() >= 45


def test_answers_are_short_and_never_text_of_the_pages(suite):
    for line in suite:
        assert len(set(line["answers"])) == len(line["answers"])
        for answer in line["answers"]:
            assert 0 < len(answer) <= 80, line["id"]
            assert len(answer.split()) <= 12, line["id"]


def test_no_question_is_asked_twice(suite):
    close = [
        (one["id"], other["id"])
        for one, other in combinations(suite, 2)
        if similar(one["question"], other["question"]) > 0.8
    ]
    assert close == []


def test_no_question_tells_its_own_answer(answerable):
    told = [
        line["id"]
        for line in answerable
        if re.search(rf"(?<!\w){re.escape(fold(line['answers'][0]))}(?!\w)", fold(line["question"]))
    ]
    assert told == []


def test_no_document_serves_both_splits(suite):
    splits = {}
    for line in suite:
        for doc in (*line["docs"], line["near"]):
            splits.setdefault(doc, set()).add(line["split"])
    del splits[""]
    assert [doc for doc, both in splits.items() if len(both) > 1] == []


def test_about_a_third_is_for_development(answerable):
    share = sum(line["split"] == "dev" for line in answerable) / len(answerable)
    assert 0.28 <= share <= 0.40


@pytest.mark.parametrize(
    ("answer", "evidence", "expected"),
    [
        ("6 A", "a minimum of **6 A** is set", True),
        ("6 A", "a minimum of 16 A is set", False),
        ("13A", "may use 13A.", True),
        ("3", "up to 30 devices", False),
        ("fish and zsh", "| zsh |\n| fish |", True),
        ("fish and zsh", "| zsh |", False),
        ("-", "a - b", False),
    ],
)
def test_an_answer_stands_in_its_evidence_by_whole_words(answer, evidence, expected):
    assert stands_in(answer, evidence) is expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 6, True),
        (7, 13, True),
        (14, 17, True),
        (0, 13, True),
        (1, 6, False),
        (0, 7, False),
        (7, 12, False),
        (14, 18, False),
        (14, 14, False),
    ],
)
def test_a_span_is_cut_at_sentences_and_lines(start, end, expected):
    assert is_cut_cleanly("It is. Go on!\nRow", start, end) is expected


@needs_pages
def test_every_document_is_there(suite):
    missing = {
        doc
        for line in suite
        for doc in (*line["docs"], line["near"])
        if doc and not (DATA / doc).is_file()
    }
    assert missing == set()


@needs_pages
def test_the_evidence_holds_an_answer(answerable, texts):
    assert [line["id"] for line in answerable if not holds(line, texts)] == []


@needs_pages
@pytest.mark.parametrize("shift", [-25, -3, -1, 1, 3, 25])
def test_offsets_that_are_wrong_are_noticed(answerable, texts, shift):
    passed = []
    for line in answerable:
        moved = [
            {**span, "start": span["start"] + shift, "end": span["end"] + shift}
            for span in line["evidence"]
        ]
        if holds({**line, "evidence": moved}, texts):
            passed.append(line["id"])
    assert passed == []


@needs_pages
def test_no_long_stretch_of_a_page_is_copied(suite, texts):
    for line in suite:
        for doc in line["docs"]:
            page = fold(texts[doc])
            for text in (line["question"], *line["answers"]):
                folded = fold(text)
                copied = SequenceMatcher(None, folded, page, autojunk=False).find_longest_match()
                assert copied.size <= 90, line["id"]
