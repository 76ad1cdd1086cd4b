"""The supervisor with the real vLLM on a tiny random Llama: chat in one piece and as a stream."""

import asyncio
import os
import stat
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI

from privrag_service.settings import VllmSettings
from privrag_service.vllm import VllmServer

pytestmark = [pytest.mark.slow, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("PRIVRAG_SERVICE__VLLM__PYTHON", ROOT / ".venv-vllm/bin/python"))
if not PYTHON.exists():
    pytest.skip(f"no vLLM environment at {PYTHON}", allow_module_level=True)

TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"
NAME = "Brunhilde Achterberg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 200k random parameters and a tokenizer of 256 bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*alphabet, "<s>", "</s>"])}
    tokenizer = Tokenizer(BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    made = tmp_path_factory.mktemp("models") / "tiny-llama"
    special = {"bos_token": "<s>", "eos_token": "</s>"}
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, chat_template=TEMPLATE, **special
    ).save_pretrained(made)
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=1024,
            bos_token_id=vocabulary["<s>"],
            eos_token_id=vocabulary["</s>"],
        )
    ).to(torch.bfloat16).save_pretrained(made)
    return made


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
        assert (await client.get(f"{root}/docs")).status_code == 404


def descendants(pid: int) -> list[int]:
    below = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            below += [int(child), *descendants(int(child))]
    return below
