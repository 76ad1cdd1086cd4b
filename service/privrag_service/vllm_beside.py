"""Has vLLM running while the service runs: `async with vllm_beside(...) as overrides`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console

from privrag_service.serve import StopRequest
from privrag_service.settings import VllmSettings
from privrag_service.vllm import VllmServer

LOG_FILE = "vllm.log"
"""In the home; made anew at each start."""


@contextlib.asynccontextmanager
async def vllm_beside(
    settings: VllmSettings, home: Path, cache: Path, stop: StopRequest
) -> AsyncIterator[dict[str, dict[str, str]]]:
    """Start vLLM, wait until it answers and give the core's settings that point to it.

    Gives no settings if `stop` was asked for meanwhile. Raises VllmStartError, SettingsError or
    ModelError.
    """
    server: VllmServer | None = None
    starting = asyncio.create_task(_start(settings, home, cache))
    stopping = asyncio.create_task(stop.gracefully.wait())
    try:
        with _progress("vLLM is starting; this takes about a minute"):
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            server = starting.result()
            yield {"generate": _generate_settings(server)}
        else:
            yield {}
    finally:
        for task in (starting, stopping):
            task.cancel()
        await asyncio.wait({starting, stopping})
        if server is not None:
            await server.stop()


def _generate_settings(server: VllmServer) -> dict[str, str]:
    return {"base_url": server.base_url, "api_key": server.api_key, "model": server.model}


async def _start(settings: VllmSettings, home: Path, cache: Path) -> VllmServer:
    model_dir = settings.model
    if model_dir is None:
        model_dir = await asyncio.to_thread(_default_model_dir, cache)
    server = VllmServer(settings, model_dir.expanduser().absolute(), home / LOG_FILE)
    await server.start()
    return server


def _default_model_dir(cache: Path) -> Path:
    from privrag.generate.weights import default_model_dir

    return default_model_dir(cache.expanduser())


def _progress(text: str) -> contextlib.AbstractContextManager[object]:
    """A line on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    return console.status(text) if console.is_terminal else contextlib.nullcontext()
