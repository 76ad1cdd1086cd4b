"""Log-probabilities of one answer in two places."""

from pathlib import Path

import pytest

from privrag.served_alike import Trial, TrialRow, change_check


def trial(*rows: tuple[tuple[float, ...], tuple[float, ...]]) -> Trial:
    made = tuple(TrialRow((1, 2, 3), tuned, base) for tuned, base in rows)
    return Trial("tuned", Path("base"), Path("tuned"), Path("home"), made)


def test_the_distance_is_the_mean_over_all_tokens():
    one = trial(((-1.0, -2.0), (-1.5, -4.0)), ((-3.0,), (-3.0,)))
    assert one.change == pytest.approx((0.5 + 2.0 + 0.0) / 3)
    assert one.distance([(-1.0, -2.0), (-2.7,)]) == pytest.approx(0.1)


@pytest.mark.parametrize(("base", "passed"), [(-1.0, False), (-1.01, True)])
def test_a_tuning_that_changes_nothing_does_not_pass(base, passed):
    check = change_check(trial(((-1.0,), (base,))))
    assert (check.name, check.passed) == ("changes answers", passed)


def test_an_answer_of_another_length_is_no_answer():
    with pytest.raises(ValueError, match="shorter"):
        trial(((-1.0, -2.0), (-1.0, -2.0))).distance([(-1.0,)])
