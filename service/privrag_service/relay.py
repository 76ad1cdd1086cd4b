"""Carries pieces from a generator to a client and stops the generator when the client leaves.

A generator is only closed reliably by the task that runs it, so it gets a task of its own. The
queue between is short: a slow reader slows the generator down, and a generator that never waits
cannot starve the event loop.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from litestar.types import Receive

from privrag.records import Answer
from privrag_service.problems import ServiceError

_PIECES_AHEAD = 16


class ClientLeftError(Exception):
    """Nobody is listening any more."""


class SilenceError(Exception):
    """Nothing came for the given time; the relay is still good."""


class Relay:
    """One answer in the making. Whoever makes one calls `close`."""

    def __init__(
        self,
        source: AsyncIterator[str | Answer],
        receive: Receive,
        *,
        timeout_seconds: float,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        """Start the generator. From here on nobody else may call `receive`."""
        self._queue: asyncio.Queue[str | Answer | Exception] = asyncio.Queue(_PIECES_AHEAD)
        self._deadline = time.monotonic() + timeout_seconds
        self._on_close = on_close
        self._closed = False
        self._producer = asyncio.create_task(self._produce(source))
        self._gone = asyncio.create_task(_until_disconnect(receive))
        self._getter: asyncio.Task[str | Answer | Exception] | None = None

    @property
    def seconds_left(self) -> float:
        """Until the whole answer has taken too long; not below 0."""
        return max(self._deadline - time.monotonic(), 0)

    async def next(self, silence_seconds: float | None = None) -> str | Answer:
        """The next piece; the Answer is the last.

        Raises what the generator raised, ClientLeftError, SilenceError after `silence_seconds`, or
        ServiceError 504 when the whole answer takes too long.
        """
        if self._gone.done():
            raise ClientLeftError
        if self._getter is None and not self._queue.empty():
            return _item(self._queue.get_nowait())
        self._getter = self._getter or asyncio.create_task(self._queue.get())
        left = self.seconds_left
        patience = left if silence_seconds is None else min(left, silence_seconds)
        done, _ = await asyncio.wait(
            {self._getter, self._gone},
            timeout=patience,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self._gone in done:
            raise ClientLeftError
        if self._getter in done:
            getter, self._getter = self._getter, None
            return _item(getter.result())
        if not self.seconds_left:
            raise ServiceError(504, "The answer took too long.", code="timeout")
        raise SilenceError

    async def close(self) -> None:
        """Stop the generator and wait until it has cleaned up. Closing twice is no error."""
        if self._closed:
            return
        self._closed = True
        tasks = {self._producer, self._gone, *([self._getter] if self._getter else [])}
        for task in tasks:
            task.cancel()
        try:
            await asyncio.wait(tasks)
        finally:
            self._on_close()

    async def _produce(self, source: AsyncIterator[str | Answer]) -> None:
        try:
            answered = False
            try:
                async for item in source:
                    await self._queue.put(item)
                    answered = isinstance(item, Answer)
            finally:
                close = getattr(source, "aclose", None)
                if close is not None:
                    await close()
            if not answered:
                await self._queue.put(RuntimeError("the generator ended without an answer"))
        except Exception as error:  # noqa: BLE001 - handed to the reader, who decides
            await self._queue.put(error)


def _item(item: str | Answer | Exception) -> str | Answer:
    if isinstance(item, Exception):
        raise item
    return item


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
