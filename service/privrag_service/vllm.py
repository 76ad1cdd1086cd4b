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
from pathlib import Path

import httpx

from privrag.errors import PrivragError
from privrag_service import watchdog
from privrag_service.logs import log_event, log_failure, log_warning
from privrag_service.settings import VllmSettings
from privrag_service.vllm_command import vllm_command, vllm_environment

_POLL_SECONDS = 0.25
_LONGEST_DELAY_SECONDS = 60.0
_KILL_SECONDS = 5.0


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
        first_delay_seconds: float = 1,
    ) -> None:
        """Choose port and key. `first_delay_seconds` before a restart; doubled at each failure."""
        self.model = settings.name or model_dir.name
        self.api_key = secrets.token_urlsafe(32)
        self.restarts = 0
        self._settings = settings
        self._log_path = log_path
        self._first_delay_seconds = first_delay_seconds
        self._port = settings.port or _free_port()
        self._command = vllm_command(settings, model_dir, self.model, self._port)
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def base_url(self) -> str:
        """Where the OpenAI protocol is spoken."""
        return f"http://127.0.0.1:{self._port}/v1"

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

    async def _bring_up(self) -> None:
        self._process = await self._spawn()
        deadline = time.monotonic() + self._settings.start_timeout_seconds
        headers = {"authorization": f"Bearer {self.api_key}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers, timeout=5) as client:
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

    async def _healthy(self, client: httpx.AsyncClient) -> bool:
        """Whether it is up, takes our key and serves our model."""
        try:
            health = await client.get(f"{self.base_url.removesuffix('/v1')}/health")
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
            code = await self._process.wait() if self._process else None
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
