"""vLLM as the reranker: the same scores behind `/v1/rerank` as in this process."""

import asyncio
import os
from pathlib import Path

import pytest

from privrag.rerank import HttpReranker, LocalReranker, RerankSettings
from privrag_service.settings import ServiceSettings, VllmSettings
from privrag_service.vllm import VllmServer
from privrag_service.vllm_beside import reranker_settings

pytestmark = [pytest.mark.slow, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("PRIVRAG_SERVICE__VLLM__PYTHON", ROOT / ".venv-vllm/bin/python"))
if not PYTHON.exists():
    pytest.skip(f"no vLLM environment at {PYTHON}", allow_module_level=True)

QUESTION = "When is the rent for the depot paid?"
PASSAGES = [
    "The rent is paid on the first of each month.",
    "a person leads the fire drill on Monday.",
    "Depots are inspected twice a year.",
    "Rent: see the lease.",
]


def test_vllm_gives_the_scores_of_the_model_in_this_process(tiny_cross_encoder, tmp_path):
    own = ServiceSettings(vllm=VllmSettings(python=PYTHON))
    settings = reranker_settings(own, tiny_cross_encoder)
    server = VllmServer(settings, tiny_cross_encoder, tmp_path / "vllm.log")

    async def scores() -> tuple[list[float], list[float]]:
        local = LocalReranker(RerankSettings(model=str(tiny_cross_encoder)))
        here = await local.score(QUESTION, PASSAGES)
        await server.start()
        try:
            asked = RerankSettings(model=server.model, url=server.root_url, api_key=server.api_key)
            remote = HttpReranker(asked)
            there = await remote.score(QUESTION, PASSAGES)
            await remote.close()
        finally:
            await server.stop()
        return here, there

    here, there = asyncio.run(scores())
    assert there == pytest.approx(here, abs=0.01)
    assert max(here) - min(here) > 0.1  # a constant would pass the line above
