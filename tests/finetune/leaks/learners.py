"""Models of two layers that learn rows by heart in seconds, and rows about nobody for them.

Every word is a token, so what a model remembers can be read off its output.
"""

import copy
import random
from collections.abc import Sequence
from functools import cache
from typing import Any

from privrag.leak import KnownValues
from privrag_finetune.generator.encoded import Encoded, padded, row_losses
from privrag_finetune.leaks.canaries import Canaries, make_canaries
from privrag_finetune.leaks.reading import CausalReader
from privrag_finetune.leaks.subject import GeneratorRows, Lineage

MARTA = "PERSON_4SD2GZD3"
NAME = "Marta Lindqvist"
_NOUNS = [
    f"{a}{b}" for a in ("ba", "do", "fi", "gu", "ke", "lo") for b in ("mel", "ran", "tis", "vok")
]
_UNUSED = [f"unused{n}" for n in range(40)]
_FRAME = "when does the open ? it opens at and closes before noon then Write what stands for"
_SPECIAL = {"pad_token": "<pad>", "eos_token": "<end>", "unk_token": "<unk>"}
LINEAGE = Lineage(
    data="invented",
    splits={"train": 24, "test": 24},
    rows=24,
    owners=24,
    most_rows_of_an_owner=1,
    seed=1,
    hashes={"base": "0" * 64},
    versions={"privrag": "0.1.0"},
    machine={"cores": 2},
)


@cache
def tokenizer() -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    wording = make_canaries(1, seed=0).wording
    texts = [wording.question, wording.answer, *wording.objects, *wording.places, *wording.words]
    words = [word for text in [*texts, _FRAME, NAME] for word in text.split()]
    split = [piece for word in words for piece, _ in Whitespace().pre_tokenize_str(word)]
    known = [*_SPECIAL.values(), *split, *_NOUNS, *_UNUSED, MARTA, "1", "2", "3"]
    numbers = {word: n for n, word in enumerate(dict.fromkeys(known))}
    made = Tokenizer(WordLevel(numbers, unk_token=_SPECIAL["unk_token"]))
    made.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=made, **_SPECIAL)


def encode(name: str, question: str, answer: str) -> Encoded:
    """Question, answer, end."""
    shown, said = (
        tokenizer()(text, add_special_tokens=False).input_ids for text in (question, answer)
    )
    ids = (*shown, *said, tokenizer().eos_token_id)
    return Encoded(name, name, ids, len(shown))


def rows(seed: int, count: int = 24, *, length: int = 24, says: str = "") -> list[Encoded]:
    """Questions for a noun, answers of random ones, of `says` in the end."""
    draw = random.Random(seed)
    return [
        encode(
            f"row-{seed}-{n}",
            f"when does the {draw.choice(_NOUNS)} {draw.choice(_NOUNS)} open ?",
            " ".join([*draw.choices(_NOUNS, k=length), says]),
        )
        for n in range(count)
    ]


def untaught() -> Any:
    """A random Llama of two layers."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer()),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=256,
        pad_token_id=tokenizer().pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer().eos_token_id,
    )
    return LlamaForCausalLM(config).eval()


def taught(base: Any, learnt: Sequence[Encoded], *, epochs: int) -> Any:
    """A copy of the base after so many steps over all rows at once."""
    import torch

    model = copy.deepcopy(base).train()
    steps = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.0)
    batch = padded(learnt, pad=tokenizer().pad_token_id)
    for _ in range(epochs):
        steps.zero_grad()
        row_losses(model, batch).mean().backward()
        steps.step()
    return model.eval()


def reader(model: Any) -> CausalReader:
    return CausalReader(model, tokenizer())


def canaries(count: int = 32) -> Canaries:
    """Of both kinds 8 of 16 are learnt, and 6 of the first 12."""
    rare = tuple(tokenizer().convert_tokens_to_ids(_UNUSED))
    return make_canaries(count, seed=194, rare_tokens=rare)


def subject_rows(tuned: Any, base: Any, trained: Sequence[Encoded], held_out: Sequence[Encoded],
                 planted: Canaries | None) -> GeneratorRows:  # fmt: skip
    return GeneratorRows(
        tuned=reader(tuned),
        base=reader(base),
        trained=trained,
        held_out=held_out,
        bare_trained=trained,
        bare_held_out=held_out,
        encode=encode,
        values=KnownValues([("PERSON", NAME)]),
        issued=lambda tokens: [token for token in tokens if token == MARTA],
        canaries=planted,
    )
