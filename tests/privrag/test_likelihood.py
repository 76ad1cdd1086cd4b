"""How likely a model holds a text after another: against sums by hand, and over HTTP."""

import asyncio
import json

import httpx
import pytest

from privrag.errors import ContextTooLongError, GeneratorError
from privrag.generate import GenerateSettings, LikelihoodModel
from privrag.generate.openai_http import OpenAIGenerator

PAIRS = [("ab", " cd"), ("abc", " d")]


def answer(choices):
    async def asked():
        generator = OpenAIGenerator(
            GenerateSettings(base_url="http://127.0.0.1:1/v1", model="m"),
            transport=httpx.MockTransport(lambda r: _noted(r, choices)),
        )
        assert isinstance(generator, LikelihoodModel)
        try:
            return await generator.log_likelihoods(PAIRS)
        finally:
            await generator.close()

    return asyncio.run(asked())


def _noted(request, choices):
    body = json.loads(request.content)
    assert body["prompt"] == ["ab cd", "abc d"]
    assert body["echo"]
    return httpx.Response(200, json={"choices": choices})


def choice(index, offsets, values):
    return {"index": index, "logprobs": {"text_offset": offsets, "token_logprobs": values}}


def test_a_server_s_tokens_of_the_second_text_alone_count():
    given = [
        choice(1, [0, 3, 4, 5], [None, -2.0, -4.0, -9.0]),
        choice(0, [0, 2, 4, 5], [None, -1.0, -2.0, -9.0]),
    ]
    assert answer(given) == [-1.5, -3.0]


@pytest.mark.parametrize(
    "given", [[], [choice(0, [0], [None]), choice(1, [0], [None])], [{"index": 0}, {"index": 1}]]
)
def test_a_server_that_does_not_tell_them_is_an_error(given):
    with pytest.raises(GeneratorError, match="log probabilities"):
        answer(given)


@pytest.mark.slow
def test_a_batch_has_the_likelihoods_of_each_pair_summed_by_hand(tiny_llama):
    import torch

    from privrag.generate.likelihood import log_likelihoods

    model, tokenizer = tiny_llama
    pairs = [("the rent", "of the depot"), ("a long line about pumps", "heating"), ("x", "a b c")]
    expected = []
    for first, second in pairs:
        given, asked = (tokenizer(t, add_special_tokens=False).input_ids for t in (first, second))
        logits = model(torch.tensor([given + asked])).logits[0].log_softmax(-1)
        chances = [logits[len(given) - 1 + n, token].item() for n, token in enumerate(asked)]
        expected.append(sum(chances) / len(asked))
    assert log_likelihoods(model, tokenizer, pairs) == pytest.approx(expected, abs=1e-4)
    assert log_likelihoods(model, tokenizer, []) == []
    with pytest.raises(ContextTooLongError, match="64 tokens"):
        log_likelihoods(model, tokenizer, [("word " * 60, "word " * 9)])
    with pytest.raises(GeneratorError, match="not empty"):
        log_likelihoods(model, tokenizer, [("", "a")])
