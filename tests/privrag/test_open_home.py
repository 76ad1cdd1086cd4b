"""An open home follows what is promoted once, without what did not change, and closes the rest."""

import asyncio

import pytest

from privrag.errors import ModelError
from privrag.feedback import Opinion
from privrag.rag import AsyncRag
from privrag.registry import model_folder_of, promote, register
from tests.generators import generator_version
from tests.opened import open_small
from tests.privrag.feedback.said import OWNER, ask, give, with_answers
from tests.privrag.test_registry import version


def test_however_many_wait_what_serves_is_adopted_once(tmp_path):
    adopted = []

    async def adopt(settings):
        adopted.append(settings.generate.answer_model)
        await asyncio.sleep(0.01)
        return settings

    async def work():
        rag = await open_small(tmp_path)
        rag._adopt = adopt
        try:
            register(tmp_path, generator_version("first"))
            promote(tmp_path, "first")
            async with asyncio.TaskGroup() as group:
                for _ in range(5):
                    group.create_task(rag.follow())
        finally:
            await rag.close()

    asyncio.run(work())
    assert adopted == ["first"]


class Closable:
    """A reranker that counts how often it was closed."""

    closed = 0

    async def score(self, question, passages):
        return [0.0 for _ in passages]

    async def close(self):
        self.closed += 1


def test_a_reranker_stays_until_it_is_another_and_closes_behind_its_last_use(tmp_path):
    async def work():
        rag = await open_small(tmp_path)
        rag.reranker = kept = Closable()
        rag._opened.append(kept)
        register(tmp_path, generator_version("tuned"))
        register(tmp_path, version("first"))
        try:
            promote(tmp_path, "tuned")
            await rag.follow()
            assert rag.reranker is kept, "only the generator changed"
            async with rag._in_use() as parts:
                assert parts.reranker is kept
                promote(tmp_path, "first")
                await rag.follow()
                assert rag.settings.rerank.model == str(
                    model_folder_of(tmp_path, "reranker", "first")
                )
                assert kept.closed == 0, "a question is still read by it"
            assert kept.closed == 1
        finally:
            await rag.close()
        return kept.closed

    assert asyncio.run(work()) == 1


def test_a_home_that_is_not_adopted_leaves_nothing_open(tmp_path):
    async def refuse(settings):
        raise ModelError("no server")

    async def work():
        with pytest.raises(ModelError, match="no server"):
            await AsyncRag.open(tmp_path / "home", adopt=refuse)
        rag = await AsyncRag.open(tmp_path / "home")  # refused while the index is held
        await rag.close()

    asyncio.run(work())


def test_an_answer_is_kept_with_what_gave_it(tmp_path):
    async def work(rag):
        await ask(rag, "before")
        register(rag.home, generator_version("first"))
        promote(rag.home, "first")
        await ask(rag, "after")
        for answer_id in ("before", "after"):
            await give(rag, Opinion(thumb="up"), answer_id, viewer=OWNER)
        kept = {one.answer.id: one.answer.models for one in rag.feedback.queued(None)}
        return kept, (await rag.status())["models"]["generator"], rag.embedder.identity.model

    kept, generator, embedder = with_answers(tmp_path, work)
    assert kept == {
        "before": {"generator": "embedded", "embedder": embedder, "index": ""},
        "after": {"generator": "first", "embedder": embedder, "index": "", "release": "1"},
    }
    assert generator == "first"
