"""Words that announce a value are nobody's name, whatever the model makes of them."""

import pytest

from privrag.pseudonymize.lexicon import announces_value
from privrag.pseudonymize.matches import DocumentText
from privrag.pseudonymize.models.ner import Marked, Reading
from privrag.pseudonymize.models.others import find_others
from privrag.pseudonymize.recognizers.person import find_people


def organisations(text, marked, label="ORG"):
    """What is made of a sentence in which the model marks this as an organisation."""
    start = text.index(marked)
    reading = Reading({text: [0]}, {text: [Marked(label, start, start + len(marked))]})
    document = DocumentText.join([("paragraph", text)])
    return [text[m.start : m.end] for m in find_others(document, reading)]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("SSN 914-27-6083", "SSN"),
        ("IBAN DE89370400440532013000", "IBAN"),
        ("BIC COBADEFFXXX", "BIC"),
        ("VAT DE136695976", "VAT"),
        ("her VAT ID is lost", "VAT ID"),
        ("NHS No. 943 476 5919", "NHS No"),
        ("DOB: 12/03/1981", "DOB"),
        ("ID 4711-2231", "ID"),
        ("PIN 4711", "PIN"),
        ("MRN 00123456", "MRN"),
        ("the SSN/DOB of the tenant", "SSN/DOB"),
        ("TIN 12-3456789", "TIN"),
        ("VIN WVWZZZ1JZXW000001", "VIN"),
    ],
)
@pytest.mark.parametrize("label", ["ORG", "GPE"])
def test_what_announces_a_value_is_no_firm_and_no_place(text, marked, label):
    assert organisations(text, marked, label) == []


@pytest.mark.parametrize(
    ("text", "marked"), [("ZQV pays the rent", "ZQV"), ("Tan Logistics pays", "Tan Logistics")]
)
def test_a_firm_is_still_one(text, marked):
    assert organisations(text, marked) == [marked]


def test_only_the_capitals_say_it():
    assert announces_value(["TAN"])
    assert not announces_value(["Tan"])
    assert not announces_value(["No"])
    assert not announces_value([])


def test_nobody_is_called_pin():
    text = "Please give us your SSN, DOB and PIN, Marta."
    document = DocumentText.join([("paragraph", text)])
    assert not [m for m in find_people(document) if "PIN" in text[m.start : m.end]]
