"""An index version for another embedder, and what is left of the one before: nothing."""

import asyncio
from types import SimpleNamespace

import pytest

from privrag.errors import IndexingError, IndexLockedError
from privrag.index import IndexSettings, drop_index
from privrag.index.server import ServerIndex
from privrag.records import SafeText
from privrag.reembed import reembed
from tests.fakes import HashEmbedder
from tests.privrag.index.conftest import Backend
from tests.privrag.index.examples import EVERYTHING, asked, embedded, numbers

pytestmark = [
    # Said by the client's memory mode, which searches without indexes.
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
]

WIDE = HashEmbedder(96)
CHUNKS = [embedded(i, text=f"passage {i} of all", version=f"v{i % 3}") for i in range(9)]


def entries(*chunks):
    """So many chunks of v0, v1 ... are current."""
    return [SimpleNamespace(version=f"v{n}", chunks=count) for n, count in enumerate(chunks)]


async def all_of(here, there, current):
    return await reembed(here, there, WIDE, tenants=["default", "second"], entries=current)


@pytest.mark.parametrize(
    ("one", "other"), [("edge", "edge"), ("memory", "memory"), ("memory", "edge")]
)
def test_chunks_arrive_with_other_vectors_and_the_same_words(tmp_path, one, other):
    """Those of every tenant of the home, and nobody else's."""
    second = embedded(50, text="passage 50 of all", version="w", tenant="second")
    stranger = embedded(99, text="another home's", version="other", tenant="other")
    source, target = Backend(one, tmp_path / "a"), Backend(other, tmp_path / "b")

    async def steps():
        async with source.opened() as here, target.opened(identity=WIDE.identity) as there:
            await here.upsert([*CHUNKS, second, stranger])
            assert await all_of(here, there, entries(3, 3, 3)) == 10
            items = [item async for item in there.scroll()]
            words = asked(items[0].vector, text=SafeText("passage 7"))
            return items, await there.search(words, scope=EVERYTHING, limit=5)

    items, legs = asyncio.run(steps())
    assert [item.chunk for item in items] == [item.chunk for item in (*CHUNKS, second)]
    for item in items:
        assert item.vector == pytest.approx(WIDE.embed([item.chunk.text])[0], abs=1e-6)
    assert numbers(legs.sparse)[0] == 7
    assert numbers(legs.dense)[0] == 0


def test_a_document_that_is_not_whole_is_an_error(tmp_path):
    source, target = Backend("edge", tmp_path / "a"), Backend("edge", tmp_path / "b")

    async def steps():
        async with source.opened() as here, target.opened(identity=WIDE.identity) as there:
            await here.upsert(CHUNKS)
            await all_of(here, there, entries(3, 4, 3))

    with pytest.raises(IndexingError, match="holds 3 of 4 chunks"):
        asyncio.run(steps())


def test_an_embedded_index_is_removed_but_not_what_lies_beside_it(tmp_path):
    folder = tmp_path / "index"
    version = folder / "wide-1"

    async def steps():
        for path in (folder, version):
            async with Backend("edge", path).opened() as index:
                await index.upsert(CHUNKS)
        settings = IndexSettings()
        async with Backend("edge", version).opened():
            with pytest.raises(IndexLockedError):
                await drop_index(settings, path=version, tenants=["default"])
        await drop_index(settings, path=folder, tenants=["default"])
        assert [p.name for p in folder.iterdir()] == ["wide-1"]
        async with Backend("edge", version).opened() as index:
            assert await index.count() == 9
        for _ in range(2):
            await drop_index(settings, path=version, tenants=["default"])
        assert list(folder.iterdir()) == []

    asyncio.run(steps())


def test_of_a_servers_collection_others_keep_theirs(tmp_path):
    backend = Backend("memory", tmp_path)
    settings = IndexSettings(url="http://127.0.0.1:6333", collection_name=backend.name)
    stranger = embedded(9000, text="another home's", version="other", tenant="other")

    async def drop(*tenants):
        await ServerIndex.drop(settings, tenants=tenants, client=backend.memory)

    async def steps():
        async with backend.opened() as index:
            await index.upsert([*CHUNKS, stranger])
            await drop("default", "second")
            assert [item.chunk async for item in index.scroll()] == [stranger.chunk]
        await drop("other")
        assert not await backend.memory.collection_exists(backend.name)
        await drop("other")

    asyncio.run(steps())
