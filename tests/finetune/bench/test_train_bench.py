"""Both sides of `privrag bench train` on a tiny random base: same rows, same number of tokens."""

import pytest

from privrag.errors import TrainingError
from privrag_finetune.bench.random_base import random_rows, write_base
from privrag_finetune.bench.side import Job, trained
from privrag_finetune.bench.train_bench import bench_train


def test_rows_are_the_same_for_the_same_seed_and_end_in_the_end(tmp_path):
    rows = random_rows(20, most=200, vocabulary=512, end=3)
    assert rows == random_rows(20, most=200, vocabulary=512, end=3)
    lengths = [len(row.input_ids) for row in rows]
    assert min(lengths) >= 80
    assert max(lengths) <= 200
    assert all(row.input_ids[-1] == 3 for row in rows)
    assert all(16 <= len(row.input_ids) - row.prompt_tokens <= 64 for row in rows)
    with pytest.raises(TrainingError, match="--tokens must be above 128"):
        random_rows(1, most=128, vocabulary=512, end=3)


def test_both_sides_train_on_all_tokens_and_begin_at_the_same_loss(tmp_path):
    base = tmp_path / "tiny"
    write_base("tiny", base)
    found = {
        side: trained(Job(side=side, base=base, rows=4, tokens=160, batch_size=2), tmp_path / side)
        for side in ("privrag", "trl")
    }
    ours, theirs = found["privrag"], found["trl"]
    assert ours.tokens == theirs.tokens > 0
    assert ours.tokens_per_second > 0
    assert ours.peak_memory_mb > 0
    assert theirs.precision == "fp32"
    assert ours.loss == pytest.approx(theirs.loss, abs=0.1), "two steps from the same weights"


def test_an_unknown_base_is_refused_by_name(tmp_path):
    with pytest.raises(TrainingError, match="knows no '70b'; it takes embedded, 8b, 7b, tiny"):
        bench_train(base="70b", rows=4, tokens=160, batch_size=2)


@pytest.mark.slow
def test_the_report_has_both_speeds_beside_their_ratio():
    made = bench_train(base="tiny", rows=4, tokens=160, batch_size=2)
    ours, theirs = made["privrag"], made["trl"]
    assert made["ratio"] == pytest.approx(
        ours["tokens_per_second"] / theirs["tokens_per_second"], abs=0.01
    )
    assert ours["tokens"] == theirs["tokens"]
    assert made["machine"]["cores"] >= 1


def test_a_side_that_cannot_be_measured_says_why(tmp_path):
    from privrag_finetune.bench.side import measure

    with pytest.raises(TrainingError, match="the side privrag could not be measured"):
        measure(Job(side="privrag", base=tmp_path, rows=2, tokens=160, batch_size=1))
