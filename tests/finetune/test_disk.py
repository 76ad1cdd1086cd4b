"""A full disk and a closed folder: one sentence, nothing half there, and it goes on."""

import errno
import json
from contextlib import ExitStack
from dataclasses import replace

import pytest

from privrag.errors import TrainingError
from privrag_finetune import embedder, reranker
from privrag_finetune.checkpoints import last_checkpoint
from privrag_finetune.disk import writing_into
from privrag_finetune.fit import work_folder
from privrag_finetune.generator.base import load_tokenizer
from privrag_finetune.generator.rows import encode
from privrag_finetune.generator.train import GeneratorTraining, make_trainer, train_generator
from privrag_finetune.tracking.reporter import Reporter
from tests.finetune.examples import colours, keyed
from tests.finetune.full import full_when_kept
from tests.finetune.generator.prompts import prompt_rows
from tests.finetune.generator.test_train import RECIPE
from tests.finetune.test_training import EMBEDDER, RERANKER, recipe
from tests.opened import full_disk


@pytest.fixture
def training(tiny_generator, tmp_path):
    rows = encode(prompt_rows(16), load_tokenizer(tiny_generator), most=128).rows
    return GeneratorTraining(tiny_generator, tmp_path / "made", RECIPE, rows[:12], rows[12:])


@pytest.mark.parametrize(
    ("number", "todo"),
    [
        (errno.ENOSPC, "make room in"),
        (errno.EDQUOT, "make room in"),
        (errno.EFBIG, "make room in"),
        (errno.EACCES, "make .* writable for this user"),
        (errno.EROFS, "make .* writable for this user"),
    ],
)
def test_what_the_system_refuses_names_the_folder_and_the_way_out(tmp_path, number, todo):
    with pytest.raises(TrainingError, match=todo) as told, writing_into(tmp_path / "model"):
        raise OSError(number, "of the system", "/some/file")
    assert str(told.value).startswith("the model model cannot be written (")
    assert str(tmp_path) in str(told.value)
    assert told.value.__cause__ is None


def test_errors_of_libraries_in_rust_are_understood(tmp_path):
    from safetensors.torch import load_file, save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from torch import ones

    words = Tokenizer(WordLevel({"a": 0}, unk_token="a"))  # noqa: S106 - of text
    for write in (
        lambda: save_file({"w": ones(9)}, tmp_path / "w.safetensors"),
        lambda: words.save(str(tmp_path / "words.json")),
    ):
        with (
            full_disk(),
            pytest.raises(TrainingError, match="File too large.*make room"),
            writing_into(tmp_path / "model"),
        ):
            write()
    (tmp_path / "w.safetensors").write_bytes(b"torn")
    with (
        pytest.raises(TrainingError, match="remove the folder .*model.work"),
        writing_into(tmp_path / "model"),
    ):
        load_file(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    "error", [OSError("no such model"), FileNotFoundError(2, "x"), ValueError("(os error 28)")]
)
def test_other_errors_are_not_taken_for_a_full_disk(tmp_path, error):
    with pytest.raises(type(error)) as raised, writing_into(tmp_path / "model"):
        raise error
    assert raised.value is error


def test_a_checkpoint_whose_last_file_is_torn_is_not_gone_on_with(tmp_path):
    for step, text in ((2, json.dumps({"epoch": 1})), (4, '{"epo'), (6, "")):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "trainer_state.json").write_text(text)
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-2")


def test_a_work_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(TrainingError, match="the model made cannot be written"):
        work_folder(tmp_path / "models" / "made", "0")


@pytest.mark.slow
def test_a_generators_disk_that_fills_up_is_said_and_the_same_training_goes_on(training):
    whole = train_generator(training)
    second = replace(training, out=training.out.with_name("second"))
    with ExitStack() as full:

        def fill(logs):
            if logs["step"] > 5 and "loss" in logs:
                full.enter_context(full_disk())

        with pytest.raises(TrainingError, match="the model second cannot be written") as told:
            train_generator(second, on_log=fill)
    assert str(second.out.parent) in str(told.value)
    assert not second.out.exists()
    assert last_checkpoint(second.out.with_name("second.work"))

    resumed = train_generator(second)
    assert resumed.loss == pytest.approx(whole.loss, abs=1e-6)
    assert resumed.steps == whole.steps


def test_a_disk_that_is_full_when_the_adapter_is_kept_costs_no_step(training):
    whole = train_generator(training)
    second = replace(training, out=training.out.with_name("second"))
    with ExitStack() as full, pytest.raises(TrainingError, match="the model second cannot be"):
        train_generator(second, make=full_when_kept(make_trainer, second.out, full))
    assert not (second.out / "trained.json").exists()
    assert train_generator(second).loss == pytest.approx(whole.loss, abs=1e-6)


def test_why_a_training_ended_is_not_hidden_by_its_last_line(tmp_path):
    with (
        ExitStack() as full,
        pytest.raises(TrainingError, match="the loss"),
        Reporter(tmp_path / "events.jsonl", what="made") as reporter,
    ):
        reporter.on_step(1, 9, epoch=0.1, loss=1.0)
        full.enter_context(full_disk())
        raise TrainingError("the loss is no number any more")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("train", "rows", "said"),
    [
        (embedder.train_embedder, colours, EMBEDDER),
        (reranker.train_reranker, keyed, RERANKER.replace("epochs = 20", "epochs = 4")),
    ],
)
def test_a_retrieval_models_disk_that_fills_up_is_said_and_it_goes_on(
    tmp_path, tiny_embedder, monkeypatch, train, rows, said
):
    from transformers import TrainerCallback

    def run(name):
        own = {"base": tiny_embedder, "out": tmp_path / name, "recipe": recipe(tmp_path, said)}
        return train(rows("yard"), rows("shop"), **own)

    whole = run("whole")
    with ExitStack() as full, monkeypatch.context() as patch:

        def fill(self, args, state, control, **_):
            if state.global_step == 4:
                full.enter_context(full_disk())

        patch.setattr(TrainerCallback, "on_step_begin", fill)
        with pytest.raises(TrainingError, match="cannot be written .*; make room in"):
            run("part")
    assert not (tmp_path / "part" / "trained.json").exists()
    assert last_checkpoint(tmp_path / "part.work")
    part = run("part")
    assert part.steps == whole.steps
    assert part.loss == pytest.approx(whole.loss, abs=1e-5)


@pytest.mark.parametrize(
    ("train", "rows", "said"),
    [(embedder.train_embedder, colours, EMBEDDER), (reranker.train_reranker, keyed, RERANKER)],
)
def test_a_retrieval_model_that_breaks_in_training_is_not_kept(
    tmp_path, tiny_embedder, monkeypatch, train, rows, said
):
    from transformers import TrainerCallback

    begun = []

    def poison(self, args, state, control, **named):
        begun.append(state.global_step)
        if state.global_step == 2:
            next(named["model"].parameters()).data.fill_(float("nan"))

    monkeypatch.setattr(TrainerCallback, "on_step_begin", poison)
    with pytest.raises(TrainingError, match="the loss is no number any more; lower learning_rate"):
        train(
            rows("yard"), rows("shop"), base=tiny_embedder, out=tmp_path / "tuned",
            recipe=recipe(tmp_path, said),
        )  # fmt: skip
    assert max(begun) <= 4, "it ends where it is first logged"
    assert not (tmp_path / "tuned" / "trained.json").exists()
