import asyncio

import httpx
import pytest

from privrag.errors import GeneratorError
from privrag.generate import CompleteOptions, GenerateOptions, GenerateSettings
from privrag.generate.openai_http import OpenAIGenerator
from privrag.records import Draft, Message, SafeText
from privrag_finetune.questions.prompt import (
    chat_prompt,
    complete_prompt,
    read_completion,
    read_reply,
)
from privrag_finetune.questions.sample import plan
from tests.finetune.questions.made import HALL, MARTA, RECIPE, chunk
from tests.finetune.questions.test_split import aim

(TASK,) = plan([chunk(HALL)], aim())


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ('{"question": "Who sells?", "answer": "a"}', "Who sells?"),
        ('Sure!\n```json\n{"question": "Who sells?", "answer": "a"}\n```', "Who sells?"),
        ('{"thought": 1} {"question": " Who\\n sells? ", "answer": "a"}', "Who sells?"),
        ('{{"question": "Who sells?", "answer": "a"}', "Who sells?"),
        ('{"question": "Who sells?"', None),
        ('{"question": "", "answer": "a"}', None),
        ('{"question": "Who sells?", "answer": ["a"]}', None),
        ('{"question": "Who sells?"}', None),
        ("Who sells? a", None),
        ("[" * 5000 + "{" * 5000, None),
    ],
)
def test_a_reply_is_read_whatever_stands_around_it_and_never_made_up(text, question):
    pair = read_reply(SafeText(text))
    assert (pair.question if pair else None) == question


@pytest.mark.parametrize(
    ("said", "question"),
    [
        (" does it cost?", "does it cost?"),
        ("does it cost? And why?", "does it cost?"),
        ("does it cost?\nAnswer: 38", "does it cost?"),
        ("does it cost", None),
        ("", None),
    ],
)
def test_a_completion_goes_on_from_the_opening(said, question):
    pair = read_completion(SafeText(said), TASK, RECIPE)
    assert (pair.question if pair else None) == (question and f"{TASK.opening} {question}")
    assert pair is None or pair.answer == TASK.text


def test_the_model_s_own_answer_is_taken_where_the_recipe_says_so():
    wording = RECIPE.wording.model_copy(update={"complete_answer": "model"})
    recipe = RECIPE.model_copy(update={"wording": wording})
    pair = read_completion(SafeText(" is it?\nAnswer: 38 euros\n"), TASK, recipe)
    assert pair is not None
    assert pair.answer == "38 euros"
    assert read_completion(SafeText(" is it?"), TASK, recipe) is None
    assert "Answer: 38 euros" in complete_prompt(TASK, recipe)
    assert "Answer:" not in complete_prompt(TASK, RECIPE)


def test_braces_of_a_passage_stay_as_they_are():
    (task,) = plan([chunk(HALL.replace("Lockers", "Lockers {domain}"))], aim(style="chat"))
    prompt = chat_prompt(task, RECIPE)
    assert "Lockers {domain}" in prompt
    assert "{category}" not in prompt
    assert MARTA in prompt


def served(handler):
    settings = GenerateSettings(base_url="http://127.0.0.1:9/v1", model="m")
    return OpenAIGenerator(settings, transport=httpx.MockTransport(handler))


def test_completions_come_back_in_the_order_of_the_texts():
    def answer(request):
        assert request.url.path == "/v1/completions"
        choices = [{"index": 1, "text": "b"}, {"index": 0, "text": "a", "finish_reason": "length"}]
        return httpx.Response(200, json={"choices": choices})

    prompts = [SafeText("x"), SafeText("y")]
    drafts = asyncio.run(served(answer).complete(prompts, CompleteOptions()))
    assert [(d.text, d.finish) for d in drafts] == [("a", "length"), ("b", "stop")]
    with pytest.raises(GeneratorError, match="every text"):
        asyncio.run(served(answer).complete(prompts[:1], CompleteOptions()))


def test_a_server_without_response_format_is_asked_again_without_it():
    bodies = []

    def answer(request):
        bodies.append(request.content)
        if b"response_format" in request.content:
            return httpx.Response(400, text="unknown field response_format")
        event = '{"choices": [{"delta": {"content": "{}"}, "finish_reason": "stop"}]}'
        return httpx.Response(200, text=f"data: {event}\n\ndata: [DONE]\n\n")

    async def ask():
        generator = served(answer)
        options = GenerateOptions(response_format={"type": "json_object"}, plain=True)
        for _ in range(2):
            pieces = generator.stream([Message("user", SafeText("x"))], options)
            assert [p async for p in pieces][-1].__class__ is Draft

    asyncio.run(ask())
    assert [b"response_format" in body for body in bodies] == [True, False, False]
