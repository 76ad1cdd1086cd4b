import asyncio

import httpx

from privrag.errors import ModelError
from privrag_service.app import create_app
from privrag_service.settings import ServiceSettings
from tests.service.scripted import ScriptedRag


def test_ready_only_with_generator_and_index(rag: ScriptedRag, address: str):
    assert httpx.get(f"{address}/healthz").json()["status"] == "ok"
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


def test_this_machine_is_told_what_was_refused_though_all_is_ready(keys):
    async def ready(**headers):
        app = create_app(ScriptedRag(), ServiceSettings(), keys, refused=lambda: ["strange"])
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
        async with client:
            return await client.get("/readyz", headers=headers)

    here, elsewhere = asyncio.run(ready()), asyncio.run(ready(host="privrag.example"))
    assert (here.status_code, here.json()["refused"]) == (200, ["strange"])
    assert (elsewhere.status_code, "refused" in elsewhere.json()) == (200, False)


def test_this_machine_is_told_what_to_know_about_what_serves(keys):
    async def ready(cautions, **headers):
        app = create_app(ScriptedRag(), ServiceSettings(), keys, cautions=cautions)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
        async with client:
            return await client.get("/readyz", headers=headers)

    def lost():
        raise ModelError("models/registry.json of the home cannot be read")

    here = asyncio.run(ready(lambda: ["tuned was never compared"]))
    elsewhere = asyncio.run(ready(lambda: ["tuned"], host="privrag.example"))
    assert (here.status_code, here.json()["cautions"]) == (200, ["tuned was never compared"])
    assert "cautions" not in elsewhere.json()
    assert "cautions" not in asyncio.run(ready(lost)).json()


def test_this_machine_alone_is_told_where_the_audit_log_ends(rag: ScriptedRag, address: str):
    healthz = f"{address}/healthz"
    assert httpx.get(healthz).json() == {
        "status": "ok",
        "audit": {"tenant": "acme", "seq": 3, "head": "ab" * 32},
    }
    for header in ({"x-forwarded-for": "10.0.0.9"}, {"host": "privrag.example"}):
        assert httpx.get(healthz, headers=header).json() == {"status": "ok"}


def test_an_audit_log_out_of_order_does_not_stop_the_heartbeat(rag: ScriptedRag, address: str):
    rag.head = None
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok", "audit": None}
