"""A run that claims an epsilon it does not keep is found out, by canaries alone."""

import numpy as np

from privrag_finetune.dp.accountant import Mechanism, epsilon_spent
from privrag_finetune.dp.randomness import SecureRandom
from privrag_finetune.dp.train import train_privately
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.leaks.one_run import audit_one_run
from tests.finetune.dp.tiny import VOCABULARY, losses, plan, tiny_adapter, units

DELTA = 1e-5


def audited(noise, *, count=64):
    """Each canary is a unit of its own, in or out by a coin; who falls most was in."""
    random = SecureRandom(bytes(range(32)))
    drawn = (random.words(count * 10) % np.uint64(VOCABULARY)).reshape(count, 10).tolist()
    canaries = [Encoded(f"c{n}", f"c{n}", tuple(ids), 3) for n, ids in enumerate(drawn)]
    coins = random.chances(count, 0.5)
    own = units(8) | {c.owner: (c,) for c, is_in in zip(canaries, coins, strict=True) if is_in}
    planned = plan(
        len(own), steps=40, noise=noise, wanted=1.0, delta=DELTA,
        spent=epsilon_spent([Mechanism(noise, 0.5, 40)], DELTA),
    )  # fmt: skip
    model = tiny_adapter(fresh=True, rank=16)
    before = losses(model, canaries)
    train_privately(
        model, own, planned, reservation=None, pad=0, random=random, learning_rate=2e-2,
        rows_at_once=64,
    )  # fmt: skip
    learnt = before - losses(model, canaries)
    return planned, audit_one_run(learnt.tolist(), coins.tolist(), delta=DELTA)


def test_a_run_without_noise_that_claims_epsilon_1_is_caught():
    planned, found = audited(0.0)
    assert planned.is_broken
    assert found.lower_bound > planned.wanted == 1.0


def test_a_run_that_keeps_to_epsilon_1_is_not_caught():
    planned, found = audited(20.0)
    assert planned.spent.epsilon <= 1.0
    assert found.lower_bound <= planned.spent.epsilon
