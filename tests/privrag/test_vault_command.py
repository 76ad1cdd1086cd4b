"""`privrag vault` as it is called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from privrag.vault import FileKeyProvider, Mention, Vault

PASSPHRASE = "an invented passphrase"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_vault(tmp_path) as vault:
        mentions = [
            Mention("PERSON", "Ann Lee", "ann lee", ("lee",)),
            Mention("PERSON", "Ms. Lee", "ann lee"),
            Mention("PERSON", "Ann Ray", "ann ray", ("ray",)),
        ]
        vault.assign(mentions, version="v1")
    return tmp_path


def open_vault(home: Path) -> Vault:
    return Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key"))


def run(home: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "privrag", "--home", home, "vault", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def call(home: Path, *arguments: object, status: int = 0, **environment: str):
    done = run(home, *arguments, "--json", **environment)
    assert done.returncode == status, done.stderr
    assert done.stderr.count("\n") == (status != 0)
    return json.loads(done.stdout)


def test_the_whole_life_of_an_entity(home):
    ann = call(home, "show", "--name", "Ann Lee")
    assert (ann["surfaces"], ann["documents"]) == (2, 1)
    assert "words" not in ann
    ray = call(home, "show", "--name", "Ray")["pseudonym"]
    merged = call(home, "merge", ann["pseudonym"], ray)
    assert merged == {"pseudonym": ann["pseudonym"], "others": [ray]}
    assert call(home, "show", "--name", "Ann Ray")["pseudonym"] == ann["pseudonym"]
    assert call(home, "split", ann["pseudonym"], ray) == {"pseudonym": ray, "stale": 1}
    new = call(home, "split", ann["pseudonym"], "Ms. Lee")["pseudonym"]
    assert call(home, "show", new, "--reveal")["words"] == {new: "Ms. Lee"}
    call(home, "alias", ray, "--name", "Dr. Ann Weber")
    assert call(home, "show", "--name", "ann weber")["pseudonym"] == ray
    assert call(home, "list", "--homonyms") == []


def test_rotate_and_verify(home):
    assert call(home, "rotate") == {"rewrapped": 2}
    assert call(home, "verify") == {"entities": 2, "surfaces": 3, "damaged": []}


def test_verify_of_a_damaged_vault_is_status_2(home):
    import sqlite3

    db = sqlite3.connect(home / "vault.db")
    db.execute("DELETE FROM mentions")
    db.commit()
    db.close()
    done = run(home, "verify", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["damaged"]


def test_backup_and_restore_with_the_passphrase_of_a_file_or_the_environment(home, tmp_path):
    words, file = tmp_path / "words", tmp_path / "backup"
    words.write_text(PASSPHRASE + "\nnot this line\n")
    assert call(home, "backup", file, "--passphrase-file", words)["with_key"]
    other = tmp_path / "other"
    restored = call(other, "restore", file, PRIVRAG_VAULT__PASSPHRASE=PASSPHRASE)
    nothing = {"erased_again": [], "suppressed": None}
    assert restored == {"entities": 2, "surfaces": 3, **nothing}
    assert call(other, "verify")["damaged"] == []
    refused = call(other, "restore", file, "--passphrase-file", words, status=2)
    assert "give --replace" in refused["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup", "/tmp/x"), "give the passphrase"),  # noqa: S108
        (("show",), "name one entity"),
        (("show", "--name", "Nobody"), "leads to no entities"),
        (("show", "PERSON_K7M2QX4C"), "knows no PERSON_K7M2QX4C"),
        (("merge", "PERSON_K7M2QX4C", "PERSON_K7M2QX4C"), "knows no"),
    ],
)
def test_a_refusal_is_one_line_and_names_the_way_out(home, arguments, said):
    assert said in call(home, *arguments, status=2)["error"]["message"]


def test_a_home_without_a_vault_gets_none(tmp_path):
    refused = call(tmp_path / "new", "rotate", status=2)
    assert "there is no vault" in refused["error"]["message"]
    assert not (tmp_path / "new").exists()


def test_an_older_copy_is_refused_until_it_is_accepted(home):
    old = (home / "vault.db").read_bytes()
    call(home, "rotate")
    key = (home / "vault.key").read_bytes()
    with open_vault(home) as vault:
        vault.assign([Mention("PERSON", "Bob", "bob")], version="v2")
    newer = (home / "vault.db").read_bytes()
    with open_vault(home) as vault:
        vault.assign([Mention("PERSON", "Cleo", "cleo")], version="v3")
    assert (home / "vault.key").read_bytes() == key
    assert old != newer
    (home / "vault.db").write_bytes(newer)
    assert "older copy" in call(home, "verify", status=2)["error"]["message"]
    call(home, "accept")
    assert call(home, "verify")["entities"] == 3
