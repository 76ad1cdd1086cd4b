"""What is told before anything is spent, and epsilon against another implementation."""

import math

import pytest

from privrag.errors import TrainingError
from privrag_finetune.dp import accountant
from privrag_finetune.dp.accountant import Mechanism, epsilon_spent
from privrag_finetune.dp.planner import plan_for

REFERENCE = [
    ([Mechanism(1.41, 0.0256, 118)], 1e-5, 0.9707, 1.1195),
    ([Mechanism(1.0, 0.01, 1000)], 1e-5, 1.8282, 2.1014),
    ([Mechanism(2.5, 0.1024, 30)], 1e-5, 0.9765, 1.0951),
    ([Mechanism(4.0, 0.5, 60)], 1e-3, 3.1092, 3.5329),
    (
        [Mechanism(1.41, 0.0256, 118), Mechanism(1.0, 0.01, 1000), Mechanism(2.5, 0.1024, 30)],
        1e-5,
        2.2886,
        None,
    ),
]
"""Steps, delta, and epsilon by dp-accounting 0.6.0 of Google: `PLDAccountant` with
`value_discretization_interval=1e-4`, and `RdpAccountant`, each composing
`SelfComposedDpEvent(PoissonSampledDpEvent(rate, GaussianDpEvent(noise)), steps)`. It is not
installed here: it asks for an attrs of 2023."""


@pytest.mark.parametrize(("history", "delta", "exact", "loose"), REFERENCE)
def test_epsilon_is_that_of_another_implementation_from_above(history, delta, exact, loose):
    found = epsilon_spent(history, delta)
    assert found.accountant == "prv"
    assert exact <= found.epsilon <= exact + 0.02
    assert loose is None or found.epsilon < loose


def test_rdp_counts_where_prv_does_not_and_the_result_says_so(monkeypatch):
    history, delta, exact, loose = REFERENCE[1]
    monkeypatch.setattr(accountant, "_prv", lambda *_: None)
    found = epsilon_spent(history, delta)
    assert found.accountant == "rdp"
    assert found.epsilon == pytest.approx(loose, rel=1e-3) and found.epsilon > exact


def test_an_accountant_that_breaks_down_is_not_believed(monkeypatch):
    from opacus.accountants import PRVAccountant

    def broken(*_, **__):
        raise RuntimeError("Discrete mean differs significantly from continuous mean.")

    history, delta, _, loose = REFERENCE[1]
    for wrong in (broken, lambda *_, **__: math.nan, lambda *_, **__: -0.1):
        monkeypatch.setattr(PRVAccountant, "get_epsilon", wrong)
        assert epsilon_spent(history, delta).epsilon == pytest.approx(loose, rel=1e-3)


def test_no_noise_is_no_privacy_and_no_step_costs_nothing():
    assert epsilon_spent([Mechanism(0.0, 0.1, 1)], 1e-3).epsilon == math.inf
    assert epsilon_spent([], 1e-3).epsilon == 0
    assert epsilon_spent([Mechanism(1.0, 0.1, 0)], 1e-3).epsilon == 0


def test_every_unit_in_every_step_is_counted():
    """The Gaussian mechanism alone: noise 5 over 4 steps is noise 2.5 over one."""
    whole = epsilon_spent([Mechanism(5.0, 1.0, 4)], 1e-3)
    assert whole.epsilon == pytest.approx(epsilon_spent([Mechanism(2.5, 1.0, 1)], 1e-3).epsilon)
    assert whole.accountant == "rdp"


def test_the_noise_is_the_least_that_keeps_to_epsilon():
    """finetune notes of the field: 10,000 units, epsilon 1, 256 of them in a step, 3 epochs."""
    plan = plan_for(10_000, epsilon=1, delta=1e-5, epochs=3, batch=256)
    assert plan.noise == pytest.approx(1.41, abs=0.03)
    assert plan.effective_noise == pytest.approx(5.5e-3, rel=0.03)
    assert plan.steps == 117
    assert 0.98 < plan.spent.epsilon <= 1
    assert not plan.is_broken
    assert list(plan.by_epoch) == [1, 2, 3]
    assert 0 < plan.by_epoch[1] < plan.by_epoch[2] < plan.by_epoch[3] == plan.spent.epsilon
    assert any("learn little" in text for text in plan.warnings)


def test_more_units_in_a_step_and_more_epsilon_mean_less_noise_on_the_mean():
    few = plan_for(1000, epsilon=3, epochs=3)
    assert few.batch == pytest.approx(8 * math.sqrt(1000))
    assert any("learn little" in text for text in few.warnings)
    more = plan_for(1000, epsilon=3, epochs=3, batch=500)
    much = plan_for(1000, epsilon=8, epochs=3)
    assert more.effective_noise < few.effective_noise
    assert not any("learn little" in text for text in much.warnings)


def test_a_plan_says_all_that_will_happen():
    plan = plan_for(200, epsilon=8, noise=2.0, epochs=20, rows_per_unit=3, seconds_per_row=0.5)
    assert plan.steps == 40 and len(plan.by_epoch) == 7
    assert plan.seconds == pytest.approx(0.5 * 40 * 100 * 3)
    text = plan.as_text()
    for said in ("200, at most 3", "100 units expected", "2 (clip 0.1)", "6,000 s", "are few"):
        assert said in text


def test_delta_is_no_larger_than_one_by_the_units():
    plan = plan_for(50, epsilon=8, delta=0.1, noise=2.0, epochs=2)
    assert plan.delta == 1 / 50
    assert any("1/50 is used instead" in text for text in plan.warnings)
    assert plan_for(50, epsilon=8, noise=2.0, epochs=2).delta == pytest.approx(50**-1.2)


def test_a_run_that_is_broken_on_purpose_says_so():
    plan = plan_for(50, epsilon=1, noise=0.0)
    assert plan.is_broken and plan.spent.epsilon == math.inf
    assert "broken on purpose" in plan.as_text()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epsilon": 0}, "epsilon is out of its range"),
        ({"epsilon": math.inf}, "epsilon is out of its range"),
        ({"delta": 1.0}, "delta is out of its range"),
        ({"epochs": 0}, "epochs is out of its range"),
        ({"batch": 101}, "units of a step is out of its range"),
        ({"rows_per_unit": 0}, "rows_per_unit is out of its range"),
        ({"clip": 0.0}, "clip is out of its range"),
        ({"noise": -1.0}, "noise is out of its range"),
        ({"contract_epsilon": 4}, "epsilon 8 is above the 4 that the contract allows"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_a_sentence(wrong, message):
    with pytest.raises(TrainingError, match=message):
        plan_for(100, **{"epsilon": 8, **wrong})


@pytest.mark.parametrize("canaries", [0, 19])
def test_one_unit_cannot_hide_among_canaries_either(canaries):
    with pytest.raises(TrainingError, match="1 units cannot hide each other"):
        plan_for(1 + canaries, canaries=canaries, epsilon=8)


def test_canaries_are_drawn_and_protect_nobody():
    plan = plan_for(70, canaries=20, epsilon=8, noise=2.0, epochs=2)
    assert (plan.protected, plan.batch) == (50, 35)
    assert plan.delta == pytest.approx(50**-1.2)
    assert "document: 50 and 20 canaries, at most 4" in plan.as_text()
    many = plan_for(510, canaries=20, epsilon=8, noise=2.0, epochs=2)
    assert any("490 units are few" in text for text in many.warnings)
