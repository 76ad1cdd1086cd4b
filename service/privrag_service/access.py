"""The outermost layer: a request id on every response, one log line for every request."""

import re
import time
import uuid

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Scope, Send

from privrag.request_id import request_id
from privrag_service.logs import log_event, log_failure
from privrag_service.problems import ServiceError, problem_body

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class ServiceApp(Litestar):
    """Litestar as the service runs it. Unlike a middleware this also sees routing errors."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Answer one connection; lifespan events pass through."""
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        asked = _header(scope, b"x-request-id")
        current = asked if _SANE_ID.fullmatch(asked) else f"req_{uuid.uuid4().hex}"
        token = request_id.set(current)
        started, status = time.perf_counter(), 0

        async def tagged_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                tags = [(b"x-request-id", current.encode()), (b"cache-control", b"no-store")]
                message["headers"] = [*message.get("headers", ()), *tags]
            await send(message)

        try:
            await super().__call__(scope, receive, tagged_send)
        except Exception as error:  # noqa: BLE001 - the outermost edge: nothing private may reach the server's own log
            log_failure(error)
            if not status:
                await _answer_500(tagged_send)
        finally:
            log_event(
                "request",
                method=scope.get("method"),
                path=scope.get("path_template") or "unknown",
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
            request_id.reset(token)


def _header(scope: Scope, name: bytes) -> str:
    found = (value for key, value in scope["headers"] if key == name)
    return next(found, b"").decode("latin-1")


async def _answer_500(send: Send) -> None:
    error = ServiceError(500, "The service failed to answer; its log has the reason.")
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": problem_body(error), "more_body": False})
