"""The command as a user runs it: streams, exit status, one line for what went wrong."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

PRIVRAG = str(Path(sys.executable).with_name("privrag"))


def privrag(*arguments, home: Path | None = None, **environment):
    command = [PRIVRAG, *(("--home", str(home)) if home else ()), *map(str, arguments)]
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith("PRIVRAG_") or k == "PRIVRAG_CACHE"
    }
    return subprocess.run(
        command, capture_output=True, text=True, env=clean | environment, check=False
    )


def test_help_takes_little_more_than_what_prints_it():
    done = privrag("--help")
    own = min(_cpu_seconds(PRIVRAG, "--help") for _ in range(3))
    typer = min(_cpu_seconds(sys.executable, "-c", "import typer") for _ in range(3))
    assert own < 6 * typer, "torch alone takes some twenty times as long"
    for command in ("parse", "pseudonymize", "sync", "documents", "status", "search", "ask",
                    "serve", "keys", "doctor", "bench", "audit"):  # fmt: skip
        assert f"\n  {command} " in done.stdout


def _cpu_seconds(*command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_parse_prints_one_json_value(tmp_path):
    file = tmp_path / "note.md"
    file.write_text("# Title\n\nSome words.\n")
    done = privrag("parse", file, "--json", home=tmp_path / "home")
    parsed = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(parsed) >= {"uri", "media_type", "sha256", "pages", "blocks"}
    assert parsed["uri"] == file.as_uri()
    assert [set(b) for b in parsed["blocks"]] == [{"kind", "text", "page", "start", "end"}] * 2


def test_a_file_that_cannot_be_read_is_one_line_and_an_error_value(tmp_path):
    file = tmp_path / "empty.txt"
    file.touch()
    done = privrag("parse", file, "--json", home=tmp_path / "home")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["type"] == "EmptyDocumentError"
    assert done.stderr.count("\n") == 1
    assert "empty.txt" in done.stderr


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PRIVRAG_CHUNK__SIZE": "1"}, "chunk.size"),
        ({"PRIVRAG_CHNK__SIZE": "1"}, "did you mean PRIVRAG_CHUNK"),
        ({"PRIVRAG_GENERATE__BASE_URL": "https://example.com/v1"}, "allow_remote"),
    ],
)
def test_wrong_settings_are_one_line_and_status_2(tmp_path, environment, words):
    done = privrag("status", home=tmp_path / "home", **environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr


def test_a_sync_of_nothing_known_says_what_to_do(tmp_path):
    done = privrag("sync", "--json", home=tmp_path / "home")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["type"] == "SettingsError"
    assert "name a folder or file" in done.stderr


def test_the_home_is_private_and_made_on_first_use(tmp_path):
    home = tmp_path / "new" / "home"
    done = privrag("status", "--json", home=home)
    assert json.loads(done.stdout)["documents"] == 0
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "vault.key").stat().st_mode & 0o777 == 0o600


def test_a_second_process_is_told_who_holds_the_index(tmp_path):
    script = (
        "import asyncio, sys\nfrom privrag.rag import AsyncRag\n"
        "asyncio.run(AsyncRag.open(sys.argv[1]))\nprint('open', flush=True)\nsys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "open\n"
        done = privrag("status", home=tmp_path)
    finally:
        holder.communicate("")
    assert done.returncode == 2
    assert str(holder.pid) in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("search", "x", "-k", "0"), "-k"),
        (("search", "x", "-k", "many"), "-k"),
        (("parse",), "'file'"),
        (("frobnicate",), "frobnicate"),
        (("status", "--colour"), "--colour"),
        (("ask", "Who?", "--as", ""), "leave --as out"),
        (("sync", "/nonexistent"), "no file or folder"),
        (("index", "copy", "--to", "nowhere"), "--to expects"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(tmp_path, arguments, words):
    done = privrag(*arguments, home=tmp_path / "home")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    done = privrag(*arguments, "--json", home=tmp_path / "home")
    assert done.returncode == 2
    assert words in json.loads(done.stdout)["error"]["message"]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[service]\nfoo = 1", "service.foo: there is no such setting; allowed: max_body_bytes"),
        ("[service.vllm]\nport = 99999", "service.vllm.port: "),
        ("[sync]\nfoo = 1", "sync.foo: there is no such setting; allowed: default_acl"),
        ("[viewers.anna]\nfoo = 1", "viewers.anna.foo: there is no such setting; allowed: groups"),
    ],
)
def test_a_wrong_setting_of_any_table_is_refused_by_every_command(tmp_path, toml, words):
    (tmp_path / "privrag.toml").write_text(toml)
    done = privrag("status", home=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert words in done.stderr


def test_a_home_that_cannot_be_made_is_one_line():
    done = privrag("status", home="/proc/nope")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "name another with --home" in done.stderr
