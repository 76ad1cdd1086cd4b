"""A reranker's correction of the retrieval score."""

import pytest

from privrag.gate.correction import ReadAgain, best_correction


def read(logits, *, right="b", scores=(0.9, 0.8, 0.7)):
    return ReadAgain(ids=["a", "b", "c"], scores=list(scores), logits=logits, gains={right: 1.0})


def test_the_order_is_by_score_and_correction_and_what_is_not_read_follows():
    assert read([0.0, 1.0, 0.0]).ranking(0.0) == ["a", "b", "c"]
    assert read([0.0, 1.0, 0.0]).ranking(0.5) == ["b", "a", "c"]
    assert read([0.0, 0.3]).ranking(1.0) == ["b", "a", "c"]
    assert read([0.0]).ranking(9.0) == ["a", "b", "c"]


def test_a_good_reranker_is_given_weight_and_a_bad_one_none():
    assert best_correction([read([0.0, 1.0, 0.0])] * 3, scale=2.0) == pytest.approx(0.125)
    assert best_correction([read([1.0, 0.0, 0.0], right="a")] * 3, scale=2.0) == 0.0
    assert best_correction([read([1.0, -1.0, 0.0])] * 3, scale=2.0) == 0.0
