"""`privrag audit`: exit status, streams, and what it names."""

import json
import sqlite3

import pytest

from privrag.audit import AuditLog, AuditSettings
from privrag.vault import FileKeyProvider, Vault
from tests.test_cli import privrag


@pytest.fixture
def home(tmp_path):
    """A home with five records of two people."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key")) as vault:
        log = AuditLog(home, vault, tenant="default", settings=AuditSettings())
        for actor in ("ann", "bob", "ann", "ann\x1b[2J", "bob"):
            log.append("reveal", actor, entities=["PERSON_K7M2QX4C"], counts={"entities": 1})
        log.close()
    return home


def test_a_whole_log_is_status_0_with_counts(home):
    done = privrag("audit", "verify", "--json", home=home)
    assert done.returncode == 0, done.stderr
    [found] = json.loads(done.stdout)["tenants"]
    head = found.pop("head")
    assert found == {"tenant": "default", "records": 5, "checkpoints": 1, "unsigned": 0}
    assert head in privrag("audit", "verify", home=home).stdout
    told = json.loads(privrag("audit", "head", "--json", home=home).stdout)
    assert (told["tenant"], told["seq"], told["head"]) == ("default", 5, head)
    assert len(told["public_key"]) == 64


def test_a_cut_log_is_status_2_and_one_line_that_names_tenant_and_record(home):
    with sqlite3.connect(home / "audit.db") as db:
        db.execute("DROP TRIGGER records_stay")
        db.execute("DELETE FROM records WHERE seq > 3")
    db.close()
    done = privrag("audit", "verify", "--json", home=home)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    error = json.loads(done.stdout)["error"]
    assert error["type"] == "AuditError"
    assert "tenant default ends at record 3" in error["message"]
    assert "records 4 to 5 were cut off" in done.stderr


def test_checkpoints_elsewhere_are_found_there(home, tmp_path):
    elsewhere = tmp_path / "other disk" / "checkpoints.jsonl"
    elsewhere.parent.mkdir()
    (home / "audit-checkpoints.jsonl").rename(elsewhere)
    assert privrag("audit", "verify", home=home).returncode == 2
    (home / "privrag.toml").write_text(f"[audit]\ncheckpoints = {str(elsewhere)!r}\n")
    assert privrag("audit", "verify", home=home).returncode == 0


def test_the_list_is_the_newest_of_one_actor(home):
    def seqs(*options):
        return [r["seq"] for r in json.loads(privrag("audit", "list", "--json", *options,
                                                     home=home).stdout)]  # fmt: skip

    assert seqs() == [1, 2, 3, 4, 5]
    assert seqs("--limit", "2") == [4, 5]
    assert seqs("--actor", "ann") == [1, 3]
    assert seqs("--actor", "nobody") == []


def test_an_actors_name_cannot_drive_the_terminal(home):
    done = privrag("audit", "list", home=home)
    assert "\x1b" not in done.stdout
    assert done.stdout.count("\n") == 5


def test_a_new_home_has_an_empty_log_that_is_whole(tmp_path):
    for command in ("verify", "list", "head"):
        done = privrag("audit", command, "--json", home=tmp_path / "new")
        assert done.returncode == 0, done.stderr
    assert not (tmp_path / "new" / "audit.db").exists()
