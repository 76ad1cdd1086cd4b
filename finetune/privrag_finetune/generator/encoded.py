"""A training row as a causal model reads it, batches of rows, and the loss of each row.

The loss counts the completion only, and logits are computed for it alone: with a vocabulary of
262,144 the logits of the prompt would cost more than the rest of the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

IGNORED = -100


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one row, the completion behind the prompt, an end-of-sequence token last."""

    id: str
    owner: str
    """Whose it is when privacy is counted: the document it was made from, or its collection."""
    input_ids: tuple[int, ...] = field(repr=False)
    prompt_tokens: int
    """So many of them come first and are not learnt."""

    @property
    def labels(self) -> tuple[int, ...]:
        hidden = min(self.prompt_tokens, len(self.input_ids))
        return (IGNORED,) * hidden + self.input_ids[hidden:]


def padded(rows: Sequence[Encoded], *, pad: int) -> "dict[str, torch.Tensor]":
    """`input_ids`, `attention_mask` and `labels`, each (rows, longest), padded on the right.

    No rows give tensors of shape (0, 1).
    """
    import torch

    longest = max((len(row.input_ids) for row in rows), default=1)

    def filled(values: Sequence[Sequence[int]], filler: int) -> "torch.Tensor":
        tensor = torch.full((len(values), longest), filler, dtype=torch.long)
        for line, own in zip(tensor, values, strict=True):
            line[: len(own)] = torch.tensor(own, dtype=torch.long)
        return tensor

    return {
        "input_ids": filled([row.input_ids for row in rows], pad),
        "attention_mask": filled([(1,) * len(row.input_ids) for row in rows], 0),
        "labels": filled([row.labels for row in rows], IGNORED),
    }


def row_losses(model: Any, batch: "dict[str, torch.Tensor]") -> "torch.Tensor":  # noqa: ANN401 - any causal model
    """Mean loss in nats over the completion of each row: (rows,)."""
    import torch

    learnt = batch["labels"][:, 1:] != IGNORED
    losses = token_losses(model, batch)
    rows = learnt.nonzero()[:, 0]
    sums = torch.zeros(learnt.shape[0], dtype=losses.dtype, device=losses.device)
    counts = learnt.sum(dim=1).clamp(min=1)
    return sums.index_add(0, rows, losses) / counts


def token_losses(model: Any, batch: "dict[str, torch.Tensor]") -> "torch.Tensor":  # noqa: ANN401 - any causal model
    """Loss of each learnt token in nats, row after row: (tokens learnt,)."""
    import torch

    given = {name: value for name, value in batch.items() if name != "labels"}
    hidden = decoder_of(model)(**given, use_cache=False).last_hidden_state
    targets = batch["labels"][:, 1:]
    learnt = targets != IGNORED
    logits = logits_of(model, hidden[:, :-1][learnt])
    return torch.nn.functional.cross_entropy(logits, targets[learnt], reduction="none")


def logits_of(model: Any, hidden: "torch.Tensor") -> "torch.Tensor":  # noqa: ANN401 - any causal model
    """Of hidden states (tokens, size): (tokens, vocabulary), in fp32."""
    import torch

    logits: torch.Tensor = model.get_output_embeddings()(hidden).float()
    if cap := getattr(model.config, "final_logit_softcapping", None):
        logits = torch.tanh(logits / cap) * cap
    return logits


def decoder_of(model: Any) -> Any:  # noqa: ANN401 - any causal model
    """What gives hidden states, under an adapter and a gradient sampler too."""
    inner = getattr(model, "_module", model)
    inner = inner.get_base_model() if hasattr(inner, "get_base_model") else inner
    return inner.get_decoder() if hasattr(inner, "get_decoder") else inner.model
