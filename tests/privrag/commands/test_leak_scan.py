"""`privrag leak-scan` as CI calls it: every hidden value counts, and what nobody could read."""

import json
from pathlib import Path

import pytest

from privrag.vault import FileKeyProvider, Mention, Vault
from tests.privrag.commands.stores import announced_rows
from tests.test_cli import privrag

HIDDEN = {
    "IP": "203.0.113.77",
    "URL": "https://social.example/u/83121",
    "USERNAME": "moon_boots",
    "ORG": "Tarnfield Council",
    "PERSON": "Oyelaran",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key")) as vault:
        mentions = [Mention(label, words, words.lower()) for label, words in HIDDEN.items()]
        vault.assign([*mentions, Mention("PERSON", "Ann Lee", "ann lee")], version="v1")
    return home


def scan(home, *arguments, **environment):
    return privrag("leak-scan", "--sample", "0", *arguments, home=home, **environment)


def kinds(done):
    return sorted(found["kind"] for found in json.loads(done.stdout)["findings"])


def test_every_hidden_value_in_a_log_is_found_and_it_is_said_how_many_are_searched_for(home):
    clean = scan(home)
    assert (clean.returncode, "searched for 4 of 6 values in the vault: no" in clean.stdout) == (
        0,
        True,
    )
    (home / "vllm.log").write_text(
        "client 203.0.113.77 connected\nGET https://social.example/u/83121\nby moon_boots"
    )
    done = scan(home, "--json")
    assert (done.returncode, kinds(done)) == (2, ["IP", "URL", "USERNAME"])
    assert json.loads(done.stdout)["scanned"]["values"] == 4


def test_what_could_not_be_read_is_status_2_and_named(home):
    (home / "index").mkdir()
    (home / "index" / "segments").symlink_to(home / "nowhere")
    done = scan(home, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["clean"], told["unreadable"]) == (2, False, ["index/segments"])
    assert done.stderr.count("\n") == 1
    assert "could not be read: 1, so what stands in them is not known; give" in done.stderr
    (home / "index" / "segments").unlink()
    assert scan(home).returncode == 0


@pytest.fixture
def linked_index(home, tmp_path):
    scan(home)  # makes the index
    (home / "index").rename(tmp_path / "disk")
    (home / "index").symlink_to(tmp_path / "disk")
    return tmp_path / "disk"


def test_an_index_on_another_disk_and_a_linked_log_are_searched(home, linked_index, tmp_path):
    (linked_index / "left.dat").write_text("asked for Ann Lee")
    (tmp_path / "far.log").write_text("asked for Ann Lee")
    (home / "vllm.log").symlink_to(tmp_path / "far.log")
    done = scan(home, "--json")
    places = [found["place"] for found in json.loads(done.stdout)["findings"]]
    assert (done.returncode, places) == (2, ["index/left.dat", "vllm.log"])


def test_forgetting_searches_an_index_on_another_disk_before_the_keys_go(home, linked_index):
    (linked_index / "left.dat").write_text("asked for Ann Lee")
    refused = privrag("forget", "Ann Lee", "--yes", home=home)
    assert (refused.returncode, "index/left.dat" in refused.stderr) == (2, True)
    (linked_index / "left.dat").unlink()
    (linked_index / "gone.dat").symlink_to("nowhere")
    refused = privrag("forget", "Ann Lee", "--yes", home=home)
    assert (refused.returncode, "index/gone.dat cannot be read" in refused.stderr) == (2, True)
    assert "the keys were not destroyed" in refused.stderr
    (linked_index / "gone.dat").unlink()
    assert privrag("forget", "Ann Lee", "--yes", home=home).returncode == 0


def test_the_files_of_an_announced_store_of_rows_are_searched(home, tmp_path):
    path, rows = announced_rows(tmp_path)
    rows.write_text("a person\n")
    assert scan(home, PYTHONPATH=path).returncode == 0
    rows.write_text("Ann Lee has a room\n")
    done = scan(home, "--json", PYTHONPATH=path)
    (found,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, found["place"], found["kind"]) == (2, str(rows), "PERSON")


def test_the_rows_of_an_announced_store_are_erased_and_its_models_named(home, tmp_path):
    token = json.loads(privrag("forget", "Ann Lee", "--json", home=home).stdout)["would_erase"][
        "pseudonyms"
    ][0]
    path, rows = announced_rows(tmp_path)
    rows.write_text(f"{token} has a room\nnobody\n")
    done = privrag("forget", "Ann Lee", "--yes", "--json", home=home, PYTHONPATH=path)
    told = json.loads(done.stdout)
    assert (done.returncode, told["models"]) == (0, ["reranker-1"])
    assert told["certificate"]["counts"]["rows"] == 1
    assert rows.read_text() == "nobody\n"
