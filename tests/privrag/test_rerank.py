"""Reranking: the order, the cross-encoder in this process, and `/v1/rerank` over HTTP."""

import asyncio

import httpx
import numpy as np
import pytest

from privrag.errors import ModelError, RerankerError
from privrag.records import Hit, SafeText
from privrag.rerank import (
    HttpReranker,
    LateReranker,
    LocalReranker,
    RerankSettings,
    open_reranker,
    rerank,
)
from privrag_connectors.sync import sync_folders
from tests.fakes import HashEmbedder
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
    embedder = HashEmbedder()
    assert open_reranker(RerankSettings(), embedder) is None
    with pytest.raises(ModelError, match=r"rerank\.model: 'nothing' is no folder"):
        open_reranker(RerankSettings(model=str(tmp_path / "nothing")), embedder)
    served = open_reranker(RerankSettings(model="m", url="http://127.0.0.1:1"), embedder)
    assert isinstance(served, HttpReranker)
    asyncio.run(served.close())
    late = RerankSettings(kind="late-interaction")
    assert isinstance(open_reranker(late, embedder), LateReranker)
    with pytest.raises(ModelError, match="vectors of tokens"):
        open_reranker(late, object())


@pytest.mark.parametrize("other", [{"model": "m"}, {"model": "m", "url": "http://127.0.0.1:1"}])
def test_late_interaction_has_no_model_of_its_own(other):
    with pytest.raises(ValueError, match="leave rerank.model and rerank.url out"):
        RerankSettings(kind="late-interaction", **other)


def test_the_weight_is_the_correction_where_one_is_set():
    late = RerankSettings(kind="late-interaction")
    assert late.is_on
    assert late.weight > 0
    assert late.model_copy(update={"correction": 0.5}).weight == 0.5
    assert (RerankSettings().is_on, RerankSettings(model="m").weight) == (False, None)


LETTERS = {"a": (1.0, 0.0), "b": (0.0, 1.0), "c": (0.6, 0.8)}


class Corners:
    """Vectors by hand: each letter points somewhere."""

    def token_vectors(self, texts):
        return [np.array([LETTERS[c] for c in text], dtype=np.float32) for text in texts]


def test_late_interaction_is_the_mean_of_each_question_token_s_best_cosine():
    found = asyncio.run(LateReranker(Corners()).score("ab", ["a", "c", "ca", "bbb", "ab"]))
    assert found == pytest.approx([0.5, 0.7, 0.9, 0.5, 1.0], abs=1e-3)
    assert asyncio.run(LateReranker(Corners()).score("ab", [])) == []


def test_a_passage_is_read_once_as_long_as_it_is_kept(monkeypatch):
    class Listening(Corners):
        def __init__(self):
            self.read = []

        def token_vectors(self, texts):
            self.read.append(texts)
            return super().token_vectors(texts)

    async def ask(reranker, *passages):
        return await reranker.score("ab", passages)

    embedder = Listening()
    reranker = LateReranker(embedder)
    first = asyncio.run(ask(reranker, "a", "c", "a"))
    assert asyncio.run(ask(reranker, "c", "b", "a")) == [first[1], 0.5, first[0]]
    assert embedder.read == [["ab", "a", "c"], ["ab", "b"]]
    monkeypatch.setattr("privrag.rerank._KEPT_BYTES", 8)  # two passages of one letter
    asyncio.run(ask(reranker, "aa"))
    asyncio.run(ask(reranker, "aa", "b"))
    asyncio.run(ask(reranker, "b"))
    assert embedder.read[2:] == [["ab", "aa"], ["ab", "b"], ["ab"]]
    asyncio.run(reranker.close())
    asyncio.run(ask(reranker, "b"))
    assert embedder.read[5:] == [["ab", "b"]]


def test_a_home_reads_hits_again_by_late_interaction(tmp_path):
    """Of equal retrieval scores the passage that meets every word of the question comes first."""

    async def search(overrides):
        rag = await open_small(tmp_path / "home", overrides=overrides)
        try:
            await sync_folders(rag, [docs])
            hits = await rag.search("harbour crane repair")
            return [hit.chunk.text.split()[0] for hit in hits], {hit.stage for hit in hits}
        finally:
            await rag.close()

    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("Harbour harbour harbour harbour crane crane near the water.")
    (docs / "b.txt").write_text("Repair of the harbour crane is due when rust shows on its arm.")
    overrides = {"rerank": {"kind": "late-interaction"}}
    order, stages = asyncio.run(search(overrides))
    assert (order, stages) == (["Repair", "Harbour"], {"reranked"})


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
