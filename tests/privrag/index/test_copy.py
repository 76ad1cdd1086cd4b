"""An index moves to the other backend as it is; every pair of backends, both ways."""

import asyncio

import numpy as np
import pytest

from privrag.errors import IndexingError
from privrag.index import copy_index
from privrag.records import SafeText
from tests.opened import open_small
from tests.privrag.index.conftest import Backend
from tests.privrag.index.examples import EVERYTHING, asked, embedded, numbers

pytestmark = [
    # Said by the client's memory mode, which searches without indexes.
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
]

CHUNKS = [
    embedded(i, (1 + i % 3, i % 5, 1, 0), f"passage {i}", version=f"v{i % 7}") for i in range(600)
]


def copied(source, target, *, chunks=CHUNKS, before=(), times=1):
    """Copy `chunks` from one backend to the other; gives the target's chunks and legs."""

    async def steps():
        async with source.opened() as here, target.opened() as there:
            await here.upsert(chunks)
            await there.upsert(before)
            for _ in range(times):
                assert await copy_index(here, there) == len(chunks)
            query = asked((3, 1, 1, 0), text=SafeText("passage 17"))
            legs = [await i.search(query, scope=EVERYTHING, limit=5) for i in (here, there)]
            return [item async for item in there.scroll()], legs

    return asyncio.run(steps())


@pytest.mark.parametrize(("one", "other"), [("edge", "memory"), ("memory", "edge")])
def test_every_chunk_and_vector_arrives(tmp_path, one, other):
    source, target = Backend(one, tmp_path / "a"), Backend(other, tmp_path / "b")
    items, (here, there) = copied(source, target)
    assert [item.chunk for item in items] == [item.chunk for item in CHUNKS]
    for item, original in zip(items, CHUNKS, strict=True):
        np.testing.assert_allclose(item.vector, original.vector, atol=1e-5)
    assert numbers(here.sparse)[0] == numbers(there.sparse)[0] == 17  # the others are ties
    assert [h.score for h in there.dense] == pytest.approx([h.score for h in here.dense], abs=1e-5)


def test_a_second_copy_changes_nothing_and_strangers_stay(tmp_path):
    stranger = embedded(9000, text="another home's", version="other", tenant="other")
    source, target = Backend("edge", tmp_path / "a"), Backend("edge", tmp_path / "b")
    items, _ = copied(source, target, before=[stranger], times=2)
    assert len(items) == len(CHUNKS) + 1


def test_a_version_that_does_not_arrive_whole_is_an_error(tmp_path):
    half = embedded(9000, text="an older writing of the same version", version="v1")
    source, target = Backend("edge", tmp_path / "a"), Backend("edge", tmp_path / "b")
    with pytest.raises(IndexingError, match="the copy holds 87 of 86 chunks"):
        copied(source, target, before=[half])


@pytest.mark.parametrize(
    ("to", "message"),
    [("edge", "there already"), ("ftp://x", "--to expects"), ("http://127.0.0.1:9", "index.url")],
)
def test_a_wrong_place_is_one_sentence(tmp_path, to, message):
    async def copy():
        async with await open_small(tmp_path) as rag:
            await rag.copy_index(to=to)

    with pytest.raises(Exception, match=message):
        asyncio.run(copy())
