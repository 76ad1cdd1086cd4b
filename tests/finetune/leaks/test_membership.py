"""Figures of attacks, by hand and a second way."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from privrag_finetune.leaks.membership import (
    attack_result,
    auc,
    true_positive_rate,
)


def arrays(*lists):
    return [np.array(some, dtype=float) for some in lists]


@pytest.mark.parametrize(
    ("inside", "outside", "expected"),
    [
        ([3, 4], [1, 2], 1.0),
        ([1, 2], [3, 4], 0.0),
        ([1, 3], [2, 4], 0.25),  # of four pairs only 3 > 2
        ([1], [1], 0.5),
        ([2, 2], [1, 2, 3], 0.5),
    ],
)
def test_auc_by_hand(inside, outside, expected):
    assert auc(*arrays(inside, outside)) == expected


@pytest.mark.parametrize(
    ("inside", "outside", "rate", "expected"),
    [
        ([5, 6, 1], [2, 3, 4], 0.01, 2 / 3),  # no false alarm: above 4
        ([5, 6, 1], [2, 3, 4], 0.34, 2 / 3),  # one: above 3
        ([5, 3.5, 1], [2, 3, 4], 0.34, 2 / 3),
        ([4, 4], [4], 0.01, 0.0),  # as high as a held-out one is not above it
        ([0], [1], 1.0, 1.0),
    ],
)
def test_true_positive_rate_by_hand(inside, outside, rate, expected):
    assert true_positive_rate(*arrays(inside, outside), false_positives=rate) == expected


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_both_agree_with_scikit_learn(digits):
    draw = np.random.default_rng(3)
    inside = draw.normal(0.7, 1, 150).round(digits)
    outside = draw.normal(0, 1, 230).round(digits)
    labels, scores = np.r_[np.ones(150), np.zeros(230)], np.r_[inside, outside]
    assert auc(inside, outside) == pytest.approx(roc_auc_score(labels, scores))
    alarms, hits, _ = roc_curve(labels, scores, drop_intermediate=False)
    for rate in (0.001, 0.01, 0.1):
        assert true_positive_rate(inside, outside, false_positives=rate) == pytest.approx(
            hits[alarms <= rate].max()
        )


def test_interval_narrows_with_rows_around_the_truth():
    draw = np.random.default_rng(4)

    def interval(count):
        scores = np.r_[draw.normal(1, 1, count), draw.normal(0, 1, count)]
        return attack_result("loss", scores, count, range(2 * count), control=None).auc

    many, few = interval(400), interval(50)
    assert many.low <= 0.7602 <= many.high  # P[N(1, 1) > N(0, 1)] = Phi(1 / sqrt 2)
    assert many.high - many.low < (few.high - few.low) / 2


def test_rows_of_one_owner_count_as_one_in_the_interval():
    scores = np.r_[np.tile([2.0, 0.0], 20), np.tile([1.0, -1.0], 20)]
    own = [f"{n // 40}-{n % 2}" for n in range(80)]
    alone = attack_result("loss", scores, 40, range(80), control=None).auc
    grouped = attack_result("loss", scores, 40, own, control=None).auc
    assert alone.value == grouped.value == 0.75
    assert grouped.high - grouped.low > alone.high - alone.low
