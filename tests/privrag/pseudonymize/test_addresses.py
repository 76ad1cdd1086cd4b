"""Where an address begins and ends, and that no match cuts a word or number. All invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, Match, resolve
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.recognizers import pattern_recognizers
from privrag.pseudonymize.recognizers.address import complete_addresses
from privrag.pseudonymize.recognizers.place import find_places

RECOGNIZERS = pattern_recognizers(DetectSettings(countries=("DE", "GB", "US")))


def found(text):
    """The (label, text) pairs of the patterns, places included, addresses completed."""
    document = DocumentText.join([("paragraph", text)])
    matches = [m for find in (*RECOGNIZERS.values(), find_places) for m in find(document)]
    accepted = resolve(document, matches)
    accepted = resolve(document, [*accepted, *complete_addresses(document, accepted)])
    return [(m.label, text[m.start : m.end]) for m in accepted]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("She lives at Hauptstraße 5, 10115 Berlin. Passport C01X00T47", "10115 Berlin"),
        ("We moved to 80331 München. Unit B12345 is free", "80331 München"),
        ("It is at Lindenweg 7, 50667 Köln. Kennwort folgt", "50667 Köln"),
        ("He stays at 12 Elm Street. Unit B12345 is free", "12 Elm Street"),
        ("Send it to 9 Oak Road, Springfield. Invoice 12345 follows", "Springfield"),
        ("rue de la Paix. Dossier X12345 suit", "rue de la Paix"),
    ],
)
def test_an_address_ends_with_its_sentence(text, value):
    [address] = [v for label, v in found(text) if label == "ADDRESS"]
    assert address.endswith(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lives at Hauptstraße 5, 10115 Berlin.", "Hauptstraße 5, 10115 Berlin"),
        ("lives in Hauptstraße 5.", "Hauptstraße 5"),
        ("lives in 10115 Berlin", "10115 Berlin"),
        ("born in D-80331 München", "D-80331 München"),
        ("moved from 1010 Wien to us", "1010 Wien"),
        ("lives in Springfield, IL 62704 now", "Springfield, IL 62704"),
        ("at 22 Elm Street, Bath BA1 6XE.", "22 Elm Street, Bath BA1 6XE"),
        ("at 210 West 79th Street.", "210 West 79th Street"),
        ("at 15 East 26th St, you see", "15 East 26th St"),
        ("350 5th Avenue, New York, NY 10118", "350 5th Avenue, New York, NY 10118"),
        ("wohnt Am Alten Markt 7, 04109 Leipzig.", "Am Alten Markt 7, 04109 Leipzig"),
        ("Anschrift: Im Hof 3, 8001 Zürich", "Im Hof 3, 8001 Zürich"),
        ("sie wohnt Unter den Linden 5.", "Unter den Linden 5"),
        (
            "habite au 12 bis avenue de la République à Lyon 3e.",
            "12 bis avenue de la République à Lyon 3e",
        ),
        ("12 St. John St. Apt. 4", "12 St. John St. Apt. 4"),
        ("5 J. F. Kennedy Blvd. Suite 12", "5 J. F. Kennedy Blvd. Suite 12"),
    ],
)
def test_street_number_postcode_and_town_are_one_address(text, value):
    assert found(text) == [("ADDRESS", value)]


@pytest.mark.parametrize(
    "text",
    [
        "connected via API. Next",
        "serial via RS485 bus",
        "raised from 12000 Volts",
        "up to 15000 Users",
        "from 1000 W to 1500 W",
        "in 2019 Berlin was cold",
        "Im Kapitel 3, Absatz 4 steht es",
        "Am Montag 4 neue Kollegen",
        "the 5th Avenue of research, 3rd place",
    ],
)
def test_numbers_and_interfaces_are_no_addresses(text):
    assert not [v for label, v in found(text) if label == "ADDRESS"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Passport C01X00T47", "C01X00T47"),
        ("her passport: L8F4T92K1.", "L8F4T92K1"),
        ("Reisepass C01X00T47 liegt vor", "C01X00T47"),
        ("Kunde K4711X ruft an", "K4711X"),
        ("Passeport 12AB34567", "12AB34567"),
        ("report Q3FY24", None),
        ("Rechnung 2024", None),
    ],
)
def test_an_id_behind_its_noun_may_alternate_letters_and_digits(text, value):
    assert [v for label, v in found(text) if label == "ID"] == ([value] if value else [])


def spans(text, *matches):
    document = DocumentText.join([("paragraph", text)])
    return [(m.label, text[m.start : m.end]) for m in resolve(document, matches)]


def test_a_match_widens_to_the_word_or_number_it_cuts():
    assert spans("pay C01X00T47 now", Match("ADDRESS", 0, 5, 0.5, "t")) == [
        ("ADDRESS", "pay C01X00T47")
    ]
    assert spans("the K-20931x.", Match("ID", 4, 10, 0.5, "t")) == [("ID", "K-20931x")]
    assert spans("xAnna", Match("PERSON", 1, 5, 0.5, "t")) == [("PERSON", "xAnna")]


def test_a_match_does_not_widen_into_its_neighbour():
    phone, name = Match("PHONE", 0, 7, 0.9, "t"), Match("PERSON", 7, 11, 0.5, "t")
    assert spans("5550123Anna", phone, name) == [("PHONE", "5550123"), ("PERSON", "Anna")]


def test_a_script_without_spaces_is_not_one_word():
    assert spans("山田太郎は来た", Match("PERSON", 0, 4, 0.5, "t")) == [("PERSON", "山田太郎")]


def test_parts_of_an_address_that_overlap_are_joined():
    street, town = Match("ADDRESS", 0, 15, 0.7, "s"), Match("ADDRESS", 10, 19, 0.5, "t")
    assert spans("Elmweg 5, 10115 Ulm.", street, town) == [("ADDRESS", "Elmweg 5, 10115 Ulm")]


def test_a_higher_match_leaves_the_rest_of_an_address_hidden():
    address = Match("ADDRESS", 0, 19, 0.7, "s")
    number = Match("SECRET", 10, 15, 1.0, "t", 4)
    assert spans("Elmweg 5, 10115 Ulm", address, number) == [
        ("ADDRESS", "Elmweg 5"),
        ("SECRET", "10115"),
        ("ADDRESS", "Ulm"),
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "Anschrift: Hauptstraße 12, Telefon 0221 9998877",
            [("ADDRESS", "Hauptstraße 12"), ("PHONE", "0221 9998877")],
        ),
        (
            "He lives at 12 Elm Road, Leeds LS6 2QT, call him on 0113 496 0318.",
            [("ADDRESS", "12 Elm Road, Leeds LS6 2QT"), ("PHONE", "0113 496 0318")],
        ),
        (
            "at 17b Elm Lane, Leeds LS6 2QT, and can be reached on 07700 900417",
            [("ADDRESS", "17b Elm Lane, Leeds LS6 2QT"), ("PHONE", "07700 900417")],
        ),
        (
            "She lives at 9 Oak Avenue, Hull, and her employee id is 55102.",
            [("ADDRESS", "9 Oak Avenue, Hull"), ("ID", "55102")],
        ),
        (
            "9 Oak Avenue, Hull 0148 221 9332",
            [("ADDRESS", "9 Oak Avenue, Hull"), ("PHONE", "0148 221 9332")],
        ),
        ("Lindenweg 4, Durchwahl 2217.", [("ADDRESS", "Lindenweg 4"), ("PHONE", "2217")]),
    ],
)
def test_an_address_ends_before_the_number_that_follows_it(text, values):
    assert found(text) == values


def test_a_number_that_an_address_reaches_into_stays_whole():
    address, phone = Match("ADDRESS", 0, 13, 0.7, "s"), Match("PHONE", 9, 21, 0.5, "t")
    assert spans("Elmweg 5 0221 9998877", address, phone) == [
        ("ADDRESS", "Elmweg 5"),
        ("PHONE", "0221 9998877"),
    ]


def test_the_rest_of_a_number_that_another_one_cuts_stays_hidden():
    order, phone = Match("ID", 0, 14, 0.7, "s"), Match("PHONE", 10, 21, 0.5, "t")
    assert [label for label, _ in spans("AB/5511/02 21 9998877", order, phone)] == ["ID", "PHONE"]


@pytest.mark.parametrize("label", ["PERSON", "ORG", "LOCATION"])
def test_a_genitive_stays_outside_of_its_name(label):
    assert spans("Quirm's house", Match(label, 0, 7, 0.5, "t")) == [(label, "Quirm")]
    assert spans("QUIRM’S HOUSE", Match(label, 0, 7, 0.5, "t")) == [(label, "QUIRM")]
