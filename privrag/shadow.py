"""Has a candidate answer a question once more, unseen, and keeps the figures of both answers."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path

from privrag.errors import PrivragError
from privrag.generate import GenerateOptions
from privrag.records import Answer, Viewer
from privrag.rollout import (
    Observed,
    agreement,
    figures_of,
    gets_candidate,
    keep,
    this_hour,
)
from privrag.settings import Settings

_Asked = Callable[[], AsyncGenerator[str | Answer, None]]
Asking = Callable[[GenerateOptions], AsyncGenerator[str | Answer, None]]


def candidate_for(settings: Settings, viewer: Viewer) -> str | None:
    """The candidate, where it can answer and this viewer is among those whom it answers."""
    own = settings.rollout
    there = own.candidate in settings.generate.tuned
    return own.candidate if there and gets_candidate(own, viewer) else None


class Shadow:
    """One shadow answer at a time: a question that comes meanwhile is answered once only."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = False

    def observe(
        self,
        answer: Answer,
        settings: Settings,
        candidate: str | None,
        options: GenerateOptions,
        ask: Asking,
    ) -> None:
        """Keep the figures of an answer while there is a candidate; have it answer beside, too.

        `candidate` gave the answer if it is not None. Nothing is waited for.
        """
        own = settings.rollout
        if own.candidate is None:
            return
        beside = own.shadow and candidate is None and own.candidate in settings.generate.tuned
        asked = options.model_copy(update={"model": own.candidate})
        observed = Observed(
            at=this_hour(),
            candidate=own.candidate,
            by_candidate=candidate is not None,
            shown=figures_of(answer),
        )
        begun = partial(ask, asked) if beside and not self._busy else None
        self._busy = self._busy or begun is not None
        task = asyncio.create_task(self._observe(observed, answer, begun))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is not done."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _observe(self, observed: Observed, shown: Answer, ask: _Asked | None) -> None:
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


async def _answer(ask: _Asked) -> Answer:
    async with aclosing(ask()) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                return piece
    raise AssertionError("the last piece is always the Answer")
