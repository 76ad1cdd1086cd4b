"""Keeping index, vault and manifest at one: what a kill left, what is gone, what became known."""

import asyncio
import fcntl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from privrag.errors import IndexingError, SyncError
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
    await clean(stores, sorted(found - stores.manifest.which_current(found)))


async def remove(stores: Stores, documents: Iterable[str]) -> None:
    """Take documents (by key) out of the manifest, then out of index and vault."""
    await clean(stores, stores.manifest.remove(documents))


async def refuse_a_lost_half(stores: Stores) -> None:
    """Raise IndexingError if manifest or index was lost: one has documents, the other none."""
    named = bool(stores.manifest.collections())
    held = await stores.index.count(tenant=stores.settings.tenant) > 0
    if named and not held:
        raise IndexingError(
            "the index is empty, but the manifest names documents; if the index was lost, write "
            "them again: privrag sync"
        )
    if held and not named and not stores.manifest.leftovers():
        raise IndexingError(
            "the manifest (manifest.db in the home) names no document, but the index holds some; "
            "put it back from its backup, or write the documents again: privrag sync"
        )


class Settling:
    """Looks for names that became known; with the same names, at no version twice."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._people = ""
        self._clean: set[str] = set()

    async def unsettled(self) -> list[Entry]:
        """Documents to write again.

        A name still stands in them that became known through another document, or one token stands
        for two people who were told apart since. Nothing is looked at while the vault knows nobody
        new since the last `settled`.
        """
        stores = self._stores
        people = stores.vault.people_mark()
        if stores.manifest.mark(_SETTLED) == people:
            return []
        if self._people != people:
            self._people, self._clean = people, set()
        entries = stores.manifest.entries()
        versions = stores.vault.stale()
        versions |= await self._named_in_titles(entries)
        versions |= await self._named_in_chunks()
        self._clean |= {entry.version for entry in entries} - versions
        return sorted(stores.manifest.current(versions).values(), key=lambda entry: entry.uri)

    def settled(self) -> None:
        """Note that every document was looked at with all names the vault knows now."""
        self._stores.manifest.set_mark(_SETTLED, self._stores.vault.people_mark())

    async def _named_in_titles(self, entries: Sequence[Entry]) -> set[str]:
        new = [entry for entry in entries if entry.version not in self._clean]
        texts = [form for e in new for form in (e.title, file_name_as_words(e.title))]
        owners = [e.version for e in new for _ in range(2)]
        return await asyncio.to_thread(_named_in, self._stores, texts, owners)

    async def _named_in_chunks(self) -> set[str]:
        versions: set[str] = set()
        texts: list[str] = []
        owners: list[str] = []
        async for stored in self._stores.index.scroll(tenant=self._stores.settings.tenant):
            if stored.chunk.source.version in self._clean:
                continue
            texts.append(f"{stored.chunk.context}\n\n{stored.chunk.text}")
            owners.append(stored.chunk.source.version)
            if len(texts) == _SCAN_CHUNKS:
                versions |= await asyncio.to_thread(_named_in, self._stores, texts, owners)
                texts, owners = [], []
        return versions | await asyncio.to_thread(_named_in, self._stores, texts, owners)


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
