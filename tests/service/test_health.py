import httpx

from tests.service.scripted import ScriptedRag


def test_ready_only_with_generator_and_index(rag: ScriptedRag, address: str):
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
    reply = httpx.get(f"{address}/readyz")
    assert reply.status_code == 200
    assert reply.json() == {"status": "ready", "generator": "up", "index": "ok"}
    rag.ready = False
    reply = httpx.get(f"{address}/readyz")
    assert reply.status_code == 503
    assert reply.json() == {"status": "not ready", "generator": "down", "index": "ok"}


def test_a_broken_index_is_told(rag: ScriptedRag, address: str):
    rag.index_up = False
    reply = httpx.get(f"{address}/readyz")
    assert (reply.status_code, reply.json()["index"]) == (503, "error")
