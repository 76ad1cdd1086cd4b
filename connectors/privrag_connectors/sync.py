"""The sync that cannot lose: bring the index in line with folders.

Order for every document: write the new version -> count it -> swap -> remove the old one
(`privrag.pipeline.ingest`). Deletes always propagate, unless so many documents vanished at once
that a missing disk is the likelier cause: then nothing is changed. A run that was killed is
cleaned up at the start of the next one.
"""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote_to_bytes

from privrag import pipeline
from privrag.errors import MassDeleteError, PrivragError, SettingsError, SyncError
from privrag.intake import Arrival, content_of
from privrag.manifest import Entry
from privrag.rag import AsyncRag
from privrag.records import Failure, SyncReport
from privrag_connectors.folder import Found, Unreadable, uri_of, walk
from privrag_connectors.progress import Progress
from privrag_connectors.settings import SyncSettings

_ROUNDS = 4


@dataclass(slots=True)
class _Plan:
    """What has to be done, before anything is."""

    arrivals: list[Arrival] = field(default_factory=list)
    unchanged: int = 0
    vanished: list[Entry] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)


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
    settings = SyncSettings.of(rag.settings)
    stores = rag.stores
    roots = [Path(os.path.abspath(p)) for p in paths] or [Path(r) for r in stores.manifest.roots()]  # noqa: PTH100 - absolute() keeps `..`
    if not roots:
        raise SettingsError("name a folder or file to sync; none was synced before")
    with _one_at_a_time(rag.home), Progress() as progress:
        if not dry_run:
            await pipeline.recover(stores)
        known = {entry.uri: entry for entry in stores.manifest.entries()}
        whole = known if dry_run else await _whole(rag, known)
        plan = _plan(rag, roots, known, whole, settings, collection, progress)
        share = len(plan.vanished) / max(1, len(_under(known.values(), roots)))
        if share > settings.mass_delete_share and not allow_mass_delete:
            raise MassDeleteError(
                f"{len(plan.vanished)} of {len(_under(known.values(), roots))} known documents "
                "vanished at once; nothing was changed. If they are really gone, run again with "
                "--allow-mass-delete"
            )
        added = sum(a.uri not in known for a in plan.arrivals)
        updated = len(plan.arrivals) - added
        if not dry_run:
            failed = await _take_in(rag, plan.arrivals, progress)
            for arrival, error in failed:
                is_known = arrival.uri in known
                note = " (its last good version stays)" if is_known else ""
                plan.failed.append(Failure(arrival.uri, f"{error}{note}"))
                added -= not is_known
                updated -= is_known
            await pipeline.remove(stores, [entry.document for entry in plan.vanished])
            plan.failed += await _settle(rag, progress)
            for root in roots:
                stores.manifest.add_root(str(root))
    return SyncReport(
        added=added,
        updated=updated,
        deleted=len(plan.vanished),
        unchanged=plan.unchanged,
        failed=tuple(plan.failed),
        seconds=round(time.monotonic() - started, 3),
        dry_run=dry_run,
    )


def _plan(
    rag: AsyncRag,
    roots: Sequence[Path],
    known: dict[str, Entry],
    whole: dict[str, Entry],
    settings: SyncSettings,
    collection: str | None,
    progress: Progress,
) -> _Plan:
    plan = _Plan()
    seen: set[str] = set()
    kept: list[Path] = []
    for root in roots:
        if not os.path.lexists(root) and not _under(known.values(), [root]):
            raise SyncError(f"there is no file or folder {str(root)!r}")
        for found in progress.track("Looking at files", walk(root)):
            if found.uri in seen:
                continue
            if isinstance(found, Unreadable):
                if found.path != root or os.path.lexists(root):
                    plan.failed.append(Failure(found.uri, str(found.error)))
                if not found.gone:
                    kept.append(found.path)
                continue
            seen.add(found.uri)
            arrival = _arrival(rag, root, found, settings, collection)
            entry = whole.get(found.uri)
            if entry is not None and entry.content == content_of(rag.stores, arrival):
                plan.unchanged += 1
            else:
                plan.arrivals.append(arrival)
    protected = {entry.uri for entry in _under(known.values(), kept)}
    plan.vanished = [
        entry
        for entry in _under(known.values(), roots)
        if entry.uri not in seen and entry.uri not in protected
    ]
    return plan


async def _whole(rag: AsyncRag, known: dict[str, Entry]) -> dict[str, Entry]:
    """The known documents whose chunks are all in the index; the others are taken in again.

    They are one and the same unless somebody deleted the index or put back an old one.
    """
    index = rag.stores.index
    if await index.count() == sum(entry.chunks for entry in known.values()):
        return known
    return {
        uri: entry
        for uri, entry in known.items()
        if await index.count(version=entry.version) == entry.chunks
    }


def _arrival(
    rag: AsyncRag, root: Path, found: Found, settings: SyncSettings, collection: str | None
) -> Arrival:
    inside = found.path.relative_to(root).as_posix() if found.path != root else found.path.name
    acl = next((acl for glob, acl in settings.acl.items() if fnmatch(inside, glob)), None)
    return Arrival(
        path=found.path,
        uri=found.uri,
        sha256=found.sha256,
        acl=tuple(sorted(acl or settings.default_acl)),
        collection=collection or rag.settings.collection,
    )


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

    Each round can only hide more, so it ends; a name that stays is a failure of its document.
    """
    failed: dict[str, Failure] = {}
    for _ in range(_ROUNDS):
        entries = await pipeline.unsettled(rag.stores)
        again = [_again(entry) for entry in entries if entry.uri not in failed]
        if not again:
            if not failed:
                pipeline.settled(rag.stores)
            break
        for arrival, error in await _take_in(rag, again, progress):
            failed[arrival.uri] = Failure(
                arrival.uri, f"{error}; a name in it that became known could not be hidden"
            )
    return list(failed.values())


def _again(entry: Entry) -> Arrival:
    path = Path(os.fsdecode(unquote_to_bytes(entry.uri.removeprefix("file://"))))
    return Arrival(path, entry.uri, entry.sha256, entry.acl, entry.collection)


def _under(entries: Iterable[Entry], roots: Sequence[Path]) -> list[Entry]:
    """Entries whose file is one of the roots or lies below one."""
    prefixes = [(uri_of(root), uri_of(root).rstrip("/") + "/") for root in roots]
    return [
        entry
        for entry in entries
        if any(entry.uri == exact or entry.uri.startswith(below) for exact, below in prefixes)
    ]


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Hold the home's sync lock; it vanishes with the process, however that ends."""
    with (home / "sync.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SyncError("another sync of this home is running; wait for it to end") from None
        yield
