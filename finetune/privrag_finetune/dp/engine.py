"""The sum of units' gradients, each unit's clipped as one: at most `clip` long, whatever is in it.

A unit's gradient is that of the mean loss of its rows. Opacus takes gradients apart by row; here
the rows of a unit are laid end to end before it does, so that what it calls a sample is a unit.

`hooks` keeps every unit's gradient and clips it; `ghost` works out its norm without it and goes
backward a second time. For adapters of a small rank hooks need less: rank x width numbers for each
unit and layer where ghost clipping needs the square of its tokens. Hooks also clip exactly what is
added, while ghost clipping's norm is a sum that can cancel in single precision: hooks by default.
"""

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from privrag.errors import MissingExtraError, TrainingError
from privrag_finetune.generator.encoded import Encoded, padded, row_losses

if TYPE_CHECKING:
    import torch

Method = Literal["hooks", "ghost"]
Rows = Sequence[Encoded]


@dataclass(frozen=True, slots=True)
class _Backward:
    """Of the units that went through the model together."""

    losses: "torch.Tensor"
    """(units,): of each the mean over its rows."""
    norms: "torch.Tensor"
    """(units,): of the gradients of these losses."""
    gradients: "tuple[torch.Tensor, ...]"
    """Of all the losses together, for each parameter, as autograd has them."""


class UnitGradients:
    """Hooks on a peft model with LoRA; close it to take them off again. Use it in a `with`."""

    def __init__(
        self,
        model: Any,  # noqa: ANN401 - any causal model under peft
        *,
        clip: float,
        pad: int,
        method: Method = "hooks",
        rows_at_once: int = 8,
        bf16: bool = False,
    ) -> None:
        """`rows_at_once` bounds memory, not the result. `bf16` computes the base in it.

        Raises TrainingError for a model whose gradients cannot be told apart by unit.
        """
        self.parameters = trained_parameters(model)
        if method == "ghost" and bf16:
            raise TrainingError(
                "ghost clipping in bf16 would clip another gradient than the one that is added; "
                "use hooks, or fp32"
            )
        self._model = model
        self._clip = clip
        self._pad = pad
        self._rows_at_once = rows_at_once
        self._bf16 = bf16
        self._ghost = method == "ghost"
        self._was_training = bool(model.training)
        model.train()
        self._hooks = _hooks_on(model, method)
        try:
            self._refuse_what_it_cannot_tell_apart()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "UnitGradients":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """The model is as it was, but for its weights."""
        self._hooks.cleanup()
        self._model.train(self._was_training)

    def clipped_sum(self, units: Sequence[Rows]) -> "list[torch.Tensor]":
        """For each trained parameter, in single precision.

        Each unit adds at most `clip` in Euclidean norm, and nothing where its gradient is not
        finite; no units add nothing.
        """
        import torch

        sums = [torch.zeros_like(p, dtype=torch.float32) for p in self.parameters]
        for part in self._parts(units):
            self._add(part, sums)
        return sums

    def norms(self, units: Sequence[Rows]) -> "list[float]":
        """Of the units' gradients before clipping, units with as many rows together first."""
        found: list[float] = []
        for part in self._parts(units):
            found += self._backward(part).norms.tolist()
            self._forget()
        return found

    def _parts(self, units: Sequence[Rows]) -> Iterator[list[Rows]]:
        """What goes through the model at once: units with equally many rows, of like length."""
        alike: defaultdict[int, list[Rows]] = defaultdict(list)
        for unit in units:
            alike[len(unit)].append(unit)
        for rows, those in alike.items():
            those.sort(key=lambda unit: max(len(row.input_ids) for row in unit))
            at_once = max(1, self._rows_at_once // rows)
            for start in range(0, len(those), at_once):
                yield those[start : start + at_once]

    def _add(self, part: list[Rows], sums: "list[torch.Tensor]") -> None:
        import torch

        done = self._backward(part)
        finite = torch.isfinite(done.norms)
        within = (self._clip / (done.norms + 1e-6)).clamp(max=1.0)
        factors = torch.where(finite, within, 0.0).float()
        if not self._ghost:
            for summed, parameter in zip(sums, self.parameters, strict=True):
                each = parameter.grad_sample  # type: ignore[attr-defined]  # (units, *shape)
                if not finite.all():
                    each = torch.where(finite.view(-1, *[1] * (each.dim() - 1)), each, 0.0)
                summed.add_(torch.einsum("u,u...->...", factors, each))
        elif not finite.all():  # 0 x infinity is not 0: again, without them
            self._forget()
            usable = [unit for unit, is_usable in zip(part, finite, strict=True) if is_usable]
            if usable:
                self._add(usable, sums)
        else:
            self._hooks.disable_hooks()
            again = _gradients((done.losses * factors).sum(), self.parameters)
            self._hooks.enable_hooks()
            for summed, gradient in zip(sums, again, strict=True):
                summed.add_(gradient)
        self._forget()

    def _backward(self, part: list[Rows]) -> "_Backward":
        import torch

        device = self.parameters[0].device
        self._hooks.rows_of_unit = len(part[0])
        batch = padded([row for unit in part for row in unit], pad=self._pad)
        with self._autocast():
            rows = row_losses(self._model, {k: v.to(device) for k, v in batch.items()})
        losses = rows.view(len(part), -1).mean(dim=1)
        own = _gradients(losses.sum(), self.parameters, again=self._ghost)
        if self._ghost:
            norms = [p._norm_sample for p in self.parameters]  # type: ignore[attr-defined]
        else:
            norms = [
                torch.linalg.vector_norm(
                    p.grad_sample.flatten(1),  # type: ignore[attr-defined]
                    dim=1,
                    dtype=torch.float64,
                )
                for p in self.parameters
            ]
        if any(norm.shape != (len(part),) for norm in norms):
            raise TrainingError(
                "a trained layer of this model sees the rows of a batch mixed, so their gradients "
                "cannot be told apart; train other layers (target_modules)"
            )
        return _Backward(losses, torch.linalg.vector_norm(torch.stack(norms), dim=0), own)

    def _autocast(self) -> AbstractContextManager[object]:
        import torch

        kind = self.parameters[0].device.type
        return torch.autocast(kind, dtype=torch.bfloat16) if self._bf16 else nullcontext()

    def _forget(self) -> None:
        for parameter in self.parameters:
            parameter.grad_sample = None  # type: ignore[attr-defined]
            parameter._norm_sample = None  # type: ignore[attr-defined]  # Opacus' own name

    def _refuse_what_it_cannot_tell_apart(self) -> None:
        """By made-up rows, so that the answer says nothing about anybody's."""
        import torch

        size = int(self._model.config.get_text_config().vocab_size)
        ids = [tuple((7 * n + 3 * row + 1) % size for n in range(6)) for row in range(4)]
        one, two, three, four = (Encoded("", "made-up", row, 2) for row in ids)
        try:
            self._backward([[one, two], [three, four]])
            self._forget()
            alone = self._backward([[one, two]])
            whole = torch.cat([gradient.flatten() for gradient in alone.gradients])
        except (AttributeError, RuntimeError, ValueError, NotImplementedError) as error:
            raise TrainingError(
                "the gradients of this model cannot be taken apart by row "
                f"({type(error).__name__}); train without differential privacy, or other layers"
            ) from None
        found = float(alone.norms[0])
        expected = float(torch.linalg.vector_norm(whole, dtype=torch.float64))
        self._forget()
        if not found or abs(found - expected) > (0.05 if self._bf16 else 1e-3) * expected:
            raise TrainingError(
                f"the gradient of a made-up row is {found:.3g} long by the privacy engine and "
                f"{expected:.3g} without it; put the model on its device before the adapter is "
                "added, and compute in fp32"
            )


def trained_parameters(model: Any) -> "list[torch.nn.Parameter]":  # noqa: ANN401
    """Of a LoRA adapter. Raises TrainingError for what cannot be trained with privacy."""
    import torch

    configs = getattr(model, "peft_config", {}).values()
    if not configs:
        raise TrainingError("differential privacy trains a LoRA adapter: add one to the model")
    if any(getattr(config, "modules_to_save", None) for config in configs):
        raise TrainingError(
            "modules_to_save trains whole layers, which privacy would drown in noise; leave it out"
        )
    if any(getattr(module, "gradient_checkpointing", False) for module in model.modules()):
        raise TrainingError(
            "with gradient checkpointing no gradient can be told apart by row; switch it off "
            "(gradient_checkpointing = false) and make rows_at_once smaller instead"
        )
    found = []
    for name, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if p.requires_grad]
        if own and (type(module) is not torch.nn.Linear or "lora_" not in name):
            raise TrainingError(
                f"{name} is trained and is no linear layer of a LoRA adapter; with differential "
                "privacy only those are (no DoRA, no embeddings, no biases of the base)"
            )
        found += own
    if not found:
        raise TrainingError("no weight of the adapter is trained; set inference_mode to false")
    if any(p.dtype != torch.float32 for p in found):
        raise TrainingError(
            "the weights of the adapter are not fp32, which noise and clipping need; load it with "
            "autocast_adapter_dtype = true"
        )
    return found


def _gradients(
    loss: "torch.Tensor", parameters: "Sequence[torch.nn.Parameter]", *, again: bool = False
) -> "tuple[torch.Tensor, ...]":
    """By autograd, and Opacus' hooks see it pass; `again` keeps what a second time needs."""
    import torch

    with warnings.catch_warnings():
        # The first layer's input needs no gradient, which is as it should be.
        warnings.filterwarnings("ignore", message="Full backward hook is firing")
        return torch.autograd.grad(loss, parameters, retain_graph=again)


def _hooks_on(model: Any, method: Method) -> Any:  # noqa: ANN401 - a class made here
    try:
        from opacus.grad_sample import GradSampleHooks, GradSampleHooksFastGradientClipping
    except ImportError:
        raise MissingExtraError("opacus", "finetune") from None

    if method == "ghost":

        class Ghost(_ByUnit, GradSampleHooksFastGradientClipping):  # type: ignore[misc]
            pass

        return Ghost(model, loss_reduction="sum")

    class Hooks(_ByUnit, GradSampleHooks):  # type: ignore[misc]
        pass

    return Hooks(model, loss_reduction="sum")


class _ByUnit:
    """Before Opacus sees them: (rows, tokens, width) -> (units, tokens of all its rows, width)."""

    rows_of_unit = 1

    def rearrange_grad_samples(
        self,
        *,
        module: Any,  # noqa: ANN401 - as Opacus has it
        **options: Any,  # noqa: ANN401
    ) -> "tuple[list[torch.Tensor], torch.Tensor]":
        activations, backprops = super().rearrange_grad_samples(  # type: ignore[misc]
            module=module, **options
        )
        units, left = divmod(backprops.shape[0], self.rows_of_unit)
        if left or backprops.dim() != 3:
            raise ValueError("not (rows, tokens, width)")
        module.max_batch_len = units
        return (
            [seen.float().reshape(units, -1, seen.shape[-1]) for seen in activations],
            backprops.float().reshape(units, -1, backprops.shape[-1]),
        )
