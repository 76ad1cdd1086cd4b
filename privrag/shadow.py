"""Has a candidate answer a question once more, unseen, and keeps the figures of both answers.

It reads the passages that the answer shown was made from: nothing is searched again, no name is put
back, and the audit log tells of nobody who saw nothing.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path

from privrag.errors import PrivragError
from privrag.generate import GenerateOptions
from privrag.records import Answer, Found, Trace, Viewer
from privrag.rollout import (
    Observed,
    agreement,
    figures_of,
    gets_candidate,
    keep,
    milliseconds_to_find,
    this_hour,
)
from privrag.settings import Settings

Asking = Callable[
    [Found, GenerateOptions, Callable[[Trace], None]], AsyncGenerator[str | Answer, None]
]
"""An answer from what was found, for nobody; its trace is told before it is whole."""
_Asked = Callable[[Callable[[Trace], None]], AsyncGenerator[str | Answer, None]]
_log = logging.getLogger(__name__)


def candidate_for(settings: Settings, viewer: Viewer) -> str | None:
    """The candidate, where it can answer and this viewer is among those whom it answers."""
    own = settings.rollout
    there = own.candidate in settings.generate.tuned
    return own.candidate if there and gets_candidate(own, viewer) else None


def unseen_candidate(settings: Settings) -> str | None:
    """The candidate, where it answers nobody: it may have failed its gate."""
    own = settings.rollout
    answers = own.percent > 0 or own.candidate == settings.generate.answer_model
    return None if answers else own.candidate


class Shadow:
    """One shadow answer at a time: a question that comes meanwhile is answered once only."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = False

    def observe(
        self,
        answer: Answer,
        trace: Trace,
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
        begun = partial(ask, trace.found, asked) if beside and not self._busy else None
        self._busy = self._busy or begun is not None
        found_ms = milliseconds_to_find(answer)
        task = asyncio.create_task(self._observe(observed, trace, found_ms, begun))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is not done."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _observe(
        self, observed: Observed, shown: Trace, found_ms: float, ask: _Asked | None
    ) -> None:
        try:
            if ask is not None:
                update = await self._beside(shown, found_ms, ask)
                observed = observed.model_copy(update=update)
            await asyncio.to_thread(keep, self._home, observed)
        except Exception as error:  # noqa: BLE001 - outermost edge of a task: its message may be private
            _log.warning("figures of a candidate were not kept (%s)", type(error).__name__)

    async def _beside(self, shown: Trace, found_ms: float, ask: _Asked) -> dict[str, object]:
        """What the candidate's answer adds to the figures, or how it failed."""
        try:
            answer, trace = await _answer(ask)
        except PrivragError as error:
            return {"failed": type(error).__name__}
        finally:
            self._busy = False
        figures = figures_of(answer, before_ms=found_ms)
        return {"shadow": figures, "agreement": agreement(shown, trace)}


async def _answer(ask: _Asked) -> tuple[Answer, Trace]:
    traces: list[Trace] = []
    async with aclosing(ask(traces.append)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                return piece, traces[-1]
    raise AssertionError("the last piece is always the Answer")
