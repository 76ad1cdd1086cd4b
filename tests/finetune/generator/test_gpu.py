"""A tiny Llama on a GPU: bf16 training, and an adapter that any machine opens."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from privrag.errors import MissingExtraError, TrainingError
from privrag_finetune.generator.base import load_base, load_tokenizer
from privrag_finetune.generator.encoded import padded, token_losses
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import encode
from privrag_finetune.generator.train import GeneratorTraining, train_generator
from tests.finetune.generator.prompts import prompt_rows

RECIPE = GeneratorRecipe(rank=4, epochs=3, batch_size=4, learning_rate=1e-2)


@pytest.fixture
def training(tiny_generator: Path, tmp_path: Path) -> GeneratorTraining:
    rows = encode(prompt_rows(16), load_tokenizer(tiny_generator), most=128).rows
    return GeneratorTraining(tiny_generator, tmp_path / "made", RECIPE, rows[:12], rows[12:])


@pytest.mark.gpu
@pytest.mark.parametrize("packing", ["off", "auto"])
def test_an_adapter_trained_in_bf16_on_a_gpu_says_on_a_cpu_what_it_learnt(
    training: GeneratorTraining, packing: str
) -> None:
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    done = train_generator(replace(training, recipe=RECIPE.model_copy(update={"packing": packing})))

    assert math.isfinite(done.train_loss)
    assert done.loss < done.loss_start
    kept = load_file(done.folder / "adapter_model.safetensors", device="cpu")
    assert all(bool(weights.isfinite().all()) for weights in kept.values())
    base = AutoModelForCausalLM.from_pretrained(training.base)
    tuned = PeftModel.from_pretrained(base, done.folder)
    assert {p.device.type for p in tuned.parameters()} == {"cpu"}
    loss = token_losses(tuned, padded(training.validation, pad=0)).mean().item()
    assert loss == pytest.approx(done.loss, abs=0.1), "bf16 there, fp32 here"


@pytest.mark.gpu
def test_four_bits_train_where_bitsandbytes_is(training: GeneratorTraining) -> None:
    pytest.importorskip("bitsandbytes")
    done = train_generator(replace(training, recipe=RECIPE.model_copy(update={"method": "qlora"})))
    assert done.loss < done.loss_start


def test_four_bits_without_a_gpu_or_without_their_library_name_the_way_out(
    tiny_generator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers.utils import import_utils

    recipe = RECIPE.model_copy(update={"method": "qlora"})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TrainingError, match="needs a CUDA GPU; take 'lora'"):
        load_base(tiny_generator, recipe, seed=1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(import_utils, "is_bitsandbytes_available", lambda: False)
    with pytest.raises(MissingExtraError, match=r"pip install 'privrag\[qlora\]'"):
        load_base(tiny_generator, recipe, seed=1)
