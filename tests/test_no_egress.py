"""A sync and a question with the real models, every socket but loopback refused in every process.

An audit hook in each interpreter also counts attempts that a library would swallow; where the
system allows it, the run has no network at all, so that native code cannot get out either.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def without_network() -> list[str]:
    """A command prefix that leaves only loopback, or nothing where the system forbids it."""
    unshare = shutil.which("unshare")
    prefix = [unshare, "--user", "--map-root-user", "--net"] if unshare else []
    works = prefix and subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if works and works.returncode == 0 else []


def watched(tmp_path):
    """(folder for PYTHONPATH, its log): children are given little of the environment but that."""
    folder = shutil.copytree(HERE / "egress_watch", tmp_path / "watch")
    return folder, folder / "egress.log"


@pytest.mark.slow
def test_sync_and_ask_reach_nothing_but_loopback(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "rent.md").write_text(
        "# Rent\n\nMarta Lindqvist (marta.lindqvist@example.org, https://example.org/rent) pays "
        "the rent for the Aarhus depot on the first of each month.\n"
    )
    watch, log = watched(tmp_path)
    environment = os.environ | {
        "PYTHONPATH": str(watch),
        "PRIVRAG_HOME": str(tmp_path / "home"),
    }

    def privrag(*arguments):
        command = [*without_network(), sys.executable, "-m", "privrag", *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert privrag("sync", str(docs))["added"] == 1
    answer = privrag("ask", "When is the rent for the Aarhus depot paid?")
    assert not log.exists(), log.read_text()
    assert "first of each month" in answer["text"]


def test_the_watch_itself_notices_a_connection_and_a_look_up(tmp_path):
    watch, log = watched(tmp_path)
    script = (
        "import socket\n"
        "for attempt in (lambda: socket.create_connection(('192.0.2.1', 9), 0.1),"
        " lambda: socket.getaddrinfo('example.org', 80),"
        " lambda: socket.create_connection(('127.0.0.1', 9), 0.1)):\n"
        "    try: attempt()\n"
        "    except OSError: pass\n"
    )
    environment = os.environ | {"PYTHONPATH": str(watch)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    events = [line.split()[0] for line in log.read_text().splitlines()]
    assert events == ["socket.getaddrinfo", "socket.getaddrinfo"]
