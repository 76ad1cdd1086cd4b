"""Phone and staff numbers that stood with a person are named, and go when asked for."""

import pytest

from privrag.erasure import Scope, forget, look
from privrag.erasure.beside import find_beside
from privrag.records import Entity
from privrag_connectors.sync import sync_folders
from tests.fakes import WordListDetector
from tests.privrag.erasure.homes import NAME, parts, pseudonym, texts, with_home

VALUES = {
    "EMP-48213": "ID",
    "EMP-11111": "ID",
    "+45 20 12 34 56": "PHONE",
    "+45 99 00 00 00": "PHONE",
    "DK50 0040 0440 1162 43": "IBAN",
    "Algade 7, 4000 Roskilde": "ADDRESS",
    "203.0.113.77": "IP",
    "https://social.example/u/83121": "URL",
    "kq7Vb2xZ": "SECRET",
}
LETTER = (
    "Marta Lindqvist lives at Algade 7, 4000 Roskilde. Her phone is +45 20 12 34 56 and her "
    "employee number is EMP-48213. Call +45 99 00 00 00 for the desk."
)
FEMI = "Femi Adeyemi has EMP-11111. Call +45 99 00 00 00 for the desk."
ELSEWHERE = {
    *("EMP-11111", "DK50 0040 0440 1162 43", "203.0.113.77"),
    *("kq7Vb2xZ", "https://social.example/u/83121"),
}
LIST = "Marta Lindqvist has EMP-48213. Femi Adeyemi has EMP-11111. Linh Pham has neither."


class WithIdentifiers(WordListDetector):
    def _entities(self, text):
        further = [
            Entity(label, at, at + len(value), 1.0, "fake")
            for value, label in VALUES.items()
            if (at := text.find(value)) >= 0
        ]
        return sorted([*super()._entities(text), *further], key=lambda e: e.start)


def home_with(tmp_path, work, *documents):
    docs = tmp_path / "docs"
    docs.mkdir()
    for number, text in enumerate(documents):
        (docs / f"{number}.txt").write_text(text)

    async def synced(rag):
        rag.detector = rag.detectors = WithIdentifiers([NAME, "Femi Adeyemi", "Linh Pham"])
        await sync_folders(rag, [docs])
        return await work(rag)

    return with_home(tmp_path, synced)


def beside(tmp_path, *documents):
    """Value -> whether it stood with Marta alone."""

    async def work(rag):
        found = await find_beside(rag.stores, [pseudonym(rag)])
        words = rag.stores.vault.surface([one.pseudonym for one in found])
        assert all(one.label == VALUES[words[one.pseudonym]] for one in found)
        return {words[one.pseudonym]: one.alone for one in found}

    return home_with(tmp_path, work, *documents)


def test_what_stood_with_one_person_alone_is_told_from_what_others_share(tmp_path):
    assert beside(tmp_path, LETTER, FEMI, LIST) == {
        "Algade 7, 4000 Roskilde": True,
        "+45 20 12 34 56": True,
        "EMP-48213": True,
        "+45 99 00 00 00": False,
    }


def test_whatever_leads_to_a_person_counts_as_an_identifier(tmp_path):
    text = (
        "Marta Lindqvist wrote from 203.0.113.77, is https://social.example/u/83121, has kq7Vb2xZ."
    )
    assert beside(tmp_path, text) == {
        "203.0.113.77": True,
        "https://social.example/u/83121": True,
        "kq7Vb2xZ": True,
    }


@pytest.mark.parametrize(
    "text",
    [
        "Marta Lindqvist came. Femi Adeyemi left. The number is EMP-48213.",
        "Marta Lindqvist and Femi Adeyemi share EMP-48213.",
    ],
)
def test_an_identifier_in_company_is_nobodys_alone(tmp_path, text):
    assert beside(tmp_path, text) == {"EMP-48213": False}


def test_the_number_of_another_sentence_is_that_persons(tmp_path):
    assert beside(tmp_path, LIST) == {"EMP-48213": True}


def test_by_default_they_stay_and_are_named_without_their_values(tmp_path):
    async def work(rag):
        plan = await look(rag.stores, NAME)
        done = await forget(rag.stores, NAME, parts(rag))
        assert done.beside == plan.beside and done.certificate.remaining["identifiers"] == 4
        words = rag.stores.vault.surface([one.pseudonym for one in done.beside])
        assert set(words.values()) == set(VALUES) - ELSEWHERE
        return repr(done)

    shown = home_with(tmp_path, work, LETTER, FEMI)
    assert not any(value in shown for value in VALUES)


def test_when_asked_for_those_that_stood_with_nobody_else_go_too(tmp_path):
    async def work(rag):
        scope = Scope(with_identifiers=True)
        plan = await look(rag.stores, NAME, scope)
        done = await forget(rag.stores, NAME, parts(rag), scope)
        assert set(plan.pseudonyms) == set(done.certificate.pseudonyms)
        (stays,) = done.beside
        assert rag.stores.vault.surface([stays.pseudonym]) == {stays.pseudonym: "+45 99 00 00 00"}
        return await texts(rag), sorted(words for _, words in rag.stores.vault.every_surface())

    found, words = home_with(tmp_path, work, LETTER, FEMI)
    assert any(
        "lives at a postal address. Her phone is a phone number and her employee number is "
        "an identification number. Call PHONE_" in text
        for text in found
    )
    assert words == ["+45 99 00 00 00", "EMP-11111", "Femi Adeyemi"]
