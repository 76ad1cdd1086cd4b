"""Who was forgotten stays forgotten when a vault from before is put back."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from privrag import custody
from privrag.audit import AuditLog, AuditSettings
from privrag.commands import vault as command
from privrag.erasure.certificate import Certificate
from privrag.errors import AuditError, SyncError, VaultError
from privrag.settings import Settings
from privrag.upkeep import sync_lock
from privrag.vault import FileKeyProvider, Mention, Vault
from tests.test_cli import privrag

ANN, RAY = (
    Mention("PERSON", "Ann Lee", "ann lee", ("lee",)),
    Mention("PERSON", "Ben Ray", "ben ray", ("ray",)),
)
FORMS = [("PERSON", "ann lee"), ("PERSON", "lee")]
PASSPHRASE = {"PRIVRAG_VAULT__PASSPHRASE": "an invented passphrase"}


@pytest.fixture(autouse=True)
def _quick_scrypt(monkeypatch):
    monkeypatch.setattr("privrag.vault.sealed_file._SCRYPT", {"n": 2**10, "r": 8, "p": 1})


def open_vault(home: Path, tenant: str = "default") -> Vault:
    return Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key"), tenant=tenant)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with open_vault(home) as vault:
        vault.assign([ANN, RAY], version="v1")
    call(home, "backup", tmp_path / "b")
    return home


def run(home: Path, *arguments: object):
    app = typer.Typer()
    command.register(app)
    app.command()(lambda: None)
    return CliRunner().invoke(app, ["vault", *map(str, arguments)], obj=home, env=PASSPHRASE)


def call(home: Path, *arguments: object):
    done = run(home, *arguments, "--json")
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout)


def pseudonym(home: Path, form: str = "ann lee", tenant: str = "default") -> str:
    with open_vault(home, tenant) as vault:
        return vault.find([("PERSON", form)])["PERSON", form]


def forget(home: Path, form: str = "ann lee", *, log: bool = True, certificate: bool = True) -> str:
    """What `privrag forget` leaves in the vault, the log and the certificates."""
    gone = pseudonym(home, form)
    with open_vault(home) as vault:
        vault.suppress_people([gone])
        vault.erase(gone)
        with closing(
            AuditLog(home, vault, tenant="default", settings=AuditSettings(every_records=1))
        ) as audit:
            number = audit.append("forget", "owner", entities=[gone]) if log else 7
            key = audit.public_key.hex()
        if certificate:
            fields = ("2026-01-02T03:04:05+00:00", (gone,), 1, {}, 1, (), ())
            made = Certificate("default", *fields, number, key).sign(vault.key("checkpoint"))
            made.store(home)
    return gone


def assert_gone(home: Path, gone: str, *, known_before: int = 1) -> None:
    with open_vault(home) as vault:
        assert vault.surface([gone]) == {}
        assert vault.erased([gone]) == {gone}
        assert vault.find(FORMS) == {}
        assert vault.suppressed(FORMS) == set(FORMS)
        assert len(vault.find([("PERSON", "ben ray")])) == known_before
        assert vault.verify().damaged == ()


def test_forgotten_then_rotated_then_restored_shows_no_name(tmp_path):
    """The commands themselves, in the order in which they were found to fail."""
    home, passphrase = tmp_path / "home", tmp_path / "p"
    home.mkdir(mode=0o700)
    passphrase.write_text("an invented passphrase\n")
    with open_vault(home) as vault:
        vault.assign([ANN, RAY], version="v1")
    gone = pseudonym(home)
    given = ("--passphrase-file", str(passphrase))
    for arguments in [
        ("vault", "backup", str(tmp_path / "b"), *given),
        ("forget", "Ann Lee", "--yes"),
        ("vault", "rotate"),
    ]:
        done = privrag(*arguments, home=home)
        assert done.returncode == 0, done.stderr
    done = privrag("vault", "restore", str(tmp_path / "b"), "--replace", *given, home=home)
    assert done.returncode == 0, done.stderr
    assert f"erased again: {gone}" in done.stdout
    shown = privrag("vault", "show", gone, "--reveal", home=home)
    assert (shown.returncode, "Lee" in shown.stdout + shown.stderr) == (2, False)
    assert privrag("audit", "verify", home=home).returncode == 0
    assert_gone(home, gone)


def test_a_restore_names_whom_it_erased_again_and_the_log_does_too(home, tmp_path):
    gone = forget(home)
    told = call(home, "restore", tmp_path / "b", "--replace")
    assert told == {"entities": 1, "surfaces": 1, "erased_again": [gone], "suppressed": 2}
    assert_gone(home, gone)
    with open_vault(home) as vault:
        log = AuditLog(home, vault, tenant="default", settings=AuditSettings())
        [record] = log.newest(1)
        log.close()
    assert (record.action, record.entities, record.counts["erased"]) == ("restore", (gone,), 1)


@pytest.mark.parametrize("left", ["log", "certificate"])
def test_the_log_or_a_certificate_alone_is_enough(home, tmp_path, left):
    gone = forget(home, log=left == "log", certificate=left == "certificate")
    (home / "vault.db").unlink()  # and with it its tombstones and suppressed forms
    done = run(home, "restore", tmp_path / "b")
    assert f"erased again: {gone}" in done.output
    assert "could not be carried over" in done.output
    assert_gone(home, gone)


def test_a_person_forgotten_under_a_later_pseudonym_is_found_by_the_masked_form(home, tmp_path):
    first = pseudonym(home)
    with open_vault(home) as vault:
        vault.release("v1")
        vault.assign([ANN, RAY], version="v2")
    second = forget(home)
    assert first != second
    assert call(home, "restore", tmp_path / "b", "--replace")["erased_again"] == [first]
    assert_gone(home, first)
    with open_vault(home) as vault:
        assert vault.erased([second]) == {second}  # old answers say so


def test_who_was_suppressed_by_another_name_stays_so(home, tmp_path):
    with open_vault(home) as vault:
        vault.suppress([("PERSON", "ann weber")])
    told = call(home, "restore", tmp_path / "b", "--replace")
    assert (told["erased_again"], told["suppressed"]) == ([], 1)
    with open_vault(home) as vault:
        assert vault.suppressed([("PERSON", "ann weber")])
        assert vault.count() == 2


def test_a_living_namesake_is_not_erased_with_the_forgotten(home, tmp_path):
    """Somebody of the same canonical form who lives in the vault that is replaced stays."""
    with open_vault(home) as vault:
        vault.suppress([("PERSON", "ann lee")])
    told = call(home, "restore", tmp_path / "b", "--replace")
    assert told["erased_again"] == []
    with open_vault(home) as vault:
        assert vault.count() == 2


def test_without_the_vault_that_is_replaced_it_is_said_what_is_lost(home, tmp_path):
    gone = forget(home)
    (home / "vault.db").write_bytes(b"no database at all" * 100)
    for name in ("vault.db-wal", "vault.db-shm"):
        (home / name).unlink(missing_ok=True)
    told = call(home, "restore", tmp_path / "b", "--replace")
    assert (told["erased_again"], told["suppressed"]) == ([gone], None)
    assert_gone(home, gone)


def test_a_vault_with_another_key_is_nothing_to_carry_over(home, tmp_path):
    other = tmp_path / "other"
    with open_vault(other) as vault:
        vault.suppress([("PERSON", "ben ray")])
    told = call(other, "restore", tmp_path / "b", "--replace")
    assert (told["erased_again"], told["suppressed"]) == ([], None)
    with open_vault(other) as vault:
        assert vault.count() == 2


def test_a_tombstone_added_by_hand_erases_nobody(home, tmp_path):
    ray = pseudonym(home, "ben ray")
    with closing(sqlite3.connect(home / "vault.db")) as db, db:
        db.execute("INSERT INTO erased VALUES (?, 'default')", (ray,))
    told = call(home, "restore", tmp_path / "b", "--replace")
    assert (told["erased_again"], told["suppressed"]) == ([], None)
    assert pseudonym(home, "ben ray") == ray


def test_the_same_person_of_another_tenant_is_untouched(home, tmp_path):
    with open_vault(home, "other") as vault:
        vault.assign([ANN], version="v9")
    call(home, "backup", tmp_path / "b2")
    gone = forget(home)
    call(home, "restore", tmp_path / "b2", "--replace")
    assert_gone(home, gone)
    with open_vault(home, "other") as vault:
        assert len(vault.find(FORMS)) == 2


def test_another_tenant_s_forgotten_are_erased_when_that_tenant_accepts(home, tmp_path):
    with open_vault(home, "other") as vault:
        vault.assign([ANN], version="v9")
        AuditLog(
            home, vault, tenant="other", settings=AuditSettings()
        )  # its keys are in the backup
    call(home, "backup", tmp_path / "b2")
    gone = pseudonym(home, tenant="other")
    with open_vault(home, "other") as vault:
        vault.erase(gone)
        log = AuditLog(home, vault, tenant="other", settings=AuditSettings())
        log.append("forget", "owner", entities=[gone])
        log.close()
    assert call(home, "restore", tmp_path / "b2", "--replace")["erased_again"] == []
    assert custody.accept(home, Settings(tenant="other")).erased == (gone,)
    with open_vault(home, "other") as vault:
        assert vault.erased([gone]) == {gone}
    assert len(call(home, "list", "--all")) == 2


def test_a_certificate_of_another_home_erases_nobody(home, tmp_path):
    other = tmp_path / "other"
    with open_vault(other) as vault:
        ray = pseudonym(home, "ben ray")
        seed = vault.key("checkpoint")
        log = AuditLog(other, vault, tenant="default", settings=AuditSettings())
        fields = ("2026-01-02T03:04:05+00:00", (ray,), 1, {}, 1, (), (), 3)
        Certificate("default", *fields, log.public_key.hex()).sign(seed).store(home)
    assert call(home, "restore", tmp_path / "b", "--replace")["erased_again"] == []


def test_an_edited_log_or_certificate_stops_the_restore(home, tmp_path):
    forget(home)
    [certificate] = (home / "certificates").iterdir()
    whole = certificate.read_text()
    certificate.write_text(whole.replace('"suppressed_forms": 1', '"suppressed_forms": 2'))
    before = (home / "vault.db").read_bytes()
    with pytest.raises(AuditError, match="no certificate of erasure"):
        call(home, "restore", tmp_path / "b", "--replace")
    certificate.write_text(whole)
    with closing(sqlite3.connect(home / "audit.db")) as db, db:
        db.execute("DROP TRIGGER records_are_final")
        db.execute("UPDATE records SET body = CAST(replace(body, 'forget', 'reveal') AS BLOB)")
    with pytest.raises(AuditError, match="was edited"):
        call(home, "restore", tmp_path / "b", "--replace")
    assert (home / "vault.db").read_bytes() == before


def test_killed_at_any_step_nobody_is_back(home, tmp_path):
    """From the unpacking to the rename: the old vault, or one without the person."""
    gone = forget(home)
    for step in ("_unpack", "_checked", "_alone", "_adopt", "sync_directory"):
        kill = (
            "import sys, os\nfrom pathlib import Path\n"
            "import privrag.vault.sealed_file as sealed, privrag.vault.backup as backup\n"
            "sealed._SCRYPT = {'n': 2**10, 'r': 8, 'p': 1}\n"
            f"real = backup.{step}\n"
            "def then(*a, **k):\n    real(*a, **k)\n    os._exit(9)\n"
            f"backup.{step} = then\n"
            "from privrag import custody\nfrom privrag.settings import load_settings\n"
            "home = Path(sys.argv[1])\n"
            "custody.restore(home, load_settings(home), Path(sys.argv[2]),"
            " 'an invented passphrase', replace=True)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", kill, home, tmp_path / "b"], capture_output=True, check=False
        )
        assert done.returncode == 9, (step, done.stderr)
        if step == "sync_directory":  # the backup's vault is there, older than noted
            call(home, "accept")
        assert_gone(home, gone)
    call(home, "restore", tmp_path / "b", "--replace")
    assert_gone(home, gone)
    assert not list(home.glob(".restore-*"))


def test_the_erased_words_are_in_no_file_of_the_home_under_any_key(home, tmp_path):
    """The person's data key is overwritten in the restored file, not only its rows taken away."""
    forget(home)
    call(home, "restore", tmp_path / "b", "--replace")
    with closing(sqlite3.connect(home / "vault.db")) as db:
        keys = [row[0] for row in db.execute("SELECT wrapped FROM data_keys ORDER BY entity")]
    assert [any(key) for key in keys] == [False, True]


def test_a_restore_waits_for_no_sync_and_no_forgetting(home, tmp_path):
    with sync_lock(home), pytest.raises(SyncError):
        call(home, "restore", tmp_path / "b", "--replace")


def put_back(home: Path, old: bytes) -> None:
    for name in ("vault.db-wal", "vault.db-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "vault.db").write_bytes(old)


def test_an_older_vault_put_back_by_hand_is_accepted_without_the_forgotten(home):
    old = (home / "vault.db").read_bytes()
    gone = forget(home)
    put_back(home, old)
    with pytest.raises(VaultError, match="older copy"):
        call(home, "show", gone)
    assert call(home, "accept")["erased_again"] == [gone]
    assert_gone(home, gone)
    assert call(home, "accept")["erased_again"] == []


def test_what_is_said_when_an_older_vault_is_accepted(home):
    old = (home / "vault.db").read_bytes()
    gone = forget(home)
    put_back(home, old)
    told = run(home, "accept").output
    assert f"erased again: {gone}" in told
    assert "could not be carried over" in told


def test_killed_while_an_older_vault_is_accepted_it_stays_refused(home, monkeypatch):
    old = (home / "vault.db").read_bytes()
    gone = forget(home)
    put_back(home, old)

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("privrag.vault.counter.CounterFile.restart", stop)
        with pytest.raises((KeyboardInterrupt, SystemExit)):
            call(home, "accept")
    with pytest.raises(VaultError, match="older copy"):
        open_vault(home).close()
    call(home, "accept")
    assert_gone(home, gone)
