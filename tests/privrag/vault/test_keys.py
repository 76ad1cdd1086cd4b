import stat
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, VaultSettings
from privrag.vault.cipher import frame
from privrag.vault.keys import Keyring, key_id

DATA_KEY = bytes(range(32))


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    keyring = Keyring(FileKeyProvider(tmp_path / "home" / "vault.key"))
    keyring.open(create=True)
    return keyring


def test_the_key_file_is_made_private_and_kept(tmp_path):
    path = tmp_path / "home" / "vault.key"
    FileKeyProvider(path).create()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    first = path.read_bytes()
    assert len(first) == 32
    FileKeyProvider(path).create()
    assert path.read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == ["vault.key"]


@pytest.mark.parametrize(("size", "said"), [(0, "0"), (31, "31"), (33, "33"), (160, "too many")])
def test_a_key_of_the_wrong_length_is_refused(tmp_path, size, said):
    path = tmp_path / "vault.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(VaultError, match=f"holds {said} bytes instead of 32"):
        FileKeyProvider(path).load()
    assert path.stat().st_size == size


def test_a_key_file_that_cannot_be_written_is_said_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultError, match="cannot be written"):
        FileKeyProvider(tmp_path / "file" / "vault.key").create()


def test_many_first_users_get_one_key(tmp_path):
    providers = [FileKeyProvider(tmp_path / "vault.key") for _ in range(16)]
    threads = [threading.Thread(target=provider.create) for provider in providers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({provider.load() for provider in providers}) == 1


def test_a_replaced_key_file_leaves_no_old_bytes_behind(tmp_path):
    path = tmp_path / "vault.key"
    provider = FileKeyProvider(path)
    provider.create()
    old = path.read_bytes()
    link = tmp_path / "link"
    link.hardlink_to(path)  # the old file itself
    provider.save((bytes(range(32)),))
    assert path.read_bytes() == bytes(range(32))
    assert link.read_bytes() == bytes(len(old))


def test_a_wrapped_key_opens_only_where_it_belongs(keyring):
    (root,) = keyring.ids()
    wrapped = keyring.wrap(DATA_KEY, root=root, tenant="a", context=b"row 1")
    assert DATA_KEY not in wrapped
    assert keyring.unwrap(wrapped, tenant="a", context=b"row 1") == DATA_KEY
    edited = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for data, tenant, context in [
        (wrapped, "b", b"row 1"),
        (wrapped, "a", b"row 2"),
        (edited, "a", b"row 1"),
        (b"", "a", b"row 1"),
        (root, "a", b"row 1"),
    ]:
        with pytest.raises(VaultError, match="cannot be unwrapped"):
            keyring.unwrap(data, tenant=tenant, context=context)


def test_a_key_under_a_destroyed_root_key_opens_nowhere(keyring):
    (old,) = keyring.ids()
    wrapped = keyring.wrap(DATA_KEY, root=old, tenant="a", context=b"")
    new = keyring.add()
    assert keyring.ids() == (new, old)
    assert keyring.unwrap(wrapped, tenant="a", context=b"") == DATA_KEY
    keyring.keep_only(new)
    with pytest.raises(VaultError, match="its root key is not among those held"):
        keyring.unwrap(wrapped, tenant="a", context=b"")


def test_a_key_that_was_replaced_while_in_use_is_noticed(tmp_path, keyring):
    keyring.check()
    (tmp_path / "home" / "vault.key").write_bytes(bytes(32))
    with pytest.raises(VaultError, match="was replaced while in use"):
        keyring.check()


def test_an_id_tells_keys_apart_and_shows_nothing(keyring):
    (root,) = keyring.ids()
    assert len(root) == 8
    assert key_id(bytes(32)) != key_id(bytes(31) + b"\1")
    assert repr(keyring).startswith("Keyring(FileKeyProvider('")


def test_settings_refuse_unknown_names():
    assert VaultSettings().key_file is None
    with pytest.raises(ValidationError):
        VaultSettings.model_validate({"keyfile": "x"})


def test_framed_texts_do_not_run_into_each_other():
    assert frame("ab", "c") != frame("a", "bc")
    assert frame("a", "") != frame("a")
    assert frame("\ud800") == b"\0\0\0\x03\xed\xa0\x80"  # a lone surrogate raises nothing
