"""Fields, columns and labelled numbers as people fill them in, and words that only look like names.

All people and numbers are invented.
"""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.recognizers import pattern_recognizers


def found(label, *texts, kind="paragraph"):
    """What the pattern recognizers find of one type."""
    document = DocumentText.join([(kind, text) for text in texts])
    recognizers = pattern_recognizers(DetectSettings(countries=("DE", "GB"))).values()
    matches = resolve(document, [m for find in recognizers for m in find(document)])
    return [document.text[m.start : m.end] for m in matches if m.label == label]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("name", "margarethe von der heydt"),
        ("Employee", "smith, john"),
        ("manager", "smith john"),
        ("Full name", "SMITH john"),
        ("owner", "z. quirm"),
        ("Technician", "ümit öz-quirm"),
        ("name", "d'arcy o'quirm"),
        ("Assigned to", "tom price"),
        ("surname", "quirm"),
        ("First name", "zolta"),
        ("name", "quirm"),
    ],
)
def test_a_cell_under_people_is_a_name_in_any_case(header, cell):
    assert found("PERSON", f"{header} | city\n{cell} | Kiel", kind="table") == [cell]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Owner", "facility management"),
        ("Employee", "not assigned"),
        ("Manager", "to be decided"),
        ("Contact", "it support"),
        ("Technician", "vacant"),
        ("Product name", "garden hose"),
        ("name", "pump 3"),
        ("Name | Type", "max current | int"),
        ("Name | Default", "timeout | 30"),
        ("Name | Unit", "log level | none"),
    ],
)
def test_a_cell_that_is_no_name_stays(header, cell):
    assert found("PERSON", f"{header} | city\n{cell} | Kiel", kind="table") == []


def test_a_cell_beside_a_label_needs_a_given_name_or_a_particle():
    assert found("PERSON", "Contact | bob van quirm\nOwner | night shift", kind="table") == [
        "bob van quirm"
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Contact person:\n  Lorcan MacGiolla Phádraig", ["Lorcan MacGiolla Phádraig"]),
        ("**Line manager:**\nQuirm, Zolta\nHead of Sales", ["Quirm, Zolta"]),
        ("Kontaktperson:\nZolta Quirm", ["Zolta Quirm"]),
        ("Ansprechpartnerin:\n\n  Zolta Quirm", ["Zolta Quirm"]),
        ("Surname:\nQuirm\nCity:\nKiel", ["Quirm"]),
        ("Present:\n- Zolta Quirm\n- Viveka Tann\n- Minutes", ["Zolta Quirm", "Viveka Tann"]),
        ("Supervisor  Thornquist, Viveka", ["Thornquist, Viveka"]),
        ("Supervisor\tThornquist, Viveka\nRoom\tBlue Wing", ["Thornquist, Viveka"]),
        ("Employee    Zolta Quirm    Tel. 12", ["Zolta Quirm"]),
    ],
)
def test_a_field_needs_no_colon_or_no_line_of_its_own(text, names):
    assert found("PERSON", text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Owner:\n  Marketing Department",
        "Members:\n- Read the manual\n- Check the plant",
        "Manager  Safety first at the plant",
        "Nachname:\nVorname:\nGeburtsname:",
        "Employee   Department   Hours",
        "Contact:\n\nQuirm Logistics GmbH",
    ],
)
def test_what_stands_below_or_beside_a_label_may_be_no_name(text):
    assert found("PERSON", text) == []


def test_label_and_value_may_be_two_blocks():
    assert found("PERSON", "Contact person:", "Lorcan Quirm") == ["Lorcan Quirm"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Present: Amundsen, R.; Petrova, Yelena; e. fjeldstad; T. Okonkwo",
            ["Amundsen, R", "Petrova, Yelena", "e. fjeldstad", "T. Okonkwo"],
        ),
        ("Participants: Amundsen, R., Tann, V. and z.-b. quirm", None),
        ("Attendees: V. Tann, e. fjeldstad", ["V. Tann", "e. fjeldstad"]),
        ("Approved by: Quirm, Z.", ["Quirm, Z"]),
        ("Present: amundsen, r.; quirm, z.", ["amundsen, r", "quirm, z"]),
        ("Present: Viveka Tann, e.g. guests", ["Viveka Tann"]),
    ],
)
def test_an_initial_completes_a_name_in_a_list(text, names):
    expected = names or ["Amundsen, R", "Tann, V", "z.-b. quirm"]
    assert found("PERSON", text) == expected


@pytest.mark.parametrize(
    ("label", "text", "value"),
    [
        ("ID", "Steuer-ID: 12 345 678 903", "12 345 678 903"),
        ("ID", "Steueridentifikationsnummer 12 345 678 903 gilt", "12 345 678 903"),
        ("ID", "DNI 12345678Z", "12345678Z"),
        ("ID", "NHS number 943 476 5919", "943 476 5919"),
        ("ID", "codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S"),
        ("ID", "Codice fiscale: RSS MRA 85T10 A562S", "RSS MRA 85T10 A562S"),
        ("ID", "tax ID (Germany): 12 345 678 903", "12 345 678 903"),
        ("ID", "passport no. 12 345 678", "12 345 678"),
        ("ID", "Aktenzeichen: 3 O 412/25", "3 O 412/25"),
        ("ID", "unter Az. VIII ZR 12/19 entschieden", "VIII ZR 12/19"),
        ("ID", "Az.: 4 Ls 123 Js 45678/22", "4 Ls 123 Js 45678/22"),
        ("ID", "St.-Nr. 21/815/08150", "21/815/08150"),
        ("ID", "urteil 12 O 345/24 vom", "12 O 345/24"),
        ("SSN", "PESEL 44051401359", "44051401359"),
        ("SSN", "NI number QQ 12 34 56 C", "QQ 12 34 56 C"),
        ("SSN", "National Insurance no. QQ123456C", "QQ123456C"),
        ("SSN", "numéro de sécurité sociale 1 85 05 78 006 084 36", "1 85 05 78 006 084 36"),
        ("SSN", "BSN 123456782 belongs here", "123456782"),
        ("SSN", "personnummer 811228-9874", "811228-9874"),
        ("SSN", "CPR-nr. 070761-4285", "070761-4285"),
    ],
)
def test_a_national_id_is_found_by_its_label(label, text, value):
    assert found(label, text) == [value]


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("ID", "RSSMRA85T10A562S"),
        ("ID", "12345678Z"),
        ("ID", "36 574 261 809"),
        ("SSN", "811228-9874"),
    ],
)
def test_a_national_id_without_a_label_has_check_digits(label, value):
    assert found(label, f"we noted {value} there") == [value]
    wrong = value[:-1] + ("A" if value[-1].isalpha() else str((int(value[-1]) + 1) % 10))
    assert found(label, f"we noted {wrong} there") == []


@pytest.mark.parametrize(
    "text",
    [
        "tax 2024 and 2025",
        "the national number of 120 chargers",
        "DNI expires 12.03.2027",
        "fiscal 2023 2024",
        "rated 3 A 40/25 at",
        "10 000 000 km",
    ],
)
def test_numbers_beside_such_words_may_identify_nobody(text):
    assert found("ID", text) == found("SSN", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "**Bill to:**\nKiel",
        "Bill the customer.",
        "Jack up the car",
        "- Mark the box",
        "Will the plant open?",
        "Done. Frank the letter",
        "Grace period. Grant access",
        "Vorname:",
        "Telefonnummer:",
        "Carol Anschrift: Kiel",
    ],
)
def test_words_that_are_names_elsewhere_stay(text):
    assert found("PERSON", text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Frank said no", "Frank"),
        ("we asked Frank the same", "Frank"),
        ("Frank Quirm the second", "Frank Quirm"),
        ("Name: Bill", "Bill"),
    ],
)
def test_the_same_words_are_names_where_people_stand(text, name):
    assert found("PERSON", text) == [name]
