"""Checkpoints of a private training: safetensors and JSON, no pickle, no random state.

The state of the generator is left out on purpose: whoever has it computes the noise and takes it
off. A training that goes on draws anew; its epsilon is the same.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from privrag.errors import TrainingError
from privrag_finetune.checkpoints import moments_of, put_moments
from privrag_finetune.disk import cannot_write, number_of
from privrag_finetune.dp.planner import Plan
from privrag_finetune.dp.sampler import Units

if TYPE_CHECKING:
    import torch

_DRAFT = ".work"
_WEIGHTS, _OPTIMIZER, _STATE = "weights.safetensors", "optimizer.safetensors", "state.json"


class PrivateCheckpoints:
    """In one folder; the newest is kept."""

    def __init__(
        self,
        folder: Path,
        parameters: "Sequence[torch.nn.Parameter]",
        optimizer: "torch.optim.Optimizer",
        *,
        decides: str,
    ) -> None:
        """`decides` is a hash of all that decides the outcome; see `fingerprint`."""
        self._folder = folder
        self._parameters = parameters
        self._optimizer = optimizer
        self._decides = decides

    def save(self, step: int, *, first: Callable[[int], None]) -> None:
        """Whole or not at all; `first` is told before it counts as written.

        Raises TrainingError where it cannot be written.
        """
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        final, draft = self._folder / f"step-{step}", self._folder / f"step-{step}{_DRAFT}"
        weights = {str(n): p.detach().contiguous() for n, p in enumerate(self._parameters)}
        state = {"step": step, "decides": self._decides}
        older = [path for path in self._whole() if path != final]
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True, mode=0o700)
            save_file(weights, draft / _WEIGHTS)
            save_file(moments_of(self._optimizer), draft / _OPTIMIZER)
            (draft / _STATE).write_text(json.dumps(state) + "\n", encoding="utf-8")
            for file in draft.iterdir():
                with file.open("rb") as opened:
                    os.fsync(opened.fileno())
            first(step)
            shutil.rmtree(final, ignore_errors=True)
            draft.rename(final)
        except (OSError, SafetensorError) as error:
            number = number_of(error, of_rust=isinstance(error, SafetensorError))
            raise cannot_write(f"the checkpoint of step {step}", self._folder, number) from None
        for old in older:
            shutil.rmtree(old, ignore_errors=True)

    def load(self, kept: int) -> int:
        """Put the newest one into the model, and give its step; 0 without one.

        One that was announced (`kept` or before) is whole, if only its last renaming is missing.
        Raises TrainingError for one of another training, or a damaged one.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        for draft in self._folder.glob(f"step-*{_DRAFT}"):
            if _step(draft) <= kept and (draft / _STATE).is_file():
                draft.rename(draft.with_suffix(""))
        if not (found := self._whole()):
            return 0
        newest = found[-1]
        try:
            state = json.loads((newest / _STATE).read_bytes())
            weights, moments = load_file(newest / _WEIGHTS), load_file(newest / _OPTIMIZER)
            step, decides = int(state["step"]), state["decides"]
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise TrainingError(
                f"the checkpoint {newest.name} is damaged ({type(error).__name__}); remove it: "
                "what was spent stays counted"
            ) from None
        if decides != self._decides:
            raise TrainingError(
                f"the checkpoint {newest.name} is of another plan or of other rows; choose another "
                "name for this run"
            )
        self._put(weights, moments)
        return step

    def _put(self, weights: "dict[str, torch.Tensor]", moments: "dict[str, torch.Tensor]") -> None:
        import torch

        with torch.no_grad():
            for n, parameter in enumerate(self._parameters):
                parameter.copy_(weights[str(n)])
        groups = self._optimizer.state_dict()["param_groups"]
        put_moments(self._optimizer, moments, groups=groups)

    def _whole(self) -> list[Path]:
        found = [path for path in self._folder.glob("step-*") if path.suffix != _DRAFT]
        return sorted(found, key=_step)


def _step(path: Path) -> int:
    return int(path.name.removesuffix(_DRAFT).rpartition("-")[2])


def fingerprint(plan: Plan, units: Units, *others: object) -> str:
    """Of all that decides what comes out, chance aside."""
    whole = hashlib.sha256()
    whole.update(repr((plan.mechanism, plan.clip, plan.rows_per_unit, others)).encode())
    for name in sorted(units):
        for row in units[name]:
            whole.update(repr((name, row.id, row.prompt_tokens, row.input_ids)).encode())
    return whole.hexdigest()
