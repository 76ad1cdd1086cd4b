"""The life of a key, and what its scopes mean."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from privrag.errors import SettingsError
from privrag.records import Viewer
from privrag_service.keys import KeyStore


def test_a_key_is_verified_until_it_is_revoked(keys: KeyStore):
    key_id, key = keys.create("ada")
    assert key.startswith(f"privrag_{key_id}_")
    assert len(key.rpartition("_")[2]) >= 1 and len(key) >= len(f"privrag_{key_id}_") + 43
    principal = keys.verify(key)
    assert principal is not None
    assert principal.viewer("acme") == Viewer(user="ada", tenant="acme")
    assert keys.revoke(key_id)
    assert keys.verify(key) is None
    assert not keys.revoke("nobody")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: "privrag_",
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key.upper(),
        lambda key: key.replace("privrag_", ""),
        lambda key: f"privrag_{'0' * 12}_{key.split('_', 2)[2]}",
        lambda key: key.split("_")[1],
        lambda key: "privrag_' OR 1=1 --_x",
        lambda key: key + "é\udcff",
    ],
)
def test_nothing_but_the_key_itself_is_accepted(keys: KeyStore, spoil):
    _, key = keys.create("ada")
    assert keys.verify(spoil(key)) is None


def test_an_expired_key_is_refused_and_still_locks_the_door(
    keys: KeyStore, monkeypatch: pytest.MonkeyPatch
):
    _, key = keys.create("ada", expires=datetime.now(UTC) + timedelta(days=1))
    assert keys.verify(key) is not None
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    keys._db.execute("UPDATE api_key SET expires = ?", (past,))
    assert keys.verify(key) is None
    assert not keys.any_active()
    assert keys.locked()


def test_revoking_the_last_key_leaves_the_door_locked(keys: KeyStore):
    assert not keys.locked()
    key_id, _ = keys.create("ada")
    assert keys.locked()
    keys.revoke(key_id)
    assert keys.locked()
    assert not keys.any_active()


def test_a_file_that_holds_no_keys_is_named(tmp_path: Path):
    (tmp_path / "keys.sqlite").write_bytes(b"garbage" * 1000)
    with pytest.raises(SettingsError, match=r"keys\.sqlite.*DatabaseError.*backup"):
        KeyStore(tmp_path / "keys.sqlite")


def test_scopes_become_a_viewer(keys: KeyStore):
    scopes = ["reveal", "collection:hr", "collection:main", "group:legal"]
    _, key = keys.create("ada", scopes)
    principal = keys.verify(key)
    assert principal is not None
    assert principal.viewer("acme") == Viewer(
        user="ada",
        groups=frozenset({"legal"}),
        collections=frozenset({"hr", "main"}),
        tenant="acme",
        reveal=True,
    )


@pytest.mark.parametrize(
    "scope",
    ["", "owner", "Reveal", "reveal:", "reveal:PERSN", "group:", "collection: ", "group:a\nreveal"],
)
def test_an_unknown_scope_is_refused(keys: KeyStore, scope: str):
    with pytest.raises(SettingsError, match="scope"):
        keys.create("ada", [scope])
    assert keys.list() == []


def test_a_key_may_see_single_types(keys: KeyStore):
    _, key = keys.create("ada", ["reveal:PERSON", "reveal:SECRET"])
    principal = keys.verify(key)
    assert principal is not None
    assert principal.viewer("acme").revealed == {"PERSON", "SECRET"}


@pytest.mark.parametrize("name", ["", "  ", "a\nb"])
def test_a_key_needs_a_name(keys: KeyStore, name: str):
    with pytest.raises(SettingsError, match="name"):
        keys.create(name)


def test_an_expiry_in_the_past_is_refused(keys: KeyStore):
    with pytest.raises(SettingsError, match="future"):
        keys.create("ada", expires=datetime.now(UTC))


def test_the_file_is_private_and_holds_no_key(keys: KeyStore, tmp_path: Path):
    _, key = keys.create("ada")
    path = tmp_path / "home" / "keys.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert key.split("_", 2)[2].encode() not in path.read_bytes()


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path):
    path = tmp_path / "keys.sqlite"
    sqlite3.connect(path).close()
    path.chmod(0o644)
    KeyStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_process_sees_a_revocation_at_once(keys: KeyStore, tmp_path: Path):
    key_id, key = keys.create("ada")
    other = KeyStore(tmp_path / "home" / "keys.sqlite")
    assert other.verify(key) is not None
    keys.revoke(key_id)
    assert other.verify(key) is None
    other.close()
