"""Three registers of one population: the joins on raw values are the joins on pseudonyms."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from privrag.intake import to_detect
from privrag.parse import ParseSettings, ParseWorker
from privrag.pseudonym import base, is_valid
from privrag.pseudonymize import Detector, pseudonymize_document
from privrag.pseudonymize.matches import DocumentText, per_block, resolve
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.propagate import propagate
from privrag.pseudonymize.recognizers import pattern_recognizers
from privrag.pseudonymize.recognizers.table import find_in_tables
from privrag.vault import FileKeyProvider, Vault

DATA = Path(__file__).parents[3] / "../shared/data/depa_covid"
MOBILE = {
    "icmr": "icmr_patient_mobilenumber",
    "cowin": "cowin_registered_mobile",
    "index_statewarroom": "pcnumber",
}
ICMR_NUMBER = {"icmr": "icmrnumber", "index_statewarroom": "icmrnumber"}
ROWS = 60


@pytest.mark.parametrize(
    ("header", "label"),
    [
        ("registered_mobile", "PHONE"),
        ("patient_mobilenumber", "PHONE"),
        ("contact_number", "PHONE"),
        ("pcnumber", "PHONE"),
        ("icmrnumber", "ID"),
        ("patient_id", "ID"),
        ("beneficiary_reference_id", "ID"),
        ("pagenumber", None),
        ("contact", None),
        ("row_id", None),
        ("cell_size", None),
    ],
)
def test_a_field_name_of_an_export_says_what_its_column_holds(header, label):
    document = DocumentText.join([("table", f"{header}|dose\n629434961|1\n389376072|2")])
    found = [(m.label, document.text[m.start : m.end]) for m in find_in_tables(document)]
    assert found == ([(label, "629434961"), (label, "389376072")] if label else [])


PEOPLE = (  # name, mobile, srf number, patient id, vaccinator
    ("ZQR 12 TAN 340", "629434961", "9.17194E+12", "118203026", "ID81499"),
    ("ZQR 77 TAN 9", "389376072", "4.23011E+12", "663291720", "ID99902"),
    ("ZQR 5 TAN 612", "712018520", "7.1754E+11", "968756807", "ID39309"),
)
REGISTERS = {
    "tests": [
        "patient_mobilenumber,srfnumber,test_type,ct_value",
        *(f"{mobile},{srf},RT-PCR,27" for _, mobile, srf, _, _ in PEOPLE),
    ],
    "doses": [
        "registered_mobile,beneficiary_name,age,beneficiary_reference_id,d1_vaccinated_by",
        *(f"{m},{name},57,5.4{i}E+13,{by}" for i, (name, m, _, _, by) in enumerate(PEOPLE)),
    ],
    "beds": [
        "patientid,pname,pcnumber,srfnumber,ward,bed_quota",
        *(f"{own},{name},{mobile},{srf},187,12" for name, mobile, srf, own, _ in PEOPLE),
    ],
}
IN_CLEAR = {"test_type", "ct_value", "age", "ward", "bed_quota"}


class PatternsOnly:
    """The detector without a model and without types that need one."""

    def detect(self, blocks):
        document = DocumentText.join(blocks)
        recognizers = pattern_recognizers(DetectSettings()).values()
        matches = resolve(document, [m for find in recognizers for m in find(document)])
        return per_block(document, resolve(document, [*matches, *propagate(document, matches)]))


def test_one_person_has_one_pseudonym_in_three_registers(tmp_path):
    safe = {}
    keys = FileKeyProvider(tmp_path / "vault.key")
    with (
        Vault.open(tmp_path / "vault.db", keys) as vault,
        ParseWorker(ParseSettings()) as worker,
    ):
        for name, lines in REGISTERS.items():
            file = tmp_path / f"{name}.csv"
            file.write_text("\n".join(lines), "utf-8")
            document = worker.parse(file)
            found = PatternsOnly().detect(to_detect(document))
            written, _ = pseudonymize_document(document, found, vault, version=name)
            safe[name] = list(rows_of(written))
    for name, lines in REGISTERS.items():
        for raw, row in zip(csv.DictReader(lines), safe[name], strict=True):
            for column, cell in row.items():
                assert (cell == raw[column]) == (column in IN_CLEAR), (name, column)
                assert column in IN_CLEAR or is_valid(cell)
    for one, another in (("beneficiary_name", "pname"), ("registered_mobile", "pcnumber")):
        labels = {row[one].partition("_")[0] for row in safe["doses"]}
        assert labels == {"PERSON" if one == "beneficiary_name" else "PHONE"}
        assert [base(r[one]) for r in safe["doses"]] == [base(r[another]) for r in safe["beds"]]
        assert len({base(row[one]) for row in safe["doses"]}) == len(PEOPLE)
    assert [base(r["srfnumber"]) for r in safe["tests"]] == [
        base(r["srfnumber"]) for r in safe["beds"]
    ]


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/depa_covid")
def test_joins_on_pseudonyms_are_the_joins_on_raw_values(tmp_path):
    raw, safe = {}, {}
    keys = FileKeyProvider(tmp_path / "vault.key")
    detector = Detector()
    with (
        Vault.open(tmp_path / "vault.db", keys) as vault,
        ParseWorker(ParseSettings()) as worker,
    ):
        for name in MOBILE:
            lines = (DATA / f"{name}.csv").read_text("utf-8").splitlines()[: ROWS + 1]
            file = tmp_path / f"{name}.csv"
            file.write_text("\n".join(lines), "utf-8")
            document = worker.parse(file)
            found = detector.detect(to_detect(document))
            written, _ = pseudonymize_document(document, found, vault, version=name)
            raw[name] = list(csv.DictReader(lines))
            safe[name] = list(rows_of(written))
    for columns in (MOBILE, ICMR_NUMBER):
        for left in columns:
            for right in columns:
                on_raw = joined(raw[left], columns[left], raw[right], columns[right])
                assert joined(safe[left], columns[left], safe[right], columns[right]) == on_raw
                assert on_raw or columns is ICMR_NUMBER
    numbers = {base(row["icmrnumber"]) for name in ICMR_NUMBER for row in safe[name]}
    assert all(is_valid(number) for number in numbers)  # the index repeats mobiles there
    mobiles = {base(row[MOBILE[name]]) for name in MOBILE for row in safe[name]}
    assert all(mobile.startswith("PHONE_") for mobile in mobiles)
    assert len(mobiles) == len({row[MOBILE[name]] for name in MOBILE for row in raw[name]})
    for column, other in (("beneficiary_name", "pname"), ("beneficiary_reference_id", "")):
        cells = {base(row[column]) for row in safe["cowin"]}
        assert all(is_valid(cell) for cell in cells)
        assert not other or cells == {base(row[other]) for row in safe["index_statewarroom"]}


def rows_of(document) -> Iterator[dict[str, str]]:
    """The rows of the safe tables, by header."""
    text = "\n".join(block.text for block in document.blocks)
    header, *rows = [[cell.strip() for cell in line.split("\t")] for line in text.split("\n")]
    for row in rows:
        if row != header:
            yield dict(zip(header, row, strict=True))


def joined(left, column, right, other) -> set[tuple[int, int]]:
    """Which rows of the two tables go together."""
    return {
        (i, j)
        for i, one in enumerate(left)
        for j, two in enumerate(right)
        if base(one[column]) == base(two[other])
    }
