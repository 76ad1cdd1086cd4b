"""The contract of every key provider; services through their real client libraries."""

import json
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from privrag.errors import SettingsError, VaultError
from privrag.settings import load_settings
from privrag.vault import FileKeyProvider, KeyProvider, Mention, Vault, VaultSettings, open_provider
from privrag.vault.keys import Keyring
from tests.privrag.vault.key_services import (
    CLIENT_SECRET,
    DIRECTORY,
    TOKEN,
    AzureStandIn,
    StandIn,
    TransitStandIn,
)

ANN = Mention("PERSON", "Ann Lee", "ann lee")


@pytest.fixture(scope="module")
def _azure(tmp_path_factory):
    stand_in = AzureStandIn(tmp_path_factory.mktemp("azure") / "service")
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def _transit(tmp_path_factory):
    stand_in = TransitStandIn(tmp_path_factory.mktemp("transit") / "service")
    yield stand_in
    stand_in.stop()


@pytest.fixture(params=["azure", "transit"])
def service(request):
    stand_in: StandIn = request.getfixturevalue(f"_{request.param}")
    stand_in.refusing = False
    stand_in.requests.clear()
    return stand_in


@pytest.fixture(params=["file", "azure", "transit"])
def keys(request, tmp_path) -> KeyProvider:
    if request.param == "file":
        return FileKeyProvider(tmp_path / "vault.key")
    stand_in = request.getfixturevalue(f"_{request.param}")
    stand_in.refusing = False
    return provider(stand_in, tmp_path)


def settings_for(stand_in: StandIn, **changes: object) -> VaultSettings:
    fields: dict[str, object] = {
        "address": stand_in.address,
        "key": "root",
        "ca_file": stand_in.ca_file,
    }
    if isinstance(stand_in, AzureStandIn):
        fields |= {"provider": "azure", "authority": stand_in.address, "directory": DIRECTORY}
        fields |= {"client": "an-invented-client", "client_secret": CLIENT_SECRET}
    else:
        fields |= {"provider": "transit", "token": TOKEN}
    return VaultSettings.model_validate(fields | changes)


def provider(stand_in: StandIn, home: Path, **changes: object) -> KeyProvider:
    return open_provider(settings_for(stand_in, **changes), home)


class TestContract:
    def test_a_root_key_is_made_once_and_stays(self, keys):
        keys.create()
        (first,) = keys.load()
        assert len(first) == 32
        keys.create()
        assert keys.load() == (first,)
        assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600

    def test_exactly_the_saved_keys_are_kept_newest_first(self, keys):
        keys.create()
        (old,) = keys.load()
        new = keys.fresh()
        keys.save((new, old))
        assert keys.load() == (new, old)
        keys.save((new,))
        assert keys.load() == (new,)

    def test_a_key_that_came_from_elsewhere_can_be_saved(self, keys):
        keys.create()
        foreign = bytes(range(32))
        keys.save((foreign, *keys.load()))
        assert keys.load()[0] == foreign

    def test_a_missing_key_is_never_replaced_in_passing(self, keys):
        with pytest.raises(VaultError, match="is missing; put it back from its backup"):
            keys.load()
        assert not keys.path.exists()

    def test_a_key_file_open_to_others_is_refused_with_the_command(self, keys):
        keys.create()
        keys.path.chmod(0o640)
        with pytest.raises(VaultError, match="run: chmod 600"):
            keys.load()

    def test_a_damaged_key_file_is_refused_and_stays_as_it_is(self, keys):
        keys.create()
        keys.path.write_bytes(b"x")
        with pytest.raises(VaultError, match="put it back from its backup"):
            keys.load()
        assert keys.path.read_bytes() == b"x"

    def test_a_vault_opens_again_and_rotates(self, keys, tmp_path):
        path = tmp_path / "vault.db"
        with Vault.open(path, keys) as vault:
            [ann] = vault.assign([ANN], version="v1")
            assert vault.rotate() == 1
            assert vault.surface([ann]) == {ann: "Ann Lee"}
        with Vault.open(path, keys) as vault:
            assert vault.surface([ann]) == {ann: "Ann Lee"}
            assert vault.assign([ANN], version="v2") == [ann]
        assert len(keys.load()) == 1

    def test_nothing_shows_a_key_in_a_repr(self, keys):
        keys.create()
        shown = repr(keys) + repr(Keyring(keys)) + str(vars(keys).get("_wrapped", ""))
        assert keys.load()[0].hex() not in shown
        assert CLIENT_SECRET not in shown
        assert TOKEN not in shown


class TestServices:
    def test_no_clear_root_key_is_written_anywhere(self, service, tmp_path):
        keys = provider(service, tmp_path)
        with Vault.open(tmp_path / "vault.db", keys) as vault:
            vault.assign([ANN], version="v1")
            (root,) = keys.load()
            written = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
        assert root not in written
        assert root.hex().encode() not in written
        assert not (tmp_path / "vault.key").exists()

    def test_requests_after_the_start_do_not_wait_for_the_service(self, service, tmp_path):
        with Vault.open(tmp_path / "vault.db", provider(service, tmp_path)) as vault:
            service.requests.clear()
            [ann] = vault.assign([ANN], version="v1")
            vault.surface([ann])
        assert service.requests == []

    def test_a_key_that_the_service_rotated_goes_on_opening(self, service, tmp_path):
        with Vault.open(tmp_path / "vault.db", provider(service, tmp_path)) as vault:
            [ann] = vault.assign([ANN], version="v1")
        service.new_version()
        with Vault.open(tmp_path / "vault.db", provider(service, tmp_path)) as vault:
            assert vault.surface([ann]) == {ann: "Ann Lee"}

    @pytest.mark.parametrize("trouble", ["revoked", "lost", "credentials", "other name", "away"])
    def test_trouble_is_one_sentence_and_damages_nothing(
        self, service, tmp_path, trouble, monkeypatch
    ):
        path = tmp_path / "vault.db"
        with Vault.open(path, provider(service, tmp_path)) as vault:
            [ann] = vault.assign([ANN], version="v1")
        before = {file.name: file.read_bytes() for file in tmp_path.glob("vault.*")}
        kept = service._versions
        changes: dict[str, object] = {}
        match trouble:
            case "revoked":
                service.refusing = True
            case "lost":
                service.replace_key()
            case "credentials":
                changes = {"client_secret": "x"} if hasattr(service, "_token") else {"token": "x"}
            case "other name":
                changes = {"key": "other"}
            case "away":
                changes = {"address": "https://127.0.0.1:9", "timeout_seconds": 1}
                stored = json.loads((tmp_path / "vault.key.json").read_text())
                for root in stored["roots"]:
                    root["key"] = root["key"].replace(service.address, "https://127.0.0.1:9")
                (tmp_path / "vault.key.json").write_text(json.dumps(stored))
                before["vault.key.json"] = (tmp_path / "vault.key.json").read_bytes()
        with pytest.raises(VaultError) as caught:
            Vault.open(path, provider(service, tmp_path, **changes))
        said = str(caught.value)
        assert "\n" not in said
        assert len(said) < 300
        assert CLIENT_SECRET not in said
        assert TOKEN not in said
        after = {file.name: file.read_bytes() for file in tmp_path.glob("vault.*")}
        assert after == before
        if trouble != "away":
            service._versions, service.refusing = kept, False
            with Vault.open(path, provider(service, tmp_path)) as vault:
                assert vault.surface([ann]) == {ann: "Ann Lee"}

    def test_a_certificate_that_is_not_trusted_is_refused(self, service, tmp_path):
        with pytest.raises(VaultError, match="cannot be used|gets no token"):
            Vault.open(tmp_path / "vault.db", provider(service, tmp_path, ca_file=None))
        assert not (tmp_path / "vault.db").exists()

    def test_a_key_file_of_the_other_service_names_both(self, service, tmp_path):
        keys = provider(service, tmp_path)
        keys.create()
        stored = keys.path.read_text()
        other = {"azure": "transit", "transit": "azure"}[settings_for(service).provider]
        keys.path.write_text(stored.replace(settings_for(service).provider, other))
        with pytest.raises(VaultError, match=f"wrapped by '{other}', the settings name"):
            keys.load()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"address": "https://x.example"}, "address contradicts provider = 'file'"),
        ({"provider": "azure", "key": "root"}, "provider = 'azure' needs address"),
        ({"provider": "azure", "address": "https://x.example"}, "provider = 'azure' needs key"),
        ({"provider": "transit", "address": "https://x.example", "key": "k"}, "needs token"),
        (
            {"provider": "azure", "address": "https://x.example", "key": "k", "token": "t"},
            "token contradicts provider = 'azure'",
        ),
        (
            {
                "provider": "azure",
                "address": "https://x.example",
                "key": "k",
                "authority": "https://y",
            },
            "authority needs client_secret",
        ),
        (
            {"provider": "azure", "address": "https://x.example", "key": "k", "client_secret": "s"},
            "client_secret needs authority",
        ),
        ({"provider": "azure", "address": "http://127.0.0.1", "key": "k"}, "address expects https"),
        (
            {"provider": "transit", "address": "http://x.example", "key": "k", "token": "t"},
            "address expects https",
        ),
        (
            {"provider": "transit", "address": "https://u:p@x.example", "key": "k", "token": "t"},
            "without credentials",
        ),
    ],
)
def test_settings_that_contradict_each_other_name_both(fields, said):
    with pytest.raises(ValidationError, match=said) as caught:
        VaultSettings.model_validate(fields)
    assert "u:p@" not in str(caught.value)


@pytest.mark.parametrize("name", ["token", "client_secret", "passphrase"])
def test_a_secret_has_no_toml_spelling(tmp_path, name):
    (tmp_path / "privrag.toml").write_text(f"[vault]\n{name} = 'x'\n")
    with pytest.raises(SettingsError, match=f"set PRIVRAG_VAULT__{name.upper()}"):
        load_settings(tmp_path)


def test_a_missing_library_names_the_extra(monkeypatch, _transit, _azure, tmp_path):
    import sys

    from privrag.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "hvac", None)
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    for stand_in in (_transit, _azure):
        with pytest.raises(MissingExtraError, match=r"pip install 'privrag\[keys\]'"):
            provider(stand_in, tmp_path)
