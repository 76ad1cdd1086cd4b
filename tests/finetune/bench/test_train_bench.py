"""Both sides of `privrag bench train` on a tiny random base: same rows, same number of tokens."""

import pytest
import typer
from typer.testing import CliRunner

from privrag.errors import TrainingError
from privrag_finetune.bench.random_base import random_rows, write_base
from privrag_finetune.bench.side import Failed, Job, Measured, measure, trained
from privrag_finetune.bench.train_bench import bench_train, report_of
from privrag_finetune.bench_cli import train


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


def test_a_side_that_cannot_be_measured_says_the_type_of_the_error_alone(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "Femi Adeyemi"}')
    found = measure(Job(side="privrag", base=tmp_path, rows=2, tokens=160, batch_size=1))
    assert isinstance(found, Failed)
    assert (found.failed, found.why) == ("ValueError", "")


def test_of_our_own_errors_the_sentence_comes_back(tmp_path):
    base = tmp_path / "tiny"
    write_base("tiny", base)
    found = measure(Job(side="privrag", base=base, rows=2, tokens=100, batch_size=1))
    assert found == Failed(failed="TrainingError", why="--tokens must be above 128")


def test_a_side_that_fails_leaves_the_others_their_figures():
    one = Measured(
        tokens=90, seconds=3.0, tokens_per_second=30.0, peak_memory_mb=200.0, loss=6.2,
        precision="bf16", device="gpu",
    )  # fmt: skip
    slow = one.model_copy(update={"tokens_per_second": 10.0, "peak_memory_mb": 400.0})
    broken = Failed(failed="OutOfMemoryError")

    made = report_of({"privrag": one, "trl": slow, "trl-bf16": one, "qlora": broken})
    assert (made["ratio"], made["memory_ratio"]) == (3.0, 0.5)
    assert made["privrag"]["tokens"] == 90
    assert made["qlora"] == {"failed": "OutOfMemoryError", "why": ""}

    made = report_of({"privrag": one, "trl": broken})
    assert (made["ratio"], made["memory_ratio"]) == (None, None)
    assert made["privrag"]["tokens_per_second"] == 30.0

    with pytest.raises(TrainingError, match=r"no side .*privrag: OutOfMemoryError; trl: Out"):
        report_of({"privrag": broken, "trl": broken})


def test_a_failed_side_is_a_line_of_the_command(monkeypatch, tmp_path):
    from privrag_finetune.bench import train_bench

    figures = {
        "privrag": {
            "tokens_per_second": 30.0, "peak_memory_mb": 200.0, "precision": "bf16",
            "seconds": 3.0, "loss": 6.2, "device": "gpu",
        },
        "trl": {"failed": "OutOfMemoryError", "why": ""},
        "ratio": None,
        "memory_ratio": None,
    }  # fmt: skip
    monkeypatch.setattr(train_bench, "bench_train", lambda **_: figures)
    app = typer.Typer()
    app.command()(train)
    ran = CliRunner().invoke(app, ["--base", "tiny"], obj=tmp_path)
    assert ran.exit_code == 0, ran.output
    assert "trl      failed: OutOfMemoryError\n" in ran.output
    assert "30 tokens/s" in ran.output
    assert "ratio" not in ran.output
