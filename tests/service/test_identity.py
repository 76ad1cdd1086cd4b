"""Who may ask: key holders always, the local owner only while no key exists and only directly."""

import asyncio
import contextlib
from collections.abc import Iterator

import httpx
import pytest
from litestar.testing import AsyncTestClient
from openai import AuthenticationError, PermissionDeniedError

from privrag.offline import is_loopback
from privrag.records import Viewer
from privrag.settings import GroupSettings, Settings
from privrag_service.app import create_app
from privrag_service.keys import KeyStore
from privrag_service.settings import ServiceSettings
from tests.service.scripted import ScriptedRag, live, openai_client

ASK = [{"role": "user", "content": "What is the rent?"}]


@contextlib.contextmanager
def keyed(keys: KeyStore) -> Iterator[tuple[str, ScriptedRag]]:
    rag = ScriptedRag()
    with live(rag, keys) as address:
        yield address, rag


def test_the_local_owner_needs_no_key_and_any_key_text_will_do(rag: ScriptedRag, address: str):
    with openai_client(address, "sk-whatever") as client:
        client.chat.completions.create(model="privrag", messages=ASK)
    assert rag.calls[0]["viewer"] == Viewer("owner", tenant="acme", owner=True, reveal=True)
    assert httpx.get(f"{address}/v1/models").status_code == 200


def test_a_wrong_key_of_ours_is_refused_even_without_keys(address: str):
    reply = httpx.get(f"{address}/v1/models", headers={"authorization": "Bearer privrag_a_b"})
    assert reply.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "10.0.0.9"},
        {"forwarded": "for=10.0.0.9"},
        {"host": "rebound.example"},
        {"host": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_what_comes_through_a_proxy_or_a_web_page_is_not_the_owner(
    rag: ScriptedRag, address: str, headers: dict[str, str]
):
    reply = httpx.get(f"{address}/v1/models", headers=headers)
    assert reply.status_code in {400, 401}
    body = {"model": "privrag", "messages": ASK}
    assert httpx.post(f"{address}/v1/chat/completions", json=body, headers=headers).is_client_error
    assert rag.calls == []


def test_a_page_of_this_machine_is_the_owner(address: str):
    headers = {"origin": "http://localhost:3000", "host": "localhost:8000"}
    assert httpx.get(f"{address}/v1/models", headers=headers).status_code == 200


def test_as_soon_as_a_key_exists_every_request_needs_one(keys: KeyStore):
    with keyed(keys) as (address, rag):
        assert httpx.get(f"{address}/v1/models").status_code == 200
        _, key = keys.create("ada", ["reveal"])
        reply = httpx.get(f"{address}/v1/models")
        assert reply.status_code == 401
        assert reply.json()["error"]["code"] == "invalid_api_key"
        assert reply.headers["x-request-id"]
        with openai_client(address, key) as client:
            client.chat.completions.create(model="privrag", messages=ASK)
        assert rag.calls[0]["viewer"] == Viewer(user="ada", tenant="acme", reveal=True)
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_a_key_has_the_rights_of_its_groups_besides_its_own(keys: KeyStore):
    _, key = keys.create("ada", ["reveal:PERSON", "group:hr", "group:unknown"])
    groups = {"hr": GroupSettings(reveal=["IBAN"]), "legal": GroupSettings(reveal=True)}
    rag = ScriptedRag(settings=Settings(tenant="acme", groups=groups))
    with live(rag, keys) as address, openai_client(address, key) as client:
        client.chat.completions.create(model="privrag", messages=ASK)
    viewer = rag.calls[0]["viewer"]
    assert (viewer.user, viewer.revealed) == ("ada", {"PERSON", "IBAN"})


def test_a_revoked_key_stops_working_in_a_running_service(keys: KeyStore):
    keys.create("other")
    key_id, key = keys.create("ada")
    with keyed(keys) as (address, rag), openai_client(address, key) as client:
        client.chat.completions.create(model="privrag", messages=ASK)
        keys.revoke(key_id)
        with pytest.raises(AuthenticationError) as caught:
            client.chat.completions.create(model="privrag", messages=ASK)
        assert caught.value.code == "invalid_api_key"
        assert key not in caught.value.response.text
        assert len(rag.calls) == 1


def test_the_key_is_checked_before_the_body_is_read(keys: KeyStore):
    keys.create("ada")
    with keyed(keys) as (address, _):
        reply = httpx.post(f"{address}/v1/chat/completions", content=b"x" * 3_000_000)
        assert reply.status_code == 401


def test_a_key_for_one_collection_sees_and_searches_only_that(keys: KeyStore):
    _, key = keys.create("ada", ["collection:hr"])
    with keyed(keys) as (address, rag), openai_client(address, key) as client:
        ids = [model.id for model in client.models.list()]
        assert ids == ["privrag", "privrag:hr", "base", "org/adapter"]
        for closed in ("privrag:main", "privrag:does-not-exist"):
            with pytest.raises(PermissionDeniedError) as caught:
                client.chat.completions.create(model=closed, messages=ASK)
            assert caught.value.type == "permission_error"
        client.chat.completions.create(model="privrag", messages=ASK)
        assert [call["viewer"].collections for call in rag.calls] == [frozenset({"hr"})]


def test_a_server_beyond_loopback_has_no_local_owner(keys: KeyStore):
    with live(ScriptedRag(), keys, host="0.0.0.0") as address:  # noqa: S104 - what is tested
        assert httpx.get(f"{address}/v1/models").status_code == 401


def test_another_machine_is_never_the_owner(keys: KeyStore):
    async def status() -> int:
        app = create_app(ScriptedRag(), ServiceSettings(), keys)
        async with AsyncTestClient(app, base_url="http://127.0.0.1") as client:
            return (await client.get("/v1/models")).status_code  # its address is "testclient"

    assert asyncio.run(status()) == 401


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - what is tested
        ("::", False),
        ("", False),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_loopback_is_only_what_can_mean_nothing_else(host: str, local: bool):
    assert is_loopback(host) is local
