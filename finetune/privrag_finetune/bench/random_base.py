"""Bases of a known shape with random weights, and rows for them: speed does not depend on either.

Nothing is downloaded: a machine without the weights of a 7B model can be measured all the same.
"""

import random
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.machine import release_gpu

SHAPES: dict[str, dict[str, int]] = {
    "8b": {
        "hidden_size": 4096,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "intermediate_size": 14336,
        "vocab_size": 128256,
    },
    "7b": {
        "hidden_size": 4096,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "intermediate_size": 11008,
        "vocab_size": 32000,
    },
    "tiny": {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "intermediate_size": 128,
        "vocab_size": 512,
    },
}
"""Of Llama: `8b` as Llama 3.1, `7b` as Llama 2 (Grattafiori et al., 2024; Touvron et al., 2023)."""
_SPECIAL = ("<unk>", "<pad>", "<s>", "</s>")
_TEMPLATE = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
_LONGEST = 8192
_SHORTEST = 0.4
"""Of the longest row: as passages differ in length."""
_ANSWERS = (16, 64)
"""Tokens of an answer, at least and at most."""


def write_base(shape: str, folder: Path) -> None:
    """A folder with config, weights in bf16 and a tokenizer of as many words."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    sizes: dict[str, Any] = dict(SHAPES[shape])
    tokenizer = _tokenizer(sizes["vocab_size"])
    config = LlamaConfig(
        **sizes,
        max_position_embeddings=_LONGEST,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        made: Any = AutoModelForCausalLM
        model = made.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    del model
    release_gpu()  # whoever is measured next needs it
    tokenizer.save_pretrained(folder)


def random_rows(
    count: int, *, most: int, vocabulary: int, end: int, seed: int = 0
) -> list[Encoded]:
    """Rows of 40 to 100 % of `most` tokens, with short answers that end in `end`."""
    if most <= 2 * _ANSWERS[1]:
        raise TrainingError(f"--tokens must be above {2 * _ANSWERS[1]}")
    draw = random.Random(seed)  # noqa: S311 - a repeatable draw
    rows = []
    for number in range(count):
        length = draw.randint(int(_SHORTEST * most), most)
        answer = draw.randint(*_ANSWERS)
        ids = [draw.randrange(len(_SPECIAL), vocabulary) for _ in range(length - 1)]
        rows.append(Encoded(f"row-{number}", f"document-{number}", (*ids, end), length - answer))
    return rows


def _tokenizer(words: int) -> Any:  # noqa: ANN401 - of transformers
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    named = [*_SPECIAL, *(f"w{n}" for n in range(len(_SPECIAL), words))]
    vocabulary = {word: number for number, word in enumerate(named)}
    unknown, pad, begin, end = _SPECIAL
    kind: Any = PreTrainedTokenizerFast
    made = kind(
        tokenizer_object=Tokenizer(WordLevel(vocabulary, unk_token=unknown)),
        unk_token=unknown,
        pad_token=pad,
        bos_token=begin,
        eos_token=end,
    )
    made.chat_template = _TEMPLATE
    return made
