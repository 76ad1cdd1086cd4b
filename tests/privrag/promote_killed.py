"""Promotes and goes back, killed one step later each time: python -m ...promote_killed HOME.

A step is a change of a file's name or existence. After each kill the home is opened and looked at
in a process of its own, as after a crash. Prints how many kills there were; exit status 1 where
something was not whole.
"""

import asyncio
import os
import signal
import sys
import traceback
from functools import partial
from pathlib import Path

from privrag.reembed import promote_embedder, rollback_embedder
from privrag.registry import read_registry
from tests.fakes import HashEmbedder
from tests.opened import open_small

BASE, WIDE = HashEmbedder(), HashEmbedder(96)
_CHANGES = {"os.rename", "os.mkdir", "shutil.rmtree"}


def main(home: Path) -> int:
    kills = 0
    for forward in (True, False):
        step, killed = 0, True
        while killed:
            if serves(home) is forward:
                in_child(partial(run, change, home, forward=not forward))
            step += 1
            killed = in_child(partial(killed_at, step, home, forward=forward))
            kills += killed
            in_child(partial(run, look, home))
        assert serves(home) is forward, "without a kill it is done"
    print(kills)
    return kills


def run(work, home: Path, **options) -> None:
    asyncio.run(work(home, **options))


def serves(home: Path) -> bool:
    return "embedder" in read_registry(home).all_serving()


async def change(home: Path, *, forward: bool) -> None:
    rag = await open_small(home, embedder=BASE if forward else WIDE)
    own = rag.serving.own
    if forward:
        await promote_embedder(rag.stores, own, home, "wide", WIDE)
    else:
        await rollback_embedder(rag.stores, own, home, BASE)
    await rag.close()


def killed_at(step: int, home: Path, *, forward: bool) -> None:
    seen = 0

    def hook(event, args):
        nonlocal seen
        if event in _CHANGES or (
            event == "os.remove" and str(args[0]).endswith((".json", ".lock"))
        ):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    asyncio.run(change(home, forward=forward))


async def look(home: Path) -> None:
    """All documents are found, with vectors of the embedder that serves, in one index version."""
    embedder = WIDE if serves(home) else BASE
    rag = await open_small(home, embedder=embedder)
    entries = rag.documents()
    items = [item async for item in rag.stores.index.scroll()]
    assert len(items) == sum(entry.chunks for entry in entries) > 0
    assert {item.vector.shape for item in items} == {(embedder.identity.dimensions,)}
    (hit, *_) = await rag.search("the key of the archive")
    assert "the key of the archive" in hit.chunk.text
    await rag.close()
    registry = read_registry(home)
    assert registry.leftovers == ()
    index = home / "index"
    assert [p.parent for p in index.rglob("shard*")] == [index / registry.index]


def in_child(work) -> bool:
    """Do it in a process of its own; whether that was killed. Any other failure ends this one."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - it must not go on as a second parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit(1)
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
