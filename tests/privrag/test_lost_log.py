"""The whole audit log is gone, with its checkpoints: no name is shown until somebody says so."""

import json
from pathlib import Path

import pytest

from privrag import custody
from privrag.audit import AuditLog, verify
from privrag.errors import AuditError
from privrag.home import open_audit
from privrag.settings import Settings, load_settings
from privrag.vault import FileKeyProvider, Mention, Vault
from tests.test_cli import privrag

LOST = "the vault has noted record 3"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with three records."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with open_vault(home) as vault:
        vault.assign([Mention("PERSON", "Ann Lee", "ann lee")], version="v1")
        log = open_audit(home, Settings(), vault)
        for _ in range(3):
            log.append("reveal", "ann", entities=["PERSON_K7M2QX4C"])
        log.close()
    return home


def open_vault(home: Path, tenant: str = "default") -> Vault:
    return Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key"), tenant=tenant)


def lose(home: Path) -> None:
    for file in home.glob("audit*"):
        file.unlink()


def appended(home: Path) -> int:
    with open_vault(home) as vault:
        log = open_audit(home, Settings(), vault)
        try:
            return log.append("reveal", "bob", entities=["PERSON_K7M2QX4C"])
        finally:
            log.close()


def test_a_log_that_is_gone_is_noticed_and_no_name_is_shown(home):
    lose(home)
    done = privrag("audit", "verify", "--json", home=home)
    assert done.returncode == 2
    assert LOST in json.loads(done.stdout)["error"]["message"]
    assert "privrag audit accept" in done.stderr
    shown = privrag("vault", "show", "--name", "Ann Lee", "--reveal", home=home)
    assert (shown.returncode, LOST in shown.stderr) == (2, True)
    assert "Ann" not in shown.stdout + shown.stderr
    for command in ("list", "head"):
        assert privrag("audit", command, home=home).returncode == 2
    assert not (home / "audit.db").exists()


def test_an_older_log_and_its_older_checkpoints_put_back_are_noticed(home):
    old = {file: file.read_bytes() for file in home.glob("audit*")}
    appended(home)
    lose(home)
    for file, data in old.items():
        file.write_bytes(data)
    with pytest.raises(AuditError, match="has noted record 4"):
        appended(home)


def test_the_first_record_is_noted_though_nobody_closes_the_log(tmp_path):
    home = tmp_path / "home"
    with open_vault(home) as vault:
        log = open_audit(home, Settings(), vault)
        log.append("reveal", "ann")
        other = open_audit(home, Settings(), vault)
        lose(home)
        with pytest.raises(AuditError, match="has noted record 1"):
            other.append("reveal", "bob")


def test_a_log_from_before_the_note_is_noted_when_it_is_opened(home):
    seen = home / "vault.seen"
    seen.write_bytes(seen.read_bytes()[:48])
    with open_vault(home) as vault:
        log = open_audit(home, Settings(), vault)
        assert log.head().seq == 3
        log.close()
    lose(home)
    with pytest.raises(AuditError, match=LOST):
        appended(home)


def test_when_the_owner_says_so_a_new_log_begins_with_it(home):
    lose(home)
    done = privrag("audit", "accept", "--json", home=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"record": 1, "lost": 3}
    listed = json.loads(privrag("audit", "list", "--json", home=home).stdout)
    assert [(r["action"], r["purpose"], r["counts"]) for r in listed] == [
        ("accept", "audit", {"noted": 3})
    ]
    assert appended(home) == 2
    assert privrag("audit", "verify", home=home).returncode == 0
    lose(home)
    with pytest.raises(AuditError, match="has noted record 2"):
        appended(home)


def test_a_whole_log_is_not_begun_anew(home):
    with pytest.raises(AuditError, match="nothing to accept"):
        custody.accept_log(home, load_settings(home))
    assert appended(home) == 4


def test_each_tenant_has_its_own_note(home):
    with open_vault(home, "other") as vault:
        other = Settings(tenant="other")
        log = open_audit(home, other, vault)
        assert log.append("reveal", "bob") == 1
        log.close()
        lose(home)
        with pytest.raises(AuditError, match="record 1 of tenant other"):
            open_audit(home, other, vault).append("reveal", "bob")
    with pytest.raises(AuditError, match="record 3 of tenant default"):
        appended(home)


def test_a_torn_note_leaves_the_one_before(home):
    seen = home / "vault.seen"
    appended(home)
    whole = seen.read_bytes()
    places = [at for at in range(48, len(whole), 24) if whole[at + 7] == 4]
    assert len(places) == 1
    seen.write_bytes(whole[: places[0]] + bytes(24) + whole[places[0] + 24 :])
    lose(home)
    with pytest.raises(AuditError, match="has noted record [123] "):
        appended(home)


def test_an_accepted_vault_does_not_accept_a_lost_log(home):
    lose(home)
    custody.accept(home, load_settings(home))
    with pytest.raises(AuditError, match=LOST):
        appended(home)
    custody.accept_log(home, load_settings(home))
    assert appended(home) == 3


def test_a_restore_does_not_accept_a_lost_log(home, tmp_path, monkeypatch):
    monkeypatch.setattr("privrag.vault.sealed_file._SCRYPT", {"n": 2**10, "r": 8, "p": 1})
    passphrase, settings = "an invented passphrase", load_settings(home)
    with custody.open_custody(home, settings) as owner:
        owner.backup(tmp_path / "b", passphrase, with_key=True)
    lose(home)
    with pytest.raises(AuditError, match="has noted record 4"):
        custody.restore(home, settings, tmp_path / "b", passphrase, replace=True)
    new = tmp_path / "new"
    custody.restore(new, settings, tmp_path / "b", passphrase, replace=False)
    with open_vault(new) as vault:
        [found] = verify(new, vault, new / "audit-checkpoints.jsonl", tenant="default")
    assert found.records == 1


def test_a_log_without_a_note_is_taken_as_it_is(home):
    """Whoever builds a log of their own, without a vault's counter file."""
    lose(home)
    with open_vault(home) as vault:
        log = AuditLog(home, vault, tenant="default", settings=Settings().audit)
        assert log.append("reveal", "ann") == 1
        log.close()
