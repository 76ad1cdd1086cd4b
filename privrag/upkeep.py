"""Keeping index, vault and manifest at one: what a kill left, what is gone, what became known."""

import asyncio
import fcntl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from privrag.errors import SyncError
from privrag.intake import Stores
from privrag.manifest import Entry
from privrag.pseudonymize import file_name_as_words, find_known

_SETTLED = "settled"
_SCAN_CHUNKS = 256


async def recover(stores: Stores) -> int:
    """Clean away what a killed run left behind; returns how many versions that were."""
    leftovers = stores.manifest.leftovers()
    await clean(stores, leftovers)
    return len(leftovers)


async def sweep(stores: Stores) -> None:
    """Clean away every version in the index of which the manifest knows nothing."""
    found: set[str] = set()
    async for stored in stores.index.scroll(tenant=stores.settings.tenant):
        found.add(stored.chunk.source.version)
    await clean(stores, sorted(found - stores.manifest.current(found).keys()))


async def remove(stores: Stores, documents: Iterable[str]) -> None:
    """Take documents (by key) out of the manifest, then out of index and vault."""
    await clean(stores, stores.manifest.remove(documents))


async def unsettled(stores: Stores) -> list[Entry]:
    """Documents to write again.

    A name still stands in them that became known through another document, or one token stands for
    two people who were told apart since. Nothing is looked at while the vault knows nobody new
    since the last `settled`.
    """
    if stores.manifest.mark(_SETTLED) == stores.vault.people_mark():
        return []
    versions = stores.vault.stale()
    entries = stores.manifest.entries()
    texts = [form for e in entries for form in (e.title, file_name_as_words(e.title))]
    owners = [e.version for e in entries for _ in range(2)]
    versions |= await asyncio.to_thread(_named_in, stores, texts, owners)
    texts, owners = [], []
    async for stored in stores.index.scroll(tenant=stores.settings.tenant):
        texts.append(f"{stored.chunk.context}\n\n{stored.chunk.text}")
        owners.append(stored.chunk.source.version)
        if len(texts) == _SCAN_CHUNKS:
            versions |= await asyncio.to_thread(_named_in, stores, texts, owners)
            texts, owners = [], []
    versions |= await asyncio.to_thread(_named_in, stores, texts, owners)
    return sorted(stores.manifest.current(versions).values(), key=lambda entry: entry.uri)


def settled(stores: Stores) -> None:
    """Note that every document was looked at with all names the vault knows now."""
    stores.manifest.set_mark(_SETTLED, stores.vault.people_mark())


def _named_in(stores: Stores, texts: Sequence[str], owners: Sequence[str]) -> set[str]:
    found = find_known(texts, stores.vault)
    return {owner for owner, entities in zip(owners, found, strict=True) if entities}


async def clean(stores: Stores, versions: Iterable[str]) -> None:
    """Take versions that are not current out of index, vault and the list of leftovers."""
    for version in versions:
        await stores.index.delete(version=version)
        await asyncio.to_thread(stores.vault.release, version)
        stores.manifest.cleaned(version)


@contextmanager
def sync_lock(home: Path) -> Iterator[None]:
    """Hold the home's sync lock; it vanishes with the process, however that ends."""
    (home / "sync.lock").touch(mode=0o600)
    with (home / "sync.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SyncError("another sync of this home is running; wait for it to end") from None
        yield
