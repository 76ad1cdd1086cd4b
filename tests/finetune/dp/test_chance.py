"""Who is drawn and what is added: chances counted, not assumed."""

import math
from collections import Counter

import pytest

from privrag.errors import TrainingError
from privrag_finetune.dp.randomness import SecureRandom
from privrag_finetune.dp.sampler import PoissonSampler, units_of
from privrag_finetune.generator.encoded import Encoded
from tests.finetune.dp.tiny import row, units

KEY = bytes(range(32))


def test_every_stream_is_another_unless_a_test_says_so():
    assert SecureRandom().words(4).tolist() != SecureRandom().words(4).tolist()
    one, two = SecureRandom(KEY), SecureRandom(KEY)
    first = one.words(4).tolist()
    assert first == two.words(4).tolist()
    assert first != one.words(4).tolist()


def test_noise_has_the_deviation_it_is_asked_for_and_the_shape_of_a_gaussian():
    import torch

    like = torch.zeros(400, 500)
    noise = SecureRandom(KEY).normal(like, 3.0)
    assert noise.shape == like.shape
    assert float(noise.mean()) == pytest.approx(0, abs=4 * 3 / math.sqrt(200_000))
    assert float(noise.std()) == pytest.approx(3.0, rel=4 / math.sqrt(400_000))
    shares = [float((noise.abs() > sigmas * 3.0).float().mean()) for sigmas in (1, 2, 3)]
    assert shares == pytest.approx([0.31731, 0.04550, 0.00270], abs=0.004)
    assert not SecureRandom(KEY).normal(like, 0.0).any()


def test_noise_of_more_than_one_piece_is_not_repeated(monkeypatch):
    import torch

    monkeypatch.setattr("privrag_finetune.dp.randomness._AT_ONCE", 7)
    noise = SecureRandom(KEY).normal(torch.zeros(20), 1.0)
    assert len(set(noise.tolist())) == 20


def test_units_are_drawn_independently_at_the_rate():
    """Poisson: the number drawn varies as a binomial, which shuffled batches do not."""
    import torch

    sampler = PoissonSampler(units(40), rate=0.3, rows_per_unit=1, random=SecureRandom(KEY))
    draws = [sampler.draw() for _ in range(2000)]
    sizes = torch.tensor([float(len(drawn)) for drawn in draws])
    assert float(sizes.mean()) == pytest.approx(12, abs=4 * math.sqrt(8.4 / 2000))
    assert float(sizes.var()) == pytest.approx(8.4, rel=0.15)
    counts = Counter(unit[0].owner for drawn in draws for unit in drawn)
    assert len(counts) == 40
    assert all(abs(n - 600) < 5 * math.sqrt(420) for n in counts.values())


def test_a_draw_may_be_empty():
    sampler = PoissonSampler(units(2), rate=0.05, rows_per_unit=1, random=SecureRandom(KEY))
    assert [] in [sampler.draw() for _ in range(50)]


def test_at_most_so_many_rows_of_a_unit_count_each_as_often():
    one = units(1, rows=lambda _: 5)
    sampler = PoissonSampler(one, rate=1.0, rows_per_unit=2, random=SecureRandom(KEY))
    drawn = [sampler.draw()[0] for _ in range(1000)]
    assert all(len({r.id for r in rows}) == 2 for rows in drawn)
    counts = Counter(r.id for rows in drawn for r in rows)
    assert len(counts) == 5
    assert all(abs(n - 400) < 5 * math.sqrt(240) for n in counts.values())


def test_removing_a_unit_changes_that_units_rows_alone():
    rows = [row(f"d{n}", k) for n in range(4) for k in range(3)]
    whole, without = units_of(rows), units_of([r for r in rows if r.owner != "d2"])
    assert {unit: own for unit, own in whole.items() if unit != "d2"} == without


def test_a_row_of_nobody_is_refused():
    with pytest.raises(TrainingError, match="no owner"):
        units_of([Encoded("r", "", (1, 2, 3), 1)])


def test_a_row_that_holds_text_of_another_unit_is_refused():
    rows = [row("a"), row("b")]
    assert units_of(rows, holds={"a-0": ["a"]})
    with pytest.raises(TrainingError, match="row a-0 holds text of 2 owners"):
        units_of(rows, holds={"a-0": ["a", "b"]})
