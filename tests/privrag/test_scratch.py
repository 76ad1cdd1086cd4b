import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from privrag.scratch import Scratch

HELD = "from privrag.scratch import Scratch; s = Scratch(); print(s.path, flush=True); input()"


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_private_and_gone_when_closed():
    with Scratch() as scratch:
        assert scratch.path.stat().st_mode & 0o777 == 0o700
        (scratch.path / "raw.txt").write_text("raw")
    assert not scratch.path.exists()
    scratch.close()


def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(temporary):
    environment = os.environ | {"TMPDIR": str(temporary)}
    start = [sys.executable, "-c", HELD]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        subprocess.Popen(start, env=environment, **pipes) as killed,
        subprocess.Popen(start, env=environment, **pipes) as living,
    ):
        left, held = (Path(p.stdout.readline().strip()) for p in (killed, living))
        killed.kill()
        killed.wait()
        assert left.exists()
        (temporary / "privrag-notes").mkdir()
        with Scratch():
            assert not left.exists()
            assert held.exists()
        assert (temporary / "privrag-notes").exists()
        living.communicate("\n")
