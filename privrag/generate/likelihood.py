"""How likely a model in this process holds a text after another: one pass over both, no writing."""

from collections.abc import Sequence
from typing import Any

from privrag.errors import ContextTooLongError, GeneratorError

_AT_ONCE = 8
_USUAL_WINDOW = 8192


def log_likelihoods(
    model: Any,  # noqa: ANN401 - a causal language model of transformers
    tokenizer: Any,  # noqa: ANN401 - its tokenizer
    pairs: Sequence[tuple[str, str]],
) -> list[float]:
    """Mean natural log probability of each second text's tokens, given the first.

    Both are tokenized apart, so that the second has the same tokens behind every first.
    """
    window = int(getattr(model.config, "max_position_embeddings", _USUAL_WINDOW))
    begin = tokenizer.bos_token or ""
    given, asked = (
        [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
        for texts in ([begin + first for first, _ in pairs], [second for _, second in pairs])
    )
    if any(not g or not a for g, a in zip(given, asked, strict=True)):
        raise GeneratorError("a likelihood needs two texts that are not empty")
    if any(len(g) + len(a) > window for g, a in zip(given, asked, strict=True)):
        raise ContextTooLongError(f"the prompt does not fit the model's window of {window} tokens")
    rows = list(zip(given, asked, strict=True))
    # rows of like length stand together: little is padded
    order = sorted(range(len(rows)), key=lambda n: sum(map(len, rows[n])))
    found: dict[int, float] = {}
    for start in range(0, len(order), _AT_ONCE):
        some = order[start : start + _AT_ONCE]
        told = _of_batch(model, [rows[n] for n in some], tokenizer.pad_token_id)
        found.update(zip(some, told, strict=True))
    return [found[n] for n in range(len(rows))]


def _of_batch(
    model: Any,  # noqa: ANN401 - a causal language model of transformers
    rows: Sequence[tuple[list[int], list[int]]],
    pad: int,
) -> list[float]:
    """Padded on the left, so that the second texts end together and only their logits are made."""
    import torch

    longest = max(len(given) + len(asked) for given, asked in rows)
    gaps = [longest - len(given) - len(asked) for given, asked in rows]
    whole = zip(gaps, rows, strict=True)
    ids = torch.tensor([[pad] * gap + given + asked for gap, (given, asked) in whole])
    mask = torch.tensor([[0] * gap + [1] * (longest - gap) for gap in gaps])  # (rows, tokens)
    kept = max(len(asked) for _, asked in rows) + 1
    with torch.inference_mode():
        logits = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(dim=1) - 1).clamp(min=0),
            logits_to_keep=kept,
        ).logits  # (rows, kept, vocabulary)
    return [
        logits[row, -len(asked) - 1 : -1]
        .float()
        .log_softmax(dim=-1)  # (asked, vocabulary)
        .gather(1, torch.tensor(asked)[:, None])
        .mean()
        .item()
        for row, (_, asked) in enumerate(rows)
    ]
