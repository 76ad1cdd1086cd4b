"""Runs inside vLLM's server: nobody without the key gets in, and each request leaves a line.

    --middleware=privrag_key_only.KeyOnly      (standard library only; never imported by privrag)

vLLM asks for its key on `/v1` and few other prefixes. `/invocations` answers without it and
`/adapters` loads any folder, for everybody on the machine. The line holds id, path, status, time.
"""

import hmac
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Message = MutableMapping[str, Any]
_App = Callable[[_Message, Callable[..., Any], Callable[..., Any]], Awaitable[None]]


class KeyOnly:
    """Asks for the key on every path but `/health`."""

    def __init__(self, app: _App) -> None:
        self._app = app
        self._key = f"Bearer {os.environ['VLLM_API_KEY']}".encode()

    async def __call__(
        self, scope: _Message, receive: Callable[..., Any], send: Callable[..., Any]
    ) -> None:
        """Answer one connection; lifespan events pass through."""
        if scope["type"] == "lifespan" or scope.get("path") == "/health":
            await self._app(scope, receive, send)
            return
        headers = dict(scope.get("headers", ()))
        allowed = hmac.compare_digest(headers.get(b"authorization", b""), self._key)
        started, status = time.perf_counter(), 401

        async def noted(message: _Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            if allowed and scope["type"] == "http":
                await self._app(scope, receive, noted)
            else:
                await _refuse(scope, send)
        finally:
            line = {
                "event": "vllm_request",
                "request_id": headers.get(b"x-request-id", b"").decode("latin-1")[:128],
                "path": scope.get("path") if allowed else "refused",
                "status": status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            }
            print(json.dumps(line), file=sys.stderr, flush=True)  # noqa: T201 - vLLM's log


async def _refuse(scope: _Message, send: Callable[..., Any]) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    kind = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 401, "headers": kind})
    await send({"type": "http.response.body", "body": b'{"error":"Unauthorized"}'})
