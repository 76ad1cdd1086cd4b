"""Registers of people: a column headed so is that type in every row. Everything is invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.table import complete_columns, find_in_tables


def hidden(*rows):
    """(label, words) of the cells that are hidden in a table."""
    document = DocumentText.join([("table", "\n".join(rows))])
    matches = resolve(document, find_in_tables(document))
    return [(m.label, document.text[m.start : m.end]) for m in matches]


@pytest.mark.parametrize(
    ("header", "label", "cells"),
    [
        ("Login", "USERNAME", ["zquirm", "botann", "x.aal"]),
        ("user_name", "USERNAME", ["zquirm", "botann"]),
        ("Benutzerkennung", "USERNAME", ["zquirm7"]),
        ("Strasse", "ADDRESS", ["Am Quirmberg 7a", "Tannerstr. 210 b", "Via dei Quirmi 9"]),
        ("PLZ Ort", "ADDRESS", ["91999 Quirm a.d. Tann", "39199 Quirmo"]),
        ("Home address", "ADDRESS", ["Flat 3, the old mill"]),
        ("SV-Nr", "SSN", ["65 120471 Z 018", "QRMZLT79E02A952K"]),
        ("National insurance number", "SSN", ["QQ 12 34 56 C"]),
        ("Passport no.", "ID", ["75 1234567", "Z4839201"]),
        ("Gehalt", "AMOUNT", ["4.812,00", "3998", "EUR 7 930,50"]),
        ("Annual salary", "AMOUNT", ["71,400", "£ 66k"]),
        ("IBAN", "IBAN", ["DE00 5001 0517 0648 4898 90"]),
        ("DOB", "DATE", ["120471", "02/05/1979"]),
        ("Geburtsort", "LOCATION", ["Quirmstadt"]),
        ("Nationality", "GROUP", ["Quirmish"]),
    ],
)
def test_a_column_of_a_register_is_its_type_in_every_row(header, label, cells):
    found = hidden(f"Surname|{header}|x", *(f"-|{cell}|-" for cell in cells))
    assert found == [(label, cell) for cell in cells]


def test_name_counts_as_of_people_beside_what_only_people_have():
    assert ("ADDRESS", "Quirm") in hidden("Name|E-Mail|Ort", "-|-|Quirm")
    assert hidden("Name|Address|Type", "-|40001 A|int") == []


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Login", "required"),
        ("Login", "admin"),
        ("Login", "3"),
        ("Address", "0x1A04 hex"),
        ("City", "Quirm"),
        ("User", "zquirm"),
        ("Pay", "1200"),
    ],
)
def test_columns_of_things_stay(header, cell):
    assert hidden(f"Device|{header}", f"-|{cell}") == []


@pytest.mark.parametrize("cell", ["n/a", "none", "-", "keine"])
def test_a_cell_held_open_stays(cell):
    assert hidden("Surname|Login|Street|Salary", f"-|{cell}|{cell}|{cell}") == []


def test_a_cell_of_a_book_is_read_in_bounded_time_and_hides_nothing():
    assert hidden("Surname|SV-Nr|Street", f"-|{'1 ' * 50_000}x|{'a1 ' * 50_000}") == []


def test_backups_and_initials_beside_a_lead_are_people():
    found = hidden(
        "Team|Lead|Backup|Kürzel|Signatur",
        "Platform|Octavian Quirm|Minh|OQ|s.tann",
        "Search|Siobhan Tann|Wöhrl|TO|o.quirm",
    )
    assert [words for _, words in found] == [
        "Octavian Quirm", "Minh", "OQ", "s.tann", "Siobhan Tann", "Wöhrl", "TO", "o.quirm",
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["Owner", "Deputy", "Approver", "Assignee"])
def test_a_handle_under_a_role_is_an_account(header):
    assert [words for _, words in hidden(f"Service|{header}", "billing|minh.quirm")] == [
        "minh.quirm"
    ]


@pytest.mark.parametrize("header", ["Sigle", "Short name", "Namenskürzel", "Paraphe"])
def test_a_short_name_beside_a_lead_is_a_person_under_every_header(header):
    assert hidden(f"Lead|{header}", "Octavian Quirm|Ottoquirm") == [
        ("PERSON", "Octavian Quirm"), ("PERSON", "Ottoquirm"),
    ]  # fmt: skip


def test_backup_of_a_thing_is_nobody():
    assert hidden("Charger|Lead|Backup", "A|12|Battery", "B|15|conf.yaml") == []


def test_a_given_name_of_somebody_in_the_table_is_found_in_any_column():
    rows = ("Week|Lead|Stand", "12|Octavian Quirm|ready", "13|Siobhan Tann|Octavian")
    document = DocumentText.join([("table", "\n".join(rows))])
    accepted = resolve(document, find_in_tables(document))
    more = [document.text[m.start : m.end] for m in complete_columns(document, accepted)]
    assert more == ["Octavian"]
