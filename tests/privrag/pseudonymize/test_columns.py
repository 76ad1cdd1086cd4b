"""What the header of a register's export says about its cells. Everything is invented."""

import pytest

from privrag.pseudonymize.homonyms import identifiers_of
from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.column import held_by, words_of_header
from privrag.pseudonymize.recognizers.table import find_in_tables


def hidden(header, *cells):
    """(label, words) under a header; a second column keeps it a table."""
    rows = "\n".join(f"{cell}|x" for cell in (header, *cells))
    document = DocumentText.join([("table", rows)])
    matches = resolve(document, find_in_tables(document))
    return [(m.label, document.text[m.start : m.end]) for m in matches]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("d1_vaccinated_by", ("d", "vaccinated", "by")),
        ("SRFNumber", ("srf", "number")),
        ("srfnumber", ("srf", "number")),
        ("patientId", ("patient", "id")),
        ("patientid", ("patient", "id")),
        ("pname", ("p", "name")),
        ("Contact No. 2", ("contact", "no")),
        ("David", ("david",)),
        ("Madrid", ("madrid",)),
        ("paid", ("paid",)),
    ],
)
def test_a_header_is_read_word_by_word(header, words):
    assert words_of_header(header) == words


@pytest.mark.parametrize(
    "header",
    [
        "beneficiary_name", "pname", "patientName", "Patient Name", "emp_name",
        "insured_last_name", "father_name", "name_of_patient", "surname", "Full name",
        "customer full name", "patient", "beneficiary",
    ],
)  # fmt: skip
def test_a_cell_under_people_is_a_person_with_its_digits(header):
    assert hidden(header, "ABC 759 DEF 403", "XY 12") == [
        ("PERSON", "ABC 759 DEF 403"),
        ("PERSON", "XY 12"),
    ]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("vaccine_name", "COV 19"),
        ("hospital name", "ABC 232 DEF 200"),
        ("filename", "scan 12"),
        ("host_name", "node 12"),
        ("name", "pump 3"),
        ("patient_name", "not available 1"),
        ("patient_name", "n/a"),
        ("patient_name", "12"),
    ],
)
def test_a_cell_under_things_stays_and_so_does_a_place_held_open(header, cell):
    assert hidden(header, cell) == []


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("beneficiary_reference_id", "5.44E+13"),
        ("srfnumber", "9.17194E+12"),
        ("SRF ID", "2952510102345"),
        ("icmr_id", "ICM-88/2021"),
        ("patient_id", "187"),
        ("patientid", "P-1 187"),
        ("aadhaar", "1234 5678 9012"),
        ("case_reference", "2021/0042/K"),
        ("reference", "77201.0"),
        ("claimNumber", "CL 2021 0042"),
        ("uhid", "43-1359-4940-8373"),
        ("enrolmentno", "EN/2021/77"),
        ("d1_vaccinated_by", "ID81499"),
        ("approved_by", "81499"),
        ("patient", "81499"),
        ("bucode", "BU50105740"),
    ],
)
def test_a_cell_under_an_id_is_one_in_every_notation(header, cell):
    assert hidden(header, cell) == [("ID", cell)]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("amount", "12000.50"),
        ("amount_paid", "1.2E+5"),
        ("paid", "12000"),
        ("quantity", "10000"),
        ("year", "2021"),
        ("page_number", "10234"),
        ("pagenumber", "10234"),
        ("line_number", "10234"),
        ("linenumber", "10234"),
        ("order_number", "1"),
        ("row_id", "10234"),
        ("number_of_doses", "20000"),
        ("no_of_cases", "20000"),
        ("number", "10234"),
        ("latitude", "52.520008"),
        ("longitude", "1.3405E+1"),
        ("grid", "12345"),
        ("house_number", "10234"),
        ("lab_id", "15630"),
        ("product_id", "1563012"),
        ("labcode", "10323"),
        ("zipcode", "10323"),
        ("zip_code", "AB10323"),
        ("error_code", "E10323"),
        ("d2_vaccinated_by", "D2_Pending"),
        ("reference", "none"),
        ("srfnumber", "n/a"),
        ("test_ct_value", "27"),
    ],
)
def test_an_ordinary_number_stays(header, cell):
    assert hidden(header, cell) == []


def test_a_number_that_lost_its_end_makes_nobody_one_person():
    person = ("PERSON", "Zolta Quirm")
    assert identifiers_of([person, ("ID", "5.44E+13")]) == {}
    assert identifiers_of([person, ("ID", "5441")]) == {"zolta quirm": (("ID", "5441"),)}


def test_what_names_a_thing_is_no_id():
    assert held_by("station_id") is None
    assert held_by("station_manager_name") is None
