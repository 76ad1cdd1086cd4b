"""Keeps one vLLM server running beside the service: start, wait until healthy, restart, stop.

vLLM starts an engine process of its own. `watchdog.py` stands between it and us, so that no process
of the tree outlives this one. vLLM logs no prompts unless asked to (the settings refuse to ask), so
its log may stay in the home, readable for its owner only.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx

from privrag.errors import GeneratorUnavailableError, PrivragError
from privrag_service import watchdog
from privrag_service.logs import log_event, log_failure, log_warning
from privrag_service.settings import VllmSettings
from privrag_service.vllm_command import (
    max_rank,
    refuse_other_bases,
    vllm_command,
    vllm_environment,
)

_POLL_SECONDS = 0.25
_LONGEST_DELAY_SECONDS = 60.0
_KILL_SECONDS = 5.0
_HEALTH_SECONDS = 5.0
_HEALTH_EVERY_SECONDS = 10.0
_DEAD_ANSWERS = 3
"""So often in a row `/health` says 503 (its engine died) before the whole server is restarted."""
_LOAD_SECONDS = 120.0
"""Reading an adapter from a slow disk; 1-2 s are usual."""


class VllmStartError(PrivragError):
    """vLLM did not come up; the message names its log."""


class VllmServer:
    """One supervised server. Its address and key stay the same over restarts."""

    def __init__(
        self,
        settings: VllmSettings,
        model_dir: Path,
        log_path: Path,
        *,
        ranks: Iterable[int] = (),
        first_delay_seconds: float = 1,
    ) -> None:
        """Choose port and key. `ranks` of adapters that may be loaded while it runs.

        `first_delay_seconds` before a restart; doubled at each failure.
        """
        refuse_other_bases(settings, model_dir)
        self.model = settings.name or model_dir.name
        self.api_key = secrets.token_urlsafe(32)
        self.model_dir = model_dir
        self.max_rank = max_rank(settings, ranks)
        self.restarts = 0
        self.up = False
        self.changed: Callable[[], None] = lambda: None
        """Called when it came up or went down."""
        self.adapters: dict[str, Path] = {}
        """Loaded while it runs, by model id; loaded again after a restart."""
        self._settings = settings
        self._log_path = log_path
        self._first_delay_seconds = first_delay_seconds
        self._port = settings.port or _free_port()
        self._command = self._command_line()
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def root_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """Where the OpenAI protocol is spoken."""
        return f"{self.root_url}/v1"

    def take_place_of(self, other: "VllmServer") -> None:
        """Answer at the address and with the key of another that ends; call it before `start`."""
        self.api_key, self._port = other.api_key, other._port
        self._command = self._command_line()

    async def start(self) -> None:
        """Start and wait until it answers. Raises VllmStartError; nothing is left running then."""
        self._log_path.unlink(missing_ok=True)
        started = time.monotonic()
        try:
            await self._bring_up()
        except BaseException:
            await self._take_down()
            raise
        log_event("vllm_ready", seconds=round(time.monotonic() - started, 1), model=self.model)
        self._keeper = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL for the whole tree. Stopping twice is no error."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
            self._keeper = None
        await self._take_down()

    async def load_adapter(self, name: str, folder: Path) -> None:
        """Let it serve an adapter under this id, too. Raises GeneratorUnavailableError."""
        async with self._client() as client:
            await self._load(client, name, folder)
        self.adapters[name] = folder

    async def unload_adapter(self, name: str) -> None:
        """Serve it no longer; answers in the making are finished. Raises as `load_adapter`."""
        self.adapters.pop(name, None)
        async with self._client() as client:
            await self._ask(client, "unload_lora_adapter", {"lora_name": name})

    async def _load_again(self, client: httpx.AsyncClient) -> None:
        for name, folder in list(self.adapters.items()):
            try:
                await self._load(client, name, folder)
            except GeneratorUnavailableError:
                self.adapters.pop(name, None)  # it may have been taken back meanwhile
                log_warning("adapter_lost", model=name)

    async def _load(self, client: httpx.AsyncClient, name: str, folder: Path) -> None:
        body = {"lora_name": name, "lora_path": str(folder)}
        await self._ask(client, "load_lora_adapter", body)

    async def _ask(self, client: httpx.AsyncClient, route: str, body: dict[str, str]) -> None:
        try:
            response = await client.post(
                f"{self.base_url}/{route}", json=body, timeout=_LOAD_SECONDS
            )
            reason = f"HTTP {response.status_code}"
            if response.is_success:
                return
        except httpx.HTTPError as error:
            reason = type(error).__name__
        raise GeneratorUnavailableError(
            f"vLLM refused {route} of {body['lora_name']!r} ({reason}); its log is {self._log_path}"
        )

    def _command_line(self) -> list[str]:
        return vllm_command(
            self._settings, self.model_dir, self.model, self._port, max_rank=self.max_rank
        )

    def _client(self) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.api_key}"}
        return httpx.AsyncClient(trust_env=False, headers=headers, timeout=_HEALTH_SECONDS)

    async def _bring_up(self) -> None:
        self._process = await self._spawn()
        deadline = time.monotonic() + self._settings.start_timeout_seconds
        async with self._client() as client:
            while not await self._healthy(client):
                if self._process.returncode is not None:
                    raise VllmStartError(
                        f"vLLM ended while starting (exit {self._process.returncode});"
                        f" its log is {self._log_path}"
                    )
                if time.monotonic() > deadline:
                    raise VllmStartError(
                        f"vLLM did not answer within {self._settings.start_timeout_seconds:g} s;"
                        f" its log is {self._log_path}"
                    )
                await asyncio.sleep(_POLL_SECONDS)
            await self._load_again(client)
        self.up = True
        self.changed()

    async def _healthy(self, client: httpx.AsyncClient) -> bool:
        """Whether it is up, takes our key and serves our model."""
        try:
            health = await client.get(f"{self.root_url}/health")
            if health.status_code != httpx.codes.OK:
                return False
            models = await client.get(f"{self.base_url}/models")
            return any(m["id"] == self.model for m in models.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False

    async def _keep_running(self) -> None:
        delay = self._first_delay_seconds
        while True:
            up_since = time.monotonic()
            code = await self._ended()
            if time.monotonic() - up_since > _LONGEST_DELAY_SECONDS:
                delay = self._first_delay_seconds
            log_warning("vllm_ended", exit=code, restart_in_seconds=delay)
            await self._take_down()
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)
            self.restarts += 1
            try:
                await self._bring_up()
            except (PrivragError, OSError) as error:
                log_failure(error)
                await self._take_down()
            else:
                log_event("vllm_ready", restarts=self.restarts, model=self.model)

    async def _ended(self) -> int | None:
        """Wait until the process ends, or says that its engine did; its exit status, if any."""
        process, dead = self._process, 0
        if process is None:
            return None
        async with self._client() as client:
            while dead < _DEAD_ANSWERS:
                try:
                    async with asyncio.timeout(_HEALTH_EVERY_SECONDS):
                        return await process.wait()
                except TimeoutError:
                    dead = dead + 1 if await self._says_dead(client) else 0
        return None

    async def _says_dead(self, client: httpx.AsyncClient) -> bool:
        """No answer is no sign of death: a busy machine is slow."""
        try:
            return (await client.get(f"{self.root_url}/health")).is_server_error
        except httpx.HTTPError:
            return False

    async def _spawn(self) -> asyncio.subprocess.Process:
        log = os.open(
            self._log_path,
            os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC,
            0o600,
        )
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(watchdog.__file__),
                str(self._settings.stop_timeout_seconds),
                *self._command,
                stdin=asyncio.subprocess.PIPE,  # never written to: its end tells of our end
                stdout=log,
                stderr=log,
                env=vllm_environment(self._settings, self.api_key),
                start_new_session=True,  # a Ctrl-C at the terminal must not stop it before us
            )
        finally:
            os.close(log)

    async def _take_down(self) -> None:
        process, self._process = self._process, None
        if self.up:
            self.up = False
            self.changed()
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(self._settings.stop_timeout_seconds + _KILL_SECONDS):
                await process.wait()
        except TimeoutError:
            log_warning("vllm_killed")
        finally:
            # The group outlives its leader if that was killed; otherwise nobody is in it any more.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.stdin is not None:
                process.stdin.close()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
