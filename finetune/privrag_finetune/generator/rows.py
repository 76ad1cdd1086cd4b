"""Rows that a generator learns from, and how a tokenizer makes them into token ids.

The prompt is encoded by itself and the answer behind it, as it is when the model serves: a
tokenizer may join what stands on both sides of the border.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from privrag.errors import TrainingError
from privrag.prompts import PromptSettings, build_messages
from privrag.records import Message, SafeText
from privrag_finetune.generator.encoded import Encoded


@dataclass(frozen=True, slots=True)
class PromptRow:
    """What is shown and what is to be written."""

    id: str
    owner: str
    """Key of the document that it is about."""
    prompt: tuple[Message, ...] = field(repr=False)
    answer: SafeText = field(repr=False)
    abstains: bool = False
    """The passages do not hold the answer, and it says so."""
    placed_last: bool = False
    """A search found its passage and serving would not have shown it; it is the last one here."""
    shows: frozenset[str] = frozenset()
    """Keys of the documents that its passages come from."""


def prompt_of(
    name: str, question: SafeText, passages: Sequence[str], settings: PromptSettings
) -> tuple[Message, ...]:
    """The prompt of the row with this id, the same in every call: also a word between passages."""
    word = hashlib.sha256(name.encode()).hexdigest()[:12]
    return tuple(build_messages(question, passages, settings=settings, boundary=word))


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows as a model reads them."""

    rows: tuple[Encoded, ...] = field(repr=False)
    too_long: tuple[str, ...]
    """Ids of rows that do not fit: left out, never cut."""


def encode(rows: Sequence[PromptRow], tokenizer: Any, *, most: int) -> EncodedRows:  # noqa: ANN401 - any of transformers
    """Every row by the tokenizer's chat template, with an end-of-sequence token behind the answer.

    Raises TrainingError if the tokenizer has no template or no such token, or pads with it.
    """
    end = tokenizer.eos_token_id
    if end is None or not tokenizer.chat_template:
        raise TrainingError("the base's tokenizer has no chat template or no end-of-sequence token")
    found, too_long = [], []
    for row in rows:
        ids, shown = _ids(row, tokenizer, end)
        if len(ids) > most:
            too_long.append(row.id)
        else:
            found.append(Encoded(row.id, row.owner, tuple(ids), shown))
    return EncodedRows(tuple(found), tuple(too_long))


def _ids(row: PromptRow, tokenizer: Any, end: int) -> tuple[list[int], int]:  # noqa: ANN401
    """Token ids of the whole row, and how many of them are the prompt."""
    told = [{"role": m.role, "content": m.content} for m in row.prompt]
    prompt = tokenizer.apply_chat_template(told, add_generation_prompt=True, tokenize=False)
    said = [*told, {"role": "assistant", "content": row.answer}]
    whole = tokenizer.apply_chat_template(said, tokenize=False)
    if not whole.startswith(prompt):
        raise TrainingError(
            "the base's chat template writes a question with its answer differently from the "
            "question alone; set another template in its tokenizer"
        )
    shown = tokenizer(prompt, add_special_tokens=False).input_ids
    answer = tokenizer(whole[len(prompt) :], add_special_tokens=False).input_ids
    return [*shown, *answer, *([] if answer[-1:] == [end] else [end])], len(shown)


def template_sha256(tokenizer: Any) -> str:  # noqa: ANN401
    """Of the chat template: a model is served with the one that it was tuned with."""
    return hashlib.sha256((tokenizer.chat_template or "").encode()).hexdigest()


def padding_of(tokenizer: Any) -> int:  # noqa: ANN401
    """What rows are filled up with: never the token that ends a row, or no model learns to stop."""
    pad, end = tokenizer.pad_token_id, tokenizer.eos_token_id
    if pad is not None and pad != end:
        return int(pad)
    return int(tokenizer.unk_token_id or 0)
