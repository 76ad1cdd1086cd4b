"""Whole private trainings of a tiny model: counted, killed, gone on with, and audited."""

import json
import math

import pytest

from privrag.errors import TrainingError
from privrag_finetune.dp.accountant import Mechanism, epsilon_spent
from privrag_finetune.dp.ledger import Ledger
from privrag_finetune.dp.randomness import SecureRandom
from privrag_finetune.dp.train import NOT_COVERED, seconds_per_row, train_privately
from tests.finetune.dp.tiny import losses, plan, tiny_adapter, units, weights

KEY = bytes(range(32))


class KilledError(Exception):
    """As `kill -9` does it: nothing after it runs."""


def train(model, own, planned, *, reservation=None, key=KEY, **options):
    return train_privately(
        model, own, planned, reservation=reservation, pad=0, random=SecureRandom(key), **options
    )


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "epsilon.sqlite")


def reserved(ledger, planned, run="a"):
    return ledger.reserve(run, planned, {"clinic": 1000.0})


def test_rows_at_once_and_method_do_not_change_what_is_learnt():
    own, found = units(6), []
    for method, rows_at_once in (("hooks", 1), ("hooks", 32), ("ghost", 4)):
        model = tiny_adapter(fresh=True)
        before = weights(model).clone()
        train(model, own, plan(6), method=method, rows_at_once=rows_at_once, learning_rate=1e-2)
        assert (weights(model) - before).abs().max() > 1e-3
        found.append(weights(model))
    assert (found[1] - found[0]).abs().max() < 1e-4
    assert (found[2] - found[0]).abs().max() < 1e-4


def test_without_noise_it_learns_its_rows():
    own = units(6)
    model = tiny_adapter(fresh=True, rank=8)
    before = losses(model, [r for rows in own.values() for r in rows]).mean()
    train(model, own, plan(6, steps=30, noise=0.0, rate=1.0), learning_rate=1e-2)
    assert losses(model, [r for rows in own.values() for r in rows]).mean() < before - 1


def test_a_step_that_draws_nobody_is_one_of_noise_and_counts(ledger):
    planned = plan(4, steps=3, noise=1.0, rate=1e-6)
    model = tiny_adapter(fresh=True)
    before = weights(model).clone()
    done = train(model, units(4), planned, reservation=reserved(ledger, planned))
    moved = (weights(model) - before).abs()
    assert float((moved > 0).float().mean()) > 0.99
    assert done.history == (planned.mechanism,)


def test_no_epsilon_is_given_where_no_ledger_counted():
    done = train(tiny_adapter(), units(3), plan(3, steps=1))
    assert done.spent is None
    assert done.history == (plan(3, steps=1).mechanism,)
    assert any("losses" in text for text in NOT_COVERED)


def test_what_is_reported_says_nothing_of_the_rows():
    seen = []
    train(tiny_adapter(), units(3), plan(3, steps=2), on_step=seen.append)
    assert [(taken.step, taken.steps) for taken in seen] == [(1, 2), (2, 2)]
    assert set(type(seen[0]).__dataclass_fields__) == {"step", "steps", "seconds"}


def test_a_killed_run_goes_on_with_the_epsilon_of_one_that_was_not(ledger, tmp_path):
    own, planned = units(6), plan(6, steps=8, noise=2.0)

    def dies_after(step):
        def on_step(taken):
            if taken.step == step:
                raise KilledError

        return on_step

    whole = train(tiny_adapter(), own, planned, reservation=reserved(ledger, planned, "whole"))
    with pytest.raises(KilledError):
        train(
            tiny_adapter(), own, planned, reservation=reserved(ledger, planned),
            checkpoints=tmp_path / "work", checkpoint_every=3, on_step=dies_after(5),
        )  # fmt: skip
    (state,) = (tmp_path / "work").glob("*/state.json")
    assert json.loads(state.read_bytes())["step"] == 3
    alone = Ledger(tmp_path / "epsilon.sqlite")
    assert alone.entries()[-1].state == "reserved"
    steps = []
    model = tiny_adapter()
    done = train(
        model, own, planned, reservation=reserved(alone, planned), key=bytes(32),
        checkpoints=tmp_path / "work", checkpoint_every=3, on_step=lambda t: steps.append(t.step),
    )  # fmt: skip
    assert steps == [4, 5, 6, 7, 8]
    assert (whole.steps_here, done.steps_here) == (8, 5)
    assert done.spent == whole.spent
    assert done.history == whole.history == (Mechanism(2.0, 0.5, 8),)
    assert {entry.state for entry in alone.entries()} == {"settled"}
    assert not list((tmp_path / "work").rglob("*.p*t")), "nothing is pickled"
    finished = weights(model).clone()
    again = tiny_adapter()
    train(again, own, planned, reservation=reserved(alone, planned), checkpoints=tmp_path / "work")
    assert (weights(again) == finished).all()
    assert alone.entries()[-1].mechanism.steps == 8


def test_a_checkpoint_that_was_announced_and_not_renamed_is_gone_on_with(ledger, tmp_path):
    own, planned = units(4), plan(4, steps=4)
    reservation = reserved(ledger, planned)

    def dies(taken):
        if taken.step == 3:
            raise KilledError

    options = {"checkpoints": tmp_path / "work", "checkpoint_every": 2}
    with pytest.raises(KilledError):
        train(tiny_adapter(), own, planned, reservation=reservation, on_step=dies, **options)
    (kept,) = (tmp_path / "work").iterdir()
    kept.rename(kept.with_name("step-2.work"))
    done = train(tiny_adapter(), own, planned, reservation=reserved(ledger, planned), **options)
    assert done.history == (planned.mechanism,)


def test_a_checkpoint_that_is_gone_costs_its_steps_again(ledger, tmp_path):
    own, planned = units(4), plan(4, steps=4)

    def dies(taken):
        if taken.step == 3:
            raise KilledError

    with pytest.raises(KilledError):
        train(
            tiny_adapter(), own, planned, reservation=reserved(ledger, planned), on_step=dies,
            checkpoints=tmp_path / "work", checkpoint_every=2,
        )  # fmt: skip
    done = train(tiny_adapter(), own, planned, reservation=reserved(ledger, planned))
    assert done.history == (Mechanism(planned.noise, planned.rate, 6),)
    assert done.spent == epsilon_spent(done.history, planned.delta)


def test_a_checkpoint_of_other_rows_or_a_damaged_one_is_refused(tmp_path):
    own, planned = units(4), plan(4, steps=2)
    train(tiny_adapter(), own, planned, checkpoints=tmp_path / "work")
    with pytest.raises(TrainingError, match="of another plan or of other rows"):
        train(tiny_adapter(), units(5), plan(4, steps=2, delta=0.1), checkpoints=tmp_path / "work")
    next((tmp_path / "work").glob("*/weights.safetensors")).write_bytes(b"cut off")
    with pytest.raises(TrainingError, match="step-2 is damaged"):
        train(tiny_adapter(), own, planned, checkpoints=tmp_path / "work")


def test_a_folder_that_cannot_be_written_ends_it_in_a_sentence(ledger, tmp_path):
    (tmp_path / "work").write_text("in the way")
    planned = plan(4, steps=2)
    with pytest.raises(TrainingError, match="the checkpoint of step 2 cannot be written"):
        train(
            tiny_adapter(), units(4), planned, reservation=reserved(ledger, planned),
            checkpoints=tmp_path / "work",
        )  # fmt: skip
    assert ledger.spent("clinic").epsilon == pytest.approx(planned.spent.epsilon)


@pytest.mark.parametrize(
    ("own", "message"), [({}, "no row to train on"), (units(20), "delta 0.12 is above 1/20")]
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(own, message):
    with pytest.raises(TrainingError, match=message):
        train(tiny_adapter(), own, plan(4))


def test_a_run_takes_the_plan_that_was_reserved(ledger):
    reservation = reserved(ledger, plan(4))
    with pytest.raises(TrainingError, match="reserved with another plan"):
        train(tiny_adapter(), units(4), plan(4, noise=0.9), reservation=reservation)


def test_steps_that_no_checkpoint_kept_leave_nothing_behind():
    model = tiny_adapter()
    before = weights(model).clone()

    def dies(_):
        raise KilledError

    with pytest.raises(KilledError):
        train(model, units(4), plan(4), on_step=dies)
    assert (weights(model) == before).all()


def test_weights_that_are_no_numbers_are_not_kept(ledger):
    planned = plan(3, steps=2)
    with pytest.raises(TrainingError, match="no numbers any more"):
        train(
            tiny_adapter(), units(3), planned, reservation=reserved(ledger, planned),
            learning_rate=math.inf,
        )  # fmt: skip
    assert ledger.entries()[0].state == "reserved"


def test_the_time_of_a_row_is_measured_on_made_up_ones():
    assert 0 < seconds_per_row(tiny_adapter(), tokens=16, pad=0, rows_at_once=2) < 10
