"""Which request a task works for: one id in the log of the service and of the servers it asks."""

from contextvars import ContextVar

from privrag.offline import is_on_this_machine

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Set by the service for each request; tasks and threads begun for it see the same."""


def request_headers(url: str) -> dict[str, str]:
    """The header that passes the id on; to this machine only, since clients choose it freely."""
    current = request_id.get()
    if current is None or not is_on_this_machine(url):
        return {}
    return {"x-request-id": current}
