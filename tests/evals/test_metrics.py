"""Each metric against numbers worked out by hand."""

import importlib
import math
import pkgutil
import re

import numpy as np
import pytest

from privrag.gate.token_f1 import token_f1
from privrag.records import Entity
from privrag_evals import metrics
from privrag_evals.metrics.b_cubed import b_cubed
from privrag_evals.metrics.capture_recapture import chapman
from privrag_evals.metrics.half_covered import half_covered
from privrag_evals.metrics.holds_answer import holds_answer
from privrag_evals.metrics.pairwise import pairwise
from privrag_evals.metrics.stratified_recall import StratumCount, stratified_recall


def test_b_cubed_and_pairs_of_a_split_and_of_a_merge():
    split = b_cubed("AAAA", "xxyy")
    assert (split.precision, split.recall, split.mentions) == (1.0, 0.5, 4)
    merged = b_cubed("AABB", "xxxx")
    assert (merged.precision, merged.recall) == (0.5, 1.0)
    pairs = pairwise("AABB", "xxxy")
    assert (pairs.precision, pairs.recall) == (1 / 3, 0.5)
    assert math.isnan(pairwise("AB", "xy").precision)
    assert b_cubed([], []).mentions == 0


def test_chapman_counts_what_neither_search_saw():
    captured = chapman(9, 9, 4)
    assert captured.total == pytest.approx(19.0)
    assert 14 < captured.low < 19 < captured.high
    assert chapman(5, 5, 5).total == 5.0
    assert chapman(0, 0, 0).total == 0.0
    with pytest.raises(ValueError, match="both"):
        chapman(2, 3, 3)


def test_misses_in_blocks_that_nobody_saw_are_extrapolated():
    strata = [StratumCount(size=100, seen=10, missed=2)]
    result = stratified_recall(80, right=8, wrong=0, strata=strata)
    assert result.recall == pytest.approx(80 / 100)
    assert result.low < 0.8 < result.high


def test_wrong_findings_do_not_count_as_found():
    strata = [StratumCount(size=10, seen=10, missed=4)]
    assert stratified_recall(8, right=4, wrong=4, strata=strata).recall == pytest.approx(0.5)


def test_no_miss_in_few_blocks_is_no_proof_of_perfection():
    result = stratified_recall(50, right=5, wrong=0, strata=[StratumCount(1000, 10, 0)])
    assert result.recall == 1.0
    assert result.low < 0.75


def test_misses_that_come_in_heaps_widen_the_interval_until_it_holds_the_truth():
    """100 registers of 300 blocks, a sixth of which hide ten people each; 40 are looked through."""
    random = np.random.default_rng(5)
    held = {"single": 0, "heaps": 0}
    for _ in range(100):
        misses = np.where(random.random(300) < 1 / 6, 10, 0)
        seen = random.choice(misses, 40, replace=False)
        truth = 500 / (500 + misses.sum())
        for name, squares in (("single", None), ("heaps", int((seen**2).sum()))):
            stratum = StratumCount(300, 40, int(seen.sum()), squares)
            result = stratified_recall(500, right=0, wrong=0, strata=[stratum])
            held[name] += bool(result.low <= truth <= result.high)
    assert held["single"] < 70
    assert held["heaps"] >= 90


def test_misses_that_come_one_by_one_leave_the_interval_as_it_was():
    alone = stratified_recall(80, right=8, wrong=0, strata=[StratumCount(20, 10, 5)])
    same = stratified_recall(80, right=8, wrong=0, strata=[StratumCount(20, 10, 5, 5)])
    assert same == alone


@pytest.mark.parametrize(
    ("span", "found", "expected"),
    [
        ((0, 10), [(0, 5)], True),
        ((0, 10), [(0, 4)], False),
        ((0, 10), [(0, 2), (7, 12)], True),
        ((0, 10), [], False),
    ],
)
def test_half_of_the_characters_found_is_found(span, found, expected):
    entities = [Entity("ID", start, end, 1.0, "") for start, end in found]
    assert half_covered(Entity("PERSON", *span, 1.0, ""), entities) is expected


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("The red house.", ["a red house"], 1.0),
        ("red", ["red house"], 2 / 3),
        ("blue", ["red house", "Blue!"], 1.0),
        ("", ["red"], 0.0),
        ("red", [], 0.0),
    ],
)
def test_token_f1_is_that_of_squad(answer, gold, expected):
    assert token_f1(answer, gold) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("It was the Red House, they say.", ["red house"], 1.0),
        ("It was in 1234.", ["12"], 0.0),
        ("red big house", ["red house"], 0.0),
        ("Nothing.", ["red", "nothing"], 1.0),
        ("Nothing.", ["the", ""], 0.0),
        ("", [], 0.0),
    ],
)
def test_an_answer_holds_a_gold_one_only_as_whole_words_side_by_side(answer, gold, expected):
    assert holds_answer(answer, gold) == expected


@pytest.mark.parametrize(
    "name",
    [
        *(f"privrag_evals.metrics.{m.name}" for m in pkgutil.iter_modules(metrics.__path__)),
        "privrag.gate.bootstrap",
        "privrag.gate.ranking",
    ],
)
def test_every_formula_names_its_source_and_what_empty_input_gives(name):
    told = importlib.import_module(name).__doc__ or ""
    assert re.search(r"\b(?:19|20)\d\d\b", told), "author and year"
    assert re.search(r"\b(?:[Nn]o|[Nn]othing|empty|none)\b", told), "the empty case"
