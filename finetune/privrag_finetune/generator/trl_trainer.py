"""trl's trainer as we use it: checkpoints without pickle, an order that a resumed run repeats."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback
from transformers.trainer_pt_utils import get_length_grouped_indices
from trl.trainer.sft_trainer import SFTTrainer

from privrag_finetune.checkpoints import SafeCheckpoints
from privrag_finetune.finite import refuse_no_number
from privrag_finetune.generator.encoded import token_losses


class InOrder(SafeCheckpoints):
    """Mixed into a trainer of transformers: no pickle, and an order that a resumed run repeats."""

    train_dataset: Any
    padding_free = False

    def _get_train_sampler(self, train_dataset: Any = None) -> "ByLength | None":  # noqa: ANN401
        """Rows of like length in one batch; the library's sampler draws anew after a resume."""
        rows: Any = self.train_dataset if train_dataset is None else train_dataset
        lengths = [len(ids) for ids in rows["input_ids"]]
        a_step = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return ByLength(lengths, 1 if self.padding_free else a_step, seed=self.args.seed)

    def save_weights(self, folder: Path) -> None:
        """The adapter alone where there is one, as safetensors."""
        self.model.save_pretrained(folder)


class Trainer(InOrder, SFTTrainer):
    """Supervised tuning of a causal model, with an adapter or whole."""

    def compute_loss(
        self,
        model: Any,  # noqa: ANN401 - transformers'
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Mean loss in nats over the completions.

        Without Triton, trl's own projects every position onto the vocabulary, prompts and padding
        too, though their labels are ignored: most of the work of a step with a small model.
        """
        if inputs["input_ids"].is_cuda:
            theirs: Any = super().compute_loss
            return theirs(model, inputs, return_outputs, num_items_in_batch)
        losses = token_losses(model, inputs)
        count = losses.numel() if num_items_in_batch is None else num_items_in_batch
        loss = losses.sum() / max(int(count), 1)
        return (loss, {}) if return_outputs else loss


class ByLength(torch.utils.data.Sampler[int]):
    """Each row once an epoch, in an order that seed and epoch decide.

    Batches hold rows of like length; with batches of one the order is random.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, *, seed: int) -> None:
        self._lengths = list(lengths)
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        drawn = torch.Generator().manual_seed(self._seed + 1_000_003 * self._epoch)
        if self._batch_size == 1:
            return iter(torch.randperm(len(self._lengths), generator=drawn).tolist())
        grouped: Any = get_length_grouped_indices
        return iter(grouped(self._lengths, self._batch_size, generator=drawn))


class LogTo(TrainerCallback):
    """Hands on what the trainer logs, and ends a training whose loss is no number."""

    def __init__(self, on_log: Callable[[dict[str, float]], None]) -> None:
        self._on_log = on_log

    def on_log(
        self,
        args: object,
        state: Any,  # noqa: ANN401 - transformers' TrainerState
        control: object,
        logs: dict[str, float] | None = None,
        **kwargs: object,
    ) -> None:
        del args, control, kwargs
        said = {
            name: value for name, value in (logs or {}).items() if isinstance(value, int | float)
        }
        refuse_no_number(said)
        self._on_log({"step": float(state.global_step), "steps": float(state.max_steps), **said})
