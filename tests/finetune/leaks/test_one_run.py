"""The bound of epsilon from one run's canaries, against the paper's own listing and by hand."""

import math
import random

import pytest
import scipy.stats

from privrag_finetune.leaks.one_run import (
    audit_ceiling,
    audit_one_run,
    ceiling,
    correct_guesses,
    epsilon_lower_bound,
)


@pytest.mark.parametrize(("guesses", "expected"), [(50, 2.78), (100, 3.49), (500, 5.11)])
def test_ceiling_if_every_guess_is_right(guesses, expected):
    assert ceiling(guesses) == pytest.approx(expected, abs=0.01)
    q = 0.05 ** (1 / guesses)  # all right has chance q^r
    assert ceiling(guesses) == pytest.approx(math.log(q / (1 - q)), abs=1e-9)


def _p_value_of_the_paper(m, r, v, epsilon, delta):
    """Appendix D of Steinke et al., written with scipy."""
    q = 1 / (1 + math.exp(-epsilon))
    beta = scipy.stats.binom.sf(v - 1, r, q)
    alpha = total = 0.0
    for i in range(1, v + 1):
        total += scipy.stats.binom.pmf(v - i, r, q)
        alpha = max(alpha, total / i)
    return min(1.0, beta + alpha * delta * 2 * m)


@pytest.mark.parametrize("delta", [0.0, 1e-5, 1e-3])
@pytest.mark.parametrize(("m", "r", "v"), [(100, 50, 45), (200, 200, 130), (64, 16, 16)])
def test_bound_is_where_the_probability_of_the_paper_reaches_the_risk(m, r, v, delta):
    bound = epsilon_lower_bound(m, r, v, delta=delta)
    assert bound > 0
    assert _p_value_of_the_paper(m, r, v, bound, delta) == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(("r", "v"), [(50, 25), (50, 31), (10, 0), (0, 0)])
def test_guesses_no_better_than_a_coin_refute_nothing(r, v):
    assert epsilon_lower_bound(100, r, v, delta=1e-5) == 0


def test_a_larger_delta_refutes_less():
    bounds = [epsilon_lower_bound(100, 100, 90, delta=d) for d in (0.0, 1e-4, 1e-3, 1e-2)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[0] > bounds[-1]


def test_extreme_scores_are_guessed():
    scores = [0.1, 0.9, 0.5, 0.4]
    included = [False, True, False, True]
    assert correct_guesses(scores, included, 2) == 2
    assert correct_guesses(scores, included, 4) == 2  # the two in the middle are the wrong way


def test_perfect_scores_reach_the_ceiling_which_pays_for_the_choice():
    included = [n % 2 == 0 for n in range(100)]
    found = audit_one_run([float(i) for i in included], included, delta=0.0)
    assert found.correct == found.guesses == 100
    assert found.lower_bound == found.ceiling
    assert found.tried == 4
    assert found.ceiling == audit_ceiling(100, delta=0.0)
    assert found.ceiling == pytest.approx(ceiling(100, risk=0.05 / 4))
    assert found.ceiling < ceiling(100)


def test_blind_guesses_exceed_an_epsilon_of_0_in_at_most_one_of_twenty_runs():
    draw = random.Random(5)
    above = 0
    for _ in range(200):
        included = [draw.random() < 0.5 for _ in range(40)]
        found = audit_one_run([draw.random() for _ in included], included, delta=0.0)
        above += found.lower_bound > 0
    assert above <= 0.05 * 200 + 2 * math.sqrt(200 * 0.05 * 0.95)


def test_randomised_response_is_not_refuted_beyond_its_epsilon():
    draw, epsilon, above = random.Random(6), 1.0, 0
    for _ in range(100):
        included = [draw.random() < 0.5 for _ in range(100)]
        told = [i if draw.random() < math.e / (1 + math.e) else not i for i in included]
        found = audit_one_run([float(t) for t in told], included, delta=0.0)
        above += found.lower_bound > epsilon
    assert above <= 0.05 * 100 + 2 * math.sqrt(100 * 0.05 * 0.95)


def test_words_never_call_a_model_private():
    nothing = audit_one_run([0.0] * 10, [True, False] * 5, delta=1e-5)
    assert nothing.lower_bound == 0
    assert "no proof of privacy" in nothing.in_words()
    assert "at most" in nothing.in_words()
    found = audit_one_run(
        [float(n % 2) for n in range(50)], [n % 2 == 1 for n in range(50)], delta=0
    )
    assert "at least" in found.in_words()
    assert "at most" in found.in_words()


def test_no_canaries_show_nothing():
    empty = audit_one_run([], [], delta=1e-5)
    assert (empty.canaries, empty.guesses, empty.lower_bound, empty.ceiling) == (0, 0, 0.0, 0.0)
