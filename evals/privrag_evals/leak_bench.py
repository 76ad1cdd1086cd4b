"""Whether the service lets personal data through, as an instrument of somebody else measures it.

`pii-leak-benchmark` plays the client and the language model at once. v1 sends values in a prompt:
none may reach the model, and the answer must come back word for word. v2 has the model write values
that nobody sent, cut anywhere, escaped, in fields that no client knows: none may reach the client.
Before both comes the floor: without a gateway the instrument must find a leak.
"""

import contextlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from privrag.errors import MissingExtraError, PrivragError
from privrag.scratch import Scratch

SEED = "a1b2c3d4e5f60001"
"""Of v2's values: two runs of it see the same ones."""
_MODEL = "test"  # how v2 names it
_START_SECONDS, _RUN_SECONDS = 120, 1200
_VERDICTS = {0: "CLEAN", 1: "LEAK OR CHECK FAILED", 2: "NOT MEASURED"}


class LeakBenchError(PrivragError):
    """The service or the benchmark did not run to its end."""


def bench_leaks(*, seed: str = SEED) -> dict[str, Any]:
    """`{"floor", "v1", "v2"}`; a service of its own on loopback is measured.

    Raises MissingExtraError or LeakBenchError.
    """
    if importlib.util.find_spec("pii_leak_benchmark") is None:
        raise MissingExtraError("pii-leak-benchmark", "bench")
    with Scratch() as scratch:
        floor = _selfcheck(scratch.path, "capture://self", _free_port())
        capture = _free_port()
        with _service(scratch.path, capture) as address:
            v1 = _selfcheck(scratch.path, f"{address}/v1", capture)
            v2 = _v2(scratch.path, f"{address}/v1/chat/completions", capture, seed)
    return {"floor": floor, "v1": v1, "v2": v2}


def passed(result: dict[str, Any]) -> bool:
    """Whether nothing leaked, everything came back, and the instrument can tell."""
    v1, v2 = result["v1"], result["v2"]
    return bool(
        result["floor"]["leaked"] != []
        and v1["verdict"] == "CLEAN"
        and v1["checks_passed"] == v1["checks"]
        and v2["outcome"] == "pass"
        and v2["cases_inconclusive"] == 0
        and v2["partial_emissions"] == 0
    )


def _selfcheck(folder: Path, target: str, port: int) -> dict[str, Any]:
    out = folder / "v1.json"
    arguments = ["--target-base-url", target, "--capture-port", str(port), "--json-out", str(out)]
    status, seconds = _run("cli", ["selfcheck", *arguments])
    checks = json.loads(out.read_text("utf-8"))["checks"]
    return {
        "verdict": _VERDICTS.get(status, "NOT MEASURED"),
        "exit_status": status,
        "checks": len(checks),
        "checks_passed": sum(check["passed"] for check in checks.values()),
        "leaked": sorted(checks["configured_upstream_boundary"]["leaked_entity_types"]),
        "seconds": seconds,
    }


def _v2(folder: Path, url: str, port: int, seed: str) -> dict[str, Any]:
    out = folder / "v2"
    status, seconds = _run(
        "v2_cli",
        [
            *("--only", "privrag", "--gateway-url", url, "--upstream-port", str(port)),
            *("--model", _MODEL, "--seed", seed, "--exhaustive-splits", "--partial-emission"),
            *("--out", str(out), "--json-out", str(out / "summary.json")),
        ],
    )
    (row,) = json.loads((out / "summary.json").read_text("utf-8"))["rows"]
    partial = json.loads((out / "privrag.partial-emission.json").read_text("utf-8"))["metrics"]
    return {
        "outcome": row["outcome"],
        "exit_status": status,
        "cases": row["cases_attempted"],
        "cases_inconclusive": row["inconclusive"],
        "leak_rate": {"single": row["leak_single_chunk"], "adversarial": row["leak_adversarial"]},
        "fidelity_rate": row["fidelity_rate"],
        "cases_with_echo": row["echo_observable"],
        "leaked_upstream": row["request_path_leak"],
        "partial_emissions": partial["cases_partial_emission"],
        "splits": partial["partitions_tried"],
        "seed": seed,
        "seconds": seconds,
    }


def _run(module: str, arguments: Sequence[str]) -> tuple[int, float]:
    """Exit status and seconds of one of the benchmark's commands."""
    started = time.perf_counter()
    script = f"import sys; from pii_leak_benchmark.{module} import main; sys.exit(main())"
    try:
        done = subprocess.run(  # noqa: S603 - our interpreter, our arguments
            [sys.executable, "-c", script, *arguments],
            capture_output=True,
            timeout=_RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LeakBenchError(f"the benchmark took over {_RUN_SECONDS} s") from None
    return done.returncode, round(time.perf_counter() - started, 1)


@contextlib.contextmanager
def _service(folder: Path, upstream: int) -> Iterator[str]:
    """`privrag serve` over an empty home, with the benchmark's capture as its generator."""
    environment = os.environ | {
        "PRIVRAG_GENERATE__BASE_URL": f"http://127.0.0.1:{upstream}/v1",
        "PRIVRAG_GENERATE__MODEL": _MODEL,
    }
    home, log = folder / "home", folder / "serve.log"
    command = [sys.executable, "-m", "privrag", "--home", str(home), "serve", "--port", "0"]
    with (
        log.open("wb") as written,
        subprocess.Popen(  # noqa: S603 - our interpreter, our arguments
            command, stdout=subprocess.DEVNULL, stderr=written, env=environment
        ) as running,
    ):
        try:
            yield f"http://127.0.0.1:{_listening_port(log, running)}"
        finally:
            running.terminate()


def _listening_port(log: Path, running: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        for line in log.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event.get("event") == "listening":
                    return int(event["port"])
        time.sleep(0.1)
    raise LeakBenchError("the service did not start; `privrag doctor` may say why")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
