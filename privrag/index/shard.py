"""The files of the embedded index: its lock, and its shard: made, loaded, rebuilt."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import qdrant_edge as qe

from privrag.errors import IndexingError, IndexLockedError, PrivragError
from privrag.index.payload import KEYWORD_FIELDS, IndexMark, check_mark

_LOCK = "privrag.lock"
_COPY_BATCH = 64

_MIN_FREE_BYTES = 100 << 20
"""The engine allocates its log and its segments 32 MB at a time."""

_NEVER_KB = 10**9
"""Indexing threshold: no segment ever grows so large that `optimize` would build a graph for it."""


def take_lock(path: Path) -> int:
    """Lock the folder for this opening; the file descriptor holds the lock until it is closed."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        msg = f"cannot use {path} as the folder of the index: {error.strerror}"
        raise IndexingError(msg) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(lock, 100).decode("ascii", errors="replace").split()
        os.close(lock)
        if not isinstance(error, BlockingIOError):
            msg = (
                f"cannot lock the index in {path} ({error.strerror}); use a folder on a local disk"
            )
            raise IndexingError(msg) from None
        raise IndexLockedError(_who_holds(path, holder)) from None
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()} {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n".encode("ascii"))
    return lock


def check_space(path: Path, *, besides: int = 0) -> None:
    """The engine maps its files: on a full disk it would not fail but kill the process."""
    free = shutil.disk_usage(path).free
    needed = _MIN_FREE_BYTES + besides
    if free < needed:
        raise IndexingError(
            f"only {free >> 20} MB are free where the index lies, and it needs "
            f"{needed >> 20} MB to work; free space, then try again"
        )


def _who_holds(path: Path, holder: list[str]) -> str:
    pid, since = holder if len(holder) == 2 else ("unknown", "an unknown time")
    if pid == str(os.getpid()):
        return (
            f"this process ({pid}) already has the index in {path} open since {since}: "
            "close that one first, or use it here too"
        )
    return (
        f"the index in {path} is in use by process {pid} since {since}: ask through that "
        "running service, stop it, or let several processes share a Qdrant server (index.url)"
    )


def open_shard(path: Path, mark: IndexMark) -> qe.EdgeShard:
    """Load the shard, or make it: shard first, then `identity.json`, each in one rename."""
    finish_rebuilding(path)
    home, identity = path / "shard", path / "identity.json"
    if identity.exists():
        try:
            stored = json.loads(identity.read_bytes())
        except ValueError:
            stored = None
        check_mark(stored, mark, where=f"the index in {path}")
        return load(home)
    if not home.exists():
        _create(path / "shard.new", mark)
        (path / "shard.new").rename(home)
    shard = load(home)
    with mapped("count"):
        stray = shard.count(qe.CountRequest(exact=True))
    if stray:
        shard.close()
        check_mark(None, mark, where=f"the index in {path}")
    draft = path / "identity.json.new"
    draft.touch(mode=0o600)
    draft.write_text(mark.model_dump_json() + "\n", encoding="utf-8")
    draft.replace(identity)
    return shard


def _create(folder: Path, mark: IndexMark) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # an opening that was killed half-way
    folder.mkdir(mode=0o700)
    config = qe.EdgeConfig(
        vectors={"dense": qe.EdgeVectorParams(size=mark.dimensions, distance=qe.Distance.Cosine)},
        sparse_vectors={"sparse": qe.EdgeSparseVectorParams(modifier=qe.Modifier.Idf)},
        optimizers=qe.EdgeOptimizersConfig(indexing_threshold=_NEVER_KB),
    )
    with mapped("create"):
        shard = qe.EdgeShard.create(str(folder), config)
        for name in KEYWORD_FIELDS:
            shard.update(qe.UpdateOperation.create_field_index(name, qe.PayloadSchemaType.Keyword))
        shard.flush()
        shard.close()


def rebuild(source: qe.EdgeShard, path: Path, mark: IndexMark) -> None:
    """Copy every point into `shard.new`, then call it `shard.rebuilt`: from then on it is whole."""
    _create(path / "shard.new", mark)
    target = qe.EdgeShard.load(str(path / "shard.new"))
    offset = None
    while True:
        request = qe.ScrollRequest(
            offset=offset, limit=_COPY_BATCH, with_payload=True, with_vector=True
        )
        records, offset = source.scroll(request)
        points = [qe.Point(record.id, record.vector or {}, record.payload) for record in records]
        if points:
            target.update(qe.UpdateOperation.upsert_points(points))
        if offset is None:
            break
    every = qe.CountRequest(exact=True)
    copied, there = target.count(every), source.count(every)
    target.flush()
    target.close()
    if copied != there:
        msg = f"only {copied} of {there} chunks could be copied; nothing was changed, try again"
        raise IndexingError(msg)
    (path / "shard.new").rename(path / "shard.rebuilt")


def finish_rebuilding(path: Path) -> None:
    """Put a whole new shard in the old one's place; also after a kill, at the next opening."""
    if (path / "shard.rebuilt").exists():
        shutil.rmtree(path / "shard", ignore_errors=True)
        (path / "shard.rebuilt").rename(path / "shard")


def drop_shard(path: Path) -> None:
    """Remove the index in this folder; what else lies there, and then the folder, stays."""
    if not path.is_dir():
        return
    lock = take_lock(path)
    try:
        (path / "identity.json").unlink(missing_ok=True)
        for name in ("shard", "shard.new", "shard.rebuilt"):
            shutil.rmtree(path / name, ignore_errors=True)
        if left := [name for name in ("shard", "shard.rebuilt") if (path / name).exists()]:
            raise IndexingError(f"{left[0]} in {path} cannot be removed; remove it by hand")
        (path / "identity.json.new").unlink(missing_ok=True)
        (path / _LOCK).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # a link to another disk, or other versions in it
            path.rmdir()
    finally:
        os.close(lock)


def size_of(folder: Path) -> int:
    """Bytes on the disk of all files in a folder; the engine's are sparse."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def load(home: Path) -> qe.EdgeShard:
    damaged = (
        f"the index in {home.parent} is damaged: restore it from a backup, or delete that folder "
        "and sync again"
    )
    segments = home / "segments"
    if not segments.is_dir() or not any(segments.iterdir()):  # the engine would open it empty
        raise IndexingError(damaged)
    try:
        with mapped("load"):
            return qe.EdgeShard.load(str(home))
    except IndexingError:
        raise IndexingError(damaged) from None


@contextlib.contextmanager
def mapped(what: str) -> Iterator[None]:
    """Turn whatever the engine raises into ours; its messages may quote what is stored."""
    try:
        yield
    except PrivragError:
        raise
    except BaseException as error:
        # The engine raises bare `Exception`, and for some damaged files pyo3's PanicException,
        # which is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        msg = (
            f"the embedded index could not {what} ({type(error).__name__}): check the free disk "
            "space and memory; if it stays so, sync into a new home"
        )
        raise IndexingError(msg) from None
