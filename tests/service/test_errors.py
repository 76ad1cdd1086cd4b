"""Every error has OpenAI's shape, its own status, and nothing of the request in it."""

import json

import httpx
import pytest
from openai import APIError, APIStatusError, InternalServerError

from privrag.errors import (
    AuditError,
    ContextTooLongError,
    GeneratorUnavailableError,
    IndexingError,
    RerankerError,
)
from privrag_service.settings import ServiceSettings
from tests.service.scripted import ScriptedRag, answer, openai_client

SETTINGS = ServiceSettings(max_body_bytes=20_000, request_timeout_seconds=1.5)
NAME = "Brunhilde Achterberg"
ASK = [{"role": "user", "content": f"Where does {NAME} live?"}]


def problem(reply: httpx.Response) -> dict[str, object]:
    """The error, after the checks that hold for every error."""
    assert NAME not in reply.text
    assert reply.headers["x-request-id"]
    assert reply.headers["content-type"].startswith("application/json")
    body = reply.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    return body["error"]


def post(address: str, body: object, **options: object) -> httpx.Response:
    return httpx.post(f"{address}/v1/chat/completions", json=body, **options)


BAD_BODIES = {
    "no model": ({"messages": ASK}, "model"),
    "no messages": ({"model": "privrag"}, "messages"),
    "empty messages": ({"model": "privrag", "messages": []}, "messages"),
    "wrong type": ({"model": "privrag", "messages": ASK, "max_tokens": NAME}, "max_tokens"),
    "nested type": (
        {"model": "privrag", "messages": [{"role": "user", "content": 5}]},
        "messages.0.content",
    ),
    "out of range": ({"model": "privrag", "messages": ASK, "temperature": 3}, "temperature"),
    "zero tokens": ({"model": "privrag", "messages": ASK, "max_tokens": 0}, "max_tokens"),
    "two choices": ({"model": "privrag", "messages": ASK, "n": 2}, "n"),
    "stop": ({"model": "privrag", "messages": ASK, "stop": [NAME]}, "stop"),
    "schema": (
        {"model": "base", "messages": ASK, "response_format": {"type": "json_schema"}},
        "response_format.type",
    ),
    "role": (
        {"model": "privrag", "messages": [{"role": NAME, "content": "x"}, *ASK]},
        "messages.0.role",
    ),
    "assistant last": (
        {"model": "privrag", "messages": [*ASK, {"role": "assistant", "content": "x"}]},
        "messages.1.role",
    ),
    "no text": (
        {"model": "privrag", "messages": [{"role": "user", "content": " "}]},
        "messages.0.content",
    ),
    "image": (
        {
            "model": "privrag",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": NAME},
                        {"type": "image_url", "image_url": {"url": f"https://x/{NAME}"}},
                    ],
                }
            ],
        },
        "messages.0.content.1",
    ),
    "not an object": ([NAME], None),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_field_is_400_and_named(rag: ScriptedRag, address: str, name: str):
    body, param = BAD_BODIES[name]
    reply = post(address, body)
    error = problem(reply)
    assert reply.status_code == 400
    assert error["type"] == "invalid_request_error"
    if param is not None:
        assert error["param"] == param
    assert rag.calls == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", f'{{"model": {NAME}'.encode()])
def test_bad_json_is_400(address: str, body: bytes):
    reply = httpx.post(f"{address}/v1/chat/completions", content=body)
    assert reply.status_code == 400
    assert problem(reply)["type"] == "invalid_request_error"


HOSTILE_BODIES = {
    "deep": b'{"model": "privrag", "messages": ' + b"[" * 9000 + b"]" * 9000 + b"}",
    "half a character": b'{"model": "privrag", "messages": "\\ud800"}',
    "endless number": b'{"model": "privrag", "messages": [], "max_tokens": %s}' % (b"9" * 9000),
    "no number": b'{"model": "privrag", "messages": [], "temperature": NaN}',
    "infinite": b'{"model": "privrag", "messages": [], "temperature": 1e999}',
}


@pytest.mark.parametrize("name", HOSTILE_BODIES)
def test_a_hostile_body_is_400(rag: ScriptedRag, address: str, name: str):
    reply = httpx.post(f"{address}/v1/chat/completions", content=HOSTILE_BODIES[name])
    assert reply.status_code == 400
    assert problem(reply)["type"] == "invalid_request_error"
    assert rag.calls == []


def test_the_content_type_does_not_matter(address: str):
    body = json.dumps({"model": "privrag", "messages": ASK})
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        reply = httpx.post(
            f"{address}/v1/chat/completions", content=body, headers={"content-type": kind}
        )
        assert reply.status_code == 200


@pytest.mark.parametrize("name", ["nope", "privrag:nope"])
def test_an_unknown_model_is_404(rag: ScriptedRag, address: str, name: str):
    reply = post(address, {"model": name, "messages": ASK})
    assert reply.status_code == 404
    assert problem(reply)["code"] == "model_not_found"
    assert rag.calls == []


def test_routing_errors_have_the_shape(address: str):
    missing = httpx.get(f"{address}/v1/{NAME}")
    assert (missing.status_code, problem(missing)["type"]) == (404, "invalid_request_error")
    wrong = httpx.get(f"{address}/v1/chat/completions")
    assert (wrong.status_code, problem(wrong)["type"]) == (405, "invalid_request_error")
    header = post(
        address, {"model": "privrag", "messages": ASK}, headers={"x-privrag-collection": "hr"}
    )
    assert (header.status_code, problem(header)["param"]) == (400, "x-privrag-collection")


def test_a_large_body_is_413(rag: ScriptedRag, address: str):
    body = {"model": "privrag", "messages": [{"role": "user", "content": NAME * 2000}]}
    reply = post(address, body)
    assert reply.status_code == 413
    assert problem(reply)["type"] == "invalid_request_error"
    assert rag.calls == []


def test_a_large_body_without_a_length_is_413(address: str):
    reply = httpx.post(f"{address}/v1/chat/completions", content=(b" " * 4000 for _ in range(10)))
    assert reply.status_code == 413


CORE_ERRORS = [
    (GeneratorUnavailableError(NAME), 503, "server_error", None),
    (ContextTooLongError(NAME), 400, "invalid_request_error", "context_length_exceeded"),
    (AuditError(NAME), 503, "server_error", None),
    (IndexingError(NAME), 503, "server_error", None),
    (RerankerError(NAME), 503, "server_error", None),
    (ValueError(NAME), 500, "server_error", None),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("error", "status", "kind", "code"), CORE_ERRORS)
def test_an_error_before_the_first_piece_keeps_its_status(
    rag: ScriptedRag,
    address: str,
    error: Exception,
    status: int,
    kind: str,
    code: str,
    stream: bool,
):
    rag.script = (error,)
    reply = post(address, {"model": "privrag", "messages": ASK, "stream": stream})
    assert reply.status_code == status
    found = problem(reply)
    assert (found["type"], found["code"]) == (kind, code)
    assert reply.headers.get("retry-after") == ("1" if status == 503 else None)
    assert rag.running == 0


def test_a_plain_model_is_503_while_the_generator_is_down(rag: ScriptedRag, address: str):
    rag.plain = GeneratorUnavailableError("down")
    with openai_client(address) as client, pytest.raises(InternalServerError) as caught:
        client.chat.completions.create(model="unseen", messages=ASK)
    assert caught.value.status_code == 503


def test_a_generator_without_an_answer_is_no_answer(rag: ScriptedRag, address: str):
    rag.script = ("half", 0.0)
    reply = post(address, {"model": "privrag", "messages": ASK})
    assert reply.status_code == 500
    assert problem(reply)["type"] == "server_error"


def test_an_error_in_the_middle_is_an_event_and_ends_the_stream(rag: ScriptedRag, address: str):
    rag.script = ("half", IndexingError(NAME), "never")
    reply = post(address, {"model": "privrag", "messages": ASK, "stream": True})
    assert reply.status_code == 200
    assert NAME not in reply.text
    last = json.loads(reply.text.strip().split("\n\n")[-1].removeprefix("data: "))
    assert last["error"]["type"] == "server_error"
    assert set(last["error"]) == {"message", "type", "param", "code"}


def test_the_client_raises_on_an_error_in_the_middle(rag: ScriptedRag, address: str):
    rag.script = ("half", GeneratorUnavailableError(NAME))
    pieces = []
    with openai_client(address) as client, pytest.raises(APIError) as caught:
        for chunk in client.chat.completions.create(model="privrag", messages=ASK, stream=True):
            pieces.append(chunk.choices[0].delta.content)
    assert not isinstance(caught.value, APIStatusError)
    assert pieces == ["", "half"]


def test_an_answer_that_takes_too_long_is_ended(rag: ScriptedRag, address: str):
    rag.script = (30, answer())
    reply = post(address, {"model": "privrag", "messages": ASK})
    assert reply.status_code == 504
    assert problem(reply)["code"] == "timeout"
    assert rag.running == 0


def test_request_ids_are_kept_if_sane_and_made_otherwise(address: str):
    def sent(name: str) -> str:
        return httpx.get(f"{address}/healthz", headers={"x-request-id": name}).headers[
            "x-request-id"
        ]

    assert sent("abc-1.2_Z") == "abc-1.2_Z"
    assert sent("two words").startswith("req_")
    assert sent("x" * 200).startswith("req_")
    assert sent("a") != httpx.get(f"{address}/healthz").headers["x-request-id"]
