"""The supervisor with the real vLLM on a tiny random Llama: chat in one piece and as a stream."""

import asyncio
import stat
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI, NotFoundError

from privrag_service.settings import VllmSettings
from privrag_service.vllm import VllmServer
from tests.service.tiny_llama import PYTHON, random_adapter, tiny_llama

pytestmark = [pytest.mark.slow, pytest.mark.alone]

if not PYTHON.exists():
    pytest.skip(f"no vLLM environment at {PYTHON}", allow_module_level=True)

NAME = "Brunhilde Achterberg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("models") / "tiny-llama")


def test_the_real_server_answers_restarts_nothing_and_leaves_nothing(folder: Path, tmp_path: Path):
    settings = VllmSettings(python=PYTHON, max_model_len=512, name="tiny")
    server = VllmServer(settings, folder, tmp_path / "vllm.log")

    async def run() -> list[int]:
        await server.start()
        try:
            assert server._process is not None
            tree = descendants(server._process.pid)
            assert len(tree) >= 2  # the server and its engine
            await ask(server)
            await refuse_without_key(server)
        finally:
            await server.stop()
        assert server.restarts == 0
        return tree

    tree = asyncio.run(run())
    assert not [pid for pid in tree if Path(f"/proc/{pid}").exists()]
    log = tmp_path / "vllm.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert NAME not in log.read_text()
    assert server.api_key not in log.read_text()


def test_an_adapter_that_comes_while_it_runs_changes_the_answer_until_it_goes(
    folder: Path, tmp_path: Path
):
    adapter = random_adapter(folder, tmp_path / "tuned")
    settings = VllmSettings(python=PYTHON, max_model_len=512, name="tiny")
    server = VllmServer(settings, folder, tmp_path / "vllm.log", ranks=(8,))

    async def run() -> tuple[list[str], list[str]]:
        await server.start()
        try:
            texts = [await said(server, "tiny")]
            await server.load_adapter("tuned", adapter)
            texts += [await said(server, "tuned"), await said(server, "tiny")]
            await server.unload_adapter("tuned")
            texts.append(await said(server, "tiny"))
            with pytest.raises(NotFoundError):
                await said(server, "tuned")
            return texts, await open_routes(server)
        finally:
            await server.stop()

    (before, tuned, beside, after), unguarded = asyncio.run(run())
    assert tuned != before
    assert before == beside == after
    assert unguarded == []
    log = (tmp_path / "vllm.log").read_text()
    assert '"request_id": "req-12", "path": "/v1/chat/completions", "status": 200' in log


async def said(server: VllmServer, model: str) -> str:
    messages = [{"role": "user", "content": "When is the rent paid?"}]
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        reply = await client.chat.completions.create(
            model=model, messages=messages, max_tokens=16, temperature=0, logprobs=True,
            extra_headers={"x-request-id": "req-12"},
        )  # fmt: skip
    return "".join(token.token for token in reply.choices[0].logprobs.content)


async def open_routes(server: VllmServer) -> list[str]:
    """Routes that answer without the key."""
    body = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
    paths = ("/invocations", "/adapters", "/tokenize", "/v1/load_lora_adapter", "/metrics", "/ping")
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answers = [(path, await client.post(server.root_url + path, json=body)) for path in paths]
        answers += [(p, await client.get(server.root_url + p)) for p in ("/metrics", "/version")]
    return [path for path, answer in answers if answer.status_code != 401]


async def ask(server: VllmServer) -> None:
    messages = [{"role": "user", "content": f"Where does {NAME} live?"}]
    options = {"model": "tiny", "messages": messages, "max_tokens": 8, "temperature": 0}
    async with AsyncOpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        reply = await client.chat.completions.create(**options)
        assert reply.usage.completion_tokens == 8
        stream = await client.chat.completions.create(**options, stream=True)
        chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == reply.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == 8


async def refuse_without_key(server: VllmServer) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{server.base_url}/models")).status_code == 401
        root = server.base_url.removesuffix("/v1")
        assert (await client.get(f"{root}/docs")).status_code == 401


def descendants(pid: int) -> list[int]:
    below = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            below += [int(child), *descendants(int(child))]
    return below
