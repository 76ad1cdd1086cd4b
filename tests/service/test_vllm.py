"""The supervisor, with a fake vLLM: start, restart, stop, and nothing left running, ever."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from privrag.errors import SettingsError
from privrag_service import vllm
from privrag_service.settings import VllmSettings
from privrag_service.vllm import VllmServer, VllmStartError
from privrag_service.vllm_command import max_rank, vllm_command
from tests.service.scripted import eventually, fake_python

pytestmark = pytest.mark.alone


@pytest.fixture
def python(tmp_path: Path) -> Path:
    return fake_python(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny-model").mkdir()
    return tmp_path / "tiny-model"


def supervised(python: Path, folder: Path, **changes: object) -> VllmServer:
    settings = VllmSettings(python=python, stop_timeout_seconds=1, **changes)  # type: ignore[arg-type]
    return VllmServer(settings, folder, folder.parent / "vllm.log", first_delay_seconds=0.05)


def pids(folder: Path) -> list[int]:
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def all_gone(folder: Path) -> bool:
    return eventually(lambda: not any(alive(pid) for pid in pids(folder)))


def test_it_starts_tells_little_and_stops_as_a_whole(
    python: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PRIVRAG_GENERATE__API_KEY", "private")
    server = supervised(python, folder)

    async def run() -> None:
        await server.start()
        assert all(alive(pid) for pid in pids(folder))
        await server.stop()
        await server.stop()

    asyncio.run(run())
    assert all_gone(folder)
    environment = json.loads((folder / "environment").read_text())
    assert environment["VLLM_API_KEY"] == server.api_key
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert not [name for name in environment if name.startswith("PRIVRAG_")]
    arguments = json.loads((folder / "arguments").read_text())
    assert "--host=127.0.0.1" in arguments
    assert f"--served-model-name={server.model}" in arguments
    assert server.model == "tiny-model"
    assert server.api_key not in " ".join(arguments)
    log = folder.parent / "vllm.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "fake vLLM is up" in log.read_text()


def test_it_is_started_again_after_a_crash(python: Path, folder: Path):
    async def run() -> None:
        server = supervised(python, folder)
        await server.start()
        first, engine = pids(folder)
        os.kill(first, signal.SIGKILL)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if len(pids(folder)) == 4 and server.restarts == 1:
                break
        assert len(pids(folder)) == 4
        assert not alive(engine), "the engine of the crashed server was left behind"
        assert alive(pids(folder)[2])
        await server.stop()

    asyncio.run(run())
    assert all_gone(folder)


def test_it_is_started_again_after_its_watchdog_was_killed(python: Path, folder: Path):
    async def run() -> None:
        server = supervised(python, folder)
        await server.start()
        first = pids(folder)[0]
        assert server._process is not None
        os.kill(server._process.pid, signal.SIGKILL)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if len(pids(folder)) == 4:
                break
        assert not alive(first)
        await server.stop()

    asyncio.run(run())
    os.kill(pids(folder)[1], signal.SIGKILL)  # the fake's engine hides in a session of its own


def test_adapters_come_and_go_while_it_runs_and_come_again_after_a_crash(
    python: Path, folder: Path
):
    async def listed(server: VllmServer) -> list[str]:
        headers = {"authorization": f"Bearer {server.api_key}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            found = (await client.get(f"{server.base_url}/models")).json()["data"]
        return [model["id"] for model in found]

    async def run() -> list[list[str]]:
        server, seen = supervised(python, folder), []
        await server.start()
        try:
            for name in ("first", "second"):
                await server.load_adapter(name, folder)
            seen.append(await listed(server))
            await server.unload_adapter("first")
            os.kill(pids(folder)[0], signal.SIGKILL)
            for _ in range(400):
                await asyncio.sleep(0.05)
                if server.restarts and server.up:
                    break
            seen.append(await listed(server))
        finally:
            await server.stop()
        return seen

    base = "tiny-model"
    assert asyncio.run(run()) == [[base, "first", "second"], [base, "second"]]


def test_one_whose_engine_died_is_started_again(
    python: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(vllm, "_HEALTH_EVERY_SECONDS", 0.05)

    async def run() -> list[bool]:
        server, states = supervised(python, folder), []
        server.changed = lambda: states.append(server.up)
        await server.start()
        try:
            (folder / "dead").touch()
            while True not in states[1:]:
                await asyncio.sleep(0.05)
                if False in states:
                    (folder / "dead").unlink(missing_ok=True)
        finally:
            await server.stop()
        return states[:3]

    assert asyncio.run(asyncio.wait_for(run(), 60)) == [True, False, True]
    assert all_gone(folder)


def test_what_ignores_sigterm_is_killed(python: Path, folder: Path):
    (folder / "stubborn").touch()

    async def run() -> float:
        server = supervised(python, folder)
        await server.start()
        started = time.monotonic()
        await server.stop()
        return time.monotonic() - started

    assert 0.9 < asyncio.run(run()) < 4
    assert all_gone(folder)


def test_a_server_that_ends_while_starting_is_told_with_its_log(python: Path, folder: Path):
    (folder / "broken").touch()
    with pytest.raises(VllmStartError, match=r"exit 3.*vllm\.log"):
        asyncio.run(supervised(python, folder).start())


def test_a_server_that_never_answers_is_given_up(python: Path, folder: Path):
    (folder / "deaf").touch()
    with pytest.raises(VllmStartError, match="within 1 s"):
        asyncio.run(supervised(python, folder, start_timeout_seconds=1).start())
    assert all_gone(folder)


def test_the_whole_tree_dies_with_a_killed_parent(python: Path, folder: Path, tmp_path: Path):
    program = f"""
import asyncio
from pathlib import Path
from privrag_service.settings import VllmSettings
from privrag_service.vllm import VllmServer

async def main():
    settings = VllmSettings(python={str(python)!r})
    server = VllmServer(settings, Path({str(folder)!r}), Path({str(tmp_path / "vllm.log")!r}))
    await server.start()
    print("up", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        assert all(alive(pid) for pid in pids(folder))
        parent.kill()
    assert all_gone(folder)


def test_a_missing_interpreter_is_told_with_the_way_out(folder: Path):
    with pytest.raises(SettingsError, match="PRIVRAG_SERVICE__VLLM__PYTHON"):
        supervised(Path("/nowhere/python"), folder)


def test_the_rank_is_the_smallest_that_fits_every_adapter(python: Path, folder: Path):
    for name, rank in (("a", 8), ("b", 24)):
        (folder / name).mkdir()
        (folder / name / "adapter_config.json").write_text(json.dumps({"r": rank}))
    settings = VllmSettings(python=python, adapters={"a": folder / "a", "b": folder / "b"})
    assert [max_rank(settings, ranks) for ranks in ((), (16,), (40,))] == [32, 32, 64]
    command = vllm_command(settings, folder, "base", 1, max_rank=32)
    assert "--max-lora-rank=32" in command
    assert command[-2:] == [f"a={folder / 'a'}", f"b={folder / 'b'}"]
    with pytest.raises(SettingsError, match=r"adapters\.c"):
        max_rank(VllmSettings(python=python, adapters={"c": folder}), ())


def test_without_adapters_they_are_off_unless_a_rank_is_kept_for_later(python: Path, folder: Path):
    plain, later = VllmSettings(python=python), VllmSettings(python=python, max_lora_rank=16)
    assert [max_rank(plain, ()), max_rank(plain, (8,)), max_rank(later, (64,))] == [0, 8, 16]
    assert max_rank(VllmSettings(python=python, max_lora_rank=0), (8,)) == 0
    assert "--enable-lora" not in vllm_command(plain, folder, "base", 1, max_rank=0)


@pytest.mark.parametrize(
    "argument",
    ["--api-key=x", "--host", "--ho", "--enable-log-requests", "--enable_log_requests",
     "--trust-remote-code", "--config=x.yaml"],
)  # fmt: skip
def test_arguments_that_open_the_server_or_log_prompts_are_refused(argument: str):
    with pytest.raises(ValidationError, match="not allowed here"):
        VllmSettings(extra_args=(argument,))


def test_other_arguments_pass():
    assert VllmSettings(extra_args=("--max-num-seqs=32", "-tp=2")).extra_args
