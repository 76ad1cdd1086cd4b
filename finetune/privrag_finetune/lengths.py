"""How long what a model learns from is: rows that fit a base, pairs that are read to their end."""

from collections.abc import Iterable
from typing import Any

from privrag.tuning import Cut

_UNLIMITED = 1_000_000
"""Tokenizers without a limit of their own name a number above it."""


def longest_row(max_tokens: int, context: int | None, tokenizer: Any) -> int:  # noqa: ANN401 - any
    """Tokens of a row that fit: by recipe, base (None: it names no context) and tokenizer."""
    own = int(tokenizer.model_max_length)
    limits = (max_tokens, context, own if own < _UNLIMITED else None)
    return min(limit for limit in limits if limit is not None)


def cut_of(
    pairs: Iterable[tuple[str, str]],
    tokenizer: Any,  # noqa: ANN401 - of transformers
    *,
    max_tokens: int,
    together: bool,
) -> Cut:
    """Each text is encoded once; `together`: question and passage are read as one."""
    unique = dict.fromkeys(pairs)
    texts = list(dict.fromkeys(text for pair in unique for text in pair))
    encoded = tokenizer(texts, add_special_tokens=False, truncation=False, verbose=False).input_ids
    tokens = dict(zip(texts, map(len, encoded), strict=True))
    special = tokenizer.num_special_tokens_to_add(pair=together)
    joined = sum if together else max
    cut = sum(joined(tokens[text] for text in pair) + special > max_tokens for pair in unique)
    return Cut(cut, len(unique), max_tokens)
