"""A training whose loss is no number any more ends there, before anything of it is kept."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from privrag.errors import TrainingError

if TYPE_CHECKING:
    from transformers import TrainerCallback


def refuse_no_number(logs: Mapping[str, Any]) -> None:
    """Raise TrainingError where a loss among what a trainer logs is none.

    The trainer must be told `logging_nan_inf_filter=False`: it leaves such losses out otherwise.
    """
    losses = (value for name, value in logs.items() if name.endswith("loss"))
    if not all(math.isfinite(loss) for loss in losses if isinstance(loss, int | float)):
        raise TrainingError("the loss is no number any more; lower learning_rate in the recipe")


def stops_at_no_number() -> "TrainerCallback":
    """For a `transformers.Trainer`, before callbacks that write down what it logs."""
    from transformers import TrainerCallback

    class Stops(TrainerCallback):
        def on_log(
            self,
            args: Any,  # noqa: ANN401
            state: Any,  # noqa: ANN401
            control: Any,  # noqa: ANN401
            logs: Mapping[str, float] | None = None,
            **_: Any,  # noqa: ANN401
        ) -> None:
            del args, state, control
            refuse_no_number(logs or {})

    return Stops()
