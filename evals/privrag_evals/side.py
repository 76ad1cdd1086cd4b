"""One side of a comparison in a process of its own, so that neither warms or crowds the other.

    parent: run_side(job) ──> python -m privrag_evals.side JOB RESULT PID, two JSON files

What goes wrong there comes back as a type and, for our own errors, a sentence: a library's message
may hold private text.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from privrag.child import end_with_parent
from privrag.errors import PrivragError
from privrag.raised import place_of
from privrag.scratch import Scratch

_WARM_TEXT = "# Start\n\nJane Miller (jane.miller@example.org) opens the door at nine.\n"
_WARM_QUESTIONS = tuple(f"When does Jane Miller open the door{' again' * n}?" for n in range(10))
_PEER_BATCH = 64
_EMBEDDED = {"index": {"url": None}}
"""A measurement's documents never go to the server that the environment may name."""


class Job(BaseModel):
    """What one side is to do; travels as JSON."""

    side: Literal["privrag", "peer"]
    work: Literal["ingest", "search"]
    folder: Path | None
    """Text files to take in; none: `home` is searched as it is."""
    home: Path
    """privrag: the home. The peer: an empty folder."""
    questions: list[str] = []
    k: int = 10


class Ingested(BaseModel):
    """What an ingest gave."""

    seconds: float
    taken: list[str]
    """Files that are now in the index, as absolute paths."""


class Searched(BaseModel):
    """Milliseconds of each question, and what was searched."""

    whole_ms: list[float]
    """The question's names included: found and replaced."""
    without_pseudonymization_ms: list[float]
    points: int


class SideError(PrivragError):
    """One side could not be measured."""


def ingest(job: Job) -> Ingested:
    """Take the folder in, in a fresh process; only the work after loading is timed."""
    return Ingested.model_validate(_run(job))


def search(job: Job) -> Searched:
    """Ask every question one after the other, in a fresh process."""
    return Searched.model_validate(_run(job))


def _run(job: Job) -> dict[str, Any]:
    with Scratch() as scratch:
        request, result = scratch.path / "job.json", scratch.path / "result.json"
        request.write_text(job.model_dump_json(), encoding="utf-8")
        subprocess.run(  # noqa: S603 - our own interpreter and module
            [
                sys.executable,
                "-m",
                "privrag_evals.side",
                str(request),
                str(result),
                str(os.getpid()),
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if sys.stderr.isatty() else subprocess.DEVNULL,
        )
        if not result.is_file():
            raise SideError(f"the {job.side} side ended without a result; is there memory left?")
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    if "error" in answer:
        raise SideError(f"the {job.side} side failed: {answer['error']}")
    return answer


async def _privrag_ingest(job: Job) -> Ingested:
    """The sync that users run, its children started: the peer's models are loaded as well."""
    from privrag.rag import AsyncRag

    assert job.folder is not None  # noqa: S101 - an ingest has one
    async with await AsyncRag.open(job.home, overrides=_EMBEDDED) as rag:
        warm = job.home / "warm.md"
        warm.write_text(_WARM_TEXT, encoding="utf-8")
        await rag.sync(warm)
        await asyncio.to_thread(rag.detectors.warm)
        started = time.perf_counter()
        await rag.sync(job.folder)
        seconds = time.perf_counter() - started
        uris = {entry.uri for entry in rag.documents()}
        taken = [file for file in _files(job.folder) if file.as_uri() in uris]
    return Ingested(seconds=seconds, taken=[str(file) for file in taken])


async def _privrag_search(job: Job) -> Searched:
    """A home that was filled here, or the user's own as it is: nothing is written to that."""
    from privrag import pipeline
    from privrag.rag import AsyncRag

    overrides = None if job.folder is None else _EMBEDDED
    async with await AsyncRag.open(job.home, overrides=overrides) as rag:
        if job.folder is not None:
            await rag.sync(job.folder)
        for text in _WARM_QUESTIONS:
            await rag.search(text, k=job.k)
        whole, without = [], []
        for text in job.questions:
            started = time.perf_counter()
            await rag.search(text, k=job.k)
            whole.append(_milliseconds(started))
        for text in job.questions:
            (question,) = await pipeline.to_questions(rag.stores, [text], rag.parts)
            started = time.perf_counter()
            await pipeline.search(
                rag.stores, question, rag.parts, viewer=rag.owner, collection=None, k=job.k
            )
            without.append(_milliseconds(started))
        points = await rag.stores.index.count()
    return Searched(whole_ms=whole, without_pseudonymization_ms=without, points=points)


def _peer_ingest(job: Job) -> Ingested:
    from privrag_evals.peer import PeerIndex

    assert job.folder is not None  # noqa: S101 - an ingest has one
    files = _files(job.folder)
    peer = PeerIndex(job.home / "qdrant")
    warm = job.home / "warm.md"
    warm.write_text(_WARM_TEXT, encoding="utf-8")
    peer.ingest([warm])
    started = time.perf_counter()
    peer.ingest(files)
    seconds = time.perf_counter() - started
    peer.close()
    return Ingested(seconds=seconds, taken=[str(file) for file in files])


def _peer_search(job: Job) -> Searched:
    from privrag_evals.peer import PeerIndex

    assert job.folder is not None  # noqa: S101 - the peer's index is filled here
    peer = PeerIndex(job.home / "qdrant")
    files = _files(job.folder)
    for start in range(0, len(files), _PEER_BATCH):
        peer.ingest(files[start : start + _PEER_BATCH], mask=False)
    for text in _WARM_QUESTIONS:
        peer.search(peer.mask(text), k=job.k)
    whole, without = [], []
    for text in job.questions:
        started = time.perf_counter()
        peer.search(peer.mask(text), k=job.k)
        whole.append(_milliseconds(started))
    for text in job.questions:
        masked = peer.mask(text)
        started = time.perf_counter()
        peer.search(masked, k=job.k)
        without.append(_milliseconds(started))
    points = peer.points()
    peer.close()
    return Searched(whole_ms=whole, without_pseudonymization_ms=without, points=points)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _milliseconds(started: float) -> float:
    return (time.perf_counter() - started) * 1000


_WORK: dict[tuple[str, str], Callable[[Job], BaseModel]] = {
    ("privrag", "ingest"): lambda job: asyncio.run(_privrag_ingest(job)),
    ("privrag", "search"): lambda job: asyncio.run(_privrag_search(job)),
    ("peer", "ingest"): _peer_ingest,
    ("peer", "search"): _peer_search,
}


def main() -> None:
    """Do the job in the file that is named first, write the result to the second."""
    request, result = map(Path, sys.argv[1:3])
    end_with_parent(int(sys.argv[3]))
    job = Job.model_validate_json(request.read_text(encoding="utf-8"))
    try:
        answer = _WORK[job.side, job.work](job).model_dump_json()
    except PrivragError as error:
        answer = json.dumps({"error": str(error)})
    except Exception as error:  # noqa: BLE001 - outermost edge: type and place, never the message
        answer = json.dumps({"error": f"{type(error).__name__} at {place_of(error)}"})
    result.write_text(answer, encoding="utf-8")


if __name__ == "__main__":
    main()
