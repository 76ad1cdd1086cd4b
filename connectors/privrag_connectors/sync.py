"""The sync that cannot lose: bring the index in line with folders.

Order for every document: write the new version -> count it -> swap -> remove the old one
(`privrag.pipeline.ingest`). Deletes always propagate, unless so many documents vanished at once
that a missing disk is the likelier cause: then nothing is changed. A run that was killed is
cleaned up at the start of the next one.
"""

import os
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from privrag import pipeline, upkeep
from privrag.errors import MassDeleteError, PrivragError, SettingsError
from privrag.intake import Arrival, Stores
from privrag.manifest import Entry
from privrag.rag import AsyncRag
from privrag.records import Failure, SyncReport
from privrag_connectors.folder import walk
from privrag_connectors.plan import Plan, Planner, Target, narrows, path_of
from privrag_connectors.progress import Progress

_ROUNDS = 4
_CLOSED = (
    "it was withdrawn from the index: it cannot be taken in again, and fewer may read it now than "
    "its last version allowed"
)
_UNPURGED = "unpurged"
_NOT_HIDDEN = "a name in it is known and cannot be hidden"
_WITHDRAWN = (
    "; it was withdrawn from the index, for a name stands in its last version that became known "
    "through another document"
)


async def sync_folders(
    rag: AsyncRag,
    paths: Sequence[Path] = (),
    *,
    dry_run: bool = False,
    allow_mass_delete: bool = False,
    collection: str | None = None,
) -> SyncReport:
    """Sync folders or files; without any, those that were synced before.

    Raises MassDeleteError if more than the allowed share of the known documents under `paths`
    vanished, SyncError if another sync runs or a path never existed.
    """
    started = time.monotonic()
    stores = rag.stores
    named = [Path(os.path.abspath(p)) for p in paths]  # noqa: PTH100 - absolute() keeps `..`
    target = Target(named or [Path(r) for r in stores.manifest.roots()], bool(named), collection)
    if not target.roots:
        raise SettingsError("name a folder or file to sync; none was synced before")
    with upkeep.sync_lock(rag.home), Progress() as progress:
        if not dry_run and await upkeep.recover(stores):
            stores.manifest.set_mark(_UNPURGED, "1")
        known = {entry.uri: entry for entry in stores.manifest.entries()}
        planner = Planner(stores, known, target)
        found = {root: progress.track("Looking at files", walk(root)) for root in target.roots}
        whole = known if dry_run else await _whole(rag, known)
        plan = planner.plan(found, whole)
        vanished, there, braked = planner.check_brake(plan)
        if braked and not allow_mass_delete:
            raise MassDeleteError(
                f"{vanished} of {there} known documents vanished at once; nothing was changed. "
                "If they are really gone, run again with --allow-mass-delete"
            )
        added = sum(arrival.uri not in known for arrival in plan.arrivals)
        updated = len(plan.arrivals) - added
        if not dry_run:
            gone = [*plan.vanished, *plan.closed]
            if updated or gone:
                stores.manifest.set_mark(_UNPURGED, "1")
            plan.failed += [Failure(entry.uri, _CLOSED) for entry in plan.closed]
            for arrival, error in await _take_in(rag, plan.arrivals, progress):
                entry = known.get(arrival.uri)
                added -= entry is None
                updated -= entry is not None
                note = ""
                if entry is not None and narrows(entry, arrival.acl, arrival.collection):
                    gone.append(entry)
                    note = f"; {_CLOSED}"
                elif entry is not None:
                    note = " (its last good version stays)"
                plan.failed.append(Failure(arrival.uri, f"{error}{note}"))
            await upkeep.remove(stores, [entry.document for entry in gone])
            if whole is not known:
                await upkeep.sweep(stores)
            plan.failed += await _settle(rag, progress)
            _remember(stores, planner, target, plan)
    return SyncReport(
        added=added,
        updated=updated,
        deleted=len(plan.vanished),
        unchanged=plan.unchanged,
        failed=tuple(plan.failed),
        seconds=round(time.monotonic() - started, 3),
        dry_run=dry_run,
    )


def _remember(stores: Stores, planner: Planner, target: Target, plan: Plan) -> None:
    """Note the folders for a sync without paths; what is gone for good is forgotten."""
    for root in target.roots:
        if os.path.lexists(root):
            stores.manifest.add_root(str(root), planner.collection_of(root))
        elif root in plan.lost_roots or target.named:
            stores.manifest.forget_root(str(root))


async def _whole(rag: AsyncRag, known: dict[str, Entry]) -> dict[str, Entry]:
    """The known documents whose chunks are all in the index; the others are taken in again.

    They are one and the same unless somebody deleted the index or put back an old one.
    """
    index = rag.stores.index
    expected = sum(entry.chunks for entry in known.values())
    if await index.count(tenant=rag.settings.tenant) == expected:
        return known
    return {
        uri: entry
        for uri, entry in known.items()
        if await index.count(version=entry.version) == entry.chunks
    }


async def _take_in(
    rag: AsyncRag, arrivals: Sequence[Arrival], progress: Progress
) -> list[tuple[Arrival, PrivragError]]:
    """Ingest what is new or changed; returns what could not be."""
    failed: list[tuple[Arrival, PrivragError]] = []
    if not arrivals:
        return failed
    outcomes = pipeline.ingest(
        rag.stores, arrivals, parser=rag.parser, detectors=rag.detectors, embedder=rag.embedder
    )
    step = progress.bar("Taking in documents", len(arrivals))
    async with aclosing(outcomes):
        async for outcome in outcomes:
            step()
            if outcome.error is not None:
                failed.append((outcome.arrival, outcome.error))
    return failed


async def _settle(rag: AsyncRag, progress: Progress) -> list[Failure]:
    """Take documents in again in which a name stands that another document made known.

    Each round can only hide more. A document in which a name cannot be hidden is withdrawn.
    """
    failed: list[Failure] = []
    settling = upkeep.Settling(rag.stores)
    for last in (*[False] * _ROUNDS, True):
        entries = await settling.unsettled()
        if not entries:
            break
        rag.stores.manifest.set_mark(_UNPURGED, "1")
        errors = {} if last else await _take_in_again(rag, entries, progress)
        stuck = entries if last else [entry for entry in entries if entry.uri in errors]
        await upkeep.remove(rag.stores, [entry.document for entry in stuck])
        failed += [Failure(e.uri, f"{errors.get(e.uri, _NOT_HIDDEN)}{_WITHDRAWN}") for e in stuck]
    if rag.stores.manifest.mark(_UNPURGED):  # old versions still stand in the engine's old pages
        await rag.stores.index.purge()
        rag.stores.manifest.drop_mark(_UNPURGED)
    settling.settled()
    return failed


async def _take_in_again(
    rag: AsyncRag, entries: Sequence[Entry], progress: Progress
) -> dict[str, PrivragError]:
    again = [Arrival(path_of(e), e.uri, e.sha256, e.acl, e.collection) for e in entries]
    return {arrival.uri: error for arrival, error in await _take_in(rag, again, progress)}
