"""Continue many texts at once with a model in this process.

Short prompts are padded on the left, so that every text ends where its continuation begins; the
model then reads its weights once a token for the whole batch.
"""

from collections.abc import Sequence
from typing import Any

from privrag.errors import ContextTooLongError, GeneratorError
from privrag.generate.protocol import CompleteOptions
from privrag.records import Draft, SafeText, Usage

_USUAL_WINDOW = 8192


def continue_texts(
    model: Any,  # noqa: ANN401 - a causal language model of transformers
    tokenizer: Any,  # noqa: ANN401 - its tokenizer
    prompts: Sequence[SafeText],
    options: CompleteOptions,
) -> list[Draft]:
    """What follows each text, in order, up to a stop text (left out) or `max_tokens`."""
    import torch
    from transformers import StoppingCriteriaList

    if not prompts:
        return []
    begin = tokenizer.bos_token or ""
    texts = tokenizer([begin + prompt for prompt in prompts], add_special_tokens=False)["input_ids"]
    given = _padded(texts, tokenizer.pad_token_id)
    length = given["input_ids"].shape[1]
    window = int(getattr(model.config, "max_position_embeddings", _USUAL_WINDOW))
    if length + options.max_tokens > window:
        raise ContextTooLongError(f"the prompt does not fit the model's window of {window} tokens")
    sampling = (
        {"do_sample": True, "temperature": options.temperature, "top_p": options.top_p}
        if options.temperature > 0
        else {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    )
    stopper = _Stopper(tokenizer, length, options.stop)
    try:
        with torch.inference_mode():
            torch.manual_seed(options.seed)
            ids = model.generate(
                **given,
                **sampling,
                max_new_tokens=options.max_tokens,
                stopping_criteria=StoppingCriteriaList([stopper]),
                pad_token_id=tokenizer.pad_token_id,
            )
    except (RuntimeError, ValueError, IndexError) as error:
        raise GeneratorError(f"the embedded model failed ({type(error).__name__})") from None
    written = tokenizer.batch_decode(ids[:, length:], skip_special_tokens=True)
    asked = given["attention_mask"].sum(dim=1).tolist()
    answered = (ids[:, length:] != tokenizer.pad_token_id).sum(dim=1).tolist()
    usages = [Usage(int(a), int(b)) for a, b in zip(asked, answered, strict=True)]
    return [
        _draft(text, usage, stop=options.stop, ended=ended)
        for text, usage, ended in zip(written, usages, _ended(ids[:, length:], model), strict=True)
    ]


def _padded(texts: Sequence[list[int]], pad: int) -> dict[str, Any]:
    """Rows of equal length, padded on the left."""
    import torch

    longest = max(len(text) for text in texts)
    gaps = [longest - len(text) for text in texts]
    ids = [[pad] * gap + text for gap, text in zip(gaps, texts, strict=True)]
    mask = [[0] * gap + [1] * (longest - gap) for gap in gaps]
    return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}  # (texts, tokens)


class _Stopper:
    """Ends each text of the batch at its first stop text: what is newest may hold one."""

    def __init__(self, tokenizer: Any, length: int, stop: Sequence[str]) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer
        self._length = length
        self._stop = stop
        self._longest = max(map(len, stop), default=0) + 1  # tokens; none is without a character

    def __call__(self, ids: Any, scores: Any, **_: Any) -> Any:  # noqa: ANN401 - tensors
        import torch

        del scores
        first = max(self._length, ids.shape[1] - self._longest)
        texts = self._tokenizer.batch_decode(ids[:, first:], skip_special_tokens=True)
        return torch.tensor([any(s in text for s in self._stop) for text in texts])  # (texts,)


def _ended(ids: Any, model: Any) -> list[bool]:  # noqa: ANN401 - tensors
    """Whether the model itself ended each text."""
    ends = model.generation_config.eos_token_id
    known = set(ends if isinstance(ends, list) else [ends])
    return [bool(known & set(row)) for row in ids.tolist()]


def _draft(text: str, usage: Usage, *, stop: Sequence[str], ended: bool) -> Draft:
    at = min((i for s in stop if (i := text.find(s)) >= 0), default=-1)
    finish = "stop" if ended or at >= 0 else "length"
    return Draft(SafeText(text if at < 0 else text[:at]), finish, usage)  # type: ignore[arg-type] # one of two
