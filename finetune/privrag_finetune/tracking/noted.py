"""A training, noted from its begin to its end, however that comes.

with noted(home, kind="generator", name=name, data=data, seed=seed, recipe=..., base=...) as run:
    ...
    run.done(figures={...}, epsilon=None)
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from privrag.errors import PrivragError, TrainingError
from privrag.machine import this_machine, version_of
from privrag.registry import FOLDER
from privrag_finetune.tracking.records import DataSet, Model
from privrag_finetune.tracking.store import Tracking, now

_LIBRARIES = (
    *("torch", "transformers", "peft", "trl", "accelerate", "opacus", "bitsandbytes"),
    *("datasets", "sentence-transformers"),
)


class Noted:
    """The run that is under way."""

    def __init__(self, home: Path, run: str, *, kind: str, name: str, base: str) -> None:
        self.id = run
        self.is_done = False
        self._home, self._kind, self._name, self._base = home, kind, name, base

    def done(
        self,
        *,
        figures: Mapping[str, Any],
        epsilon: float | None = None,
        recipe: Mapping[str, Any] | None = None,
        sha256: str = "",
    ) -> None:
        """Note what came out; `recipe` replaces what was noted at the begin.

        Figures are numbers, intervals and counts by name, no text.
        """
        self._finish(
            figures=figures,
            epsilon=epsilon,
            recipe=recipe,
            model=Model(self._name, self._kind, self.id, self._base, sha256, now()),
        )

    def ended(self) -> None:
        """Note that it ended well and that nothing was measured, so no model is known by it."""
        self._finish(figures={}, epsilon=None, recipe=None, model=None)

    def failed(self, error: BaseException) -> None:
        """Note why it broke off, where that can be noted."""
        why = str(error) if isinstance(error, PrivragError) else type(error).__name__
        with suppress(TrainingError), closing(Tracking(self._home)) as tracking:
            tracking.fail(self.id, why, interrupted=not isinstance(error, Exception))

    def _finish(
        self,
        *,
        figures: Mapping[str, Any],
        epsilon: float | None,
        recipe: Mapping[str, Any] | None,
        model: Model | None,
    ) -> None:
        with closing(Tracking(self._home)) as tracking:
            tracking.finish(
                self.id,
                figures=figures,
                epsilon=epsilon,
                machine=machine(),
                recipe=recipe,
                model=model,
            )
        self.is_done = True


@contextmanager
def noted(
    home: Path,
    *,
    kind: str,
    name: str,
    data: DataSet | None,
    seed: int,
    base: str,
    recipe: Mapping[str, Any] | None = None,
) -> Iterator[Noted]:
    """Note that a training begins; its end, its failure or its interruption is noted, too.

    `name` is a model's: check it first, it must name nobody. One that is killed is told by its
    process. Raises TrainingError where the database cannot be written.
    """
    with closing(Tracking(home)) as tracking:
        run = tracking.begin(
            kind=kind,
            name=name,
            data=data,
            seed=seed,
            recipe=recipe or {},
            versions=versions(),
            machine=machine(),
            folder=f"{FOLDER}/{kind}/{name}",
        )
    own = Noted(home, run, kind=kind, name=name, base=base)
    try:
        yield own
    except BaseException as error:
        if not own.is_done:
            own.failed(error)
        raise
    if not own.is_done:
        own.ended()


def versions() -> dict[str, str]:
    """Of the libraries that train, those that are installed."""
    found = {name: version_of(name) for name in ("privrag", *_LIBRARIES)}
    return {name: version for name, version in found.items() if version}


def machine() -> dict[str, Any]:
    """Processor and, where torch was loaded and sees one, the GPU."""
    torch = sys.modules.get("torch")
    gpu = torch is not None and torch.cuda.is_available() and torch.cuda.get_device_name()
    return {**this_machine(), **({"gpu": gpu} if gpu else {})}
