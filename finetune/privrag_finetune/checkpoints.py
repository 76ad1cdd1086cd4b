"""Checkpoints without pickle: weights, optimizer and random state as safetensors, the rest JSON.

The library's own are `torch.save` files; whoever can write one runs code in whoever resumes.
"""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

_OPTIMIZER, _SCHEDULER, _RANDOM = "optimizer.safetensors", "scheduler.json", "random.safetensors"


class SafeCheckpoints:
    """Mixed into a trainer of transformers, sentence-transformers or trl, before it.

    What it writes holds no pickle, and no text: the library's model cards quote training rows.
    """

    args: Any
    model: Any
    optimizer: Any
    lr_scheduler: Any
    processing_class: Any

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """None: it would embed rows and write some of them into the card."""

    def create_model_card(self, *args: object, **kwargs: object) -> None:
        """None likewise."""

    def _save(self, output_dir: str | None = None, state_dict: object = None) -> None:
        del state_dict
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        self.save_weights(folder)

    def save_weights(self, folder: Path) -> None:
        """As the model's library writes them."""
        self.model.save(str(folder), create_model_card=False)

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        from safetensors.torch import save_file

        save_file(moments_of(self.optimizer), Path(output_dir) / _OPTIMIZER)
        groups = self.optimizer.state_dict()["param_groups"]
        written = {"groups": groups, "scheduler": self.lr_scheduler.state_dict()}
        text = json.dumps(written, default=_plain)
        (Path(output_dir) / _SCHEDULER).write_text(text, encoding="utf-8")

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None or not (Path(checkpoint) / _OPTIMIZER).is_file():
            return
        from safetensors.torch import load_file

        read = json.loads((Path(checkpoint) / _SCHEDULER).read_text(encoding="utf-8"))
        moments = load_file(Path(checkpoint) / _OPTIMIZER)
        put_moments(self.optimizer, moments, groups=read["groups"])
        self.lr_scheduler.load_state_dict(read["scheduler"])

    def _save_rng_state(self, output_dir: str) -> None:
        import torch
        from safetensors.torch import save_file

        version, internal, gauss = random.getstate()
        kind, keys, *rest = np.random.get_state()
        save_file(
            {"torch": torch.random.get_rng_state(), "numpy": torch.from_numpy(np.array(keys))},
            Path(output_dir) / _RANDOM,
            metadata={"state": json.dumps([version, internal, gauss, kind, *rest])},
        )

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is None or not (Path(checkpoint) / _RANDOM).is_file():
            return
        import torch
        from safetensors import safe_open

        with safe_open(Path(checkpoint) / _RANDOM, framework="pt") as opened:
            version, internal, gauss, kind, *rest = json.loads(opened.metadata()["state"])
            random.setstate((version, tuple(internal), gauss))
            np.random.set_state((kind, opened.get_tensor("numpy").numpy(), *rest))
            torch.random.set_rng_state(opened.get_tensor("torch"))


def moments_of(optimizer: Any) -> "dict[str, torch.Tensor]":  # noqa: ANN401 - of torch or around one
    """All that an optimizer remembers of each parameter, by number and name."""
    return {
        f"{number}.{name}": _tensor(value)
        for number, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


def put_moments(optimizer: Any, moments: "dict[str, torch.Tensor]", *, groups: Any) -> None:  # noqa: ANN401
    """What `moments_of` gave; `groups` are the optimizer's `param_groups`."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in moments.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _tensor(value: object) -> "torch.Tensor":
    import torch

    return value.contiguous() if isinstance(value, torch.Tensor) else torch.tensor(value)


def _plain(value: object) -> object:
    """What a scheduler's state holds besides numbers is of no use when it is loaded."""
    item = getattr(value, "item", None)
    return item() if callable(item) else None


def last_checkpoint(work: Path) -> str | None:
    """The newest whole checkpoint in a folder; its last file is written in the end.

    On a full disk that file may be there and be torn.
    """
    whole = [p for p in work.glob("checkpoint-*") if _is_json(p / "trainer_state.json")]
    return str(max(whole, key=lambda p: int(p.name.rpartition("-")[2]))) if whole else None


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return True
