"""What the header of a register's export says about its cells. Everything is invented."""

import pytest

from privrag.pseudonymize.linking.homonyms import identifiers_of
from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.column import held_by, words_of_header
from privrag.pseudonymize.recognizers.keyed import find_keyed
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
        ("patient_name", "May Long"),
        ("patient_name", "Sunny Day"),
        ("patient_name", "Power"),
        ("Employee", "Hope Best"),
        ("first_name", "Will"),
        ("surname", "Long"),
        ("Vorname", "Mark"),
        ("Customer Name", "May Long"),
        ("Owner", "Will Power"),
        ("patient_name", "Quirmade Blank"),
        ("patient_name", "Martin Guest"),
        ("Employee", "Ann Open"),
    ],
)
def test_a_name_of_ordinary_words_under_people_is_hidden_whole(header, cell):
    assert hidden(header, cell) == [("PERSON", cell)]


@pytest.mark.parametrize("header", ["patient_name", "Employee", "Customer Name"])
@pytest.mark.parametrize(
    "cell",
    ["Not Available", "Total", "Unknown", "Quirm Hospital Ltd", "Assigned To Nobody", "Grand Total",
     "To Be Confirmed", "None Of The Above", "Noch Nicht Bekannt", "All Staff"],
)  # fmt: skip
def test_nobody_is_hidden_where_nobody_stands(header, cell):
    assert "PERSON" not in [label for label, _ in hidden(header, cell) if "Quirm" not in cell]
    assert ("PERSON", cell) not in hidden(header, cell)


def test_words_under_name_are_people_beside_what_only_people_have():
    rows = "Name|Phone\nMay Long|030 1234567\nHope Best|030 1234568"
    document = DocumentText.join([("table", rows)])
    found = {document.text[m.start : m.end] for m in resolve(document, find_in_tables(document))}
    assert found >= {"May Long", "Hope Best"}


@pytest.mark.parametrize(
    "header",
    ["bank_account", "bank account", "bankAccount", "Account number", "account_no", "sort-code"],
)
def test_a_label_of_a_number_is_read_however_its_words_are_joined(header):
    assert hidden(header, "20406099") == [("ID", "20406099")]
    text = f'{{"{header}": "20406099"}}'
    (match,) = find_keyed(DocumentText.join([("code", text)]))
    assert (match.label, text[match.start : match.end]) == ("ID", "20406099")


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
    ("table", "people"),
    [
        ("Name|Price\nBolt|3\nNut|4", []),
        ("Name|Version\nTorch|2.1", []),
        ("Name|Price\nAnna|3\nZolta Quirm|4", ["Anna", "Zolta Quirm"]),
        ("Name|Phone\nReception|0471 2231\nQuirm|0471 2232", ["Quirm"]),
        ("Name|Quirm", ["Quirm"]),
    ],
)
def test_a_word_under_name_is_somebody_unless_the_table_lists_things(table, people):
    document = DocumentText.join([("table", table)])
    matches = resolve(document, find_in_tables(document))
    found = [document.text[m.start : m.end] for m in matches if m.label == "PERSON"]
    assert found == people


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
