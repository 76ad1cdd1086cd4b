"""Ask your own private documents questions; identities never leave the vault."""

from typing import TYPE_CHECKING, Any

from privrag import offline as offline  # first: switches hubs and telemetry off

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from privrag.blocking import Rag
    from privrag.rag import AsyncRag
    from privrag.records import Answer, Citation, Hit, SyncReport, Viewer

__version__ = "0.1.0"
__all__ = ["Answer", "Citation", "Hit", "SyncReport", "Viewer", "aopen", "open"]

_RECORDS = {"Answer", "Citation", "Hit", "SyncReport", "Viewer"}


def open(  # noqa: A001 - privrag.open reads like the builtin on purpose
    home: "str | Path | None" = None, *, settings: "Mapping[str, Any] | None" = None
) -> "Rag":
    """Open a home (default `~/.privrag`), creating it on first use; also a context manager.

    `settings` overrides single settings, e.g. `{"chunk": {"size": 200}}`.
    """
    from privrag.blocking import Rag

    return Rag(home, overrides=settings)


async def aopen(
    home: "str | Path | None" = None, *, settings: "Mapping[str, Any] | None" = None
) -> "AsyncRag":
    """The async twin of `open`."""
    from privrag.rag import AsyncRag

    return await AsyncRag.open(home, overrides=settings)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - records, imported when first asked for
    if name in _RECORDS:
        from privrag import records

        return getattr(records, name)
    msg = f"module 'privrag' has no attribute {name!r}"
    raise AttributeError(msg)
