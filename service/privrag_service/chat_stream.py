"""A chat answer as server-sent events, in the order that OpenAI's clients expect.

    role, text pieces, citations (if any), finish_reason, usage (if asked for), [DONE]

An error after the first piece is an event of its own, `data: {"error": ...}`, and ends the stream.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from privrag.records import Answer
from privrag_service.completions import Head, last_chunks
from privrag_service.problems import as_service_error, problem_body
from privrag_service.relay import ClientLeftError, Relay, SilenceError
from privrag_service.wire import Chunk, Delta

_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
_PING = b": ping\n\n"
_DONE = b"data: [DONE]\n\n"
_LAST_EVENTS_SECONDS = 5
"""Beyond the answer's deadline, for a reader that takes nothing more off the socket."""


class ChatEvents(ASGIResponse):
    """Sends the events and closes the relay in the same task, however the stream ends.

    Litestar's own streaming response leaves closing to the garbage collector.
    """

    def __init__(
        self,
        relay: Relay,
        first: str | Answer,
        head: Head,
        *,
        include_usage: bool,
        ping_seconds: float,
    ) -> None:
        """Take over a relay whose `first` item has been read."""
        super().__init__()
        self._relay, self._first, self._head = relay, first, head
        self._include_usage, self._ping_seconds = include_usage, ping_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the answer, an error, or the client's leaving."""
        try:
            async with asyncio.timeout(self._relay.seconds_left + _LAST_EVENTS_SECONDS):
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
                async for event in self._events():
                    await send({"type": "http.response.body", "body": event, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (ClientLeftError, TimeoutError):
            return
        finally:
            await self._relay.close()

    async def _events(self) -> AsyncIterator[bytes]:
        yield self._event(self._head.chunk(Delta(role="assistant", content="")))
        item = self._first
        while not isinstance(item, Answer):
            yield self._event(self._head.chunk(Delta(content=item)))
            try:
                while (piece := await self._next()) is None:
                    yield _PING
            except ClientLeftError:
                raise
            except Exception as error:  # noqa: BLE001 - the status is sent; this is its place now
                yield b"data: " + problem_body(as_service_error(error)) + b"\n\n"
                return
            item = piece
        for chunk in last_chunks(item, self._head, include_usage=self._include_usage):
            yield self._event(chunk)
        yield _DONE

    async def _next(self) -> str | Answer | None:
        """The next item; None after a silence."""
        try:
            return await self._relay.next(self._ping_seconds)
        except SilenceError:
            return None

    def _event(self, chunk: Chunk) -> bytes:
        if self._include_usage and chunk.usage is msgspec.UNSET:
            chunk.usage = None  # OpenAI: with usage asked for, all chunks but the last say null
        return b"data: " + msgspec.json.encode(chunk) + b"\n\n"


class ChatStream(Response[None]):
    """What the handler returns; Litestar asks it for the part that speaks ASGI."""

    def __init__(self, events: ChatEvents) -> None:
        super().__init__(None)
        self._events = events

    def to_asgi_response(self, *_args: Any, **_kwargs: Any) -> ASGIResponse:  # noqa: ANN401 - arguments differ between Litestar 2 and 3
        """The events; headers and status are theirs."""
        return self._events
