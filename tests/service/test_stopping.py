"""SIGTERM lets a running stream finish and ends with status 0; the log tells nothing private."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.scripted import eventually

pytestmark = pytest.mark.alone

NAME = "Brunhilde Achterberg"
BODY = {
    "model": "privrag",
    "messages": [{"role": "user", "content": f"Where does {NAME} live?"}],
    "stream": True,
}
ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def process(
    home: Path, pause: float, patience: int = 10
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [
        sys.executable,
        "-m",
        "tests.service.serve_scripted",
        str(home),
        str(pause),
        str(patience),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            address = f"http://127.0.0.1:{int(running.stdout.readline())}"

            def up() -> bool:
                with contextlib.suppress(httpx.TransportError):
                    return httpx.get(f"{address}/healthz").status_code == 200
                return False

            assert eventually(up, 15)
            yield running, address
        finally:
            running.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stream_finishes_and_the_status_is_0(tmp_path: Path, number: signal.Signals):
    with (
        process(tmp_path, 0.1) as (running, address),
        httpx.stream("POST", f"{address}/v1/chat/completions", json=BODY) as reply,
    ):
        lines = reply.iter_lines()
        next(line for line in lines if "piece0" in line)
        running.send_signal(number)
        rest = [line for line in lines if line]
        assert rest[-1] == "data: [DONE]"
        assert any("piece7" in line for line in rest)
        assert running.wait(10) == 0
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{address}/healthz")


def test_an_answer_that_takes_too_long_is_cut_off(tmp_path: Path):
    with (
        process(tmp_path, 5, patience=1) as (running, address),
        httpx.stream("POST", f"{address}/v1/chat/completions", json=BODY) as reply,
    ):
        next(line for line in reply.iter_lines() if "piece0" in line)
        started = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        assert time.monotonic() - started < 4


def test_the_log_is_json_lines_without_anything_private(tmp_path: Path):
    with process(tmp_path, 0) as (running, address):
        headers = {"x-request-id": "req-1", "authorization": f"Bearer {NAME}"}
        url = f"{address}/v1/chat/completions?who={NAME}"
        assert NAME not in httpx.post(url, json=BODY, headers=headers).text
        httpx.get(f"{address}/v1/models/{NAME}")
        httpx.get(f"{address}/{NAME}")
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        assert running.stderr is not None
        log = running.stderr.read()
    for word in (NAME, "Brunhilde", "Where", "piece", "who="):
        assert word not in log
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"listening", "stopping", "stopped"} <= {line["event"] for line in lines}
    [chat] = [line for line in lines if line.get("request_id") == "req-1"]
    assert set(chat) == {
        "time", "level", "event", "request_id", "method", "path", "status", "duration_ms",
    }  # fmt: skip
    assert (chat["method"], chat["path"], chat["status"]) == ("POST", "/v1/chat/completions", 200)
    paths = [line["path"] for line in lines if line["event"] == "request"]
    assert "/v1/models/{model_id}" in paths or "/v1/models/{model_id:path}" in paths
    assert "unknown" in paths
