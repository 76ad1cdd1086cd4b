"""Three registers of one population: the joins on raw values are the joins on pseudonyms."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from privrag.intake import to_detect
from privrag.parse import ParseSettings, ParseWorker
from privrag.pseudonym import base, is_valid
from privrag.pseudonymize import Detector, pseudonymize_document
from privrag.pseudonymize.matches import DocumentText
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
