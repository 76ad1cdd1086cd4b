import asyncio
import json

import httpx
import pytest

from privrag.errors import ContextTooLongError, GeneratorError, GeneratorUnavailableError
from privrag.generate import GenerateOptions, GenerateSettings
from privrag.generate.openai_http import OpenAIGenerator
from privrag.records import Draft, Message, SafeText, Usage

MESSAGES = [Message("user", SafeText("Who is PERSON_4SD2GZD3?"))]
MODELS = {"data": [{"id": "base"}, {"id": "adapter"}]}


def sse(*events: dict | str) -> bytes:
    frames = [e if isinstance(e, str) else json.dumps(e) for e in events]
    return "".join(f"data: {frame}\n\n" for frame in frames).encode()


def delta(text: str, finish: str | None = None) -> dict:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def generated(body: bytes, status: int = 200, model: str | None = None, **settings):
    """(pieces, requests) of one generation against a scripted server."""
    requests = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.path == "/v1/models":
            return httpx.Response(200, json=MODELS)
        return httpx.Response(status, content=body)

    async def main():
        generator = OpenAIGenerator(
            GenerateSettings(base_url="http://127.0.0.1:1/v1", **settings),
            transport=httpx.MockTransport(respond),
        )
        options = GenerateOptions(temperature=0.5, model=model)
        pieces = [piece async for piece in generator.stream(MESSAGES, options)]
        await generator.close()
        return pieces

    return asyncio.run(main()), requests


def test_pieces_come_in_order_and_the_draft_last():
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    body = sse(delta("Ann"), delta("a.", "length"), usage, "[DONE]")
    pieces, _ = generated(body)
    assert pieces == ["Ann", "a.", Draft(SafeText("Anna."), "length", Usage(3, 2))]


@pytest.mark.parametrize("usage", [[], [{"choices": [], "usage": {"prompt_tokens": 0}}]])
def test_a_server_that_counts_no_tokens_is_not_said_to_have_used_none(usage):
    pieces, _ = generated(sse(delta("Anna.", "stop"), *usage, "[DONE]"))
    assert pieces[-1].usage.counted is False


def test_the_request_holds_model_messages_and_the_callers_options():
    _, requests = generated(sse(delta("", "stop"), "[DONE]"), api_key="k", max_tokens=7)
    sent = json.loads(requests[-1].content)
    assert sent["model"] == "base"
    assert sent["messages"] == [{"role": "user", "content": "Who is PERSON_4SD2GZD3?"}]
    assert (sent["max_tokens"], sent["temperature"]) == (7, 0.5)
    assert requests[-1].headers["authorization"] == "Bearer k"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b"This model's maximum context length is 10", ContextTooLongError),
        (400, b"something else", GeneratorError),
        (401, b'{"error":"Unauthorized"}', GeneratorUnavailableError),
        (404, b"no model", GeneratorUnavailableError),
        (503, b"busy", GeneratorUnavailableError),
        (500, b"secret stack trace", GeneratorError),
    ],
)
def test_a_failed_status_is_mapped_and_its_body_kept_back(status, body, error):
    with pytest.raises(error) as caught:
        generated(body, status)
    assert body.decode() not in str(caught.value)


@pytest.mark.parametrize("body", [b"data: {nonsense\n\n", sse({"error": {"message": "x"}})])
def test_a_broken_stream_is_an_error_not_an_end(body):
    with pytest.raises(GeneratorError):
        generated(body)


def test_a_server_that_is_not_there_is_named_by_its_setting():
    async def main():
        generator = OpenAIGenerator(GenerateSettings(base_url="http://127.0.0.1:9/v1", model="m"))
        async for _ in generator.stream(MESSAGES, GenerateOptions()):
            pass

    with pytest.raises(GeneratorUnavailableError, match=r"generate\.base_url"):
        asyncio.run(main())


@pytest.mark.parametrize(
    "body",
    [
        sse(delta("Half an ans")),
        b"<html>a proxy's page</html>",
        b"",
        sse("[1, 2]"),
        sse({"choices": ["x"]}),
    ],
)
def test_an_answer_without_its_end_is_no_answer(body):
    with pytest.raises(GeneratorError, match="broke off|not in OpenAI's form"):
        generated(body)


def test_done_is_an_end_too():
    pieces, _ = generated(sse(delta("An answer"), "[DONE]"))
    assert pieces == ["An answer", Draft(SafeText("An answer"), "stop", Usage(counted=False))]


def test_events_are_read_however_lines_and_characters_are_cut():
    text = "J\u00fcrgen\u2028sagt \U0001f600"  # U+2028 ends no line of an event stream
    event = json.dumps(delta(text, "stop"), ensure_ascii=False)
    body = f": ping\r\n\r\nevent: x\r\ndata:{event}\r\n\r\ndata: [DONE]\r\n\r\n".encode()
    for size in (1, 2, 3, 7, len(body)):

        async def cut(size=size):
            for at in range(0, len(body), size):
                yield body[at : at + size]

        pieces, _ = generated(cut())
        assert pieces[0] == text, size


@pytest.mark.parametrize(("status", "ids"), [(404, ["named"]), (501, ["named"])])
def test_a_server_without_a_list_of_models_has_the_one_that_is_set(status, ids):
    async def main(**settings):
        generator = OpenAIGenerator(
            GenerateSettings(base_url="http://127.0.0.1:1/v1", **settings),
            transport=httpx.MockTransport(lambda _: httpx.Response(status)),
        )
        return await generator.models()

    assert asyncio.run(main(model="named")) == ids
    with pytest.raises(GeneratorError if status == 501 else GeneratorUnavailableError):
        asyncio.run(main())


def sent_to(server, options):
    """Bodies of the requests of two generations in a row."""
    bodies = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            return httpx.Response(200, json=MODELS)
        bodies.append(json.loads(request.content))
        return server(bodies[-1])

    async def main():
        generator = OpenAIGenerator(
            GenerateSettings(base_url="http://127.0.0.1:1/v1"),
            transport=httpx.MockTransport(respond),
        )
        for _ in range(2):
            assert [piece async for piece in generator.stream(MESSAGES, options)]
        await generator.close()

    asyncio.run(main())
    return bodies


def ends(_body):
    return httpx.Response(200, content=sse(delta("Yes.", "stop")))


def strict(body):
    """A server that knows OpenAI's fields only."""
    if "cache_salt" in body:
        return httpx.Response(400, json={"error": "Unrecognized request argument: cache_salt"})
    return ends(body)


def test_a_server_that_does_not_know_vllms_own_field_is_asked_without_it():
    bodies = sent_to(strict, GenerateOptions(cache_salt="tenant"))
    assert ["cache_salt" in body for body in bodies] == [True, False, False]
    kept = sent_to(ends, GenerateOptions(cache_salt="tenant"))
    assert ["cache_salt" in body for body in kept] == [True, True]


def test_plain_generation_is_not_cut_by_what_is_meant_for_answers():
    (body, _) = sent_to(ends, GenerateOptions(plain=True))
    assert not {"stop", "max_tokens", "plain"} & body.keys()
    (body, _) = sent_to(ends, GenerateOptions(plain=True, max_tokens=9))
    assert body["max_tokens"] == 9
    (body, _) = sent_to(ends, GenerateOptions())
    assert (body["stop"], body["max_tokens"]) == (["\n"], 120)


def test_a_model_that_is_asked_for_must_be_listed_and_is_looked_up_once():
    body = sse(delta("", "stop"), "[DONE]")
    _, requests = generated(body, model="adapter")
    assert [r.url.path for r in requests] == ["/v1/models", "/v1/chat/completions"]
    assert json.loads(requests[-1].content)["model"] == "adapter"
    with pytest.raises(GeneratorUnavailableError, match="does not list the model 'gone'.*rollback"):
        generated(body, model="gone")
