"""What every attack asks of a model: how likely it finds rows, and how it goes on after a text.

The base model is read through the tuned one with its adapter off, so that one copy of the weights
serves both.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from privrag.model_facts import is_adapter
from privrag_finetune.generator.base import load_tokenizer
from privrag_finetune.generator.encoded import Encoded, decoder_of, logits_of, padded
from privrag_finetune.machine import device

if TYPE_CHECKING:
    import torch

_TOKENS_AT_ONCE = 128
"""Whose logits are in memory together: 134 MB with a vocabulary of 262,144."""


@dataclass(frozen=True, slots=True)
class TokenLosses:
    """Of the learnt tokens of a row, in order."""

    losses: NDArray[np.float64] = field(repr=False)
    """In nats."""
    standing: NDArray[np.float64] = field(repr=False)
    """Log-probability of the token in standard deviations from that of a token drawn from the
    model's own distribution (Min-K%++, Zhang et al., ICLR 2025, equation 3)."""

    @property
    def mean(self) -> float:
        return float(self.losses.mean())


class Examined(Protocol):
    """A causal model under examination."""

    def nll(self, rows: Sequence[Encoded]) -> list[TokenLosses]:
        """Of each row; rows without a learnt token are refused by whoever made them."""
        ...

    def continue_(
        self, prompts: Sequence[Sequence[int]], *, new_tokens: int, samples: int = 0, seed: int = 0
    ) -> list[list[tuple[int, ...]]]:
        """For each prompt its continuations without the end-of-sequence token.

        The likeliest one where `samples` is 0, else so many drawn at temperature 1.
        """
        ...

    def text(self, tokens: Sequence[int]) -> str:
        """Tokens as words, special ones left out."""
        ...


class CausalReader:
    """A transformers model with its tokenizer, with or without its adapter."""

    def __init__(
        self,
        model: Any,  # noqa: ANN401 - any causal model
        tokenizer: Any,  # noqa: ANN401 - transformers' tokenizers share no public type
        *,
        adapter: bool = True,
        rows_at_once: int = 16,
    ) -> None:
        """`adapter=False` reads the base of a peft model."""
        self._model = model
        self._tokenizer = tokenizer
        self._adapter = adapter
        self._rows = rows_at_once
        pad = tokenizer.pad_token_id
        self._pad = int(tokenizer.eos_token_id if pad is None else pad)

    def nll(self, rows: Sequence[Encoded]) -> list[TokenLosses]:
        found: dict[int, TokenLosses] = {}
        shared, single = _by_prompt(rows)
        with self._reading():
            for numbers in shared:
                for some in self._batches(numbers, rows):
                    made = self._losses_behind_one_prompt([rows[n] for n in some])
                    found |= dict(zip(some, made, strict=True))
            for some in self._batches(single, rows):
                found |= dict(zip(some, self._losses([rows[n] for n in some]), strict=True))
        return [found[n] for n in range(len(rows))]

    def continue_(
        self, prompts: Sequence[Sequence[int]], *, new_tokens: int, samples: int = 0, seed: int = 0
    ) -> list[list[tuple[int, ...]]]:
        import torch

        found: dict[int, list[tuple[int, ...]]] = {}
        with self._reading(), torch.random.fork_rng():
            torch.manual_seed(seed)
            order = sorted(range(len(prompts)), key=lambda n: len(prompts[n]))
            for start in range(0, len(order), self._rows):
                numbers = order[start : start + self._rows]
                some = [prompts[n] for n in numbers]
                found |= dict(zip(numbers, self._continued(some, new_tokens, samples), strict=True))
        return [found[n] for n in range(len(prompts))]

    def text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Without dropout and gradients, and with the base alone if that is asked for."""
        import torch

        trained = self._model.training
        self._model.eval()
        try:
            with (
                torch.inference_mode(),
                nullcontext() if self._adapter else self._model.disable_adapter(),
            ):
                yield
        finally:
            self._model.train(trained)

    def _batches(self, numbers: Sequence[int], rows: Sequence[Encoded]) -> list[list[int]]:
        """Numbers of rows, rows of like length together."""
        order = sorted(numbers, key=lambda n: len(rows[n].input_ids))
        return [order[at : at + self._rows] for at in range(0, len(order), self._rows)]

    def _losses(self, rows: Sequence[Encoded]) -> list[TokenLosses]:
        batch = {k: v.to(self._model.device) for k, v in padded(rows, pad=self._pad).items()}
        labels = batch.pop("labels")[:, 1:]
        hidden = decoder_of(self._model)(**batch, use_cache=False).last_hidden_state
        return self._judged(hidden[:, :-1], labels)

    def _losses_behind_one_prompt(self, rows: Sequence[Encoded]) -> list[TokenLosses]:
        """The same for rows with one prompt, which is read once for all of them."""
        import torch

        behind = [Encoded(row.id, row.owner, row.input_ids[row.prompt_tokens :], 0) for row in rows]
        batch = padded(behind, pad=self._pad)
        said, labels = (batch[k].to(self._model.device) for k in ("input_ids", "labels"))
        prompt = torch.tensor([rows[0].input_ids[: rows[0].prompt_tokens]], device=said.device)
        decoder = decoder_of(self._model)
        read = decoder(input_ids=prompt, use_cache=True)
        read.past_key_values.batch_repeat_interleave(len(rows))
        hidden = read.last_hidden_state[:, -1:].expand(len(rows), -1, -1)
        if said.shape[1] > 1:
            rest = decoder(
                input_ids=said[:, :-1], past_key_values=read.past_key_values, use_cache=True
            )
            hidden = torch.cat([hidden, rest.last_hidden_state], dim=1)
        return self._judged(hidden, labels)

    def _judged(self, hidden: "torch.Tensor", labels: "torch.Tensor") -> list[TokenLosses]:
        """Of the learnt ones among labels (rows, tokens), each behind its hidden state."""
        import torch

        learnt = labels >= 0
        states, targets = hidden[learnt], labels[learnt]  # (tokens, size), (tokens,)
        both = [
            _judge(logits_of(self._model, some), own)
            for some, own in zip(
                torch.split(states, _TOKENS_AT_ONCE),
                torch.split(targets, _TOKENS_AT_ONCE),
                strict=True,
            )
        ]
        losses = torch.cat([one for one, _ in both]).double().cpu().numpy()
        standing = torch.cat([other for _, other in both]).double().cpu().numpy()
        ends = np.cumsum(learnt.sum(dim=1).cpu().numpy())[:-1]
        return [
            TokenLosses(own, z)
            for own, z in zip(np.split(losses, ends), np.split(standing, ends), strict=True)
        ]

    def _continued(
        self, prompts: Sequence[Sequence[int]], new_tokens: int, samples: int
    ) -> list[list[tuple[int, ...]]]:
        import torch
        from transformers import GenerationConfig

        longest = max(map(len, prompts))
        ids = torch.full((len(prompts), longest), self._pad)
        seen = torch.zeros_like(ids)
        for line, mask, prompt in zip(ids, seen, prompts, strict=True):
            line[longest - len(prompt) :] = torch.tensor(list(prompt))
            mask[longest - len(prompt) :] = 1
        ends = self._ends()
        drawn = {"do_sample": True, "top_k": 0, "top_p": 1.0, "temperature": 1.0}
        many = max(1, samples)
        config = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=new_tokens,
            num_return_sequences=many,
            pad_token_id=self._pad,
            eos_token_id=sorted(ends),
            **(drawn if samples else {"do_sample": False}),
        )
        made = self._model.generate(
            input_ids=ids.to(self._model.device),
            attention_mask=seen.to(self._model.device),
            generation_config=config,
        )
        outputs = [_until(line, ends) for line in made[:, longest:].tolist()]
        return [outputs[at : at + many] for at in range(0, len(outputs), many)]

    def _ends(self) -> set[int]:
        """Tokens that end a text: the tokenizer's, and those that the model's own settings name."""
        own = getattr(self._model.generation_config, "eos_token_id", None)
        several = own if isinstance(own, list) else [own]
        found = {self._tokenizer.eos_token_id, *several}
        return {int(token) for token in found if token is not None}


def open_readers(base: Path, tuned: Path) -> tuple[CausalReader, CausalReader]:
    """The tuned model and its base, from their folders; an adapter shares the base's weights."""
    import torch
    from transformers import AutoModelForCausalLM

    def opened(folder: Path) -> Any:  # noqa: ANN401 - any causal model
        dtype = torch.bfloat16 if device() == "cuda" else torch.float32
        own = {"dtype": dtype, "local_files_only": True, "use_safetensors": True}
        model: Any = AutoModelForCausalLM.from_pretrained(folder, **own)
        return model.to(device())

    tokenizer = load_tokenizer(tuned)
    if not is_adapter(tuned):
        return CausalReader(opened(tuned), tokenizer), CausalReader(opened(base), tokenizer)
    from peft import PeftModel

    model = PeftModel.from_pretrained(opened(base), tuned)
    return CausalReader(model, tokenizer), CausalReader(model, tokenizer, adapter=False)


def _by_prompt(rows: Sequence[Encoded]) -> tuple[list[list[int]], list[int]]:
    """Numbers of rows that share a whole prompt, and of those that share theirs with nobody."""
    found: dict[tuple[int, ...], list[int]] = {}
    for number, row in enumerate(rows):
        found.setdefault(row.input_ids[: row.prompt_tokens], []).append(number)
    alone = found.pop((), [])
    shared = [numbers for numbers in found.values() if len(numbers) > 1]
    return shared, [*alone, *(numbers[0] for numbers in found.values() if len(numbers) == 1)]


def _judge(logits: "torch.Tensor", targets: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
    """Losses and standing of targets (tokens,) under logits (tokens, vocabulary)."""
    logs = logits.log_softmax(dim=-1)
    chances = logs.exp()
    own = logs.gather(1, targets[:, None])[:, 0]
    mean = (chances * logs).sum(dim=-1)
    spread = ((chances * logs.square()).sum(dim=-1) - mean.square()).clamp(min=1e-12).sqrt()
    return -own, (own - mean) / spread


def _until(tokens: list[int], ends: set[int]) -> tuple[int, ...]:
    found = next((n for n, token in enumerate(tokens) if token in ends), len(tokens))
    return tuple(tokens[:found])
