"""What a sync has to do, found out before anything is done."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote_to_bytes

from privrag.errors import SyncError
from privrag.intake import Arrival, Stores, content_of
from privrag.manifest import Entry
from privrag.records import Failure
from privrag_connectors.folder import Found, Unreadable, uri_of
from privrag_connectors.settings import SyncSettings


@dataclass(frozen=True, slots=True)
class Target:
    """What is synced, and where it goes."""

    roots: Sequence[Path]
    named: bool
    """Whether this call named the roots; else they are those of earlier syncs."""
    collection: str | None
    """None: a known document stays where it is, a new one goes where its folder went."""


@dataclass(slots=True)
class Plan:
    """What is to be done."""

    arrivals: list[Arrival] = field(default_factory=list)
    unchanged: int = 0
    vanished: list[Entry] = field(default_factory=list)
    closed: list[Entry] = field(default_factory=list)
    """They cannot be read now, and fewer may see them than before."""
    failed: list[Failure] = field(default_factory=list)
    lost_roots: list[Path] = field(default_factory=list)
    """Folders of earlier syncs that are gone with all their documents."""


class Planner:
    """Compares what is found with what is known."""

    def __init__(self, stores: Stores, known: Mapping[str, Entry], target: Target) -> None:
        """Take what the manifest knows, by uri. Raises SettingsError for a wrong `[sync]`."""
        self._stores = stores
        self._known = known
        self._target = target
        self._settings = SyncSettings.of(stores.settings)
        self._filled = {Path(root): name for root, name in stores.manifest.roots().items()}

    def plan(
        self, found_below: Mapping[Path, Iterable[Found | Unreadable]], whole: Mapping[str, Entry]
    ) -> Plan:
        """What to do with what was found below each root; `whole`: known and complete documents.

        Raises SyncError for a named root that never existed.
        """
        plan = Plan()
        seen: set[str] = set()
        kept: list[Path] = []
        for root, finds in found_below.items():
            if not os.path.lexists(root) and not under(self._known.values(), [root]):
                if self._target.named:
                    raise SyncError(f"there is no file or folder {str(root)!r}")
                plan.lost_roots.append(root)
                continue
            for found in finds:
                if found.uri in seen:
                    continue
                if isinstance(found, Unreadable):
                    if found.path != root or os.path.lexists(root):
                        plan.failed.append(Failure(found.uri, str(found.error)))
                    if not found.gone:
                        kept.append(found.path)
                    continue
                seen.add(found.uri)
                arrival = self._arrival(found)
                entry = whole.get(found.uri)
                if entry is not None and entry.content == content_of(self._stores, arrival):
                    plan.unchanged += 1
                else:
                    plan.arrivals.append(arrival)
        protected = {e.uri: e for e in under(self._known.values(), kept) if e.uri not in seen}
        plan.vanished = [
            entry
            for entry in under(self._known.values(), self._target.roots)
            if entry.uri not in seen and entry.uri not in protected
        ]
        plan.closed = [entry for entry in protected.values() if self._is_narrower(entry)]
        return plan

    def check_brake(self, plan: Plan) -> tuple[int, int, bool]:
        """(vanished, known below the roots, whether that is more than may vanish at once)."""
        known = len(under(self._known.values(), self._target.roots))
        share = len(plan.vanished) / max(1, known)
        return len(plan.vanished), known, share > self._settings.mass_delete_share

    def collection_of(self, path: Path) -> str:
        """Where a document goes: as asked, else where it is, else where its folder went."""
        if self._target.collection is not None:
            return self._target.collection
        entry = self._known.get(uri_of(path))
        if entry is not None:
            return entry.collection
        above = [root for root in self._filled if path == root or root in path.parents]
        nearest = max(above, key=lambda root: len(root.parts), default=None)
        return self._stores.settings.collection if nearest is None else self._filled[nearest]

    def _arrival(self, found: Found) -> Arrival:
        return Arrival(
            path=found.path,
            uri=found.uri,
            sha256=found.sha256,
            acl=acl_of(found.path, self._settings),
            collection=self.collection_of(found.path),
        )

    def _is_narrower(self, entry: Entry) -> bool:
        path = path_of(entry)
        return narrows(entry, acl_of(path, self._settings), self.collection_of(path))


def acl_of(path: Path, settings: SyncSettings) -> tuple[str, ...]:
    """Who may read a file, whichever folder was named to sync it: sorted principals."""
    for pattern, principals in settings.acl.items():
        if any(fnmatch(tail, pattern) for tail in _tails(path)):
            return tuple(sorted(principals))
    return tuple(sorted(settings.default_acl))


def narrows(entry: Entry, acl: Sequence[str], collection: str) -> bool:
    """Whether somebody who may read the indexed version may not read the document any more."""
    if entry.collection != collection:
        return True
    return "*" not in acl and not set(entry.acl) <= set(acl)


def under(entries: Iterable[Entry], roots: Sequence[Path]) -> list[Entry]:
    """Entries whose file is one of the roots or lies below one."""
    prefixes = [(uri_of(root), uri_of(root).rstrip("/") + "/") for root in roots]
    return [
        entry
        for entry in entries
        if any(entry.uri == exact or entry.uri.startswith(below) for exact, below in prefixes)
    ]


def path_of(entry: Entry) -> Path:
    """The file behind an entry."""
    return Path(os.fsdecode(unquote_to_bytes(entry.uri.removeprefix("file://"))))


def _tails(path: Path) -> Iterator[str]:
    """`/srv/docs/hr/pay.txt`, `srv/docs/hr/pay.txt`, `docs/hr/pay.txt`, ..., `pay.txt`."""
    yield path.as_posix()
    for start in range(1, len(path.parts)):
        yield "/".join(path.parts[start:])
