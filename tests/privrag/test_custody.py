"""Nothing is done to the vault by hand, and no name shown, without a record of it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from privrag.audit import AuditLog, AuditSettings, Record, verify
from privrag.commands import vault as command
from privrag.errors import AuditError, VaultError
from privrag.vault import FileKeyProvider, Mention, Vault

ANN, MS_LEE = Mention("PERSON", "Ann Lee", "ann lee"), Mention("PERSON", "Ms. Lee", "ann lee")
RAY = Mention("PERSON", "Ann Ray", "ann ray")
STRANGER = "PERSON_K7M2QX4C"
PASSPHRASE = {"PRIVRAG_VAULT__PASSPHRASE": "an invented passphrase"}


@pytest.fixture(autouse=True)
def _quick_scrypt(monkeypatch):
    monkeypatch.setattr("privrag.vault.sealed_file._SCRYPT", {"n": 2**10, "r": 8, "p": 1})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with open_vault(home) as vault:
        vault.assign([ANN, MS_LEE, RAY], version="v1")
    return home


def open_vault(home: Path) -> Vault:
    return Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key"))


def run(home: Path, *arguments: object):
    app = typer.Typer()
    command.register(app)
    app.command()(lambda: None)  # so that `vault` is one of several
    return CliRunner().invoke(app, ["vault", *map(str, arguments)], obj=home, env=PASSPHRASE)


def call(home: Path, *arguments: object):
    done = run(home, *arguments, "--json")
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout)


def people(home: Path) -> tuple[str, str]:
    with open_vault(home) as vault:
        found = vault.find([("PERSON", "ann lee"), ("PERSON", "ann ray")])
    return found["PERSON", "ann lee"], found["PERSON", "ann ray"]


def records(home: Path) -> list[Record]:
    with open_vault(home) as vault:
        log = AuditLog(home, vault, tenant="default", settings=AuditSettings())
        found = log.newest(100)
        log.close()
    return found


def newest(home: Path) -> tuple[str, tuple[str, ...], dict[str, int], str]:
    record = records(home)[-1]
    assert record.actor == "owner"
    return record.action, record.entities, dict(record.counts), record.result


def log_of_no_use(home: Path) -> None:
    """A folder where the log's file belongs."""
    (home / "audit.db").mkdir()


def test_a_reveal_is_recorded_and_a_look_without_words_is_not(home):
    ann, _ = people(home)
    call(home, "show", ann)
    call(home, "list", "--ambiguous")
    assert records(home) == []
    assert len(call(home, "show", "--name", "Ann Lee", "--reveal")["words"]) == 2
    [record] = records(home)
    assert (record.action, record.entities, record.policy) == ("reveal", (ann,), "all")
    assert dict(record.counts) == {"entities": 1, "surfaces": 2}
    assert (record.actor, record.purpose) == ("owner", "vault")
    assert "Lee" not in json.dumps(record.body().decode())


def test_all_pseudonyms_whose_words_are_shown_are_in_the_record(home):
    ann, ray = people(home)
    call(home, "merge", ann, ray)
    call(home, "show", ray, "--reveal")
    expected = {"entities": 2, "surfaces": 3}
    assert newest(home) == ("reveal", tuple(sorted((ann, ray))), expected, "ok")


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_without_a_log_no_name_is_shown(home, options):
    log_of_no_use(home)
    done = run(home, "show", "--name", "Ann Lee", "--reveal", *options)
    assert isinstance(done.exception, AuditError)
    assert not any(w in f"{done.output} {done.exception!r}" for w in ("Ann", "Lee"))


def test_each_change_is_recorded_with_ids_and_counts(home, tmp_path):
    ann, ray = people(home)
    both = tuple(sorted((ann, ray)))
    call(home, "merge", ann, ray)
    assert newest(home) == ("merge", both, {"entities": 2}, "ok")
    call(home, "split", ann, ray)
    assert newest(home) == ("split", both, {"surfaces": 1, "stale": 1}, "ok")
    new = call(home, "split", ann, "Ms. Lee")["pseudonym"]
    assert newest(home)[1] == tuple(sorted((ann, new)))
    call(home, "alias", ray, "--name", "Ann Weber")
    assert newest(home) == ("alias", (ray,), {}, "ok")
    call(home, "rotate")
    assert newest(home)[0] == "rotate"
    assert newest(home)[2]["entities"] == 4
    call(home, "backup", tmp_path / "b")
    assert newest(home) == ("backup", (), {"with_key": 1}, "ok")
    call(home, "restore", tmp_path / "b", "--replace")
    assert newest(home) == ("restore", (), {"entities": 4, "surfaces": 4}, "ok")
    call(home, "accept")
    assert newest(home)[0] == "accept"
    everything = "".join(record.body().decode() for record in records(home))
    assert not any(word in everything for word in ("Lee", "Ray", "Weber", "Ann"))
    with open_vault(home) as vault:
        [whole] = verify(home, vault, home / "audit-checkpoints.jsonl", tenant="default")
    assert whole.records == 8


def test_what_the_vault_refuses_is_recorded_with_its_error_and_changes_nothing(home, tmp_path):
    ann, _ = people(home)
    call(home, "backup", tmp_path / "b")
    before = state(home)
    for action, arguments in [
        ("merge", (ann, STRANGER)),
        ("split", (ann, "Nobody Here")),
        ("alias", (ann, "--name", "Ann Ray")),
        ("reveal", (STRANGER, "--reveal")),
        ("restore", (tmp_path / "b",)),
        ("backup", (tmp_path / "no folder" / "b",)),
    ]:
        with pytest.raises(VaultError):
            call(home, "show" if action == "reveal" else action, *arguments)
        assert newest(home) == (action, (), {}, "VaultError"), action
    assert state(home) == before


def test_without_a_log_nothing_is_changed(home, tmp_path):
    ann, ray = people(home)
    call(home, "backup", tmp_path / "b")
    for file in home.glob("audit*"):
        file.unlink()
    log_of_no_use(home)
    before, key = state(home), (home / "vault.key").read_bytes()
    for arguments in [
        ("merge", ann, ray),
        ("split", ann, "Ms. Lee"),
        ("alias", ann, "--name", "Ann Weber"),
        ("rotate",),
        ("backup", tmp_path / "b2"),
        ("restore", tmp_path / "b", "--replace"),
        ("accept",),
    ]:
        with pytest.raises(AuditError):
            call(home, *arguments)
        assert state(home) == before, arguments
    assert not [*tmp_path.glob("b2"), *tmp_path.glob(".b2*")]
    assert (home / "vault.key").read_bytes() == key


def test_a_vault_put_back_is_not_accepted_without_a_log(home):
    old = (home / "vault.db").read_bytes()
    with open_vault(home) as vault:
        vault.assign([Mention("PERSON", "Bob", "bob")], version="v2")
    (home / "vault.db").write_bytes(old)
    log_of_no_use(home)
    with pytest.raises(AuditError):
        call(home, "accept")
    with pytest.raises(VaultError, match="older copy"):
        call(home, "verify")


def test_a_backup_in_a_new_home_begins_its_log(home, tmp_path):
    call(home, "backup", tmp_path / "b")
    call(tmp_path / "new", "restore", tmp_path / "b")
    assert newest(tmp_path / "new")[0] == "restore"


def test_the_command_reaches_the_vault_through_its_custody_only():
    words = Path(command.__file__).read_text()
    assert "from privrag.custody import open_custody" in words
    assert not any(way in words for way in ("open_vault", "Vault.open", "vault.backup import"))


def state(home: Path) -> tuple[str, int, bool]:
    with open_vault(home) as vault:
        return vault.mark(), vault.count(), vault.verify().damaged == ()


def test_a_name_in_the_place_of_a_pseudonym_points_to_the_option_and_is_not_repeated(home):
    ann, _ = people(home)
    for arguments in [
        ("show", "Ann Lee"),
        ("show", "Ann Lee", "--reveal"),
        ("merge", ann, "Ann Ray"),
        ("split", "Ann Lee", "Ms. Lee"),
        ("alias", "Ann Lee", "--name", "Ann Weber"),
    ]:
        with pytest.raises(VaultError, match="privrag vault show --name") as caught:
            call(home, *arguments)
        assert not any(word in str(caught.value) for word in ("Lee", "Ray")), arguments
    everything = b"".join(f.read_bytes() for f in home.iterdir() if f.is_file())
    assert b"Lee" not in everything


def test_everybody_can_be_listed_without_any_name(home):
    ann, ray = people(home)
    assert call(home, "list") == []
    rows = call(home, "list", "--all")
    assert [(row["pseudonym"], row["label"], row["surfaces"]) for row in rows] == [
        (ann, "PERSON", 2),
        (ray, "PERSON", 1),
    ]
    assert not any("words" in row for row in rows)
    call(home, "merge", ann, ray)
    assert [row["others"] for row in call(home, "list", "--all")] == [[ray]]
    done = run(home, "list", "--all")
    assert done.output.count("\n") == 1
    assert not any(word in done.output for word in ("Ann", "Lee", "Ray"))
    with pytest.raises(VaultError, match="--all or"):
        call(home, "list", "--all", "--homonyms")


def test_the_help_of_list_says_what_it_lists(home):
    told = " ".join(run(home, "list", "--help").output.split())
    assert "homonyms and ambiguous names (default: both), or all" in told
    assert "--all" in told


def test_a_split_says_what_the_next_sync_reports(home):
    ann, _ = people(home)
    told = run(home, "split", ann, "Ms. Lee").output
    assert "1 document is written again by the next privrag sync" in told
    assert "counts as unchanged" in told
