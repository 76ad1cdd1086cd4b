"""A training whose loss is no number any more ends there, before anything of it is kept."""

import math
from collections.abc import Mapping
from typing import Any

from privrag.errors import TrainingError


def refuse_no_number(logs: Mapping[str, Any]) -> None:
    """Raise TrainingError where a loss among what a trainer logs is none.

    The trainer must be told `logging_nan_inf_filter=False`: it leaves such losses out otherwise.
    """
    losses = (value for name, value in logs.items() if name.endswith("loss"))
    if not all(math.isfinite(loss) for loss in losses if isinstance(loss, int | float)):
        raise TrainingError("the loss is no number any more; lower learning_rate in the recipe")
