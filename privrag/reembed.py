"""Another embedder gets an index version of its own, which then serves in one step.

    lock -> note the new version -> every current chunk with a new vector -> count
    -> registry: embedder, weights and index version, in one replacement -> remove the old version

Nothing is parsed or pseudonymized again: ids, payloads and words stay, only vectors change. A kill
before the replacement leaves the old version serving, a kill after it the new one; the next
opening removes the other. No old version is kept, so that `forget` has one index to write: the way
back makes another one.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from privrag.embed import Embedder, embedding_text
from privrag.errors import IndexingError, ModelError
from privrag.index.protocol import EmbeddedChunk, Index
from privrag.intake import Stores
from privrag.manifest import Entry
from privrag.memory import trim_memory
from privrag.progress import progress_over
from privrag.prompts import prompt_sha256
from privrag.records import Chunk
from privrag.registry import Registry, read_registry, set_aside, write_registry
from privrag.serving import clear_leftovers, open_version, tenants_of
from privrag.settings import Settings
from privrag.upkeep import recover, sync_lock

_AT_ONCE = 1024


async def promote_embedder(
    stores: Stores, own: Settings, home: Path, name: str, embedder: Embedder
) -> list[str]:
    """Let a trained embedder serve; gives the names that were set aside for it.

    `own` are the settings as they were loaded. `stores.index` is closed: whoever has it goes over
    to the new one. Raises ModelError, SyncError while a sync or an erasure runs, IndexingError.
    """
    serving = read_registry(home).serving("embedder")
    if serving is not None and serving.name == name:
        raise ModelError(f"{name} serves already")
    return await _go_over(
        stores, own, home, embedder, name, lambda registry: registry.with_promotion(name),
        cause=f"promote {name}",
    )  # fmt: skip


async def rollback_embedder(
    stores: Stores, own: Settings, home: Path, embedder: Embedder
) -> list[str]:
    """Back to the embedder that served before, which is this one; as `promote_embedder`."""
    back = read_registry(home).stepped_back("embedder").serving("embedder")
    name = "first" if back is None else back.name
    return await _go_over(
        stores, own, home, embedder, name, lambda registry: registry.stepped_back("embedder"),
        cause="rollback embedder",
    )  # fmt: skip


async def reembed(
    source: Index,
    target: Index,
    embedder: Embedder,
    *,
    tenants: Collection[str],
    entries: Sequence[Entry],
) -> int:
    """Write every chunk of these tenants into the target with its vector by this embedder.

    Gives their number. Raises IndexingError where the source does not hold these entries whole, or
    a version did not arrive so.
    """
    copied: Counter[str] = Counter()
    total = sum([await source.count(tenant=tenant) for tenant in tenants])
    with progress_over(total, "Embedding") as tell:
        for tenant in sorted(tenants):
            batch: list[Chunk] = []
            async for item in source.scroll(tenant=tenant):
                batch.append(item.chunk)
                copied[item.chunk.source.version] += 1
                if len(batch) == _AT_ONCE:
                    await _write(target, batch, embedder)
                    tell(copied.total())
                    batch = []
            await _write(target, batch, embedder)
    expected = dict(copied) | {entry.version: entry.chunks for entry in entries}
    for version, chunks in expected.items():
        arrived = await target.count(version=version)
        if arrived != chunks:
            raise IndexingError(
                f"the new index version holds {arrived} of {chunks} chunks of a document; the one "
                "that serves is unchanged: privrag sync, then try again"
            )
    return copied.total()


async def _write(target: Index, chunks: list[Chunk], embedder: Embedder) -> None:
    vectors = await asyncio.to_thread(embedder.embed, [embedding_text(c) for c in chunks])
    await target.upsert([EmbeddedChunk(c, v) for c, v in zip(chunks, vectors, strict=True)])
    trim_memory()


async def _go_over(
    stores: Stores,
    own: Settings,
    home: Path,
    embedder: Embedder,
    name: str,
    change: Callable[[Registry], Registry],
    *,
    cause: str,
) -> list[str]:
    change(read_registry(home))  # refuses before anything is touched
    with sync_lock(home):
        before = read_registry(home)
        after = change(before)
        await recover(stores)
        new = f"{name}-{secrets.token_hex(4)}"
        write_registry(home, before.model_copy(update={"leftovers": (*before.leftovers, new)}))
        target = await open_version(home, own.index, new, embedder.identity)
        try:
            await reembed(
                stores.index,
                target,
                embedder,
                tenants=tenants_of(home, own),
                entries=stores.manifest.entries(),
            )
        finally:
            await target.close()
        left = (*before.leftovers, before.index)
        prompt = prompt_sha256(own.prompts)
        after = after.model_copy(update={"index": new, "leftovers": left})
        write_registry(home, after.with_release(before, cause, "embedder", prompt=prompt))
        await stores.index.close()
    await clear_leftovers(home, own)
    return set_aside(before, after, "embedder")
