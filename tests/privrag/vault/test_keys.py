import stat
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, KeyProvider, VaultSettings
from privrag.vault.cipher import frame

DATA_KEY = bytes(range(32))


@pytest.fixture
def keys(tmp_path: Path) -> FileKeyProvider:
    provider = FileKeyProvider(tmp_path / "home" / "vault.key")
    provider.open(create=True)
    return provider


def test_the_key_file_is_made_private_and_kept(tmp_path):
    path = tmp_path / "home" / "vault.key"
    provider: KeyProvider = FileKeyProvider(path)
    provider.open(create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    first = path.read_bytes()
    assert len(first) == 32
    FileKeyProvider(path).open(create=True)
    assert path.read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == ["vault.key"]


@pytest.mark.parametrize(
    "use",
    [
        lambda keys: keys.open(create=False),
        lambda keys: keys.derive("default", "audit"),
        lambda keys: keys.wrap(DATA_KEY, tenant="default", context=b""),
        lambda keys: keys.health(),
    ],
)
def test_a_missing_key_is_never_replaced_in_passing(tmp_path, use):
    path = tmp_path / "vault.key"
    with pytest.raises(VaultError, match="is missing; put it back from its backup"):
        use(FileKeyProvider(path))
    assert not path.exists()


def test_a_key_file_open_to_others_is_refused_with_the_command(tmp_path, keys):
    path = tmp_path / "home" / "vault.key"
    for mode in (0o640, 0o604, 0o666):
        path.chmod(mode)
        with pytest.raises(VaultError, match=f"run: chmod 600 {path}"):
            FileKeyProvider(path).open(create=True)


@pytest.mark.parametrize(("size", "said"), [(0, "0"), (31, "31"), (33, "more than 32")])
def test_a_key_of_the_wrong_length_is_refused(tmp_path, size, said):
    path = tmp_path / "vault.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(VaultError, match=f"holds {said} bytes instead of 32"):
        FileKeyProvider(path).open(create=True)
    assert path.stat().st_size == size


def test_a_key_file_that_cannot_be_written_is_said_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultError, match="cannot be written"):
        FileKeyProvider(tmp_path / "file" / "vault.key").open(create=True)


def test_many_first_users_get_one_key(tmp_path):
    providers = [FileKeyProvider(tmp_path / "vault.key") for _ in range(16)]
    threads = [
        threading.Thread(target=provider.open, kwargs={"create": True}) for provider in providers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({provider.derive("default", "audit") for provider in providers}) == 1


def test_derived_keys_differ_by_tenant_and_purpose_and_last(tmp_path, keys):
    names = [("a", "wrap"), ("a", "index"), ("a", "seal"), ("a", "audit"), ("b", "index")]
    derived = [keys.derive(*name) for name in names]
    assert {len(key) for key in derived} == {32}
    assert len(set(derived)) == len(names)
    again = FileKeyProvider(tmp_path / "home" / "vault.key")
    assert [again.derive(*name) for name in names] == derived


def test_a_wrapped_key_opens_only_where_it_belongs(keys):
    wrapped = keys.wrap(DATA_KEY, tenant="a", context=b"row 1")
    assert DATA_KEY not in wrapped
    assert keys.unwrap(wrapped, tenant="a", context=b"row 1") == DATA_KEY
    edited = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for data, tenant, context in [
        (wrapped, "b", b"row 1"),
        (wrapped, "a", b"row 2"),
        (edited, "a", b"row 1"),
        (b"", "a", b"row 1"),
    ]:
        with pytest.raises(VaultError, match="cannot be unwrapped"):
            keys.unwrap(data, tenant=tenant, context=context)


def test_health_notices_a_replaced_key(tmp_path, keys):
    keys.health()
    keys.derive("default", "index")
    (tmp_path / "home" / "vault.key").write_bytes(bytes(32))
    with pytest.raises(VaultError, match="was replaced while in use"):
        keys.health()


def test_a_key_is_in_no_repr_and_settings_refuse_unknown_names(tmp_path, keys):
    assert repr(keys) == f"FileKeyProvider('{tmp_path}/home/vault.key')"
    assert VaultSettings().key_file is None
    with pytest.raises(ValidationError):
        VaultSettings.model_validate({"keyfile": "x"})


def test_framed_texts_do_not_run_into_each_other():
    assert frame("ab", "c") != frame("a", "bc")
    assert frame("a", "") != frame("a")
    assert frame("\ud800") == b"\0\0\0\x03\xed\xa0\x80"  # a lone surrogate raises nothing
