"""Figures of rankings and their intervals, by hand and by a second way of computing them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.errors import EvaluationError
from privrag.gate import bootstrap as module
from privrag.gate.bootstrap import bootstrap
from privrag.gate.ranking import MEASURES, ranking_scores


def of_one(ranked, gains):
    (scores,) = ranking_scores([ranked], [gains], tuple(MEASURES))
    return scores


def test_recall_is_over_all_relevant_even_those_beyond_k():
    found = of_one(["a", "x", "b"], dict.fromkeys("abcdefghij", 1))
    assert (found["recall_at_1"], found["recall_at_5"]) == (0.1, 0.2)


def test_a_gain_below_0_counts_0_and_alone_ends_nothing():
    assert of_one(["b", "a"], {"a": 1, "b": -2}) == of_one(["b", "a"], {"a": 1, "b": 0})
    assert set(of_one(["b"], {"b": -2}).values()) == {0.0}


def test_the_reciprocal_rank_is_that_of_the_first_relevant_within_depth():
    assert of_one(["x", "a", "b"], {"a": 1, "b": 1})["mrr_at_10"] == 0.5
    deep = of_one([*"0123456789", "a"], {"a": 1})
    assert (deep["mrr_at_10"], deep["mrr"]) == (0.0, pytest.approx(1 / 11))


def test_ndcg_has_linear_gain_and_the_discount_of_trec_eval():
    gains = {"a": 3.0, "b": 1.0}
    expected = (1.0 + 3.0 / math.log2(3)) / (3.0 + 1.0 / math.log2(3))
    assert of_one(["b", "a"], gains)["ndcg_at_10"] == pytest.approx(expected)
    assert of_one(["a", "b"], gains)["ndcg_at_10"] == 1.0


def test_a_hit_counts_among_the_first_four_only():
    assert of_one(["x", "y", "z", "a"], {"a": 1})["hits_at_4"] == 1.0
    assert of_one(["w", "x", "y", "z", "a"], {"a": 1})["hits_at_4"] == 0.0


@pytest.mark.parametrize(
    ("ranked", "gains"), [([], {"a": 1}), (["a"], {}), (["a"], {"a": 0}), (["a"], {"b": 1})]
)
def test_what_finds_nothing_relevant_counts_zero_in_every_figure(ranked, gains):
    assert set(of_one(ranked, gains).values()) == {0.0}


def test_equal_names_of_documents_do_not_change_the_order_they_were_found_in():
    """trec_eval orders equal scores by name: ours are ranks, so none are equal."""
    assert of_one(["z", "a"], {"z": 1})["mrr"] == 1.0
    assert of_one(["a", "z"], {"z": 1})["mrr"] == 0.5


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcdefgh"), unique=True),
            st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 3)),
        ),
        max_size=5,
    )
)
def test_a_second_way_of_computing_them_gives_the_same(queries):
    found = ranking_scores([q[0] for q in queries], [q[1] for q in queries], tuple(MEASURES))
    for (ranked, gains), scores in zip(queries, found, strict=True):
        relevant = {d for d, gain in gains.items() if gain > 0}
        ranks = [n for n, d in enumerate(ranked, 1) if d in relevant]
        dcg = sum(gains.get(d, 0) / math.log2(n + 1) for n, d in enumerate(ranked, 1))
        best = sorted(gains.values(), reverse=True)
        ideal = sum(gain / math.log2(n + 1) for n, gain in enumerate(best, 1))
        expected = {
            "ndcg_at_10": dcg / ideal if ideal else 0.0,
            "mrr": 1 / ranks[0] if ranks else 0.0,
            "mrr_at_10": 1 / ranks[0] if ranks else 0.0,
            "hits_at_4": float(bool(ranks) and ranks[0] <= 4),
        } | {
            f"recall_at_{k}": sum(n <= k for n in ranks) / len(relevant) if relevant else 0.0
            for k in (1, 5, 10)
        }
        assert scores == pytest.approx(expected)


def test_a_bootstrap_of_equal_values_has_no_width_and_of_none_no_value():
    same = bootstrap([0.5, 0.5, 0.5])
    assert (same.mean, same.low, same.high, same.cases) == (0.5, 0.5, 0.5, 3)
    assert bootstrap([]).as_json() == {"mean": None, "ci95": [None, None], "cases": 0}


def test_whole_groups_are_drawn_so_that_copies_of_a_case_do_not_narrow_the_interval():
    values = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0]
    alone = bootstrap(values)
    copied = bootstrap(values * 10, groups=list(range(8)) * 10)
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    assert bootstrap(values * 10).high < copied.high


def test_drawing_in_blocks_changes_nothing(monkeypatch):
    values = [n % 7 / 7 for n in range(60)]
    whole = bootstrap(values, seed=3)
    monkeypatch.setattr(module, "_DRAWN_AT_ONCE", 60 * 37)
    assert bootstrap(values, seed=3) == whole


def test_a_gain_that_is_no_whole_number_is_refused_instead_of_cut_to_none():
    with pytest.raises(EvaluationError, match="whole number"):
        of_one(["a"], {"a": 0.5})
