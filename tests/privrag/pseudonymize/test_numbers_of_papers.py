"""Numbers of a person's papers and cards, near their label. Everything is invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.identifiers import find_mac_addresses
from privrag.pseudonymize.recognizers.labelled import find_labelled_ids
from privrag.pseudonymize.recognizers.national import find_national_ids
from privrag.pseudonymize.recognizers.payment import find_payment_details


def found(text):
    document = DocumentText.join([("paragraph", text)])
    matches = [
        match
        for find in (
            find_labelled_ids,
            find_national_ids,
            find_payment_details,
            find_mac_addresses,
        )
        for match in find(document)
    ]
    return [(m.label, text[m.start : m.end]) for m in resolve(document, matches)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("has passport 75 1234567 and", ("ID", "75 1234567")),
        ("his licence is QUIRM 801154 W99AB.", ("ID", "QUIRM 801154 W99AB")),
        ("Reisepass: C01 X00 T478", ("ID", "C01 X00 T478")),
        ("National insurance number for the form: QQ 12 34 56 C", ("SSN", "QQ 12 34 56 C")),
        ("CVV 831", ("CARD", "831")),
        ("CVC code: 8312", ("CARD", "8312")),
        ("her passport, no. C01X00T47 is lost", ("ID", "C01X00T47")),
        ("Die Personalnummer von Zolta Quirm ist 558812.", ("ID", "558812")),
        ("The staff number of Zolta Quirm is 558812.", ("ID", "558812")),
        ("Bank account 12345678 is hers", ("ID", "12345678")),
        ("bank_account=12345678", ("ID", "12345678")),
        ("with sort code 20-40-60.", ("ID", "20-40-60")),
        ("Licence plate CA 123-456 was seen", ("ID", "CA 123-456")),
        ("Her car is BD19 KXM.", ("ID", "BD19 KXM")),
        ("Kennzeichen: B-XY 1234", ("ID", "B-XY 1234")),
        ("Registration AB12 CDE", ("ID", "AB12 CDE")),
        ("mac 3C:22:FB:9A:10:4E", ("ID", "3C:22:FB:9A:10:4E")),
        ('{"cvv": "831"}', ("CARD", "831")),
        ("card 4111, exp 09/27", ("DATE", "09/27")),
        ("Visa, valid thru 09/2027", ("DATE", "09/2027")),
    ],
)
def test_a_number_near_its_label_is_hidden_in_groups_and_behind_words(text, expected):
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "Apache License 2.0",
        "the BD19 KXM model",
        "the car is A4 2024",
        "account of 2024",
        "it ran at 10:20:30:40:50:60",
        "the plate 12",
        "licence is 2024",
        "permit 12 people",
        "the offer expires 09/27",
        "CVV 12",
        "passport photos 35 45",
        "visa is 100 200",
    ],
)
def test_other_numbers_stay(text):
    assert found(text) == []
