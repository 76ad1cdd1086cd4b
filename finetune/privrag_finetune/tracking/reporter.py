"""How far a training is: lines in `events.jsonl`, and a bar where there is a terminal.

Any loop tells it by `on_step`; the library's trainers by the callback that `callback()` gives.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from privrag.errors import TrainingError
from privrag_finetune.finite import refuse_no_number
from privrag_finetune.tracking.events import Event, EventFile
from privrag_finetune.tracking.store import now

if TYPE_CHECKING:
    from transformers import TrainerCallback

_VALIDATION = ("eval_loss", "eval_validation_loss")


class Reporter:
    """Of one start of a training; a context manager, which writes the last line and its state."""

    def __init__(
        self,
        path: Path,
        *,
        what: str,
        fresh: bool = False,
        console: Console | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`path` is the events' file, `what` stands before the bar.

        `fresh`: what an earlier training wrote there goes with the first line of this one.
        """
        self._file = EventFile(path, fresh=fresh)
        self._clock = clock
        self._what = what
        console = console or Console(stderr=True)
        self._bar = _bar(console) if console.is_terminal else None
        self._begun: tuple[float, int, int] | None = None
        self._at: tuple[int, int, float] | None = None

    def on_begin(self, step: int = 0, *, tokens: int = 0) -> None:
        """Count speed from here, where the first step begins; else it counts from the first report.

        `step` and `tokens` are those that an earlier start of the training did.
        """
        self._begun = self._clock(), step, tokens

    def on_step(
        self,
        step: int,
        steps: int,
        *,
        epoch: float,
        loss: float | None = None,
        validation_loss: float | None = None,
        tokens: int | None = None,
    ) -> None:
        """Note `step` of `steps` (0: not known); `tokens` are all that were trained on so far."""
        self.advance(step, steps, loss)
        if self._begun is None:
            self.on_begin(step, tokens=tokens or 0)
        begun, first_step, first_tokens = self._begun or (0.0, 0, 0)
        passed = self._clock() - begun
        done = step - first_step
        speed = (tokens - first_tokens) / passed if tokens and done and passed > 0 else None
        eta = passed / done * (steps - step) if done > 0 and steps else None
        self._at = step, steps, epoch
        self._file.add(
            Event(
                time=now(),
                step=step,
                steps=steps,
                epoch=round(epoch, 4),
                loss=loss,
                validation_loss=validation_loss,
                tokens_per_second=None if speed is None else round(speed, 1),
                eta_seconds=None if eta is None else round(eta, 1),
            )
        )

    def on_log(self, logs: Mapping[str, float]) -> None:
        """Note what a trainer of transformers or trl logs, with its `step` and `steps` added.

        Speed is known where `num_input_tokens_seen` is among it; a line without a loss is left out.
        """
        validation = next((logs[key] for key in _VALIDATION if key in logs), None)
        if "loss" not in logs and validation is None:
            return
        self.on_step(
            int(logs["step"]),
            int(logs["steps"]),
            epoch=logs.get("epoch", 0.0),
            loss=logs.get("loss"),
            validation_loss=validation,
            tokens=int(logs.get("num_input_tokens_seen", 0)) or None,
        )

    def advance(self, step: int, steps: int, loss: float | None = None) -> None:
        """Move the bar alone, without a line."""
        if self._bar is None:
            return
        if not self._bar.tasks:
            self._bar.start()
            self._bar.add_task(self._what, total=steps or None, loss="")
        shown: dict[str, Any] = {} if loss is None else {"loss": f"loss {loss:.3f}"}
        self._bar.update(self._bar.tasks[0].id, completed=step, **shown)

    def close(self, state: Literal["finished", "failed"]) -> None:
        """Write the last line, if there is any."""
        if self._bar is not None:
            self._bar.stop()
        try:
            if self._at is not None:
                step, steps, epoch = self._at
                self._file.add(Event(now(), step, steps, round(epoch, 4), state=state))
        finally:
            self._file.close()

    def callback(self) -> "TrainerCallback":
        """For a `transformers.Trainer`: a line whenever it logs or has asked validation.

        A loss that is no number ends the training before it is written down: TrainingError.
        """
        from transformers import TrainerCallback

        reporter = self

        class Reports(TrainerCallback):
            def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401
                del args, control
                reporter.on_begin(state.global_step)

            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401
                del args, control
                reporter.advance(state.global_step, state.max_steps)

            def on_log(
                self,
                args: Any,  # noqa: ANN401
                state: Any,  # noqa: ANN401
                control: Any,  # noqa: ANN401
                logs: Mapping[str, float] | None = None,
                **_: Any,  # noqa: ANN401
            ) -> None:
                del args, control
                refuse_no_number(logs or {})
                at = {"step": state.global_step, "steps": state.max_steps}
                reporter.on_log({**at, **(logs or {})})

        return Reports()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close("finished" if kind is None else "failed")
        except TrainingError:
            if error is None:
                raise  # else why it ended says more


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns,
        TextColumn("{task.fields[loss]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
