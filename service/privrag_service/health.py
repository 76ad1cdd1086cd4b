"""`/healthz`: the process answers. `/readyz`: it can answer questions. Neither needs a key."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from privrag.errors import PrivragError
from privrag_service.identity import is_this_machine
from privrag_service.logs import log_failure
from privrag_service.rag_protocol import AnsweringRag

_CHECK_SECONDS = 5
Refused = Callable[[], Sequence[str]]
"""Names of models that are set to serve and could not be loaded; others answer as before."""
Cautions = Callable[[], Sequence[str]]
"""What to know about what serves, a sentence each."""


class Health:
    """Asks the parts whether they work."""

    def __init__(self, rag: AnsweringRag, refused: Refused, cautions: Cautions) -> None:
        self._rag = rag
        self.refused = refused
        self._cautions = cautions

    def cautions(self) -> list[str]:
        """None where they cannot be told: the index is not ready then either."""
        try:
            return list(self._cautions())
        except PrivragError as error:
            log_failure(error)
            return []

    async def generator_up(self) -> bool:
        return await _works(self._rag.generator_ready)

    async def index_ok(self) -> bool:
        return await _works(self._rag.index_ready)

    async def audit_head(self) -> dict[str, object] | None:
        """Where the audit log ends, for a monitor to keep elsewhere; None if it cannot be read."""
        try:
            head = await self._rag.audit_head()
        except PrivragError as error:
            log_failure(error)
            return None
        return {"tenant": head.tenant, "seq": head.seq, "head": head.hash}


@get("/healthz")
async def healthz(
    request: Request[Any, Any, Any], health: NamedDependency[Health]
) -> dict[str, object]:
    """Always 200 while the process serves; this machine also sees the audit log's head."""
    told = {"audit": await health.audit_head()} if is_this_machine(request) else {}
    return {"status": "ok", **told}


@get("/readyz")
async def readyz(
    request: Request[Any, Any, Any], health: NamedDependency[Health]
) -> Response[dict[str, object]]:
    """200 if both the generator and the index work, else 503; the body says which.

    This machine also sees which models were refused (what served before answers meanwhile), and
    what to know about what serves.
    """
    here = is_this_machine(request)
    refused = list(health.refused()) if here else []
    cautions = await asyncio.to_thread(health.cautions) if here else []
    generator, index = await health.generator_up(), await health.index_ok()
    return Response(
        {
            "status": "ready" if generator and index else "not ready",
            "generator": "up" if generator else "down",
            "index": "ok" if index else "error",
            **({"refused": refused} if refused else {}),
            **({"cautions": cautions} if cautions else {}),
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
