"""Has a candidate answer a question once more, unseen, and keeps the figures of both answers."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from privrag.errors import PrivragError
from privrag.records import Answer
from privrag.rollout import Observed, agreement, figures_of, keep, this_hour

Asking = Callable[[], AsyncGenerator[str | Answer, None]]


class Shadow:
    """One shadow answer at a time: a question that comes meanwhile is answered once only."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = False

    def note(self, answer: Answer, candidate: str, *, by_candidate: bool) -> None:
        """Keep the figures of an answer that was shown."""
        self._begin(answer, candidate, None, by_candidate=by_candidate)

    def answer_beside(self, answer: Answer, candidate: str, ask: Asking) -> None:
        """Have `ask` answer what was answered, unless another question is at it."""
        self._begin(answer, candidate, None if self._busy else ask, by_candidate=False)

    async def close(self) -> None:
        """Give up what is not done."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _begin(
        self, shown: Answer, candidate: str, ask: Asking | None, *, by_candidate: bool
    ) -> None:
        observed = Observed(
            at=this_hour(),
            candidate=candidate,
            by_candidate=by_candidate,
            shown=figures_of(shown),
        )
        self._busy = self._busy or ask is not None
        task = asyncio.create_task(self._observe(observed, shown, ask))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _observe(self, observed: Observed, shown: Answer, ask: Asking | None) -> None:
        if ask is not None:
            try:
                beside = await _answer(ask)
                update = {"shadow": figures_of(beside), "agreement": agreement(shown, beside)}
            except PrivragError as error:
                update = {"failed": type(error).__name__}
            finally:
                self._busy = False
            observed = observed.model_copy(update=update)
        await asyncio.to_thread(keep, self._home, observed)


async def _answer(ask: Asking) -> Answer:
    async with aclosing(ask()) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                return piece
    raise AssertionError("the last piece is always the Answer")
