"""Vault, manifest or index is gone: a sentence says so, and nothing is made in its place."""

import asyncio
import shutil

import pytest

from privrag.errors import IndexingError, VaultError
from privrag.home import open_vault
from privrag.settings import load_settings
from tests.opened import open_small


@pytest.fixture
def home(tmp_path):
    """A home with one document."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "rent.md").write_text("Marta Lindqvist pays the rent.")

    async def fill():
        async with await open_small(tmp_path / "home") as rag:
            await rag.sync(folder)

    asyncio.run(fill())
    return tmp_path / "home"


def found(home):
    async def search():
        async with await open_small(home) as rag:
            return await rag.search("rent")

    return asyncio.run(search())


def files(home):
    return {f.relative_to(home): f.read_bytes() for f in home.rglob("*") if f.is_file()}


def test_a_vault_that_is_gone_is_not_begun_anew(home):
    vault = (home / "vault.db").read_bytes()
    (home / "vault.db").unlink()
    before = files(home)
    with pytest.raises(VaultError, match=r"vault\.db is gone.*vault restore"):
        open_vault(home, load_settings(home))
    assert files(home) == before
    (home / "vault.db").write_bytes(vault)
    assert len(found(home)) == 1


@pytest.mark.parametrize("others", ["vault.seen", "manifest.db", "audit.db"])
def test_one_file_is_enough_to_know_that_there_was_a_vault(tmp_path, others):
    home = tmp_path / "home"
    home.mkdir()
    (home / others).write_bytes(b"")
    with pytest.raises(VaultError, match="is gone, but"):
        open_vault(home, load_settings(home))


def test_an_index_that_is_gone_is_named(home):
    shutil.rmtree(home / "index")
    with pytest.raises(IndexingError, match=r"index is empty.*privrag sync"):
        found(home)


def test_a_manifest_that_is_gone_is_named(home):
    (home / "manifest.db").unlink()
    with pytest.raises(IndexingError, match=r"manifest.*privrag sync"):
        found(home)


def test_a_home_without_documents_finds_nothing(tmp_path):
    assert found(tmp_path / "home") == []


def test_a_sync_at_work_beside_a_search_is_no_lost_manifest(home):
    async def search():
        async with await open_small(home) as rag:
            keys = [entry.document for entry in rag.stores.manifest.entries()]
            rag.stores.manifest.begin(["written-but-not-swapped"])
            rag.stores.manifest.remove(keys)
            return await rag.search("rent")

    assert asyncio.run(search()) == []
