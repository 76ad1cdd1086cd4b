"""Progress bars on standard error, only where a person looks at it."""

import sys
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


class Progress:
    """Nothing at all without a terminal."""

    def __init__(self) -> None:
        self._rich = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

            self._rich = Progress(
                "{task.description}",
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )

    def bar(self, what: str, total: int | None) -> Callable[[], None]:
        """A function to call once for each thing that is done."""
        rich = self._rich
        if rich is None:
            return lambda: None
        task = rich.add_task(what, total=total)
        return lambda: rich.advance(task)

    def track(self, what: str, things: Iterable[T]) -> Iterator[T]:
        """The same things, counted as they pass."""
        step = self.bar(what, None)
        for thing in things:
            yield thing
            step()

    def __enter__(self) -> Self:
        if self._rich is not None:
            self._rich.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._rich is not None:
            self._rich.stop()
