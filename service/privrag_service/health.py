"""`/healthz`: the process answers. `/readyz`: it can answer questions. Neither needs a key."""

import asyncio
from collections.abc import Awaitable, Callable

from litestar import Response, get
from litestar.di import NamedDependency

from privrag_service.logs import log_failure
from privrag_service.rag_protocol import AnsweringRag

_CHECK_SECONDS = 5


class Health:
    """Asks the parts whether they work."""

    def __init__(self, rag: AnsweringRag) -> None:
        self._rag = rag

    async def generator_up(self) -> bool:
        return await _works(self._rag.generator_ready)

    async def index_ok(self) -> bool:
        return await _works(self._rag.index_ready)


@get("/healthz")
async def healthz() -> dict[str, str]:
    """Always 200 while the process serves."""
    return {"status": "ok"}


@get("/readyz")
async def readyz(health: NamedDependency[Health]) -> Response[dict[str, str]]:
    """200 if both the generator and the index work, else 503; the body says which."""
    generator, index = await health.generator_up(), await health.index_ok()
    return Response(
        {
            "status": "ready" if generator and index else "not ready",
            "generator": "up" if generator else "down",
            "index": "ok" if index else "error",
        },
        status_code=200 if generator and index else 503,
    )


async def _works(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever it was, it does not work
        log_failure(error)
        return False
