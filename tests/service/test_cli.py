"""`privrag keys` and `privrag serve` through a root command like the real one."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner, Result

from privrag_service.cli import register
from privrag_service.keys import KeyStore

app = typer.Typer()
register(app)


@app.callback()
def root(ctx: typer.Context, home: Annotated[Path, typer.Option()]) -> None:
    ctx.obj = home


def privrag(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *arguments])


def process(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as users run it: its outermost edge turns refusals into a line and a status."""
    command = [sys.executable, "-m", "privrag", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_create_list_revoke(tmp_path: Path):
    made = privrag(
        tmp_path, "keys", "create", "ada", "--scope", "reveal", "--scope", "group:legal",
        "--expires", "30d", "--json",
    )  # fmt: skip
    assert made.exit_code == 0
    created = json.loads(made.stdout)
    assert set(created) == {"id", "key"}
    store = KeyStore(tmp_path / "keys.sqlite")
    assert store.verify(created["key"]) is not None
    [listed] = json.loads(privrag(tmp_path, "keys", "list", "--json").stdout)
    assert listed["scopes"] == ["chat", "group:legal", "reveal"]
    assert (listed["id"], listed["name"], listed["active"]) == (created["id"], "ada", True)
    expires = datetime.fromisoformat(listed["expires"])
    assert timedelta(days=29) < expires - datetime.now(UTC) < timedelta(days=30)
    assert privrag(tmp_path, "keys", "revoke", created["id"]).exit_code == 0
    assert store.verify(created["key"]) is None
    assert "revoked" in privrag(tmp_path, "keys", "list").stdout
    store.close()


def test_without_json_the_key_stands_alone_on_standard_output(tmp_path: Path):
    made = privrag(tmp_path, "keys", "create", "ada")
    [key] = made.stdout.splitlines()
    assert key.startswith("privrag_")
    assert key not in made.stderr


def test_a_key_is_good_through_the_day_it_expires_on(tmp_path: Path):
    today = datetime.now(UTC).date().isoformat()
    assert privrag(tmp_path, "keys", "create", "ada", "--expires", today).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("keys", "create", "ada", "--expires", "soon"), "2027-01-31"),
        (("keys", "create", "ada", "--expires", "2020-01-01"), "future"),
        (("keys", "create", "ada", "--expires", "4 weeks"), "30d"),
        (("keys", "create", "ada", "--scope", "root"), "group:NAME"),
        (("keys", "create", ""), "name"),
        (("keys", "revoke", "nope"), "keys list"),
        (("serve", "--host", "0.0.0.0"), "privrag keys create"),  # noqa: S104 - what is refused
        (("serve", "--host", "example.org"), "privrag keys create"),
    ],
)
def test_bad_input_is_one_line_and_status_2(tmp_path: Path, arguments: tuple[str, ...], told: str):
    result = process(tmp_path, *arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert told in line


def test_a_host_beyond_loopback_is_refused_with_only_a_revoked_key(tmp_path: Path):
    created = json.loads(privrag(tmp_path, "keys", "create", "ada", "--json").stdout)
    privrag(tmp_path, "keys", "revoke", created["id"])
    refused = process(tmp_path, "serve", "--host", "0.0.0.0")  # noqa: S104 - what is refused
    assert (refused.returncode, refused.stdout) == (2, "")


def test_the_commands_load_nothing_heavy():
    program = (
        "import sys, privrag_service.cli;"
        "heavy = {'torch', 'transformers', 'spacy', 'litestar', 'uvicorn', 'sqlite3', 'httpx'};"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
