"""Tuned generators as tests need them: versions for the registry, a tiny base and adapters."""

from pathlib import Path

from privrag.generate.tuning import Tuning, template_sha256, tokenizer_sha256, weights_sha256
from privrag.prompts import PromptSettings, prompt_sha256
from privrag.registry import Check, Gate, ModelVersion
from tests import tiny

USUAL_PROMPT = prompt_sha256(PromptSettings())


def figure(low: float = 0.02, high: float = 0.18) -> Gate:
    return Gate(
        questions=40, documents=9, without=0.4, with_it=0.5, difference=0.1, ci95=(low, high)
    )


def generator_version(
    name: str,
    *,
    checks: tuple[Check, ...] = (Check(name="logits", passed=True, detail="they differ by 0.3"),),
    tuning: Tuning | None = None,
    beside: str | None = None,
    **figures: Gate,
) -> ModelVersion:
    """`beside` is the generator that served when it was measured; there is a gain over it, too."""
    digest = "0" * 64
    own = {"answer_f1": figure()} | ({} if beside is None else {"answer_f1_beside": figure()})
    return ModelVersion(
        kind="generator",
        name=name,
        created="2026-11-22T08:00:00+00:00",
        data="rows",
        data_sha256=digest,
        base="tiny",
        seed=1,
        examples=200,
        pairs=0,
        seconds=60.0,
        beside={} if beside is None else {"generator": beside},
        figures={**own, **figures},
        checks=checks,
        tuning=tuning
        or Tuning(
            base="tiny",
            base_sha256=digest,
            template_sha256=digest,
            tokenizer_sha256=digest,
            prompt_sha256=USUAL_PROMPT,
            rank=8,
            method="lora",
        ),
    )


TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"


def make_base(folder: Path, *, seed: int = 0) -> Path:
    """A random Llama of 2 layers with MiniLM's tokenizer and a chat template."""
    from transformers import LlamaForCausalLM

    tokenizer = tiny.minilm_tokenizer(chat_template=TEMPLATE)
    config = tiny.loud_llama_config(tokenizer, 512)
    return tiny.saved(LlamaForCausalLM, config, tokenizer, folder, seed=seed)


def tuning_from(base: Path, **changes: object) -> Tuning:
    """That of an adapter which was tuned from this base."""
    found = {
        "base": base.name,
        "base_sha256": weights_sha256(base),
        "template_sha256": template_sha256(base),
        "tokenizer_sha256": tokenizer_sha256(base),
        "prompt_sha256": USUAL_PROMPT,
        "rank": 4,
        "method": "lora",
    }
    return Tuning.model_validate({**found, **changes})


def make_adapter(base: Path, folder: Path, *, seed: int = 1, rank: int = 4) -> Path:
    """A random LoRA adapter: it changes every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank,
        lora_alpha=8 * rank,
        target_modules=["q_proj", "v_proj", "down_proj"],
        init_lora_weights=False,
        task_type="CAUSAL_LM",
    )
    model = AutoModelForCausalLM.from_pretrained(base)
    get_peft_model(model, config).save_pretrained(folder)
    (folder / "base.json").write_text(tuning_from(base, rank=rank).model_dump_json())
    return folder
