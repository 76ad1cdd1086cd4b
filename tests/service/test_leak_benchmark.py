"""The real service against a third party's leak benchmarks, with its commands as they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from privrag_evals.leak_bench import bench_leaks, passed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result():
    return bench_leaks()


def test_without_a_gateway_the_benchmark_finds_every_value(result):
    floor = result["floor"]
    assert (floor["exit_status"], floor["checks_passed"]) == (1, 4)
    assert {"CREDIT_CARD", "EMAIL", "SSN"} < set(floor["leaked"])


def test_no_value_of_a_prompt_reaches_the_model_and_all_come_back(result):
    v1 = result["v1"]
    assert (v1["exit_status"], v1["verdict"], v1["leaked"]) == (0, "CLEAN", [])
    assert (v1["checks_passed"], v1["checks"]) == (5, 5)


def test_no_value_that_a_model_adds_reaches_the_client_however_it_is_cut(result):
    v2 = result["v2"]
    assert v2["leak_rate"] == {"single": 0.0, "adversarial": 0.0}
    assert (v2["fidelity_rate"], v2["cases"], v2["cases_inconclusive"]) == (1.0, 32, 0)
    assert (v2["leaked_upstream"], v2["partial_emissions"]) == ([], 0)
    assert (v2["outcome"], v2["exit_status"]) == ("pass", 0)
    assert v2["cases_with_echo"] == 16  # chat and system; unknown keys and tools never leave
    assert v2["splits"] > 200


def test_a_leak_makes_the_whole_run_fail(result):
    assert passed(result)
    v2 = result["v2"]
    assert not passed(result | {"v2": v2 | {"outcome": "fail"}})
    assert not passed(result | {"v2": v2 | {"partial_emissions": 1}})
    assert not passed(result | {"floor": result["floor"] | {"leaked": []}})


@pytest.mark.parametrize("policy", ["passthrough", "chunk-local"])
def test_v2_fails_gateways_that_pass_values_on(tmp_path: Path, policy: str):
    """The benchmark's own bad gateways; a check that never fails would prove nothing."""
    import json

    summary = tmp_path / "summary.json"
    command = ["--only", policy, "--seed", "a1b2c3d4e5f60001", "--out", str(tmp_path)]
    script = "import sys; from pii_leak_benchmark.v2_cli import main; sys.exit(main())"
    subprocess.run(
        [sys.executable, "-c", script, *command, "--json-out", str(summary)],
        check=True,
        capture_output=True,
        env=os.environ,
    )
    (row,) = json.loads(summary.read_text())["rows"]
    assert row["outcome"] == "fail"
    assert row["leak_adversarial"] > 0
