"""What only the embedded index promises: one process at a time, and nothing lost to `kill -9`."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from privrag.errors import IndexingError, IndexLockedError
from privrag.index import IndexSettings
from privrag.index.edge import EdgeIndex
from tests.privrag.index.examples import EVERYTHING, IDENTITY, asked, embedded, numbers

ROOT = Path(__file__).resolve().parents[3]


async def opened(path):
    return await EdgeIndex.open(path, IDENTITY, IndexSettings())


def with_index(path, steps):
    """Open, run `steps(index)`, close; gives what it returns."""

    async def whole():
        index = await opened(path)
        try:
            return await steps(index)
        finally:
            await index.close()

    return asyncio.run(whole())


def start(path, steps):
    """Another process that opens the index in `path` and runs `steps`, given as source."""
    program = textwrap.dedent("""
        import asyncio, sys, time
        from pathlib import Path
        from privrag.index import IndexSettings
        from privrag.index.edge import EdgeIndex
        from tests.privrag.index.examples import IDENTITY, embedded

        async def main():
            index = await EdgeIndex.open(Path(sys.argv[1]), IDENTITY, IndexSettings())
    """)
    program += textwrap.indent(textwrap.dedent(steps), "    ") + "\nasyncio.run(main())\n"
    return subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_is_told_who_holds_the_index_and_what_to_do(tmp_path):
    holder = start(tmp_path, "print('open', flush=True)\ntime.sleep(60)")
    try:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(IndexLockedError) as caught:
            asyncio.run(opened(tmp_path))
    finally:
        kill(holder)
    message = str(caught.value)
    assert f"process {holder.pid} since 20" in message
    assert "running service" in message
    assert "stop it" in message
    assert "index.url" in message


def test_a_killed_holder_holds_no_longer(tmp_path):
    holder = start(tmp_path, "print('open', flush=True)\ntime.sleep(60)")
    assert holder.stdout.readline() == "open\n"
    kill(holder)
    assert with_index(tmp_path, lambda index: index.count()) == 0


def test_a_second_opening_in_the_same_process_is_refused(tmp_path):
    async def steps(index):
        with pytest.raises(IndexLockedError, match=f"this process \\({os.getpid()}\\) already"):
            await opened(tmp_path)
        await index.upsert([embedded(1)])  # the first one goes on
        return await index.count()

    assert with_index(tmp_path, steps) == 1
    assert with_index(tmp_path, lambda index: index.count()) == 1


def test_a_refused_opening_does_not_keep_the_lock(tmp_path):
    with_index(tmp_path, lambda index: index.count())
    (tmp_path / "identity.json").write_text('{"format": 1}')
    for _ in range(2):
        with pytest.raises(IndexingError, match="does not say which embedding model"):
            asyncio.run(opened(tmp_path))


def test_kill_9_loses_no_acknowledged_chunk(tmp_path):
    writer = """
        first = await index.count()
        for n in range(first, first + 100_000, 3):
            await index.upsert([embedded(k, text=f"chunk {k}") for k in range(n, n + 3)])
            print(n + 3, flush=True)
    """
    acknowledged = 0
    for round_number in range(5):
        process = start(tmp_path, writer)
        said = process.stdout.readline()
        time.sleep(0.02 * (round_number + 1))
        process.kill()
        said += process.stdout.read()
        lines = said.split("\n")[:-1]  # the last line may be cut
        process.wait()
        process.stdout.close()
        acknowledged = max([acknowledged, *map(int, lines)])

        async def left(index):
            return [(item.chunk.id, item.chunk.text) async for item in index.scroll()]

        items = with_index(tmp_path, left)
        expected = [(embedded(k).chunk.id, f"chunk {k}") for k in range(acknowledged)]
        assert items[:acknowledged] == expected
        assert len(items) - acknowledged in (0, 3)  # the write under way: all of it or nothing
        acknowledged = len(items)
    assert acknowledged > 15


def test_kill_9_while_space_is_returned_loses_nothing(tmp_path):
    closer = """
        await index.upsert([embedded(n, version=f"v{n % 2}") for n in range(3000)])
        await index.delete(version="v1")
        print("closing", flush=True)
        await index.close()
    """
    for delay in (0.005, 0.03):
        process = start(tmp_path, closer)
        process.stdout.readline()
        time.sleep(delay)
        kill(process)
        assert with_index(tmp_path, lambda index: index.count()) == 1500


def test_deleted_chunks_give_their_space_back_at_closing(tmp_path):
    async def fill(index):
        await index.upsert(
            [embedded(n, text="lorem " * 100, version=f"v{n // 2000}") for n in range(4000)]
        )

    async def prune(index):
        await index.delete(version="v0")

    async def look(index):
        legs = await index.search(asked(text="lorem"), scope=EVERYTHING, limit=3)
        return await index.count(), len(legs.dense), len(legs.sparse)

    with_index(tmp_path, fill)
    before = size(tmp_path / "shard" / "segments")
    with_index(tmp_path, prune)
    assert size(tmp_path / "shard" / "segments") < before
    assert with_index(tmp_path, look) == (2000, 3, 3)


def size(folder):
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def test_the_mark_beside_the_shard_names_model_and_language(tmp_path):
    with_index(tmp_path, lambda index: index.count())
    assert json.loads((tmp_path / "identity.json").read_text()) == {
        "format": 1,
        "model": "tiny",
        "dimensions": 4,
        "precision": "fp32",
        "language": "english",
    }


def test_the_folder_is_for_its_owner_only_and_the_lock_is_left_empty(tmp_path):
    path = tmp_path / "a" / "index"

    async def steps(_index):
        return (path / "privrag.lock").read_text()

    text = with_index(path, steps)
    assert re.fullmatch(rf"{os.getpid()} \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n", text)
    assert path.stat().st_mode & 0o777 == 0o700
    assert (path / "privrag.lock").read_text() == ""


def truncate_storage(path):
    for file in (path / "shard" / "segments").rglob("segment.json"):
        file.write_bytes(b"{")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: shutil.rmtree(path / "shard"),
        lambda path: shutil.rmtree(path / "shard" / "segments"),
        truncate_storage,
    ],
)
def test_a_damaged_index_is_named_as_such(tmp_path, damage):
    with_index(tmp_path, lambda index: index.upsert([embedded(1)]))
    damage(tmp_path)
    with pytest.raises(IndexingError, match="is damaged: restore it") as caught:
        asyncio.run(opened(tmp_path))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_unmarked_shard_with_chunks_is_not_taken_over(tmp_path):
    with_index(tmp_path, lambda index: index.upsert([embedded(1)]))
    (tmp_path / "identity.json").unlink()
    with pytest.raises(IndexingError, match="does not say which embedding model"):
        asyncio.run(opened(tmp_path))


@pytest.mark.parametrize("left_over", ["shard.new", "shard"])
def test_an_interrupted_creation_is_finished_by_the_next_opening(tmp_path, left_over):
    with_index(tmp_path, lambda index: index.count())
    (tmp_path / "identity.json").unlink()
    if left_over == "shard.new":
        (tmp_path / "shard").rename(tmp_path / "shard.new")
        (tmp_path / "shard.new" / "edge_config.json").unlink()
    with_index(tmp_path, lambda index: index.upsert([embedded(1)]))
    legs = with_index(tmp_path, lambda index: index.search(asked(), scope=EVERYTHING, limit=3))
    assert numbers(legs.dense) == [1]


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexingError, match="Not a directory"):
        asyncio.run(opened(tmp_path / "file" / "index"))
