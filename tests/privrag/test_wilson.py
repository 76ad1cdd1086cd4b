import pytest

from privrag.wilson import wilson


def test_the_interval_of_a_share():
    low, high = wilson(5, 10)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)  # a textbook's example


def test_it_is_never_certain_about_few_cases():
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(10, 10)
    assert low == pytest.approx(0.7225, abs=1e-3)
    assert high == 1.0
