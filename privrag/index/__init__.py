"""Where chunks live: Qdrant Edge in process by default, a Qdrant server by one setting."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from privrag.errors import MissingExtraError
from privrag.index.copy import copy_index
from privrag.index.protocol import Index, IndexIdentity
from privrag.index.settings import IndexSettings

if TYPE_CHECKING:
    from privrag.index.server import ServerIndex

__all__ = ["IndexSettings", "copy_index", "drop_index", "open_index"]


async def open_index(settings: IndexSettings, *, path: Path, identity: IndexIdentity) -> Index:
    """Open the index that the settings name; it is made if there is none yet.

    `path` is the embedded engine's folder; a server does not use it.

    Raises:
        IndexLockedError: another process (or this one) has the embedded index open.
        IndexingError: damaged, out of reach, or filled by another embedding model.
        MissingExtraError: a server is set, but its client is not installed.
    """
    if settings.url is None:
        from privrag.index.edge import EdgeIndex

        return await EdgeIndex.open(path, identity, settings)
    return await _server().open(settings, identity)


async def drop_index(settings: IndexSettings, *, path: Path, tenants: Sequence[str]) -> None:
    """Remove an index with its files; one that is not there is no error.

    Of a server's collection only these tenants' chunks go, if there are others'. Raises as
    `open_index` does, IndexLockedError if somebody has the embedded index open.
    """
    if settings.url is None:
        from privrag.index.shard import drop_shard

        await asyncio.to_thread(drop_shard, path)
    else:
        await _server().drop(settings, tenants=tenants)


def _server() -> "type[ServerIndex]":
    try:
        from privrag.index.server import ServerIndex
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "qdrant_client":
            raise
        raise MissingExtraError("qdrant-client", "qdrant") from None
    return ServerIndex
