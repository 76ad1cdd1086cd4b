"""What users of other trainers complain about, on a model of two layers."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from privrag.errors import TrainingError
from privrag_finetune.generator.base import load_base, load_tokenizer
from privrag_finetune.generator.encoded import IGNORED, Encoded, padded, row_losses, token_losses
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import encode
from privrag_finetune.generator.train import GeneratorTraining, make_trainer, train_generator
from tests.finetune.generator.prompts import prompt_rows

RECIPE = GeneratorRecipe(rank=4, epochs=3, batch_size=4, learning_rate=1e-2, packing="off")


@pytest.fixture
def encoded(tiny_generator: Path) -> list[Encoded]:
    rows = encode(prompt_rows(16), load_tokenizer(tiny_generator), most=128)
    assert not rows.too_long
    return list(rows.rows)


@pytest.fixture
def training(tiny_generator: Path, encoded: list[Encoded], tmp_path: Path) -> GeneratorTraining:
    return GeneratorTraining(tiny_generator, tmp_path / "made", RECIPE, encoded[:12], encoded[12:])


def test_the_last_learnt_token_ends_the_answer_and_padding_is_another(
    tiny_generator: Path, encoded: list[Encoded]
) -> None:
    tokenizer = load_tokenizer(tiny_generator)

    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert {row.labels[-1] for row in encoded} == {tokenizer.eos_token_id}
    for row in encoded:
        learnt = [label for label in row.labels if label != IGNORED]
        assert tokenizer.decode(learnt[:-1]).startswith("answer") is False
        assert tokenizer.decode(learnt[:2]).startswith("at")


def test_a_row_that_is_too_long_is_counted_and_not_cut(tiny_generator: Path) -> None:
    rows = encode(prompt_rows(12), load_tokenizer(tiny_generator), most=40)
    whole = encode(prompt_rows(12), load_tokenizer(tiny_generator), most=10_000)

    assert len(rows.rows) + len(rows.too_long) == 12
    kept = {row.id: row.input_ids for row in whole.rows}
    assert all(kept[row.id] == row.input_ids for row in rows.rows)
    assert {i for i, ids in kept.items() if len(ids) > 40} == set(rows.too_long)


def test_training_learns_and_the_adapter_changes_what_is_written(
    training: GeneratorTraining, tiny_generator: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    logged: list[dict[str, float]] = []
    done = train_generator(training, on_log=logged.append)

    assert done.loss < done.loss_start - 0.2
    assert any("eval_loss" in entry for entry in logged)
    assert any("loss" in entry for entry in logged)
    base = AutoModelForCausalLM.from_pretrained(tiny_generator)
    batch = padded(training.validation, pad=0)
    plain = token_losses(base, batch)
    tuned = token_losses(PeftModel.from_pretrained(base, done.folder), batch)
    assert tuned.mean().item() == pytest.approx(done.loss, abs=1e-4)
    assert plain.mean().item() == pytest.approx(done.loss_start, abs=1e-4)
    assert not [p.name for p in done.folder.rglob("*") if p.suffix in {".bin", ".pt", ".pkl"}]
    assert not done.folder.with_name("made.work").exists()


def test_loss_and_gradient_are_those_of_trl_which_scores_every_position(
    training: GeneratorTraining,
) -> None:
    import torch
    from trl.trainer.sft_trainer import SFTTrainer

    trainer = make_trainer(training, lambda _: None)
    rows = [{"input_ids": list(r.input_ids), "labels": list(r.labels)} for r in training.train[:4]]
    count = sum(label != IGNORED for row in rows for label in row["labels"])

    def measured(compute_loss):
        trainer.model.zero_grad()
        loss = compute_loss(trainer.model, trainer.data_collator(rows), num_items_in_batch=count)
        loss.backward()
        grown = [p.grad for p in trainer.model.parameters() if p.grad is not None]
        return loss.item(), torch.cat([one.flatten() for one in grown])

    own, gradient = measured(trainer.compute_loss)
    loss, theirs = measured(super(type(trainer), trainer).compute_loss)
    assert isinstance(trainer, SFTTrainer)
    assert own == pytest.approx(loss, abs=1e-5)
    assert theirs.abs().max() > 1e-4
    assert torch.allclose(gradient, theirs, atol=1e-6)


@pytest.mark.slow
def test_what_was_learnt_ends_by_itself(training: GeneratorTraining) -> None:
    from transformers import AutoModelForCausalLM

    by_heart = GeneratorRecipe(
        method="full", epochs=80, batch_size=4, learning_rate=1e-2, packing="off", evaluations=1
    )
    rows = training.train[:4]
    done = train_generator(replace(training, recipe=by_heart, train=rows, validation=rows))
    model = AutoModelForCausalLM.from_pretrained(done.folder)
    tokenizer = load_tokenizer(training.base)
    import torch

    for row in rows:
        shown = torch.tensor([row.input_ids[: row.prompt_tokens]])
        written = model.generate(shown, do_sample=False, max_new_tokens=20)[0].tolist()
        assert written[-1] == tokenizer.eos_token_id
        assert tuple(written) == row.input_ids


def test_the_same_training_is_not_repeated(training: GeneratorTraining) -> None:
    first = train_generator(training)
    assert train_generator(training) == first
    other = train_generator(replace(training, seed=13))
    assert other.loss != first.loss


def test_accumulating_gives_the_gradient_of_one_large_batch(training: GeneratorTraining) -> None:
    import torch

    once = RECIPE.model_copy(update={"epochs": 1, "batch_size": 4})
    parts = once.model_copy(update={"batch_size": 1, "accumulate": 4})
    rows = training.train[:4]  # of different lengths: what the mean is over decides
    weights = []
    for number, recipe in enumerate((once, parts)):
        out = training.out.with_name(f"made-{number}")
        made = make_trainer(replace(training, out=out, recipe=recipe, train=rows), lambda _: None)
        made.train()
        weights.append([p.detach().clone() for p in made.model.parameters() if p.requires_grad])
    for one, other in zip(*weights, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_packed_rows_read_only_themselves(training: GeneratorTraining) -> None:
    import torch

    alone = make_trainer(training, lambda _: None)
    packed_recipe = RECIPE.model_copy(update={"packing": "on"})
    packed = make_trainer(replace(training, recipe=packed_recipe), lambda _: None)
    rows = [
        {"input_ids": list(row.input_ids), "labels": list(row.labels)} for row in training.train
    ]
    model = packed.model.eval()

    together = packed.data_collator(rows[:4])
    assert together["input_ids"].shape[0] == 1, "one behind the other"
    with torch.no_grad():
        apart = alone.compute_loss(model, alone.data_collator(rows[:4])).item()
        behind = packed.compute_loss(model, together).item()
    assert behind == pytest.approx(apart, abs=1e-5)


def test_losses_of_rows_are_those_of_the_library(training: GeneratorTraining) -> None:
    import torch

    model, _ = load_base(training.base, RECIPE, seed=1)
    model.eval()
    with torch.no_grad():
        ours = row_losses(model, padded(training.train, pad=0))
        for loss, row in zip(ours, training.train, strict=True):
            batch = padded([row], pad=0)
            assert loss.item() == pytest.approx(model(**batch).loss.item(), abs=1e-5)


def test_one_step_whose_loss_is_no_number_ends_it_and_leaves_nothing(
    training: GeneratorTraining,
) -> None:
    """The third step alone, and its gradient is sound: validation never shows it."""
    steps: list[float] = []
    logged: list[dict[str, float]] = []

    def make(*args):
        trainer = make_trainer(*args)
        usual = trainer.compute_loss

        def compute_loss(model, *given, **named):
            loss = usual(model, *given, **named)
            if model.training:
                steps.append(loss.item())
                loss = loss + float("nan") if len(steps) == 3 else loss
            return loss

        trainer.compute_loss = compute_loss
        return trainer

    with pytest.raises(TrainingError, match="learning_rate"):
        train_generator(training, on_log=logged.append, make=make)
    assert len(steps) == 3
    assert [entry["step"] for entry in logged if "loss" in entry] == [1, 2]
    assert not training.out.exists()


def test_nothing_to_train_on_is_said(training: GeneratorTraining) -> None:
    with pytest.raises(TrainingError, match="no row to train on"):
        train_generator(replace(training, train=[]))


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_result(
    training: GeneratorTraining, tmp_path: Path
) -> None:
    whole = train_generator(training)
    second = tmp_path / "second" / "made"
    second.parent.mkdir()
    script = """
import json, os, signal, sys
from pathlib import Path
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.train import GeneratorTraining, train_generator

said = json.loads(sys.stdin.read())
rows = [Encoded(i, o, tuple(ids), n) for i, o, ids, n in said["rows"]]
out = Path(said["out"])
def stop(logs):
    if logs["step"] > 5 and "loss" in logs:
        os.kill(os.getpid(), signal.SIGKILL)
train_generator(GeneratorTraining(Path(said["base"]), out, GeneratorRecipe(**said["recipe"]),
    rows[:12], rows[12:]), on_log=stop)
"""
    said = {
        "rows": [
            (r.id, r.owner, r.input_ids, r.prompt_tokens)
            for r in (*training.train, *training.validation)
        ],
        "out": str(second),
        "base": str(training.base),
        "recipe": RECIPE.model_dump(mode="json"),
    }
    ended = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(said),
        text=True,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
    assert list(second.with_name("made.work").glob("checkpoint-*"))

    resumed = train_generator(replace(training, out=second))

    assert resumed.loss == pytest.approx(whole.loss, abs=1e-6)
    assert resumed.steps == whole.steps
