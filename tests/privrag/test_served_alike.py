"""Log-probabilities of one answer in two places."""

from pathlib import Path

import pytest

from privrag.served_alike import Trial, TrialRow, change_check, not_asked
from tests.generators import generator_version


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


def test_what_was_not_asked_stands_in_nobody_s_way_and_is_seen():
    (check,) = not_asked("check_serving = false in the recipe")
    assert (check.name, check.passed, check.state) == ("vllm", True, "not asked")
    assert generator_version("tuned", checks=(check,)).refusal is None
    failed = check.model_copy(update={"passed": False, "asked": True})
    assert (failed.state, generator_version("tuned", checks=(failed,)).refusal is None) == (
        "FAILED",
        False,
    )
