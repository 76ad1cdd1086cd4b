"""The passages that a data set may be made of: one kind of readers, current versions only.

A model tuned on what few may read tells it to whoever may ask the model, so passages of different
readers are not mixed unless somebody says so.
"""

from collections.abc import Sequence

from privrag.errors import TrainingError
from privrag.intake import Stores
from privrag.records import Chunk

EVERYBODY = ("*",)


def chosen_chunks(
    found: Sequence[Chunk],
    *,
    acl: Sequence[str] = EVERYBODY,
    across_acl: bool = False,
    collection: str | None = None,
) -> list[Chunk]:
    """Those of current chunks that exactly these principals may read (`across_acl`: whoever may).

    Raises TrainingError if there are none.
    """
    here = [c for c in found if collection is None or c.source.collection == collection]
    wanted = readers_of(acl)
    chosen = [c for c in here if across_acl or readers_of(c.source.acl) == wanted]
    if chosen:
        return chosen
    if not here:
        where = "this home" if collection is None else f"the collection {collection!r}"
        raise TrainingError(f"there is no passage in {where}; take documents in: privrag sync")
    kinds = len({readers_of(c.source.acl) for c in here})
    raise TrainingError(
        f"none of the {len(here)} passages has exactly the readers {' '.join(wanted)} ({kinds} "
        "other kinds of readers have some); name the readers with --acl, or mix: --across-acl"
    )


async def current_chunks(stores: Stores) -> list[Chunk]:
    """Every chunk of the tenant whose version is current, by id."""
    found = [item.chunk async for item in stores.index.scroll(tenant=stores.settings.tenant)]
    current = stores.manifest.which_current({chunk.source.version for chunk in found})
    return sorted((c for c in found if c.source.version in current), key=lambda c: c.id)


def readers_of(acl: Sequence[str]) -> tuple[str, ...]:
    """Who may read: what everybody may, anybody else may, too."""
    return EVERYBODY if "*" in acl else tuple(sorted(set(acl)))
