"""`make bench`: privrag beside the peer on every corpus at hand, as a table and as `bench.json`.

python -m privrag_evals.bench --out bench.json
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from privrag.cli import BAD_INPUT
from privrag.errors import PrivragError
from privrag.inference import cpu_flags
from privrag.machine import cpu_name, version_of
from privrag.scratch import Scratch
from privrag_evals.ingest_bench import bench_ingest
from privrag_evals.out_file import refuse_unwritable
from privrag_evals.search_bench import bench_search

_ROOT = Path(__file__).parents[2]
_FLAGS = frozenset({"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "asimd", "bf16"})
"""What decides how fast a CPU embeds."""
_PACKAGES = (
    "privrag", "torch", "transformers", "sentence-transformers", "spacy", "presidio-analyzer",
    "qdrant-edge-py", "qdrant-client", "llama-index-core", "llama-index-embeddings-huggingface",
    "llama-index-vector-stores-qdrant",
)  # fmt: skip


def main() -> None:
    """Measure, print the table, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    parser.add_argument("--runs", type=int, default=1, help="ingests of each side")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    measured: dict[str, Any] = {}
    try:
        refuse_unwritable(arguments.out)
        with corpora() as named:
            for name, path in named.items():
                with _status(console, f"{name}: ingest"):
                    ingest = bench_ingest(path, runs=arguments.runs)
                with _status(console, f"{name}: search"):
                    search = bench_search(path, home=path)
                measured[name] = {"ingest": ingest, "search": search}
    except PrivragError as error:
        console.print(f"bench: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(BAD_INPUT)
    result = {"machine": machine(), "corpora": measured}
    arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for table in tables(measured):
        Console().print(table)
    Console().print(f"written to {arguments.out}")


@contextlib.contextmanager
def corpora() -> Iterator[dict[str, Path]]:
    """Name -> folder: the example corpus, written anew where it is not there, and `ev_charging`."""
    with Scratch() as scratch:
        example, script = _ROOT / "examples" / "corpus", _ROOT / "examples" / "make_corpus.py"
        if not example.is_dir():
            example = scratch.path / "corpus"
            subprocess.run(  # noqa: S603 - our own script
                [sys.executable, str(script), str(example)],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        charging = _ROOT.parent / "shared" / "data" / "ev_charging"
        named = {"examples": example, "ev_charging": charging}
        yield {name: path for name, path in named.items() if path.is_dir()}


def machine() -> dict[str, Any]:
    """What the figures depend on besides the code."""
    return {
        "date": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "cpu": cpu_name(),
        "cpu_flags": sorted(cpu_flags() & _FLAGS),
        "load_average": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version_of(name) for name in _PACKAGES},
    }


def tables(measured: dict[str, Any]) -> list[Table]:
    """One table for ingest and one for search."""
    ingest = Table("corpus", "characters", "privrag", "peer", "ratio", title="ingest, characters/s")
    search = Table(
        "corpus", "points", "privrag p50", "p95", "peer p50", "p95", "ratio", title="search, ms"
    )
    for name, figures in measured.items():
        ours, theirs = figures["ingest"]["privrag"], figures["ingest"]["peer"]
        ingest.add_row(
            name,
            f"{ours['characters']:,}",
            f"{ours['chars_per_second']:,.0f}",
            f"{theirs['chars_per_second']:,.0f}",
            f"{figures['ingest']['ratio']:.2f}",
        )
        found = figures["search"]
        for what, left, right in (
            (name, found, found["peer"]),
            (
                "  names replaced before",
                found["without_pseudonymization"],
                found["peer"]["without_pseudonymization"],
            ),
        ):
            search.add_row(
                what,
                f"{found['points']:,}",
                *(f"{s[p]:.1f}" for s in (left, right) for p in ("p50_ms", "p95_ms")),
                f"{left['ratio']:.2f}",
            )
    return [ingest, search]


def _status(console: Console, what: str) -> contextlib.AbstractContextManager[object]:
    return console.status(what) if console.is_terminal else contextlib.nullcontext()


if __name__ == "__main__":
    main()
