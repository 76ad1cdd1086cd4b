"""How the vault behaves with many entities: import, size, and look-ups, cold and warm."""

import random
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

from privrag.vault import FileKeyProvider, Mention, Vault

_DOCUMENT = 200
"""Mentions of one invented document."""
_DOCUMENTS = 50
_FIRST = ("Ada", "Bo", "Cleo", "Dag", "Elif", "Femi", "Gro", "Hana", "Ivo", "Jun")


def bench_vault(
    folder: Path, *, entities: int, lookups: int = 2000, seed: int = 0
) -> dict[str, Any]:
    """Fill a new vault in the folder with invented people, and look some of them up.

    Cold: the vault was just opened, nothing of it is in this process's memory (the operating
    system may have the file in its cache). Warm: the same look-ups once more.
    """
    path, keys = folder / "vault.db", FileKeyProvider(folder / "vault.key")
    started = time.perf_counter()
    tokens: list[str] = []
    with Vault.open(path, keys) as vault:
        for number, mentions in enumerate(_documents(entities)):
            tokens += vault.assign(mentions, version=f"v{number}")
    imported = time.perf_counter() - started
    chosen = _some(seed, entities, lookups)
    with Vault.open(path, keys) as vault:
        asked = [[("PERSON", _name(n)), ("PERSON", _surname(n))] for n in chosen]
        find_cold = _timed(lambda i: vault.find(asked[i]), len(chosen))
        find_warm = _timed(lambda i: vault.find(asked[i]), len(chosen))
    with Vault.open(path, keys) as vault:
        surface_cold = _timed(lambda i: vault.surface([tokens[chosen[i]]]), len(chosen))
        surface_warm = _timed(lambda i: vault.surface([tokens[chosen[i]]]), len(chosen))
        document = _timed(
            lambda i: vault.assign(_half_known(i, entities), version=f"w{i}"), _DOCUMENTS
        )
    return {
        "entities": entities,
        "import_seconds": round(imported, 1),
        "entities_per_second": round(entities / imported),
        "bytes": path.stat().st_size,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "find": {"cold": find_cold, "warm": find_warm},
        "surface": {"cold": surface_cold, "warm": surface_warm},
        "assign_document": document,
    }


def _documents(entities: int) -> Iterator[list[Mention]]:
    for start in range(0, entities, _DOCUMENT):
        yield [_mention(n) for n in range(start, min(start + _DOCUMENT, entities))]


def _half_known(number: int, entities: int) -> list[Mention]:
    """A document with known and new people, half each."""
    known = _some(number, entities, _DOCUMENT // 2)
    new = range(entities + number * _DOCUMENT, entities + number * _DOCUMENT + _DOCUMENT // 2)
    return [_mention(n) for n in (*known, *new)]


def _some(seed: int, entities: int, many: int) -> list[int]:
    """The same numbers for the same seed."""
    return random.Random(seed).sample(range(entities), min(many, entities))  # noqa: S311


def _mention(number: int) -> Mention:
    name = _name(number)
    return Mention("PERSON", name.title(), name, (_surname(number),))


def _name(number: int) -> str:
    return f"{_FIRST[number % len(_FIRST)].lower()} {_surname(number)}"


def _surname(number: int) -> str:
    return f"quist{number:x}"


def _timed(call: Callable[[int], object], times: int) -> dict[str, float]:
    """Milliseconds: median and 99th percentile; the latter also without what others took."""
    took, own = [], []
    for i in range(times):
        start, thread = time.perf_counter(), time.thread_time()
        call(i)
        took.append((time.perf_counter() - start) * 1000)
        own.append((time.thread_time() - thread) * 1000)
    cuts = quantiles(took, n=100)
    return {
        "p50_ms": round(cuts[49], 3),
        "p99_ms": round(cuts[98], 3),
        "p99_cpu_ms": round(quantiles(own, n=100)[98], 3),
    }
