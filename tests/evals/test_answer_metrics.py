"""Metrics of answers against numbers worked out by hand, and against a second way of computing."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privrag_evals.metrics.bleu import bleu, corpus_bleu
from privrag_evals.metrics.cited import cited
from privrag_evals.metrics.exact_match import exact_match
from privrag_evals.metrics.rouge_l import rouge_l
from privrag_evals.suites import Place

WORDS = st.lists(st.sampled_from(["red", "house", "Öl", "7"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("The red house!", ["red house"], 1.0),
        ("red houses", ["red house"], 0.0),
        ("blue", ["red", "Blue."], 1.0),
        ("", ["red"], 0.0),
        ("red", [], 0.0),
    ],
)
def test_an_exact_match_is_that_of_squad(answer, gold, expected):
    assert exact_match(answer, gold) == expected


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("police killed the gunman", ["police kill the gunman"], 3 / 4),  # Lin 2004, section 3.1
        ("the gunman kill police", ["police kill the gunman"], 2 / 4),
        ("red", ["red house"], 2 / 3),
        ("red", ["blue", "red"], 1.0),
        ("Öl für Tor", ["öl für das Tor"], 6 / 7),
        ("", ["red"], 0.0),
        ("red", ["..."], 0.0),
        ("red", [], 0.0),
    ],
)
def test_rouge_l_of_short_texts(answer, gold, expected):
    assert rouge_l(answer, gold) == pytest.approx(expected)


def common(first, second):
    """Length of the longest common subsequence, by the textbook's table."""
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
            )
    return table[-1][-1]


@settings(max_examples=50)
@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_rouge_l_is_what_the_table_of_common_subsequences_gives(answer, gold):
    said = answer.lower().split()
    expected = max(
        2 * common(said, own) / (len(said) + len(own)) if said and own else 0.0
        for own in (one.lower().split() for one in gold)
    )
    assert rouge_l(answer, gold) == pytest.approx(expected)


def grams(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def formula(pairs, *, effective):
    """BLEU of (answer, gold) pairs: clipped n-grams, exponential smoothing, brevity penalty."""
    said = [a.split() for a, _ in pairs]
    golds = [g.split() for _, g in pairs]
    logs, smoothing = [], 1.0
    for n in range(1, 5):
        total = sum(grams(words, n).total() for words in said)
        right = sum((grams(a, n) & grams(g, n)).total() for a, g in zip(said, golds, strict=True))
        if total == 0:
            break
        if right == 0:
            smoothing *= 2
            logs.append(math.log(1 / (smoothing * total)))
        else:
            logs.append(math.log(right / total))
    long, gold = sum(map(len, said)), sum(map(len, golds))
    if not long or not any(set(a) & set(g) for a, g in zip(said, golds, strict=True)):
        return 0.0
    if not effective and len(logs) < 4:
        return 0.0
    brevity = min(1.0, math.exp(1 - gold / long))
    return brevity * math.exp(sum(logs) / len(logs))


def test_bleu_of_hand_counted_texts():
    assert bleu("the cat is on the mat", ["the cat is on the mat"]).score == pytest.approx(1.0)
    half = bleu("the the the the", ["the cat sat down"])  # 1/4, then nothing: 1/6, 1/8, 1/8
    assert half.counts == (1, 0, 0, 0)
    assert half.score == pytest.approx((1 / 4 * 1 / 6 * 1 / 8 * 1 / 8) ** (1 / 4))
    short = bleu("deck C", ["deck C today please"])  # two of two, one of one, half as long
    assert short.score == pytest.approx(math.exp(1 - 4 / 2))
    for nothing in (bleu("", ["deck C"]), bleu("deck C", []), bleu("deck C", ["mill"])):
        assert nothing.score == 0.0


@settings(max_examples=50)
@given(WORDS, WORDS)
def test_bleu_of_one_answer_is_what_the_formula_gives(answer, gold):
    assert bleu(answer, [gold]).score == pytest.approx(formula([(answer, gold)], effective=True))


@settings(max_examples=30)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_bleu_of_a_corpus_is_that_of_sacrebleu_and_of_the_formula(pairs):
    import sacrebleu

    found = corpus_bleu([bleu(answer, [gold]) for answer, gold in pairs])
    answers, golds = [a for a, _ in pairs], [g for _, g in pairs]
    theirs = sacrebleu.corpus_bleu(answers, [golds]).score / 100
    assert found.mean == pytest.approx(theirs)
    assert found.mean == pytest.approx(formula(pairs, effective=False))
    assert found.low <= found.high


def test_a_corpus_of_no_answers_has_no_value():
    assert corpus_bleu([]).as_json() == {"mean": None, "ci95": [None, None], "cases": 0}


GUIDE = Place("hr/guide.pdf", 2)


@pytest.mark.parametrize(
    ("found", "right", "precision", "recall"),
    [
        ([("file:///d/hr/guide.pdf", 2)], [GUIDE], 1.0, 1.0),
        ([("file:///d/hr/guide.pdf", 3)], [GUIDE], 0.0, 1.0),
        ([("file:///d/hr/guide.pdf", 2), ("file:///d/x.md", None)], [GUIDE], 0.5, 1.0),
        ([("file:///d/x.md", None)], [GUIDE, Place("x.md")], 1.0, 1.0),
        ([], [GUIDE], math.nan, 0.0),
        ([("file:///d/x.md", None)], [], math.nan, math.nan),
    ],
)
def test_a_citation_is_right_by_document_and_page_and_found_by_document(
    found, right, precision, recall
):
    got = cited(found, right)
    assert (got.precision, got.recall) == pytest.approx((precision, recall), nan_ok=True)


@pytest.mark.parametrize(
    ("named", "uri", "expected"),
    [
        ("guide.pdf", "file:///d/hr/guide.pdf", True),
        ("uide.pdf", "file:///d/hr/guide.pdf", False),
        ("./hr/guide.pdf", "file:///d/hr/guide.pdf", True),
        ("b/hr/guide.pdf", "file:///d/hr/guide.pdf", False),
        ("/hr/guide.pdf", "file:///d/hr/guide.pdf", False),
        ("/d/hr/guide.pdf", "file:///d/hr/guide.pdf", True),
        ("file:///d/hr/guide.pdf", "file:///d/hr/guide.pdf", True),
        ("a b#1.md", "file:///d/a%20b%231.md", True),
        ("Pr\u00fcfung.md", "file:///d/Pru%CC%88fung.md", True),
    ],
)
def test_a_document_is_named_by_the_end_of_its_path_in_whole_names(named, uri, expected):
    assert Place(named).is_in(uri) is expected
