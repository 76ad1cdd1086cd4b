"""Reranking: the order, the cross-encoder in this process, and `/v1/rerank` over HTTP."""

import asyncio

import httpx
import numpy as np
import pytest

from privrag.errors import ModelError, RerankerError
from privrag.records import Hit, SafeText
from privrag.rerank import HttpReranker, LocalReranker, RerankSettings, open_reranker, rerank
from tests.opened import open_small
from tests.privrag.index.examples import embedded

QUESTION = SafeText("Who is PERSON_K7M2QX4C?")


class Lengths:
    """The longer a passage, the better."""

    def __init__(self) -> None:
        self.seen = []

    async def score(self, question, passages):
        self.seen.append((question, list(passages)))
        return [float(len(passage)) for passage in passages]

    async def close(self) -> None: ...


def hits(*texts):
    return [Hit(embedded(i, text=text).chunk, 0.5, "fused") for i, text in enumerate(texts)]


def test_hits_come_best_first_and_ties_keep_their_order():
    found = asyncio.run(rerank(QUESTION, hits("bb", "a", "cccc", "dd"), Lengths()))
    assert [hit.chunk.text for hit in found] == ["cccc", "bb", "dd", "a"]
    assert {hit.stage for hit in found} == {"reranked"}


def test_a_reranker_reads_type_words_and_no_ids():
    reranker = Lengths()
    asyncio.run(rerank(QUESTION, hits("PERSON_K7M2QX4C signed."), reranker))
    assert reranker.seen == [("Who is a person?", ["a person signed."])]


def test_without_hits_nobody_is_asked():
    reranker = Lengths()
    assert asyncio.run(rerank(QUESTION, [], reranker)) == []
    assert reranker.seen == []


def test_the_settings_choose_the_backend(tmp_path):
    assert open_reranker(RerankSettings()) is None
    with pytest.raises(ModelError, match=r"rerank\.model: 'nothing' is no folder"):
        open_reranker(RerankSettings(model=str(tmp_path / "nothing")))
    served = open_reranker(RerankSettings(model="m", url="http://127.0.0.1:1"))
    assert isinstance(served, HttpReranker)
    asyncio.run(served.close())


def over_http(answer):
    """Scores of two passages from a server that gives `answer`, and what it was asked."""
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer

    async def score():
        settings = RerankSettings(model="m", url="http://127.0.0.1:1/", api_key="k")
        reranker = HttpReranker(settings, transport=httpx.MockTransport(handle))
        try:
            return await reranker.score("q", ["a", "b"])
        finally:
            await reranker.close()

    return asked, score


def test_scores_over_http_come_in_the_order_of_the_passages():
    results = [{"index": 1, "relevance_score": 3.5}, {"index": 0, "relevance_score": -2}]
    asked, score = over_http(httpx.Response(200, json={"results": results}))
    assert asyncio.run(score()) == [-2.0, 3.5]
    assert str(asked[0].url) == "http://127.0.0.1:1/v1/rerank"
    assert asked[0].headers["authorization"] == "Bearer k"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(503, text="private"), r"cannot be used \(HTTPStatusError\)"),
        (httpx.Response(200, text="private"), "does not answer in the form of /v1/rerank"),
        (httpx.Response(200, json={"results": []}), "does not answer in the form of /v1/rerank"),
    ],
)
def test_a_server_that_fails_is_one_sentence_without_its_words(answer, message):
    _, score = over_http(answer)
    with pytest.raises(RerankerError, match=message) as caught:
        asyncio.run(score())
    assert "private" not in str(caught.value)


@pytest.mark.slow
def test_a_cross_encoder_in_this_process(tiny_cross_encoder):
    async def score():
        reranker = LocalReranker(RerankSettings(model=str(tiny_cross_encoder)))
        try:
            both = await reranker.score("the rent", ["rent is due", "a fire drill"])
            alone = await reranker.score("the rent", ["a fire drill"])
        finally:
            await reranker.close()
        return both, alone

    both, alone = asyncio.run(score())
    assert both[1] == pytest.approx(alone[0], abs=1e-4)
    assert np.ptp(both) > 1e-4


@pytest.mark.slow
def test_scores_of_a_bf16_encoder_are_told_apart_in_fp32(tiny_cross_encoder):
    import torch

    passages = [f"depot {n} pays its rent {'late ' * n}" for n in range(12)]

    async def scores(precision):
        reranker = LocalReranker(RerankSettings(model=str(tiny_cross_encoder), precision=precision))
        try:
            return await reranker.score("the rent", passages)
        finally:
            await reranker.close()

    fine, coarse = asyncio.run(scores("fp32")), asyncio.run(scores("bf16"))
    assert coarse == pytest.approx(fine, abs=0.1 * np.ptp(fine))
    assert coarse != fine
    assert all(float(torch.tensor(score).bfloat16()) != score for score in coarse)


def test_hits_beyond_those_that_are_reranked_follow_them(tmp_path):
    class Backwards:
        async def score(self, question, passages):
            return [float(number) for number in range(len(passages))]

        async def close(self): ...

    async def found(reranker):
        async with await open_small(
            tmp_path / "home", overrides={"rerank": {"candidates": 2}}
        ) as rag:
            await rag.sync(docs)
            rag.reranker = reranker
            return [hit.chunk.id for hit in await rag.search("rent of the depot", k=4)]

    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(4):
        (docs / f"{number}.txt").write_text(f"The rent of depot {number} is {number}00 euros.")
    plain, reranked = asyncio.run(found(None)), asyncio.run(found(Backwards()))
    assert len(plain) == 4
    assert reranked == [plain[1], plain[0], *plain[2:]]
