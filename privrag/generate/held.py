"""A model in memory and the adapters that it wears, one at a time.

With every adapter off the model computes what it computed before it ever wore one: the same sums in
the same order, so its answers are the same to the byte.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from privrag.errors import MissingExtraError, ModelError
from privrag.generate.tuning import check_base
from privrag.inference import chosen_precision


class HeldModel:
    """A causal language model of a folder with its tokenizer, loaded at once."""

    def __init__(self, folder: Path) -> None:
        """Raises MissingExtraError."""
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
            from transformers.utils import logging
        except ImportError as error:
            raise MissingExtraError("transformers", "local") from error
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.folder = folder
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        dtype = torch.bfloat16 if chosen_precision("auto") == "bf16" else torch.float32
        self._model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, local_files_only=True
        )
        self._dressed: Any = None
        self._names: dict[Path, str] = {}
        self._turn = threading.Lock()
        self.broken = False

    @property
    def config(self) -> Any:  # noqa: ANN401 - a configuration of transformers
        return self._model.config

    def load_adapter(self, folder: Path) -> None:
        """Take an adapter that was tuned from this model. Raises MissingExtraError or ModelError.

        One that cannot be read may have left parts of itself in the model: it is `broken` then.
        """
        if folder in self._names:
            return
        check_base(folder, self.folder)
        try:
            from peft import PeftModel
            from safetensors import SafetensorError
        except ImportError as error:
            raise MissingExtraError("peft", "finetune") from error
        name = f"tuned{len(self._names)}"
        try:
            with self._turn:
                if self._dressed is None:
                    self._dressed = PeftModel.from_pretrained(
                        self._model, folder, adapter_name=name
                    )
                else:
                    self._dressed.load_adapter(folder, adapter_name=name)
                self._dressed.eval()
        except (RuntimeError, ValueError, KeyError, OSError, SafetensorError) as error:
            self.broken = True
            raise ModelError(
                f"the adapter {folder.name!r} cannot be loaded ({type(error).__name__}); put its "
                "folder back from a backup, or go back: privrag models rollback generator"
            ) from None
        self._names[folder] = name

    @contextmanager
    def wearing(self, adapter: Path | None) -> Iterator[Any]:
        """The model with a loaded adapter, or as it was made; others wait for their turn."""
        with self._turn:
            if self._dressed is None:
                yield self._model
            elif adapter is None:
                with self._dressed.disable_adapter():
                    yield self._model
            else:
                self._dressed.set_adapter(self._names[adapter])
                yield self._dressed
