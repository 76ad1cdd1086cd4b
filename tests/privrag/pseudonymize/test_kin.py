"""Relatives that are named beside the word for them. All people are invented."""

import pytest

from privrag.pseudonymize.linking.canonical import canonical
from privrag.pseudonymize.matches import DocumentText
from privrag.pseudonymize.propagate import propagate
from privrag.pseudonymize.recognizers.identifiers import find_emails
from privrag.pseudonymize.recognizers.kin import find_kin


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("her husband's (Bolzimar) is here", ["Bolzimar"]),
        ("mother: Bolzima Quirm", ["Bolzima Quirm"]),
        ("signed by Ann's son, Bolzimar.", ["Bolzimar"]),
        ("Ehefrau: Bolzima", ["Bolzima"]),
        ("my sister Bolzima Can you come", ["Bolzima"]),
        ("the mother Board and sister Hospital", []),
        ("his wife German papers", []),
        ("sohn: Bolzi", []),
        ("Tochter Unternehmen", []),
        ("the son", []),
    ],
)
def test_a_relative_is_a_person(text, names):
    document = DocumentText.join([("paragraph", text)])
    assert [text[m.start : m.end] for m in find_kin(document)] == names


def test_an_address_spells_a_name_by_the_first_half_of_its_surname():
    text = "Bolzimar Quirm-Tann (bolzimar.quirm@q.example) came"
    document = DocumentText.join([("paragraph", text)])
    found = list(propagate(document, list(find_emails(document))))
    assert "Bolzimar Quirm-Tann" in [text[m.start : m.end] for m in found]


def test_a_name_of_a_ticket_or_query_is_the_same_person():
    assert canonical("PERSON", "QUIRM/ZOLTA") == canonical("PERSON", "Zolta+Quirm") == "zolta quirm"
