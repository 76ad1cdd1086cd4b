"""What every index backend promises about keeping chunks; the backends are in conftest.py."""

import asyncio
import uuid

import numpy as np
import pytest

from privrag.errors import IndexingError
from privrag.index.protocol import IndexIdentity, LegHits
from privrag.records import SafeSentence, SafeText, Scope
from tests.privrag.index.examples import (
    EVERYTHING,
    IDENTITY,
    asked,
    chunk_id,
    embedded,
    unit,
)

pytestmark = [
    # Said by the client's memory mode, which searches without indexes.
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
]


async def read_all(index):
    return [item async for item in index.scroll()]


FULL = embedded(
    7,
    (1, 2, 3, 4),
    "Zoë 🦉 met PERSON_K7M2QX4C.\n日本語",
    document="d" * 64,
    version="f" * 64,
    tenant="läger",
    collection="hr",
    acl=("group:hr", "user:ana"),
    start=120,
    end=150,
    page=3,
    kind="table",
    context=SafeText("Leases — 2024"),
    sentences=(SafeSentence(0, 26, 120, 140), SafeSentence(27, 30, 141, 150)),
    placeholders=frozenset({"PERSON_K7M2QX4C", "ORG_3M8K2QTA"}),
)


def test_every_field_comes_back_as_it_was_written(run):
    (item,) = run(read_all, FULL)
    assert item.chunk == FULL.chunk
    assert item.vector.dtype == np.float32
    np.testing.assert_allclose(item.vector, FULL.vector, atol=1e-5)


def test_hits_carry_the_whole_chunk(run):
    legs = run(lambda i: i.search(asked(), scope=Scope(tenant="läger"), limit=1), FULL)
    assert legs.dense[0].chunk == FULL.chunk
    assert legs.dense[0].stage == "dense"
    assert legs.dense[0].score == pytest.approx(float(FULL.vector[0]), abs=1e-5)


def test_a_chunk_with_the_same_id_is_overwritten(run):
    async def steps(index):
        await index.upsert([embedded(1, (0, 1, 0, 0), "after", version="v2")])
        return await read_all(index), await index.count(version="v1")

    items, old = run(steps, embedded(1, (1, 0, 0, 0), "before", version="v1"))
    assert [item.chunk.text for item in items] == ["after"]
    np.testing.assert_allclose(items[0].vector, unit((0, 1, 0, 0)), atol=1e-5)
    assert old == 0


def test_deleting_a_version_leaves_the_others(run):
    async def steps(index):
        await index.delete(version="v1")
        await index.delete(version="never heard of")
        return numbers_of(await read_all(index)), await index.count()

    chunks = [embedded(n, version=f"v{n % 2}") for n in range(6)]
    assert run(steps, *chunks) == ([0, 2, 4], 3)


def test_counts_are_exact(run):
    async def steps(index):
        return (
            await index.count(),
            await index.count(version="v1"),
            await index.count(version="v9"),
            await index.count_documents(),
        )

    chunks = [embedded(n, version=f"v{n % 3}", document=f"d{n // 2}") for n in range(300)]
    assert run(steps, *chunks) == (300, 100, 0, 150)


def test_a_document_is_counted_until_its_last_chunk_is_gone(run):
    async def steps(index):
        before = await index.count_documents()
        await index.delete(version="v1")
        middle = await index.count_documents()
        await index.delete(version="v2")
        return before, middle, await index.count_documents()

    chunks = [embedded(1, version="v1"), embedded(2, version="v2")]
    assert run(steps, *chunks) == (1, 1, 0)


def test_an_empty_index_answers(run):
    async def steps(index):
        legs = await index.search(
            asked(text="lease", placeholders=["A_1"]), scope=EVERYTHING, limit=5
        )
        await index.upsert([])
        return legs, await index.count(), await index.count_documents(), await read_all(index)

    assert run(steps) == (LegHits((), (), ()), 0, 0, [])


def test_scroll_gives_everything_once_in_the_order_of_ids(run):
    order = list(range(1000, 1600))
    np.random.default_rng(0).shuffle(order)
    items = run(read_all, *[embedded(n, (n, 1, 0, 0)) for n in order])
    assert numbers_of(items) == list(range(1000, 1600))
    for item in items:
        number = uuid.UUID(item.chunk.id).int
        np.testing.assert_allclose(item.vector, unit((number, 1, 0, 0)), atol=1e-5)


def test_vectors_are_kept_at_unit_length(run):
    item = embedded(1)
    item.vector[:] = (3, 0, 4, 0)
    (stored,) = run(read_all, item)
    np.testing.assert_allclose(stored.vector, (0.6, 0, 0.8, 0), atol=1e-5)


@pytest.mark.parametrize(
    "vector", [(1, 0, 0), (1, 0, 0, 0, 0), (0, 0, 0, 0), (float("nan"), 0, 0, 1)]
)
def test_a_useless_vector_is_refused_and_nothing_is_written(run, vector):
    bad = embedded(2, text="secret words")
    bad = type(bad)(bad.chunk, np.asarray(vector, dtype=np.float32))

    async def steps(index):
        with pytest.raises(IndexingError, match=chunk_id(2)) as caught:
            await index.upsert([embedded(1), bad])
        assert "secret" not in str(caught.value)
        return await index.count()

    assert run(steps) == 0


def test_errors_of_the_engine_become_ours_and_tell_no_content(run):
    broken = embedded(1, text="secret \ud800 words")  # a lone surrogate is no text

    async def steps(index):
        with pytest.raises(IndexingError) as caught:
            await index.upsert([broken])
        assert "secret" not in str(caught.value)
        assert caught.value.__suppress_context__
        return await index.count()

    assert run(steps) == 0


def test_what_was_written_is_there_after_reopening(backend):
    async def steps():
        async with backend.opened() as index:
            await index.upsert([embedded(n) for n in range(5)])
            await index.delete(version="none")
        async with backend.opened() as index:
            return await index.count(), numbers_of(await read_all(index))

    assert asyncio.run(steps()) == (5, [0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    ("identity", "language", "found"),
    [
        (IndexIdentity("other", 4, "fp32"), "english", "other"),
        (IndexIdentity("tiny", 8, "fp32"), "english", "8 dimensions"),
        (IndexIdentity("tiny", 4, "int8"), "english", "int8"),
        (IDENTITY, "german", "german"),
    ],
)
def test_another_model_is_refused_with_both_names_and_the_way_out(
    backend, identity, language, found
):
    async def steps():
        async with backend.opened() as index:
            await index.upsert([embedded(1)])
        with pytest.raises(IndexingError, match="filled with model tiny") as caught:
            async with backend.opened(identity, language):
                pass
        async with backend.opened() as index:
            return str(caught.value), await index.count()

    message, count = asyncio.run(steps())
    assert found in message
    assert "new home" in message
    assert "embed.*" in message
    assert "\n" not in message
    assert count == 1


def test_closing_twice_is_no_error_but_using_a_closed_index_is(run):
    async def steps(index):
        await index.close()
        await index.close()
        for call in (index.count(), index.delete(version="v"), index.upsert([embedded(1)])):
            with pytest.raises(IndexingError, match="closed"):
                await call
        with pytest.raises(IndexingError, match="closed"):
            await index.search(asked(), scope=EVERYTHING, limit=1)
        with pytest.raises(IndexingError, match="closed"):
            await read_all(index)

    run(steps)


def test_many_tasks_may_use_one_index(run):
    async def steps(index):
        async with asyncio.TaskGroup() as tasks:
            for n in range(20):
                tasks.create_task(index.upsert([embedded(n, version=f"v{n}")]))
                tasks.create_task(index.search(asked(text="x"), scope=EVERYTHING, limit=3))
        return await index.count()

    assert run(steps) == 20


def numbers_of(items):
    return [uuid.UUID(item.chunk.id).int for item in items]
