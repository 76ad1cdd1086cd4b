"""`kill -9` at any point: the next sync ends in exactly the state of a clean one."""

import asyncio
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from privrag_connectors.sync import sync_folders
from tests.opened import open_small

KILLS = 40
ROOT = Path(__file__).parents[2]
PSEUDONYM = re.compile(r"\b([A-Z]+)_[0-9A-Z]{8}(?:_[B-Z])?\b")


def write(docs: Path, chance: random.Random) -> None:
    """Some documents are new, some change, some go."""
    docs.mkdir(exist_ok=True)
    for _ in range(6):
        name = f"{chance.randrange(14):02d}.txt"
        if chance.random() < 0.25:
            (docs / name).unlink(missing_ok=True)
        else:
            who = chance.choice(["Marta Lindqvist", "Femi Adeyemi", "Linh Pham"])
            lines = [f"{who} keeps key {chance.randrange(10**6)} of store {n}." for n in range(40)]
            (docs / name).write_text("\n\n".join(lines))


def state(home: Path, docs: Path):
    """What a user could tell apart: documents, and the texts of all chunks with bare types.

    Also syncs once more, to the end, and closes.
    """

    async def main():
        rag = await open_small(home)
        await sync_folders(rag, [docs], allow_mass_delete=True)
        entries = [(e.uri, e.sha256, e.chunks) for e in rag.documents()]
        chunks = []
        async for stored in rag.stores.index.scroll():
            assert rag.stores.vault.surface(stored.chunk.placeholders).keys() == (
                stored.chunk.placeholders
            )
            chunks.append((stored.chunk.source.document, PSEUDONYM.sub(r"\1", stored.chunk.text)))
        counts = (await rag.stores.index.count(), rag.stores.vault.count())
        left = rag.stores.manifest.leftovers()
        keys = {rag.stores.manifest.document_key(uri): uri for uri, *_ in entries}
        await rag.close()
        return entries, sorted((keys[d], text) for d, text in chunks), counts, left

    return asyncio.run(main())


@pytest.mark.slow
def test_forty_kills_lose_nothing_double_nothing_and_leave_nothing_stale(tmp_path):
    chance = random.Random(7)
    home, docs = tmp_path / "home", tmp_path / "docs"
    write(docs, chance)
    killed = 0
    for attempt in range(KILLS * 3):
        write(docs, chance)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.connectors.sync_once", str(home), str(docs)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "open\n"
        time.sleep(chance.random() * 0.12)
        process.kill()
        said, _ = process.communicate()
        killed += "done" not in said
        if killed >= KILLS and attempt % 5 == 0:
            break
    assert killed >= KILLS, f"only {killed} kills came before the end of the sync"
    entries, chunks, (count, people), left = state(home, docs)
    clean_entries, clean_chunks, (clean_count, clean_people), _ = state(tmp_path / "clean", docs)
    assert entries == clean_entries
    assert chunks == clean_chunks
    assert (count, people) == (clean_count, clean_people)
    assert left == []
