"""Which model served from when to when, as the registry tells it each time that it is looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from privrag.registry import FOLDER, read_registry
from privrag_finetune.tracking.records import Deployment

_REGISTRY = "registry.json"


def deployments_of(home: Path, known: Sequence[Deployment]) -> list[Deployment]:
    """Those known, brought up to date: what changed did so when the registry was last written."""
    try:
        written = (home / FOLDER / _REGISTRY).stat().st_mtime
    except FileNotFoundError:
        return list(known)
    at = datetime.fromtimestamp(written, UTC).isoformat(timespec="milliseconds")
    serves = {str(kind): name for kind, name in read_registry(home).all_serving().items()}
    return brought_up(known, serves, at)


def brought_up(known: Sequence[Deployment], serves: Mapping[str, str], at: str) -> list[Deployment]:
    """What serves no longer ended at this time, what serves now and did not before began then."""
    held = {one.kind: one.model for one in known if one.until is None}
    after = [
        replace(one, until=at) if one.until is None and serves.get(one.kind) != one.model else one
        for one in known
    ]
    new = [Deployment(k, name, at, None) for k, name in serves.items() if held.get(k) != name]
    return [*after, *new]
