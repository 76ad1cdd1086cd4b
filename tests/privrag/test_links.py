"""A link to a file tells nobody a name that its viewer may not see. All people are invented."""

from pathlib import Path

import pytest

from privrag.links import links_for
from privrag.manifest import Entry
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.records import Viewer
from privrag.vault import FileKeyProvider, Vault

GUEST = Viewer("guest")
PEOPLE = Viewer("people", reveal=frozenset({"PERSON"}))
OWNER = Viewer("owner", owner=True)


@pytest.fixture
def vault(tmp_path):
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys) as opened:
        known = [("PERSON", "Oskar Lindqvist"), ("EMAIL", "oskar@mail.example")]
        opened.assign(mentions_of(known, "staff"), version="staff")
        yield opened


def link(vault, path, viewer, *, title=""):
    entry = Entry(
        document="d1",
        version="v1",
        content="",
        uri=Path(path).as_uri(),
        title=title,
        media_type="text/plain",
        sha256="",
        pages=None,
        chunks=1,
        acl=("*",),
        collection="default",
    )
    return links_for(vault, [entry], viewer)["v1"]


@pytest.mark.parametrize(
    "path",
    [
        "/sales/prices_oskar_lindqvist.txt",
        "/sales/oskar.lindqvist.txt",
        "/sales/OskarLindqvist/prices.txt",
        "/staff/Lindqvist, Oskar.docx",
        "/hr/oskar-lindqvist/2024/offer.pdf",
    ],
)
def test_a_path_with_a_name_is_a_link_only_for_those_who_may_see_it(vault, path):
    assert link(vault, path, GUEST) == "urn:privrag:document:d1"
    assert link(vault, path, PEOPLE) == Path(path).as_uri()
    assert link(vault, path, OWNER) == Path(path).as_uri()


def test_who_may_see_names_does_not_get_an_address_with_them(vault):
    path = "/mail/oskar@mail.example.eml"
    assert link(vault, path, PEOPLE) == link(vault, path, GUEST) == "urn:privrag:document:d1"
    assert link(vault, path, Viewer("all", reveal=True)) == Path(path).as_uri()


@pytest.mark.parametrize(
    "path", ["/sales/prices_2024.txt", "/hr/offer letters/may.docx", "/a", "/"]
)
def test_any_other_path_is_everybodys(vault, path):
    assert link(vault, path, GUEST) == Path(path).as_uri()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/sales/offer_zolta_quirm_2024.txt", "offer_ PERSON_K7M2QX4C _2024"),
        ("/sales/Zolta Quirm.pdf", "PERSON_K7M2QX4C"),
        ("/sales/Zolta Quirm (draft).pdf", "PERSON_K7M2QX4C (draft)"),
    ],
)
def test_what_was_replaced_in_a_files_name_is_not_in_its_link(vault, path, title):
    """Whom detection found there, though the vault knows the name by no other form."""
    assert link(vault, path, GUEST, title=title) == "urn:privrag:document:d1"
    assert link(vault, path, PEOPLE, title=title) == Path(path).as_uri()


def test_a_name_that_was_masked_for_good_is_in_no_link(vault):
    path, title = "/sales/offer_zolta_quirm.txt", "offer_ a person"
    assert link(vault, path, GUEST, title=title) == "urn:privrag:document:d1"
    assert link(vault, path, PEOPLE, title=title) == "urn:privrag:document:d1"
    assert link(vault, path, OWNER, title=title) == Path(path).as_uri()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/hr/offer.txt", "Offer for PERSON_K7M2QX4C"),
        ("/hr/a person.txt", "a person"),
        ("/hr/offer_2024.txt", "offer_2024"),
    ],
)
def test_a_title_of_its_own_says_nothing_about_the_path(vault, path, title):
    assert link(vault, path, GUEST, title=title) == Path(path).as_uri()
