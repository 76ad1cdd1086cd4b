"""People who stand over a column, or before a row. All are invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.recognizers.name_run import find_name_runs
from privrag.pseudonymize.recognizers.table import complete_columns, complete_headers


def people(*tables, kind="table", known=()):
    document = DocumentText.join([(kind, table) for table in tables])
    text = document.text
    matches = [Match("PERSON", text.index(k), text.index(k) + len(k), 1.0, "x") for k in known]
    return [text[m.start : m.end] for m in complete_headers(document, matches)]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("| Month | Ann Lee | Bob Kim |", ["Ann Lee", "Bob Kim"]),
        ("| Month | Ann Lee | Zolta Quirm | Total |", ["Ann Lee", "Zolta Quirm"]),
        ("Month|Ann Lee|Zolta von Quirm|Femi O. Adeyemi", None),
        ("Shift|Anna|Peter", ["Anna", "Peter"]),
        ("Shift|Anna|Peter|Notes", ["Anna", "Peter"]),
    ],
)
def test_names_over_columns_are_people(header, found):
    found = found or [cell for cell in header.split("|") if cell != "Month"]
    assert people(f"{header}\n{'-|' * header.count('|')}\n" + "1|" * header.count("|")) == found


@pytest.mark.parametrize(
    "header",
    [
        "Metric|Total Cost|North America|Net Present Value|Payback Year",
        "Month|Ann Lee|Total Cost",
        "Month|Ann Lee",
        "Site|Zolta Quirm|Femi Adeyemi",
        "Kind|Rose Garden|Grace Period|Max Current|Peak Flow",
        "Kind|Max Fluss|Min Fluss|Rated Fluss",
        "Month|April|May|June",
        "Model|Victoria|Quirm|Zelt|Brix",
        "Region|South Georgia|New Jordan|United Kingdom",
    ],
)
def test_ordinary_headers_are_none(header):
    assert people(f"{header}\n" + "1|" * header.count("|") + "1") == []


def test_only_headers_of_tables_count():
    assert people("Month|Ann Lee|Bob Kim", kind="paragraph") == []
    assert people("a|b|c\n1|Ann Lee|Bob Kim") == []


def test_a_title_over_the_table_is_no_header():
    assert people("Team hours||\nMonth|Ann Lee|Zolta Quirm\nMay|1|2") == ["Ann Lee", "Zolta Quirm"]


def test_a_person_who_was_found_otherwise_vouches_for_the_others():
    header = "Site|Zolta Quirm|Femi Adeyemi\nA|1|2"
    assert people(header, known=["Zolta Quirm"]) == ["Zolta Quirm", "Femi Adeyemi"]


def test_row_labels_are_people_beside_one_who_is():
    document = DocumentText.join(
        [("table", "Task|Hours\nAnn Lee|1\nZolta Quirm|2\nFemi Adeyemi|3")]
    )
    found = list(complete_columns(document, list(find_name_runs(document))))
    assert [document.text[m.start : m.end] for m in found] == ["Zolta Quirm", "Femi Adeyemi"]
