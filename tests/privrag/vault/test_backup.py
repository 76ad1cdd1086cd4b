import stat
import subprocess
import sys
from pathlib import Path

import pytest

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Mention, Vault
from privrag.vault.backup import backup, restore

PASSPHRASE = "an invented passphrase"
PEOPLE = [Mention("PERSON", f"Ann Lee {n}", f"ann lee {n}") for n in range(40)]

WRITE_FOREVER = """
import sys
from pathlib import Path
from privrag.vault import FileKeyProvider, Mention, Vault
home = Path(sys.argv[1])
with Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key")) as vault:
    for n in range(1_000_000):
        some = [Mention("PERSON", f"P {n} {k}", f"p {n} {k}") for k in range(5)]
        vault.assign(some, version=f"w{n}")
        if n == 3:
            print("writing", flush=True)
"""


@pytest.fixture(autouse=True)
def _quick_scrypt(monkeypatch):
    monkeypatch.setattr("privrag.vault.sealed_file._SCRYPT", {"n": 2**10, "r": 8, "p": 1})


class Home:
    def __init__(self, path: Path) -> None:
        self.path = path / "vault.db"
        self.keys = FileKeyProvider(path / "vault.key")

    def open(self, **options) -> Vault:
        return Vault.open(self.path, self.keys, **options)

    def backup(self, to: Path, **options):
        return backup(self.path, self.keys, to, PASSPHRASE, **options)

    def restore(self, file: Path, passphrase: str = PASSPHRASE, **options):
        counter = self.path.with_suffix(".seen")
        return restore(
            file, self.path, self.keys, passphrase, tenant="default", counter=counter, **options
        )


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    with made.open() as vault:
        vault.assign(PEOPLE, version="v1")
    return made


def files_of(folder: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in folder.iterdir() if f.is_file()}


def test_one_file_and_its_passphrase_bring_everything_back(home, tmp_path):
    with home.open() as vault:
        tokens = vault.assign(PEOPLE, version="v1")
        sealed = vault.seal("x", context="c")
    file = tmp_path / "backup"
    assert home.backup(file).with_key
    other = Home(tmp_path / "other")
    assert other.restore(file).checked.entities == 40
    with other.open() as vault:
        assert vault.assign(PEOPLE, version="v2") == tokens
        assert vault.surface(tokens)[tokens[5]] == "Ann Lee 5"
        assert vault.unseal(sealed, context="c") == "x"
    assert sorted(files_of(tmp_path / "other")) == ["vault.db", "vault.key", "vault.seen"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "other").iterdir()} == {0o600}


def test_a_backup_is_private_and_shows_nothing(home, tmp_path):
    file = tmp_path / "backup"
    home.backup(file)
    data = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (root,) = home.keys.load()
    for secret in (root, b"PERSON_", b"SQLite", b"CREATE TABLE", PASSPHRASE.encode()):
        assert secret not in data
    assert {path.name for path in tmp_path.iterdir()} == {"home", "backup"}


def test_every_changed_byte_and_every_cut_is_refused_and_nothing_touched(home, tmp_path):
    file, other = tmp_path / "backup", Home(tmp_path / "other")
    home.backup(file)
    with home.open() as vault:
        vault.assign([Mention("PERSON", "Bob", "bob")], version="v2")
    whole, before = file.read_bytes(), files_of(tmp_path / "home")
    places = (0, 30, 40, 60, len(whole) // 2, len(whole) - 1)
    damaged = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    damaged += [whole[:-1], whole[:-5000], whole[:50], b"", whole + b"x"]
    for data in damaged:
        file.write_bytes(data)
        for where, replace in ((other, False), (home, True)):
            with pytest.raises(VaultError, match="does not open|no backup of a vault"):
                where.restore(file, replace=replace)
    assert files_of(tmp_path / "home") == before
    assert files_of(tmp_path / "other") == {}


def test_a_backup_cut_between_two_chunks_is_refused(home, tmp_path, monkeypatch):
    monkeypatch.setattr("privrag.vault.sealed_file._CHUNK", 4096)
    file, other = tmp_path / "backup", Home(tmp_path / "other")
    home.backup(file)
    whole = file.read_bytes()
    head, chunk = 23 + 16 + 7, 4096 + 16
    for chunks in (1, 3):
        file.write_bytes(whole[: head + chunks * chunk])
        with pytest.raises(VaultError, match="does not open"):
            other.restore(file)
    swapped = whole[:head] + whole[head + chunk : head + 2 * chunk] + whole[head : head + chunk]
    file.write_bytes(swapped + whole[head + 2 * chunk :])
    with pytest.raises(VaultError, match="does not open"):
        other.restore(file)
    file.write_bytes(whole)
    other.restore(file)


def test_another_passphrase_is_refused_and_a_short_one_not_taken(home, tmp_path):
    file = tmp_path / "backup"
    home.backup(file)
    with pytest.raises(VaultError, match="another passphrase"):
        Home(tmp_path / "other").restore(file, "another invented one")
    with pytest.raises(VaultError, match="at least 12 characters"):
        backup(home.path, home.keys, tmp_path / "b2", "short")
    assert not (tmp_path / "b2").exists()


def test_an_existing_vault_is_replaced_only_on_request(home, tmp_path):
    file = tmp_path / "backup"
    home.backup(file)
    with home.open() as vault:
        [bob] = vault.assign([Mention("PERSON", "Bob", "bob")], version="v2")
    with pytest.raises(VaultError, match="give --replace"):
        home.restore(file)
    with home.open() as vault:
        assert vault.surface([bob]) == {bob: "Bob"}
    home.restore(file, replace=True)
    with home.open() as vault:  # the counter file goes along: no complaint about an older copy
        assert vault.surface([bob]) == {}
        assert vault.count() == 40


def test_a_vault_that_somebody_has_open_is_not_replaced(home, tmp_path):
    file = tmp_path / "backup"
    home.backup(file)
    with home.open() as vault:
        vault.count()
        with pytest.raises(VaultError, match="another process has the vault"):
            home.restore(file, replace=True)
        assert vault.count() == 40


def test_without_the_key_it_restores_only_beside_the_key(home, tmp_path):
    file = tmp_path / "backup"
    assert not home.backup(file, with_key=False).with_key
    with pytest.raises(VaultError, match="is missing; put it back"):
        Home(tmp_path / "other").restore(file)
    home.path.unlink()
    assert home.restore(file).checked.entities == 40
    other = Home(tmp_path / "third")
    other.open().close()
    with pytest.raises(VaultError, match="does not belong"):
        other.restore(file, replace=True)


def test_a_backup_from_before_a_rotation_brings_its_root_key_back(home, tmp_path):
    file = tmp_path / "backup"
    home.backup(file)
    (old,) = home.keys.load()
    with home.open() as vault:
        vault.rotate()
    home.restore(file, replace=True)
    assert home.keys.load() == (old,)
    with home.open() as vault:
        assert vault.verify().damaged == ()


def test_killed_between_key_and_vault_both_still_open(home, tmp_path, monkeypatch):
    file = tmp_path / "backup"
    home.backup(file)
    with home.open() as vault:
        vault.rotate()

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("privrag.vault.backup._adopt", _then(stop))
        with pytest.raises(KeyboardInterrupt):
            home.restore(file, replace=True)
    assert len(home.keys.load()) == 2
    with home.open() as vault:
        assert vault.count() == 40
    home.restore(file, replace=True)
    assert len(home.keys.load()) == 1
    assert not list(home.path.parent.glob(".restore-*"))


def _then(stop):
    from privrag.vault.backup import _adopt

    def both(*arguments):
        _adopt(*arguments)
        stop()

    return both


def test_a_backup_while_another_process_writes_is_one_consistent_state(home, tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOREVER, home.path.parent], stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout.readline() == "writing\n"
        for number in range(3):
            home.backup(tmp_path / f"backup{number}")
    finally:
        writer.kill()
        writer.communicate()
    counts = []
    for number in range(3):
        other = Home(tmp_path / f"other{number}")
        assert other.restore(tmp_path / f"backup{number}").checked.damaged == ()
        with other.open() as vault:
            counts.append(vault.count())
            rows = vault.opened.db.execute(
                "SELECT count(*) FROM mentions WHERE version LIKE 'w%' GROUP BY version"
            )
            assert {row for (row,) in rows} == {5}
    assert counts == sorted(counts)


def test_a_backup_that_cannot_be_written_says_so_and_leaves_nothing(home, tmp_path):
    with pytest.raises(VaultError, match="cannot be written"):
        home.backup(tmp_path / "no such folder" / "backup")
    assert [file.name for file in tmp_path.iterdir()] == ["home"]
