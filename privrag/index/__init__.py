"""Where chunks live: Qdrant Edge in process by default, a Qdrant server by one setting."""

from pathlib import Path

from privrag.errors import MissingExtraError
from privrag.index.copy import copy_index
from privrag.index.protocol import Index, IndexIdentity
from privrag.index.settings import IndexSettings

__all__ = ["IndexSettings", "copy_index", "open_index"]


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
    try:
        from privrag.index.server import ServerIndex
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "qdrant_client":
            raise
        raise MissingExtraError("qdrant-client", "qdrant") from None
    return await ServerIndex.open(settings, identity)
