"""Somebody can write to the vault's file but has no key."""

import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Mention, Vault
from privrag.vault.cipher import decrypt, encrypt
from privrag.vault.entity import Entity
from privrag.vault.verify import Verified

KEY = bytes(range(32))
ANN = Mention("PERSON", "Ann Lee", "ann lee")
MS_LEE = Mention("PERSON", "Ms. Lee", "ann lee")
BOB = Mention("PERSON", "Bob Ray", "bob ray")


@pytest.fixture
def vault(tmp_path: Path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        yield opened


def edit(tmp_path: Path, *statements: str) -> None:
    db = sqlite3.connect(tmp_path / "vault.db")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def exchange(table: str, column: str, one: str, other: str) -> tuple[str, ...]:
    """SQL that exchanges a column's values between two rows."""
    return (
        f"CREATE TEMP TABLE kept AS SELECT {column} AS value FROM {table} WHERE {one}",  # noqa: S608
        f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {other})"  # noqa: S608
        f" WHERE {one}",
        f"UPDATE {table} SET {column} = (SELECT value FROM kept) WHERE {other}",  # noqa: S608
    )


@pytest.mark.parametrize(
    "statements",
    [
        exchange("surfaces", "sealed", "entity = 1 AND suffix = ''", "entity = 2"),
        exchange("surfaces", "sealed", "entity = 1 AND suffix = ''", "suffix = '_B'"),
        exchange("data_keys", "wrapped", "entity = 1", "entity = 2"),
        (
            "UPDATE entities SET canonical = x'00' WHERE id = 2",
            "UPDATE entities SET canonical = x'01' WHERE id = 1",
        ),
        ("UPDATE entities SET label = 'ORG'",),
        ("UPDATE entities SET part = 7",),
        ("UPDATE surfaces SET sealed = substr(sealed, 1, length(sealed) - 1) || x'00'",),
        ("UPDATE surfaces SET sealed = 'text'",),
        ("UPDATE entities SET label = x'00'",),
        ("UPDATE surfaces SET sealed = x''",),
        ("UPDATE data_keys SET wrapped = zeroblob(68)",),
    ],
    ids=[
        "two surfaces",
        "two aliases",
        "two keys",
        "canonical",
        "label",
        "part",
        "a byte",
        "other type",
        "label of other type",
        "emptied",
        "key",
    ],
)
def test_a_changed_row_is_refused_naming_the_pseudonym_only(vault, tmp_path, statements):
    ann, _, bob = vault.assign([ANN, MS_LEE, BOB], version="v1")
    edit(tmp_path, *statements)
    with pytest.raises(VaultError, match=f"entry of ({ann}|{bob}) was damaged") as caught:
        vault.surface([ann, ann + "_B", bob])
    assert not re.search("Ann|Lee|Bob|Ray", str(caught.value))


def test_exchanged_pseudonyms_do_not_show_one_person_as_another(vault, tmp_path):
    ann, bob = vault.assign([ANN, BOB], version="v1")
    edit(
        tmp_path,
        "UPDATE entities SET pseudonym = 'x' WHERE id = 1",
        f"UPDATE entities SET pseudonym = '{ann}' WHERE id = 2",  # noqa: S608
        f"UPDATE entities SET pseudonym = '{bob}' WHERE id = 1",  # noqa: S608
    )
    for token in (ann, bob):
        with pytest.raises(VaultError, match=f"entry of {token}"):
            vault.surface([token])


def test_exchanged_canonical_forms_do_not_merge_two_people(vault, tmp_path):
    vault.assign([ANN, BOB], version="v1")
    edit(
        tmp_path,
        "CREATE TEMP TABLE kept AS SELECT id, canonical FROM entities",
        "UPDATE entities SET part = id + 10",
        "UPDATE entities SET canonical ="
        " (SELECT canonical FROM kept WHERE kept.id = 3 - entities.id)",
        "UPDATE entities SET part = 0",
    )
    with pytest.raises(VaultError, match="was damaged"):
        vault.assign([ANN], version="v2")


def test_a_row_moved_to_another_tenant_does_not_open(vault, tmp_path):
    [ann] = vault.assign([ANN], version="v1")
    edit(tmp_path, "UPDATE entities SET tenant = 'b'")
    assert vault.surface([ann]) == {}
    keys = FileKeyProvider(tmp_path / "vault.key")
    with (
        Vault.open(tmp_path / "vault.db", keys, tenant="b") as other,
        pytest.raises(VaultError, match=f"entry of {ann}"),
    ):
        other.surface([ann])


def test_an_edited_byte_in_the_file_is_noticed_or_harmless(vault, tmp_path):
    [ann] = vault.assign([ANN], version="v1")
    vault.close()
    path, keys = tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")
    whole = path.read_bytes()
    with sqlite3.connect(path) as db:
        [[sealed]] = db.execute("SELECT sealed FROM surfaces").fetchall()
    db.close()
    at = whole.index(sealed)
    for offset in (0, 11, 12, len(sealed) - 1):
        edited = bytearray(whole)
        edited[at + offset] ^= 1
        path.write_bytes(edited)
        with (
            Vault.open(path, keys) as again,
            pytest.raises(VaultError, match=f"entry of {ann} was damaged"),
        ):
            again.surface([ann])


def copy_of(tmp_path: Path, *tables: str) -> dict[str, list[tuple]]:
    db = sqlite3.connect(tmp_path / "vault.db")
    rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608
    db.close()
    return rows


def put_back(tmp_path: Path, rows: dict[str, list[tuple]]) -> None:
    db = sqlite3.connect(tmp_path / "vault.db")
    for table, old in rows.items():
        for row in old:
            marks = ",".join("?" * len(row))
            db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608
    db.commit()
    db.close()


class TestReplay:
    """An older authentic row is put back."""

    def test_an_older_surface_under_the_same_token(self, vault, tmp_path):
        ann, _ = vault.assign([ANN, MS_LEE], version="v1")
        old = copy_of(tmp_path, "surfaces")
        vault.split(ann, ["Ms. Lee"])
        put_back(tmp_path, old)
        with pytest.raises(VaultError, match=f"entry of {ann}"):
            vault.surface([ann])
        assert ann in vault.verify().damaged

    def test_a_destroyed_entity_with_all_its_rows(self, vault, tmp_path):
        [ann] = vault.assign([ANN], version="v1")
        old = copy_of(tmp_path, "entities", "surfaces", "forms", "data_keys")
        vault.release("v1")
        put_back(tmp_path, old)
        for use in (
            lambda: vault.surface([ann]),
            lambda: vault.find([("PERSON", "ann lee")]),
            lambda: vault.assign([ANN], version="v2"),
        ):
            with pytest.raises(VaultError, match=f"entry of {ann}"):
                use()
        assert vault.verify().damaged == (ann,)

    def test_a_merge_undone(self, vault, tmp_path):
        ann, bob = vault.assign([ANN, BOB], version="v1")
        old = copy_of(tmp_path, "entities")
        vault.merge(ann, bob)
        put_back(tmp_path, old)
        with pytest.raises(VaultError, match=f"entry of {bob}"):
            vault.find([("PERSON", "bob ray")])

    def test_rows_together_with_their_checks(self, vault, tmp_path):
        ann, _ = vault.assign([ANN, MS_LEE], version="v1")
        old = copy_of(tmp_path, "surfaces", "checks")
        vault.split(ann, ["Ms. Lee"])
        put_back(tmp_path, old)
        vault.opened.checks.forget()
        with pytest.raises(VaultError, match=f"entry of {ann}"):
            vault.surface([ann])

    def test_rows_checks_and_the_vaults_own_summary_in_an_open_vault(self, vault, tmp_path):
        ann, _ = vault.assign([ANN, MS_LEE], version="v1")
        old = copy_of(tmp_path, "surfaces", "checks", "meta", "entities")
        vault.split(ann, ["Ms. Lee"])
        put_back(tmp_path, old)
        with pytest.raises(VaultError, match="older state"):
            vault.surface([ann])

    def test_the_whole_file_before_it_is_opened(self, vault, tmp_path):
        [ann] = vault.assign([ANN], version="v1")
        vault.opened.truncate_log()
        old = (tmp_path / "vault.db").read_bytes()
        vault.erase(ann)
        vault.close()
        (tmp_path / "vault.db").write_bytes(old)
        keys = FileKeyProvider(tmp_path / "vault.key")
        with pytest.raises(VaultError, match="older copy.*privrag vault accept"):
            Vault.open(tmp_path / "vault.db", keys)
        Vault.open(tmp_path / "vault.db", keys, accept=True).close()
        with Vault.open(tmp_path / "vault.db", keys) as again:
            assert again.surface([ann]) == {ann: "Ann Lee"}

    def test_the_note_removed_or_edited(self, vault, tmp_path):
        vault.assign([ANN], version="v1")
        vault.close()
        note, keys = tmp_path / "vault.seen", FileKeyProvider(tmp_path / "vault.key")
        whole = note.read_bytes()
        for data in (b"", bytes(len(whole)), whole[:-1]):
            note.write_bytes(data)
            if data == whole[:-1]:  # a power cut in one of two notes: the other one counts
                Vault.open(tmp_path / "vault.db", keys).close()
            else:
                with pytest.raises(VaultError, match="missing or not of this vault"):
                    Vault.open(tmp_path / "vault.db", keys)

    def test_vault_and_note_of_the_same_moment_are_not_noticed_here(self, vault, tmp_path):
        # The limit that docs/design/vault-notices-replay.md states.
        [ann] = vault.assign([ANN], version="v1")
        vault.opened.truncate_log()
        old = [(tmp_path / n, (tmp_path / n).read_bytes()) for n in ("vault.db", "vault.seen")]
        mark = vault.mark()
        vault.erase(ann)
        assert vault.mark() != mark  # what an audit log may compare
        vault.close()
        for path, data in old:
            path.write_bytes(data)
        with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as again:
            assert again.mark() == mark


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE forms SET entity = 2 WHERE entity = 1",),
        ("UPDATE entities SET leader = 1 WHERE id = 2",),
        ("UPDATE entities SET flags = 4 WHERE id = 1",),
        ("DELETE FROM surfaces WHERE entity = 1",),
    ],
    ids=["a form of another", "a merge", "a flag", "a surface gone"],
)
def test_who_a_form_names_cannot_be_changed(vault, tmp_path, statements):
    vault.assign([Mention("PERSON", "Ann Lee", "ann lee", ("lee",)), BOB], version="v1")
    edit(tmp_path, *statements)
    forms = [("PERSON", form) for form in ("lee", "ann lee", "bob ray")]
    with pytest.raises(VaultError, match="was damaged"):
        assert len(vault.find(forms)) == 3


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM mentions", "rows came or went"),
        ("INSERT INTO mentions VALUES ('v9', 1)", "rows came or went"),
        ("DELETE FROM suppressed", "rows came or went"),
        ("DELETE FROM erased", "rows came or went"),
        ("DELETE FROM beside", "rows came or went"),
        ("UPDATE beside SET entity = 1", "rows came or went"),
        ("INSERT INTO beside VALUES (1, 'EMAIL', x'00')", "rows came or went"),
        ("DELETE FROM stale", "rows came or went"),
        ("UPDATE stale SET version = 'v7'", "rows came or went"),
        ("INSERT INTO stale VALUES ('v7', 'default')", "rows came or went"),
        ("DELETE FROM entities WHERE id = 1", "entity number 1: its rows are gone"),
        ("UPDATE data_keys SET wrapped = zeroblob(68) WHERE entity = 2", "PERSON_"),
        ("UPDATE surfaces SET sealed = x'00' WHERE entity = 2", "PERSON_"),
    ],
)
def test_verify_finds_what_no_reading_meets(vault, tmp_path, statement, said):
    bob = replace(BOB, beside=(("EMAIL", "bob@ray.example"),))
    vault.assign([ANN, bob, Mention("PERSON", "C", "c")], version="v1")
    vault.assign([MS_LEE], version="v2")
    vault.split(vault.find([("PERSON", "ann lee")])["PERSON", "ann lee"], ["Ms. Lee"])
    vault.release("v2")
    vault.suppress([("PERSON", "x y")])
    vault.erase(vault.assign([Mention("PERSON", "C", "c")], version="v1")[0])
    assert vault.verify() == Verified(3, 4, ())
    edit(tmp_path, statement)
    assert any(said in wrong for wrong in vault.verify().damaged)


@pytest.mark.parametrize(
    "change",
    [
        "counter = counter + 1",
        "next_id = 1",
        "tree = zeroblob(16)",
        "loose = zeroblob(32)",
        "people = 7",
        "legacy = x'00'",
    ],
)
def test_the_vaults_own_summary_cannot_be_edited(vault, tmp_path, change):
    [ann] = vault.assign([ANN], version="v1")
    edit(tmp_path, f"UPDATE meta SET {change}")  # noqa: S608
    with pytest.raises(VaultError, match="record of its own state was damaged"):
        vault.surface([ann])
    with pytest.raises(VaultError, match="record of its own state was damaged"):
        vault.assign([BOB], version="v2")


@pytest.mark.parametrize(
    "place",
    [
        {"tenant": "other"},
        {"pseudonym": "PERSON_4SD2GZD3"},
        {"label": "ORG"},
        {"canonical": b"c" * 32},
        {"part": 1},
    ],
)
def test_a_ciphertext_opens_in_its_own_row_alone(place):
    row = Entity(1, "default", "PERSON_K7M2QX4C", "PERSON", b"b" * 32, 0, None, 0)
    sealed = encrypt(KEY, "Ann Lee", row.context("_B"))
    assert decrypt(KEY, sealed, row.context("_B")) == "Ann Lee"
    for context in (replace(row, **place).context("_B"), row.context("_C"), row.context()):
        with pytest.raises(InvalidTag):
            decrypt(KEY, sealed, context)
