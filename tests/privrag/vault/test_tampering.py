"""Somebody can write to the vault's file but has no key."""

import re
import sqlite3
from pathlib import Path

import pytest

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Mention, Vault

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
