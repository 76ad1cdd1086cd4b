"""People that words and layout give away, without a model. All of them are invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.lower_case import find_in_lower_case
from privrag.pseudonymize.recognizers.name_run import find_name_runs
from privrag.pseudonymize.recognizers.person import find_people

FIND = (find_people, find_name_runs, find_in_lower_case)


def people(*blocks):
    document = DocumentText.join([("paragraph", text) for text in blocks])
    matches = resolve(document, [m for find in FIND for m in find(document)])
    return [document.text[m.start : m.end] for m in matches]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We met Ms Quirm there.", ["Quirm"]),
        ("Dear Mr. Long,", ["Long"]),
        ("Herr Dr. Kai von der Heide sprach", ["Kai von der Heide"]),
        ("Prof. Zolta O'Quirm said so", ["Zolta O'Quirm"]),
        ("Mrs Anna-Lena Quirm-Tann's file", ["Anna-Lena Quirm-Tann"]),
        ("asked Ms. Z. Quirm. Meanwhile it rained", ["Z. Quirm"]),
        ("Ms van der Quirm keeps it", ["van der Quirm"]),
    ],
)
def test_title_makes_a_person_of_the_words_after_it(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("From: Zolta Quirm <z@quirm.example>", ["Zolta Quirm"]),
        ('To: "Quirm, Zolta" <z@q.example>, Bo Tann <b@q.example>', ["Quirm, Zolta", "Bo Tann"]),
        ("Cc: Zolta Quirm; Bo Tann", ["Zolta Quirm", "Bo Tann"]),
        ("Attendees: Zolta Quirm, Bo Tann and Ümit Öz", ["Zolta Quirm", "Bo Tann", "Ümit Öz"]),
        ("Approved by: Quirm, Zolta; Tann, Bo", ["Quirm, Zolta", "Tann, Bo"]),
        ("Contact: Zolta Quirm, Tel. 12345", ["Zolta Quirm"]),
        ("Ansprechpartnerin: Zolta Quirm", ["Zolta Quirm"]),
        ("Name: zolta quirm", ["zolta quirm"]),
        ("Employee: Quirm", ["Quirm"]),
        ("Best regards,\nZolta Quirm\nHead of Sales", ["Zolta Quirm"]),
        ("Mit freundlichen Grüßen\n\nZolta Quirm", ["Zolta Quirm"]),
        ("Signed: Zolta Quirm", ["Zolta Quirm"]),
        ("Dear Zolta,", ["Zolta"]),
        ("my name is zolta quirm and I", ["zolta quirm"]),
        ("It was prepared by Zolta Quirm for us", ["Zolta Quirm"]),
        ("our technician Zolta Quirm came", ["Zolta Quirm"]),
        ("Zolta Quirm, our safety officer, came", ["Zolta Quirm"]),
        ("Zolta Quirm said that", ["Zolta Quirm"]),
        ("Dear Will Power,", ["Will Power"]),
        ("Employee: May Long", ["May Long"]),
        ("Contact: Rose Fields", ["Rose Fields"]),
        ("Hope Best said that", ["Hope Best"]),
    ],
)
def test_fields_headers_and_closings_hold_people(text, names):
    assert people(text) == names


def test_closing_and_name_may_stand_in_two_blocks():
    assert people("Kind regards,", "Zolta Quirm") == ["Zolta Quirm"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Yesterday Anna Quirm left", ["Anna Quirm"]),
        ("Tom Price Technician", ["Tom Price"]),
        ("ANNA QUIRM signed", ["ANNA QUIRM"]),
        ("seen by Quirm, Anna.", ["Quirm, Anna"]),
        ("Marwan el-Quirm and Anna ter Horst", ["Marwan el-Quirm", "Anna ter Horst"]),
        ("Why is Rebecca so quick?", ["Rebecca"]),
        ("naomi quirm\nsewer cleaner", ["naomi quirm"]),
    ],
)
def test_given_name_opens_a_name_that_ends_in_time(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Dear Customer,",
        "Dear Sir or Madam,",
        "Dear Team,",
        "Will Power Prices rise?",
        "May Order",
        "Rose Gold Sale",
        "Best regards,\nYour Support Team",
        "Annual Report March 2024",
        "Safety Instructions For Users",
        "Contact: Customer Service",
        "Owner: Marketing Department",
        "Customer: Quirm Logistics GmbH",
        "To: All Employees",
        "Name: Required Field",
        "Martin Luther Hospital",
        "Anna Quirm GmbH",
        "in June Monday",
        "Follow the John Deere Street",
        "the Project Manager approved it",
        "Don't panic",
    ],
)
def test_headings_roles_and_organisations_are_no_people(text):
    assert people(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The report of anna quirm and peter braun is late.", ["anna quirm", "peter braun"]),
        ("He said that john smith left.", ["john smith"]),
        ("The file of anna quirm-tann.", ["anna quirm-tann"]),
        ("Ask ludwig van quirm or maria jose tann.", ["ludwig van quirm", "maria jose tann"]),
        ("Is josé quirm in?", ["josé quirm"]),
    ],
)
def test_a_full_name_in_lower_case_is_found_in_a_sentence(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "The adam optimizer and the victoria line.",
        "Then anna may call, and peter will go.",
        "The peter principle. A daniel station.",
        "See /home/anna/quirm and anna.quirm, user=anna quirm=1.",
        "We saw that david laughed quietly.",
        "A rose garden, mark field 3, will power.",
    ],
)
def test_words_in_lower_case_that_are_no_full_name_stay(text):
    assert people(text) == []
