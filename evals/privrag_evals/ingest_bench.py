"""How fast files become searchable: privrag's sync beside the peer, on the same text files.

Both run one after the other on the same machine, each in a fresh process and into a fresh folder.
Loading is left out on both sides: each first takes in one tiny document. What privrag starts anew
with every sync (its parser and its detectors, in processes of their own) stays in its time.
"""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from privrag.scratch import Scratch
from privrag_evals import side
from privrag_evals.corpus import Corpus, staged


@dataclass(frozen=True, slots=True)
class Speed:
    """One side's run; characters are those of the files' text as it was read."""

    chars_per_second: float
    characters: int
    documents: int
    seconds: float


def bench_ingest(path: Path, *, runs: int = 1) -> dict[str, Any]:
    """The report as one JSON value; of several runs, the one of median speed on each side.

    `ratio` is privrag's speed over the peer's: above 1 privrag is faster.
    Raises NothingToMeasureError or SideError.
    """
    privrag, peer = [], []
    with staged([path]) as corpus:
        for _ in range(runs):  # in turns, so that a slow minute of the machine hits both
            privrag.append(_measure("privrag", corpus))
            peer.append(_measure("peer", corpus))
    return report(median_of(privrag), median_of(peer))


def report(privrag: Speed, peer: Speed) -> dict[str, Any]:
    """Both speeds beside their ratio."""
    ratio = privrag.chars_per_second / peer.chars_per_second
    return {"privrag": asdict(privrag), "peer": asdict(peer), "ratio": round(ratio, 3)}


def median_of(runs: Sequence[Speed]) -> Speed:
    """The run of median speed; of two in the middle, the slower."""
    middle = statistics.median_low([run.chars_per_second for run in runs])
    return next(run for run in runs if run.chars_per_second == middle)


def speed_of(characters: int, documents: int, seconds: float) -> Speed:
    """Rounded as reported."""
    return Speed(round(characters / seconds, 1), characters, documents, round(seconds, 3))


def _measure(name: Literal["privrag", "peer"], corpus: Corpus) -> Speed:
    with Scratch() as home:
        done = side.ingest(side.Job(side=name, work="ingest", folder=corpus.folder, home=home.path))
    characters = sum(len(corpus.texts[path]) for path in done.taken)
    return speed_of(characters, len(done.taken), done.seconds)
