"""The base that a generator is tuned from, with an adapter on it where the recipe asks for one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from privrag.errors import MissingExtraError, TrainingError
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import padding_of
from privrag_finetune.machine import device

Task = Literal["CAUSAL_LM", "SEQ_2_SEQ_LM", "SEQ_CLS"]
"""What a base is tuned for, in the words of peft."""
_LOADERS: dict[Task, str] = {
    "CAUSAL_LM": "AutoModelForCausalLM",
    "SEQ_2_SEQ_LM": "AutoModelForSeq2SeqLM",
    "SEQ_CLS": "AutoModelForSequenceClassification",
}
_HEADS = ("classifier", "score")


def load_tokenizer(base: Path) -> Any:  # noqa: ANN401 - any of transformers
    """The base's tokenizer, which pads with a token that ends nothing."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    tokenizer.pad_token_id = padding_of(tokenizer)
    return tokenizer


def load_base(
    base: Path,
    recipe: GeneratorRecipe,
    *,
    seed: int,
    task: Task = "CAUSAL_LM",
    config: dict[str, Any] | None = None,
) -> tuple[Any, Any]:
    """(model, tokenizer). `config` is what its configuration says otherwise.

    Raises TrainingError for `qlora` without a GPU, MissingExtraError without bitsandbytes.
    """
    import torch
    import transformers

    own = dict(config or {})
    if recipe.method == "qlora":
        own["quantization_config"] = _four_bits()
    on_gpu = device() == "cuda"
    dtype = torch.bfloat16 if on_gpu and recipe.method != "full" else torch.float32
    transformers.set_seed(seed)  # what a head for labels starts with is random
    model, told = loader(task).from_pretrained(
        base,
        dtype=dtype,
        local_files_only=True,
        use_safetensors=True,
        output_loading_info=True,
        **own,
    )
    if recipe.method != "qlora":  # which is there already
        model = model.to(device())  # before the adapter, which has to follow what it is beside
    transformers.set_seed(seed)  # and an adapter's first weights
    if recipe.method == "qlora":
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(  # type: ignore[no-untyped-call]
            model, use_gradient_checkpointing=recipe.gradient_checkpointing
        )
    if recipe.method != "full":
        model = with_adapter(model, recipe, task, new=_new_parts(told) if task == "SEQ_CLS" else ())
    return model, load_tokenizer(base)


def loader(task: Task) -> Any:  # noqa: ANN401 - of transformers
    """The class that opens a base for this task."""
    import transformers

    return getattr(transformers, _LOADERS[task])


def _new_parts(told: dict[str, Any]) -> tuple[str, ...]:
    """Modules that the base's folder does not hold, but for those that peft takes in by itself.

    A pooler that is drawn at random has to be trained and kept whole, or it is another one when the
    model is opened.
    """
    missing = {*told["missing_keys"], *(key for key, *_ in told["mismatched_keys"])}
    names = {key.rpartition(".")[0] for key in missing}
    return tuple(sorted(name for name in names if name.partition(".")[0] not in _HEADS))


def with_adapter(
    model: Any,  # noqa: ANN401 - any of transformers
    recipe: GeneratorRecipe,
    task: Task = "CAUSAL_LM",
    *,
    new: Sequence[str] = (),
) -> Any:  # noqa: ANN401
    """The model with an adapter that changes nothing yet; only it can be trained.

    Beside it the modules `new`, all of them.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        raise MissingExtraError("peft", "finetune") from None
    everywhere = recipe.targets == ("all-linear",)
    return get_peft_model(
        model,
        LoraConfig(
            task_type=task,
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules="all-linear" if everywhere else list(recipe.targets),
            bias=recipe.bias,
            modules_to_save=list(new) or None,
        ),
    )


def _four_bits() -> Any:  # noqa: ANN401 - of transformers
    """NF4 with a second quantisation of its constants (Dettmers et al., NeurIPS 2023)."""
    import torch
    from transformers import BitsAndBytesConfig
    from transformers.utils.import_utils import is_bitsandbytes_available

    if device() != "cuda":
        raise TrainingError("method = 'qlora' needs a CUDA GPU; take 'lora' on this machine")
    if not is_bitsandbytes_available():  # or one too old for it
        raise MissingExtraError("bitsandbytes", "qlora")
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
