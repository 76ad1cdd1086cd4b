"""The parsers on other people's files, where those are at hand."""

import re
from pathlib import Path

import pytest

from privrag.errors import EncryptedDocumentError, ParseError
from privrag.parse import ParseWorker
from privrag.records import Document

DATA = Path(__file__).parents[3] / "../shared/data"
OFFICE = DATA / "parse_unstructured/files"
PDFS = DATA / "parse_pdf/pypdf"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there"),
]


def words(document: Document) -> list[str]:
    return re.findall(r"\w+", document.text)


def test_every_file_is_read_or_refused_in_one_sentence(worker: ParseWorker) -> None:
    read = 0
    for path in (p for folder in (OFFICE, PDFS) for p in folder.rglob("*") if p.is_file()):
        try:
            document = worker.parse(path)
        except ParseError as error:
            assert str(error).startswith(path.name)
            continue
        text = document.text
        assert all(text[b.start : b.end] == b.text for b in document.blocks)
        read += 1
    assert read >= 105


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("simple.docx", "simple.odt"),
        ("stanley-cups.csv", "stanley-cups.tsv"),
        ("eml/fake-email.eml", "eml/fake-email-b64.eml"),
        ("eml/fake-email-malformed-encoding.eml", "eml/fake-email-utf-16.eml"),
    ],
)
def test_the_same_content_reads_the_same_in_two_formats(
    worker: ParseWorker, one: str, other: str
) -> None:
    assert words(worker.parse(OFFICE / one)) == words(worker.parse(OFFICE / other))


def test_an_outlook_mail_reads_like_the_same_mail_as_eml(worker: ParseWorker) -> None:
    outlook = worker.parse(OFFICE / "fake-email-attachment.msg")
    standard = worker.parse(OFFICE / "eml/fake-email-attachment.eml")
    assert outlook.title == standard.title == "Fake email with attachment"
    assert words(outlook) == words(standard)


def test_an_old_workbook_gives_its_sheets(worker: ParseWorker) -> None:
    document = worker.parse(OFFICE / "tests-example.xls")
    assert document.pages == 3
    headings = [b.text for b in document.blocks if b.kind == "heading"]
    assert headings == ["Example Test", "Format Abbr.", "Readme"]


def test_passwords_are_asked_for_only_where_they_are_needed(worker: ParseWorker) -> None:
    for path in sorted((PDFS / "encryption").glob("*.pdf")):
        if re.search(r"user-password|both-passwords", path.name):
            with pytest.raises(EncryptedDocumentError):
                worker.parse(path)
        else:
            assert worker.parse(path).text == "pdf encryption test password: asdfzxcv"
