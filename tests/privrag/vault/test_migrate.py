"""A vault of schema 1 goes on, with everything that was made with it."""

import sqlite3
from pathlib import Path

import pytest

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Mention, Vault
from privrag.vault.integrity import State
from tests.privrag.vault.schema_1 import Schema1

ANN, LEEDS, GONE = "PERSON_K7M2QX4C", "PERSON_0000000", "PERSON_1111111"


@pytest.fixture
def old(tmp_path: Path):
    made = Schema1(tmp_path / "vault.db", tmp_path / "vault.key")
    made.add(ANN, "ann lee", ["Ann Lee", "Ms. Lee"], version="v1")
    made.add("PERSON_22222222", "ann lee", ["A. Lee"], version="v1", part=1)
    made.add("PERSON_33333333", "ann leeds", ["Ann Leeds"], version="v2")
    made.add("PERSON_44444444", "only shown", ["Only Shown"], version="preview")
    yield made
    made.close()


def open_vault(tmp_path: Path, tenant: str = "default") -> Vault:
    return Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key"), tenant=tenant)


def test_tokens_names_and_sealed_texts_stay_what_they_were(old, tmp_path):
    sealed = old.seal("a title", "doc 1")
    old.close()
    with open_vault(tmp_path) as vault:
        assert vault.surface([ANN, ANN + "_B", "PERSON_22222222"]) == {
            ANN: "Ann Lee",
            ANN + "_B": "Ms. Lee",
            "PERSON_22222222": "A. Lee",
        }
        assert vault.find([("PERSON", "ann lee"), ("PERSON", "leeds")]) == {
            ("PERSON", "ann lee"): ANN,
            ("PERSON", "leeds"): "PERSON_33333333",
        }
        assert vault.assign([Mention("PERSON", "Ann Lee", "ann lee")], version="v3") == [ANN]
        assert vault.unseal(sealed, context="doc 1") == "a title"
        assert vault.verify().damaged == ()
    with open_vault(tmp_path) as vault:
        assert vault.count() == 3


def test_what_was_only_shown_is_gone(old, tmp_path):
    old.close()
    with open_vault(tmp_path) as vault:
        assert vault.surface(["PERSON_44444444"]) == {}


def test_old_keys_survive_a_rotation_and_the_old_root_key_does_not(old, tmp_path):
    sealed, audit = old.seal("a title", "doc 1"), old.derive("default", "audit")
    old.close()
    root = (tmp_path / "vault.key").read_bytes()
    with open_vault(tmp_path) as vault:
        assert vault.key("audit") == audit
        vault.rotate()
    assert root not in b"".join(f.read_bytes() for f in tmp_path.iterdir() if f.is_file())
    with open_vault(tmp_path) as vault:
        assert vault.surface([ANN]) == {ANN: "Ann Lee"}
        assert vault.unseal(sealed, context="doc 1") == "a title"
        assert vault.key("audit") == audit


def test_another_tenant_without_entities_keeps_its_keys(old, tmp_path):
    expected = old.derive("b", "seal")
    old.close()
    open_vault(tmp_path).close()
    with open_vault(tmp_path, tenant="b") as vault:
        assert vault.key("seal") == expected


def test_another_key_leaves_the_old_file_as_it_is(old, tmp_path):
    old.close()
    (tmp_path / "vault.key").write_bytes(bytes(32))
    with pytest.raises(VaultError, match="does not belong to the vault"):
        open_vault(tmp_path)
    with sqlite3.connect(tmp_path / "vault.db") as db:
        assert db.execute("SELECT schema_version FROM meta").fetchone() == (1,)
    db.close()


def test_a_failure_in_the_middle_leaves_schema_1(old, tmp_path, monkeypatch):
    old.close()

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("privrag.vault.migrate._finish", fail)
        with pytest.raises(KeyboardInterrupt):
            open_vault(tmp_path)
    with sqlite3.connect(tmp_path / "vault.db") as db:
        assert db.execute("SELECT schema_version FROM meta").fetchone() == (1,)
        assert db.execute("SELECT count(wrapped_key) FROM entities").fetchone() == (4,)
    db.close()
    with open_vault(tmp_path) as vault:
        assert vault.surface([ANN]) == {ANN: "Ann Lee"}


def test_no_second_copy_of_a_data_key_stays_in_the_file(old, tmp_path):
    wrapped = old.wrapped_keys()
    old.close()
    with open_vault(tmp_path) as vault:
        for version in ("v1", "v2"):
            vault.release(version)
        files = b"".join(f.read_bytes() for f in tmp_path.iterdir() if f.is_file())
    assert not any(key in files for key in wrapped)


class TestSchema2:
    """Its sum did not cover what stood beside whom, and which versions are stale."""

    @pytest.fixture
    def path(self, tmp_path):
        beside = (("EMAIL", "ann@lee.example"),)
        with open_vault(tmp_path) as vault:
            both = [Mention("PERSON", w, "ann lee", beside=beside) for w in ("Ann Lee", "Ms. Lee")]
            [ann, _] = vault.assign(both, version="v1")
            vault.split(ann, ["Ms. Lee"])
            opened = vault.opened
            with opened.writing() as state:
                rows = [
                    f"mention|{version}|{entity}"
                    for version, entity in opened.db.execute("SELECT * FROM mentions")
                ]
                old = State.with_loose(state.after(loose=0), opened.state_key, added=rows)
                opened.save(state.after(loose=old))
                opened.db.execute("UPDATE meta SET schema_version = 2")
        return tmp_path / "vault.db"

    def test_it_goes_on_whole_and_covered(self, path, tmp_path):
        for _ in range(2):
            with open_vault(tmp_path) as vault:
                assert vault.verify().damaged == ()
                assert vault.stale() == {"v1"}
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT schema_version FROM meta").fetchone() == (3,)
            db.execute("DELETE FROM beside")
        db.close()
        with open_vault(tmp_path) as vault:
            assert vault.verify().damaged
            vault.release("v1")

    def test_called_schema_2_again_it_shows(self, path, tmp_path):
        open_vault(tmp_path).close()
        with sqlite3.connect(path) as db:
            db.execute("DELETE FROM beside")
            db.execute("UPDATE meta SET schema_version = 2")
        db.close()
        with open_vault(tmp_path) as vault:
            assert vault.verify().damaged

    def test_an_older_copy_is_refused_before_it_is_touched(self, path, tmp_path):
        old = path.read_bytes()
        with open_vault(tmp_path) as vault:
            vault.assign([Mention("PERSON", "Bob", "bob")], version="v2")
        path.write_bytes(old)
        with pytest.raises(VaultError, match="older copy"):
            open_vault(tmp_path)
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT schema_version FROM meta").fetchone() == (2,)
        db.close()
