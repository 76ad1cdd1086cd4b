"""Losses and continuations, against the model's own numbers."""

import copy

import numpy as np
import pytest

from privrag_finetune.generator.encoded import padded, row_losses
from privrag_finetune.leaks.reading import CausalReader, open_readers
from tests.finetune.leaks.learners import encode, reader, rows, taught, tokenizer, untaught


@pytest.fixture(scope="module")
def model():
    return untaught()


def test_losses_are_those_of_training_whatever_rows_stand_beside(model):
    some = [*rows(1, 5), *rows(2, 3, length=9)]
    found = CausalReader(model, tokenizer(), rows_at_once=3).nll(some)
    expected = row_losses(model, padded(some, pad=tokenizer().pad_token_id)).tolist()
    assert [one.mean for one in found] == pytest.approx(expected, abs=1e-5)
    assert [len(one.losses) for one in found] == [25] * 5 + [10] * 3


def test_rows_behind_one_prompt_have_the_losses_they_have_alone(model):
    shown = "when does the open ?"
    some = [encode(f"r{n}", shown, "ba mel " * n + "1 2") for n in range(5)]
    read = CausalReader(model, tokenizer(), rows_at_once=2)
    together, alone = read.nll(some), [read.nll([row])[0] for row in some]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.losses, other.losses, atol=1e-4)
        np.testing.assert_allclose(one.standing, other.standing, atol=1e-3)


def test_standing_is_the_log_probability_in_standard_deviations(model):
    import torch

    (row,) = rows(1, 1)
    (found,) = reader(model).nll([row])
    with torch.no_grad():
        logs = model(torch.tensor([row.input_ids])).logits[0, :-1].log_softmax(-1).double()
    expected = []
    for at in range(row.prompt_tokens - 1, len(row.input_ids) - 1):
        chances = logs[at].exp()
        mean = (chances * logs[at]).sum()
        spread = (chances * (logs[at] - mean) ** 2).sum().sqrt()
        expected.append(float((logs[at][row.input_ids[at + 1]] - mean) / spread))
    np.testing.assert_allclose(found.standing, expected, atol=1e-3)


def test_a_learnt_row_is_continued_to_its_end_and_beside_others_alike(model):
    learnt = [*rows(1, 4), *rows(2, 4, length=9)]
    read = CausalReader(taught(model, learnt, epochs=150), tokenizer(), rows_at_once=3)
    prompts = [row.input_ids[: row.prompt_tokens] for row in learnt]
    made = read.continue_(prompts, new_tokens=40)
    assert made == [read.continue_([prompt], new_tokens=40)[0] for prompt in prompts]
    right = sum(
        s[0] == r.input_ids[r.prompt_tokens : -1] for s, r in zip(made, learnt, strict=True)
    )
    assert right >= 6


def test_drawn_continuations_differ_and_the_seed_repeats_them(model):
    read = reader(model)
    prompt = encode("a", "when does the hall open ?", "then").input_ids[:5]
    one = read.continue_([prompt], new_tokens=6, samples=3, seed=1)
    assert len(one[0]) == 3
    assert len(set(one[0])) > 1
    assert one == read.continue_([prompt], new_tokens=6, samples=3, seed=1)
    assert one != read.continue_([prompt], new_tokens=6, samples=3, seed=2)


def test_nothing_asked_gives_nothing(model):
    assert reader(model).nll([]) == []
    assert reader(model).continue_([], new_tokens=3) == []


def test_the_base_is_read_under_its_adapter(model):
    from peft import LoraConfig, get_peft_model

    some = rows(1, 3)
    before = [one.mean for one in reader(model).nll(some)]
    tuned = get_peft_model(copy.deepcopy(model), LoraConfig(target_modules=["q_proj", "v_proj"]))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            weight.data.fill_(0.3)
    tuned.train()
    with_it = [one.mean for one in CausalReader(tuned, tokenizer()).nll(some)]
    base = CausalReader(tuned, tokenizer(), adapter=False)
    assert [one.mean for one in base.nll(some)] == pytest.approx(before, abs=1e-5)
    assert with_it != pytest.approx(before, abs=1e-3)
    assert tuned.training
    prompt = some[0].input_ids[:5]
    assert base.continue_([prompt], new_tokens=5) == reader(model).continue_([prompt], new_tokens=5)


def test_folders_are_opened_with_an_adapter_or_as_whole_models(model, tmp_path):
    from peft import LoraConfig, get_peft_model

    some = rows(1, 3)
    base, whole, adapter = tmp_path / "base", tmp_path / "whole", tmp_path / "adapter"
    taught_model = taught(model, some, epochs=3)
    tuned = get_peft_model(copy.deepcopy(model), LoraConfig(target_modules=["q_proj"]))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            weight.data.fill_(0.3)
    for one, folder in ((model, base), (taught_model, whole), (tuned, adapter)):
        one.save_pretrained(folder)
        tokenizer().save_pretrained(folder)

    def means(read):
        return pytest.approx([one.mean for one in read.nll(some)], abs=1e-5)

    for folder, expected in ((whole, taught_model), (adapter, tuned)):
        opened, below = open_readers(base, folder)
        assert [one.mean for one in opened.nll(some)] == means(reader(expected))
        assert [one.mean for one in below.nll(some)] == means(reader(model))
