"""Another root key, while others work, and killed at every step."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Mention, Vault
from privrag.vault import rotate as rotate_module
from privrag.vault.keys import Keyring
from privrag.vault.rotate import _AT_ONCE

PEOPLE = [Mention("PERSON", f"Ann Lee {n}", f"ann lee {n}") for n in range(30)]

ROTATE_FOREVER = """
import sys
from pathlib import Path
from privrag.vault import FileKeyProvider, Vault
home = Path(sys.argv[1])
with Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key")) as vault:
    print("ready", flush=True)
    while True:
        vault.rotate()
        print("rotated", flush=True)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def open_vault(home: Path, **options) -> Vault:
    return Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key"), **options)


def roots(home: Path) -> tuple[bytes, ...]:
    return FileKeyProvider(home / "vault.key").load()


def test_everything_made_before_works_after(home):
    with open_vault(home) as vault, open_vault(home, tenant="b") as other:
        tokens = vault.assign(PEOPLE, version="v1")
        [b] = other.assign(PEOPLE[:1], version="v1")
        sealed, blind, audit = (
            vault.seal("x", context="c"),
            vault.blind("k", "t"),
            vault.key("audit"),
        )
        (old,) = roots(home)
        assert vault.rotate() == 31  # of every tenant
    (new,) = roots(home)
    assert new != old
    with open_vault(home) as vault, open_vault(home, tenant="b") as other:
        assert vault.assign(PEOPLE, version="v2") == tokens
        assert vault.surface(tokens)[tokens[3]] == "Ann Lee 3"
        assert other.surface([b]) == {b: "Ann Lee 0"}
        assert vault.unseal(sealed, context="c") == "x"
        assert (vault.blind("k", "t"), vault.key("audit")) == (blind, audit)
        assert vault.verify().damaged == ()


def test_the_old_root_key_opens_nothing_any_more(home):
    with open_vault(home) as vault:
        vault.assign(PEOPLE[:1], version="v1")
        (old,) = roots(home)
        vault.rotate()
    (home / "vault.key").write_bytes(old)
    with pytest.raises(VaultError, match="does not belong"):
        open_vault(home)


def test_who_had_the_vault_open_goes_on_reading_and_writing(home):
    with open_vault(home) as vault, open_vault(home) as other:
        [ann] = vault.assign(PEOPLE[:1], version="v1")
        other.rotate()
        assert vault.surface([ann]) == {ann: "Ann Lee 0"}
        [bob] = vault.assign(PEOPLE[1:2], version="v2")
        other.rotate()
        assert other.surface([ann, bob]) == {ann: "Ann Lee 0", bob: "Ann Lee 1"}
        assert other.verify().damaged == ()


@pytest.mark.parametrize("step", ["rewrap_tenant_keys", "_rewrap_some", "keep_only"])
def test_stopped_at_any_step_it_opens_and_can_be_finished(home, step, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with open_vault(home) as vault:
        tokens = vault.assign(PEOPLE, version="v1")
        with monkeypatch.context() as patched:
            place = "keys.Keyring" if step == "keep_only" else "rotate"
            patched.setattr(f"privrag.vault.{place}.{step}", stop)
            with pytest.raises(KeyboardInterrupt):
                vault.rotate()
    assert len(roots(home)) == 2
    newest = roots(home)[0]
    with open_vault(home) as vault:
        assert vault.surface(tokens)[tokens[7]] == "Ann Lee 7"
        assert vault.assign(PEOPLE, version="v2") == tokens
        vault.rotate()
    assert roots(home) == (newest,)
    with open_vault(home) as vault:
        assert vault.verify().damaged == ()


def test_killed_again_and_again_it_loses_nothing(home):
    with open_vault(home) as vault:
        many = [Mention("PERSON", f"P {n}", f"p {n}") for n in range(2 * _AT_ONCE + 5)]
        tokens = vault.assign(many, version="v1")
    for wait in (0, 1, 2, 1):
        process = subprocess.Popen(
            [sys.executable, "-c", ROTATE_FOREVER, home], stdout=subprocess.PIPE, text=True
        )
        for _ in range(wait + 1):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert len(roots(home)) in (1, 2)
    with open_vault(home) as vault:
        vault.rotate()
        found = vault.surface(tokens)
        assert [found[token] for token in tokens] == [mention.surface for mention in many]
        assert vault.verify().damaged == ()
    assert len(roots(home)) == 1


def test_a_copy_from_before_does_not_open_after(home):
    with open_vault(home) as vault:
        [ann] = vault.assign(PEOPLE[:1], version="v1")
        vault.opened.truncate_log()
        copy = (home / "vault.db").read_bytes()
        vault.erase(ann)
        vault.rotate()
    for name in ("vault.db-wal", "vault.db-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "vault.db").write_bytes(copy)
    with pytest.raises(VaultError, match="does not belong"):
        open_vault(home, accept=True)


def test_two_rotations_at_once_leave_one_root_key_that_opens_all(home, monkeypatch):
    real = Keyring.reload
    with open_vault(home) as vault, open_vault(home) as other:
        tokens = vault.assign(PEOPLE, version="v1")
        begun = []

        def other_rotates_first(keyring):
            if not begun and keyring is not other.opened.keyring and len(roots(home)) == 1:
                begun.append(True)
            real(keyring)

        monkeypatch.setattr(Keyring, "reload", other_rotates_first)
        some = rotate_module._rewrap_some

        def interrupted(opened, root, *, after):
            result = some(opened, root, after=after)
            if opened is vault.opened and result[1] is None and begun:
                begun.clear()
                other.rotate()  # finishes ours
                other.rotate()  # and makes another root key
            return result

        monkeypatch.setattr(rotate_module, "_rewrap_some", interrupted)
        vault.rotate()
    assert len(roots(home)) == 1
    with open_vault(home) as vault:
        assert vault.assign(PEOPLE, version="v2") == tokens
        assert vault.verify().damaged == ()
