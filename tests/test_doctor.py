"""`privrag doctor` finds what is broken, one part at a time."""

import asyncio
from pathlib import Path

import pytest

from privrag.doctor import check
from privrag.home import open_vault
from privrag.settings import load_settings

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def failing(home):
    return {f.part: f.message for f in asyncio.run(check(home)) if not f.ok}


def test_a_fresh_home_is_well(tmp_path):
    found = asyncio.run(check(tmp_path / "home"))
    assert [f.part for f in found] == [
        "settings", "vault", "audit", "manifest", "index", "detector", "embedder", "generator",
    ]  # fmt: skip
    assert all(f.ok for f in found)
    [audit] = [f.message for f in found if f.part == "audit"]
    assert "0 records" in audit
    assert "on another disk or host" in audit


def test_checkpoints_elsewhere_need_no_advice(tmp_path):
    (tmp_path / "home").mkdir()
    elsewhere = tmp_path / "disk" / "checkpoints.jsonl"
    (tmp_path / "home" / "privrag.toml").write_text(f"[audit]\ncheckpoints = {str(elsewhere)!r}\n")
    found = asyncio.run(check(tmp_path / "home"))
    [audit] = [f.message for f in found if f.part == "audit"]
    assert audit == f"0 records, checkpoints in {elsewhere}"


@pytest.mark.parametrize(
    ("toml", "part"),
    [
        ("[generate]\nmodel = '/nonexistent'", "generator"),
        ("[generate]\nbase_url = 'http://127.0.0.1:9/v1'", "generator"),
        ("[pseudonymize]\nmodel = 'no_such_model'", "detector"),
        ("[index]\nurl = 'http://127.0.0.1:9'", "index"),
    ],
)
def test_a_part_that_cannot_work_is_named(tmp_path, toml, part):
    (tmp_path / "privrag.toml").write_text(toml)
    assert list(failing(tmp_path)) == [part]


def test_a_damaged_manifest_is_named(tmp_path):
    open_vault(tmp_path, load_settings(tmp_path)).close()
    (tmp_path / "manifest.db").write_bytes(b"garbage" * 1000)
    assert list(failing(tmp_path)) == ["manifest"]


def test_a_home_that_cannot_be_made_is_one_sentence():
    found = asyncio.run(check(Path("/proc/nope")))
    assert "cannot be used" in found[1].message
