"""What runs inside vLLM: no route but `/health` without the key, and a line for each request."""

import asyncio
import importlib.util
import json
from pathlib import Path

import pytest

from privrag_service import vllm_command

FILE = Path(vllm_command.__file__).parent / "in_vllm" / "privrag_key_only.py"


@pytest.fixture
def ask(monkeypatch, capsys):
    """`ask(path, key)`: the messages that were sent, and the line in the log, if any."""
    monkeypatch.setenv("VLLM_API_KEY", "secret")
    spec = importlib.util.spec_from_file_location("privrag_key_only", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    async def vllm(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"served"})

    def asked(path, *headers, kind="http"):
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": kind, "path": path, "headers": headers}
        asyncio.run(module.KeyOnly(vllm)(scope, None, send))
        told = capsys.readouterr().err
        return sent, json.loads(told) if told else None

    return asked


@pytest.mark.parametrize(
    "path", ["/v1/models", "/invocations", "/adapters", "/metrics", "//health"]
)
@pytest.mark.parametrize("headers", [(), ((b"authorization", b"Bearer other"),)])
def test_without_the_key_nothing_is_served(ask, path, headers):
    sent, line = ask(path, *headers)
    assert sent[0]["status"] == 401
    assert b"served" not in sent[1]["body"]
    assert (line["path"], line["status"]) == ("refused", 401)


def test_with_the_key_it_is_served_and_noted_under_its_id(ask):
    key = (b"authorization", b"Bearer secret")
    sent, line = ask("/v1/rerank", key, (b"x-request-id", b"req-7"))
    assert sent[0]["status"] == 200
    assert (line["request_id"], line["path"], line["status"]) == ("req-7", "/v1/rerank", 200)


def test_health_needs_no_key_and_leaves_no_line(ask):
    sent, line = ask("/health")
    assert (sent[0]["status"], line) == (200, None)


def test_a_websocket_is_closed(ask):
    key = (b"authorization", b"Bearer secret")
    sent, _ = ask("/v1/realtime", key, kind="websocket")
    assert sent == [{"type": "websocket.close", "code": 1008}]
