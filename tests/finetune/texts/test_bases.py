"""Encoder-decoder and encoder bases, on models of two layers."""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import pytest

from privrag.errors import TrainingError
from privrag_finetune.generator.base import load_tokenizer
from privrag_finetune.generator.encoded import IGNORED
from privrag_finetune.generator.train import GeneratorTraining, train_generator
from privrag_finetune.texts.encode import Encoding, encode_texts, labels_of
from privrag_finetune.texts.measure import answers, open_tuned
from privrag_finetune.texts.recipe import TextRecipe
from privrag_finetune.texts.trainers import make_reader, make_writer
from tests.finetune.full import full_when_kept
from tests.finetune.texts.made import rows_of, sentences, states

RECIPE = TextRecipe(rank=4, epochs=4, batch_size=4, learning_rate=2e-2)
LABELS = ("open", "shut")


@pytest.fixture
def writer(tiny_t5, tmp_path):
    encoding = Encoding("encoder-decoder", load_tokenizer(tiny_t5), RECIPE, 64)
    rows = encode_texts(rows_of(sentences(16)), encoding).rows
    return GeneratorTraining(tiny_t5, tmp_path / "made", RECIPE, rows[:12], rows[12:])


@pytest.fixture
def reader(tiny_bert, tmp_path):
    encoding = Encoding("encoder", load_tokenizer(tiny_bert), RECIPE, 64, LABELS)
    rows = encode_texts(rows_of(states(24)), encoding).rows
    return GeneratorTraining(tiny_bert, tmp_path / "made", RECIPE, rows[:16], rows[16:])


make_labelled = partial(make_reader, labels=LABELS)
BOTH = pytest.mark.parametrize(
    ("fixture", "make"), [("writer", make_writer), ("reader", make_labelled)]
)


def test_targets_end_with_the_token_that_ends_and_padding_counts_nothing(writer):
    made = make_writer(writer, lambda _: None)
    tokenizer = made.processing_class
    assert {row.labels[-1] for row in writer.train} == {tokenizer.eos_token_id}
    assert tokenizer.pad_token_id != tokenizer.eos_token_id

    batch = next(iter(made.get_train_dataloader()))
    real = batch["labels"] != IGNORED
    ends = batch["labels"].masked_fill(~real, -1)
    assert ((ends == tokenizer.eos_token_id) & real).any(dim=1).all()
    assert not (batch["labels"] == tokenizer.pad_token_id).any()
    start = made.model.config.decoder_start_token_id
    assert (batch["decoder_input_ids"][:, 0] == start).all(), "one to the right of the labels"


@BOTH
def test_it_learns_and_is_kept_without_pickle(request, fixture, make):
    training = request.getfixturevalue(fixture)
    logged = []
    done = train_generator(training, on_log=logged.append, make=make)

    assert done.loss < done.loss_start - 0.1
    assert any("eval_loss" in entry for entry in logged)
    assert (done.folder / "adapter_model.safetensors").is_file()
    assert not [p.name for p in done.folder.rglob("*") if p.suffix in {".bin", ".pt", ".pkl"}]
    assert train_generator(training, make=make) == done, "taken as it is"


@BOTH
def test_accumulating_gives_the_gradient_of_one_large_batch(request, fixture, make):
    import torch

    training = request.getfixturevalue(fixture)
    once = RECIPE.model_copy(update={"epochs": 1, "batch_size": 4})
    parts = once.model_copy(update={"batch_size": 1, "accumulate": 4})
    rows = training.train[:4]
    weights = []
    for number, recipe in enumerate((once, parts)):
        out = training.out.with_name(f"made-{number}")
        made = make(replace(training, out=out, recipe=recipe, train=rows), lambda _: None)
        made.train()
        weights.append([p.detach().clone() for p in made.model.parameters() if p.requires_grad])
    for one, other in zip(*weights, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


class Killed(BaseException):
    """Nothing of ours catches it."""


@BOTH
def test_a_training_that_was_cut_off_goes_on_to_the_same_result(request, fixture, make):
    training = request.getfixturevalue(fixture)
    whole = train_generator(training, make=make)
    second = replace(training, out=training.out.with_name("second"))

    def cut(logs):
        if logs["step"] > 5:
            raise Killed

    with pytest.raises(Killed):
        train_generator(second, on_log=cut, make=make)
    work = second.out.with_name("second.work")
    assert list(work.glob("checkpoint-*"))
    assert not [p.name for p in work.rglob("*") if p.suffix in {".bin", ".pt", ".pth", ".pkl"}]

    resumed = train_generator(second, make=make)

    assert resumed.loss == pytest.approx(whole.loss, abs=1e-6)
    assert resumed.steps == whole.steps


@BOTH
def test_a_disk_that_is_full_when_weights_are_kept_costs_no_step(request, fixture, make):
    training = request.getfixturevalue(fixture)
    whole = train_generator(training, make=make)
    second = replace(training, out=training.out.with_name("second"))

    with (
        ExitStack() as full,
        pytest.raises(TrainingError, match="the model second cannot be written .*; make room in"),
    ):
        train_generator(second, make=full_when_kept(make, second.out, full))
    assert not (second.out / "trained.json").exists()
    assert train_generator(second, make=make).loss == pytest.approx(whole.loss, abs=1e-6)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_saved_encoder_is_the_one_that_was_validated(reader, method):
    import torch

    recipe = RECIPE.model_copy(update={"method": method, "learning_rate": 5e-3, "epochs": 6})
    done = train_generator(replace(reader, recipe=recipe), make=make_labelled)
    tuned = open_tuned(reader.base, done.folder, "encoder", recipe, LABELS)
    losses = []
    for row in reader.validation:
        with torch.inference_mode():
            logits = tuned.model(input_ids=torch.tensor([row.input_ids[:-1]])).logits
        losses.append(-logits.log_softmax(-1)[0, row.input_ids[-1]].item())
    assert sum(losses) / len(losses) == pytest.approx(done.loss, abs=1e-4)

    if method == "full":
        told = answers(tuned, rows_of(states(24))[16:], reader.validation, most=64)
        assert [one.written for one in told] == [one.targets[0] for one in told]


def test_a_full_encoder_decoder_writes_the_targets_that_it_learnt(writer):
    recipe = RECIPE.model_copy(
        update={"method": "full", "learning_rate": 1e-2, "epochs": 40, "patience": 40}
    )
    seen = replace(writer, recipe=recipe, train=writer.train[:2], validation=writer.train[:2])
    done = train_generator(seen, make=make_writer)
    tuned = open_tuned(writer.base, done.folder, "encoder-decoder", recipe, ())
    rows = rows_of(sentences(16))
    written = answers(tuned, rows, seen.train, most=64)
    assert [one.written for one in written] == [one.targets[0] for one in written]


def test_a_row_that_is_too_long_is_counted_and_not_cut(tiny_t5, tiny_bert, tiny_generator):
    rows = rows_of([("short", "open"), ("long " * 40, "open"), ("short", "shut " * 40)])
    for base, kind, left in (
        (tiny_t5, "encoder-decoder", ["r1", "r2"]),
        (tiny_bert, "encoder", ["r1"]),
        (tiny_generator, "causal", ["r1", "r2"]),
    ):
        labels = tuple(row.target for row in rows)
        made = encode_texts(rows, Encoding(kind, load_tokenizer(base), RECIPE, 32, labels))
        assert list(made.too_long) == left, kind


def test_a_causal_base_is_shown_the_text_by_its_template_or_by_ours(tiny_generator):
    tokenizer = load_tokenizer(tiny_generator)
    rows = rows_of([("he go home", "he goes home")])

    def shown(**recipe):
        encoding = Encoding("causal", tokenizer, TextRecipe(**recipe), 64)
        (row,) = encode_texts(rows, encoding).rows
        assert row.labels[-1] == tokenizer.eos_token_id
        learnt = [label for label in row.labels if label != IGNORED]
        assert tokenizer.decode(learnt[:-1]).strip() == "he goes home"
        return tokenizer.decode(row.input_ids[: row.prompt_tokens])

    assert "question : he go home answer :" in shown()
    assert "correct it question" in shown(instructions="Correct it")
    assert shown(style="plain", template="fix: {text} =>").endswith("fix : he go home = >")
    assert "question" not in shown(style="plain")


def test_too_many_labels_or_one_are_refused_with_the_way_out():
    many = rows_of([(str(n), str(n)) for n in range(5)])
    assert labels_of(many, most=5) == ("0", "1", "2", "3", "4")
    with pytest.raises(TrainingError, match="at most 4 labels.*5 different.*encoder-decoder base"):
        labels_of(many, most=4)
    with pytest.raises(TrainingError, match="all targets are the same"):
        labels_of(many[:1], most=4)


def test_labels_that_name_somebody_are_refused_for_nobody_could_be_forgotten():
    with pytest.raises(TrainingError, match="a target names somebody"):
        labels_of(rows_of([("a", "PERSON_K7M2QX4C"), ("b", "open")]), most=4)
