"""Which model served from when to when, as the releases of the registry say."""

from dataclasses import replace
from pathlib import Path

from privrag.registry import read_registry
from privrag_finetune.tracking.records import Deployment


def deployments_of(home: Path) -> list[Deployment]:
    """Oldest first; what served before the first release is known from then on."""
    ended: list[Deployment] = []
    serving: dict[str, Deployment] = {}
    for release in read_registry(home).releases:
        now = {str(kind): name for kind, name in release.serves.items()}
        for kind in [k for k, one in serving.items() if now.get(k) != one.model]:
            ended.append(replace(serving.pop(kind), until=release.created))
        for kind in now.keys() - serving.keys():
            serving[kind] = Deployment(kind, now[kind], release.created, None)
    return sorted([*ended, *serving.values()], key=lambda one: (one.since, one.kind))
