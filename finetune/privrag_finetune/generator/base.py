"""The base that a generator is tuned from, with an adapter on it where the recipe asks for one."""

from pathlib import Path
from typing import Any

from privrag.errors import MissingExtraError, TrainingError
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import padding_of
from privrag_finetune.machine import device


def load_tokenizer(base: Path) -> Any:  # noqa: ANN401 - any of transformers
    """The base's tokenizer, which pads with a token that ends nothing."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    tokenizer.pad_token_id = padding_of(tokenizer)
    return tokenizer


def load_base(base: Path, recipe: GeneratorRecipe, *, seed: int) -> tuple[Any, Any]:
    """(model, tokenizer). Raises TrainingError for `qlora` without a GPU."""
    import torch
    from transformers import AutoModelForCausalLM, set_seed

    own: dict[str, Any] = {}
    if recipe.method == "qlora":
        own["quantization_config"] = _four_bits()
    on_gpu = device() == "cuda"
    dtype = torch.bfloat16 if on_gpu and recipe.method != "full" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, local_files_only=True, **own)
    set_seed(seed)  # the adapter's first weights are random
    if recipe.method == "qlora":
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(  # type: ignore[no-untyped-call]
            model, use_gradient_checkpointing=recipe.gradient_checkpointing
        )
    if recipe.method != "full":
        model = with_adapter(model, recipe)
    return model, load_tokenizer(base)


def with_adapter(model: Any, recipe: GeneratorRecipe) -> Any:  # noqa: ANN401 - any of transformers
    """The model with an adapter that changes nothing yet; only it can be trained."""
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        raise MissingExtraError("peft", "finetune") from None
    everywhere = recipe.targets == ("all-linear",)
    return get_peft_model(
        model,
        LoraConfig(
            task_type="CAUSAL_LM",
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules="all-linear" if everywhere else list(recipe.targets),
            bias=recipe.bias,
        ),
    )


def _four_bits() -> Any:  # noqa: ANN401 - of transformers
    """NF4 with a second quantisation of its constants (Dettmers et al., NeurIPS 2023)."""
    import torch
    from transformers import BitsAndBytesConfig

    if device() != "cuda":
        raise TrainingError("method = 'qlora' needs a CUDA GPU; take 'lora' on this machine")
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
