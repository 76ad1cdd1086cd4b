"""Word, PowerPoint, Excel, OpenDocument, RTF and e-books."""

import datetime
import io

import pytest

from tests.privrag.parse.conftest import Parse
from tests.privrag.parse.samples import (
    ODT_BODY,
    RTF,
    make_docx,
    make_epub,
    make_odt,
    make_pptx,
    make_xlsx,
    make_zip,
    saved,
    texts,
)

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def raw_docx(body: str, **parts: str) -> bytes:
    """A Word file with the given XML inside `w:body`, and further parts of `word/`."""
    return make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
            **{
                f"word/{name}.xml": f"<w:{name} {W}>{xml}</w:{name}>" for name, xml in parts.items()
            },
        }
    )


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_docx_keeps_order_kinds_and_rows(parse: Parse) -> None:
    document = parse("a.docx", make_docx())
    assert texts(document) == [
        ("header", "Confidential"),
        ("heading", "Lease of Mira Tolland"),
        ("paragraph", "The flat is let from 1 May."),
        ("list", "Keys\nDeposit"),
        ("table", "Rent \t 900\nHeat \t 80"),
    ]


def test_docx_title_is_the_documents_own(parse: Parse) -> None:
    import docx

    document = docx.Document(io.BytesIO(make_docx()))
    document.core_properties.title = "Lease 7"
    assert parse("a.docx", saved(document)).title == "Lease 7"
    document.core_properties.title = "Microsoft Word - x.doc"
    assert parse("b.docx", saved(document)).title == "b"


def test_docx_counts_the_pages_that_word_laid_out(parse: Parse) -> None:
    page_break = "<w:r><w:lastRenderedPageBreak/></w:r>"
    body = (
        f"<w:p>{run('one')}</w:p><w:p>{page_break}{run('two')}</w:p>"
        f"<w:p>{run('two ')}{page_break}{run('to three')}</w:p><w:p>{run('three')}</w:p>"
    )
    document = parse("a.docx", raw_docx(body))
    assert document.pages == 3
    assert [(b.page, b.text) for b in document.blocks] == [
        (1, "one"),
        (2, "two"),
        (2, "two to three"),
        (3, "three"),
    ]


def test_docx_reads_insertions_controls_boxes_and_notes_but_no_deletions(parse: Parse) -> None:
    box = f"<w:txbxContent><w:p>{run('In a box')}</w:p></w:txbxContent>"
    body = (
        f"<w:sdt><w:sdtContent><w:p>{run('Control')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p>{run('Kept')}<w:ins>{run(' new')}</w:ins>"
        "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        '<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        f"<w:p><w:r><w:pict>{box}</w:pict></w:r>{run('Around')}</w:p>"
    )
    note = f'<w:footnote w:id="2"><w:p>{run("See Bo Renn.")}</w:p></w:footnote>'
    document = parse("a.docx", raw_docx(body, footnotes=note))
    assert [block.text for block in document.blocks] == [
        "Control",
        "Kept new",
        "See Bo Renn.",
        "Around",
        "In a box",
    ]


def test_docx_cells_under_a_merged_one_are_empty(parse: Parse) -> None:
    def cell(text: str, merge: str = "") -> str:
        return f"<w:tc><w:tcPr>{merge}</w:tcPr><w:p>{run(text)}</w:p></w:tc>"

    start, go_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = f"<w:tr>{cell('a', start)}{cell('b')}</w:tr><w:tr>{cell('x', go_on)}{cell('c')}</w:tr>"
    assert texts(parse("a.docx", raw_docx(f"<w:tbl>{rows}</w:tbl>"))) == [
        ("table", "a \t b\n \t c")
    ]


def test_pptx_gives_slides_titles_lists_tables_and_notes(parse: Parse) -> None:
    document = parse("a.pptx", make_pptx())
    assert document.title == "Review of Ono Castell"
    assert [(b.page, b.kind, b.text) for b in document.blocks] == [
        (1, "heading", "Review of Ono Castell"),
        (1, "list", "Punctual\nPrecise"),
        (2, "heading", "Figures"),
        (2, "table", "Year \t Sales\n2024 \t 17"),
        (2, "paragraph", "Mention the new desk."),
    ]


def test_xlsx_gives_sheets_as_pages_and_values_as_shown(parse: Parse) -> None:
    day = datetime.datetime(2024, 3, 1)  # noqa: DTZ001 - spreadsheets know no time zones
    data = make_xlsx(["Name", "Born", "Ok"], ["Ada Quill", day, True], [], [1.0, 2.5], second=[[7]])
    document = parse("a.xlsx", data)
    assert [(b.page, b.kind, b.text) for b in document.blocks] == [
        (1, "heading", "Staff"),
        (1, "table", "Name \t Born \t Ok\nAda Quill \t 2024-03-01 \t TRUE"),
        (1, "table", "1 \t 2.5"),
        (2, "heading", "More"),
        (2, "table", "7"),
    ]


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.256, "0%", "26%"),
        (12.5, '#,##0.00 "EUR"', "12.50"),
        (7, "General", "7"),
        (3.14, "0.00E+00", "3.14"),
    ],
)
def test_xlsx_numbers_keep_their_decimals(
    parse: Parse, value: float, number_format: str, shown: str
) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = value
    book.active["A1"].number_format = number_format
    assert parse("a.xlsx", saved(book)).blocks[-1].text == shown


def test_odt_gives_headings_lists_and_rows(parse: Parse) -> None:
    assert texts(parse("a.odt", make_odt(ODT_BODY))) == [
        ("heading", "Minutes"),
        ("paragraph", "Present:  Ada Quill\nBo Renn"),
        ("list", "Budget\nRoof"),
        ("table", "a \t b"),
    ]


def test_rtf_reads_styles_code_pages_unicode_and_tables(parse: Parse) -> None:
    document = parse("a.rtf", RTF)
    assert document.title == "Notice"
    assert texts(document) == [
        ("heading", "Dismissal"),
        ("paragraph", "Dear Ms M\u00fcller,\nsee \u20ac5 and \u0418\u0432\u0430\u043d."),
        ("table", "Day \t Hour\nMon \t 9"),
        ("paragraph", "After."),
    ]


def test_rtf_skips_pictures_and_binary_data(parse: Parse) -> None:
    data = rb"{\rtf1 Before{\pict\bin5 }{}}{abc}{\*\unknown no} after}"
    assert parse("a.rtf", data).text == "Before after"


def test_epub_follows_the_spine_and_reads_entities(parse: Parse) -> None:
    document = parse("a.epub", make_epub("<h1>One</h1>", "<p>caf&eacute; at <i>sea</i></p>"))
    assert document.title == "The Ferry"
    assert texts(document) == [("heading", "One"), ("paragraph", "caf\u00e9 at sea")]
