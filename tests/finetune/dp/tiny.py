"""A Llama that is made in a moment, with a LoRA adapter, and rows of invented tokens."""

import random
from dataclasses import replace

import numpy as np

from privrag_finetune.dp.accountant import Mechanism, epsilon_spent
from privrag_finetune.dp.planner import Plan
from privrag_finetune.generator.encoded import Encoded, padded, row_losses

VOCABULARY = 60


def tiny_base():
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=48,
            max_position_embeddings=64,
            initializer_range=0.3,
        )
    )


def tiny_adapter(*, rank=4, fresh=False, **options):
    """`fresh` starts at no change, as training does; else every weight of the adapter counts."""
    from peft import LoraConfig, get_peft_model

    config = {"r": rank, "target_modules": "all-linear", "init_lora_weights": fresh, **options}
    return get_peft_model(tiny_base(), LoraConfig(**config)).eval()


def row(unit, number=0, *, tokens=9, seed=0):
    drawn = random.Random(f"{unit} {number} {seed}")
    ids = tuple(drawn.randrange(1, VOCABULARY) for _ in range(tokens))
    return Encoded(f"{unit}-{number}", str(unit), ids, 3)


def units(count, *, rows=lambda unit: 1 + unit % 3):
    """Units of one to three rows, of different lengths."""
    return {
        f"u{n:02}": tuple(row(f"u{n:02}", k, tokens=6 + (n + k) % 7) for k in range(rows(n)))
        for n in range(count)
    }


def plan(count, *, steps=4, noise=1.0, rate=0.5, wanted=1000.0, spent=None, **changes):
    """A plan of chosen noise; without `spent` the accountant is asked (it imports torch)."""
    made = Plan(
        unit="document",
        units=count,
        canaries=0,
        rows_per_unit=2,
        rate=rate,
        steps=steps,
        clip=0.5,
        noise=noise,
        delta=0.5 / count,
        wanted=wanted,
        spent=spent or epsilon_spent([Mechanism(noise, rate, steps)], 0.5 / count),
        by_epoch={},
        warnings=(),
        seconds=None,
    )
    return replace(made, **changes)


def weights(model):
    import torch

    return torch.cat([p.detach().flatten() for p in model.parameters() if p.requires_grad])


def losses(model, rows):
    """Of each row, without dropout."""
    import torch

    found = []
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), 16):
            found += row_losses(model, padded(rows[start : start + 16], pad=0)).tolist()
    return np.array(found)
