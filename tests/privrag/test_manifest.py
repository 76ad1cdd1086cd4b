import contextlib
import sqlite3

import pytest

from privrag.errors import ManifestError
from privrag.manifest import Entry, Manifest


class PlainSealer:
    """Reversed text stands for sealed text; a prefix for the keyed hash."""

    def seal(self, text: str, *, context: str) -> bytes:
        return f"{context}|{text[::-1]}".encode()

    def unseal(self, data: bytes, *, context: str) -> str:
        found, _, text = data.decode().partition("|")
        assert found == context
        return text[::-1]

    def blind(self, kind: str, text: str) -> str:
        return f"{kind}-{len(text)}-{sum(map(ord, text))}"


@pytest.fixture
def manifest(tmp_path):
    manifest = Manifest(tmp_path / "manifest.db", PlainSealer(), tenant="default")
    yield manifest
    manifest.close()


def entry(document: str, version: str, uri: str = "file:///a.txt") -> Entry:
    return Entry(
        document, version, "content", uri, "Title", "text/plain", "0" * 64, None, 3, ("*",), "main"
    )


def test_a_version_is_current_from_its_swap_until_the_next(manifest):
    manifest.begin(["v1"])
    assert manifest.current(["v1"]) == {}
    assert manifest.swap([entry("d", "v1")]) == []
    assert manifest.current(["v1"]) == {"v1": entry("d", "v1")}
    assert manifest.swap([entry("d", "v2")]) == ["v1"]
    assert list(manifest.current(["v1", "v2"])) == ["v2"]


def test_what_was_begun_and_not_swapped_is_left_over(manifest):
    manifest.begin(["v1", "v2"])
    manifest.swap([entry("d", "v1")])
    assert manifest.leftovers() == ["v2"]
    manifest.cleaned("v2")
    assert manifest.leftovers() == []


def test_a_replaced_or_removed_version_waits_to_be_cleaned(manifest):
    manifest.swap([entry("d", "v1"), entry("e", "w1", "file:///b.txt")])
    manifest.swap([entry("d", "v2")])
    assert manifest.remove(["e", "unknown"]) == ["w1"]
    assert manifest.leftovers() == ["v1", "w1"]
    assert [e.document for e in manifest.entries()] == ["d"]


def test_a_current_version_is_never_left_over(manifest):
    manifest.swap([entry("d", "v1")])
    manifest.begin(["v1"])
    assert manifest.leftovers() == []


def test_entries_come_in_the_order_of_their_uris(manifest):
    manifest.swap([entry("1", "a", "file:///b"), entry("2", "b", "file:///a")])
    assert [e.uri for e in manifest.entries()] == ["file:///a", "file:///b"]


def test_roots_are_remembered_once(manifest):
    manifest.add_root("/srv/b", "main")
    manifest.add_root("/srv/a", "main")
    manifest.add_root("/srv/b", "hr")
    assert list(manifest.roots().items()) == [("/srv/a", "main"), ("/srv/b", "hr")]
    manifest.forget_root("/srv/a")
    manifest.forget_root("/srv/never")
    assert manifest.roots() == {"/srv/b": "hr"}


def test_tenants_of_one_file_see_nothing_of_each_other(manifest, tmp_path):
    manifest.swap([entry("d", "v1")])
    manifest.begin(["v2"])
    manifest.add_root("/srv/a", "main")
    manifest.set_mark("settled", "1")
    other = Manifest(tmp_path / "manifest.db", PlainSealer(), tenant="other")
    assert (other.entries(), other.leftovers(), other.roots()) == ([], [], {})
    assert (other.current(["v1"]), other.collections(), other.mark("settled")) == ({}, [], None)
    other.close()
    assert manifest.collections() == ["main"]


@pytest.mark.parametrize("content", [b"garbage" * 1000, None])
def test_a_file_that_is_no_manifest_is_named_with_the_way_out(tmp_path, content):
    path = tmp_path / "manifest.db"
    if content is None:
        with contextlib.closing(sqlite3.connect(path)) as foreign:
            foreign.execute("CREATE TABLE documents (document TEXT)")
    else:
        path.write_bytes(content)
    with pytest.raises(ManifestError, match=r"sync into a new home|delete it together with index/"):
        Manifest(path, PlainSealer(), tenant="default")


def test_no_name_of_a_file_stands_in_the_database(manifest, tmp_path):
    manifest.swap([entry("d", "v1", "file:///contract%20Lindqvist.pdf")])
    manifest.add_root("/srv/Lindqvist", "main")
    rows = sqlite3.connect(tmp_path / "manifest.db").iterdump()
    assert "Lindqvist" not in "\n".join(rows)
