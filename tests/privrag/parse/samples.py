"""Tiny documents of each format, made on the spot. All people are invented."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

from privrag.records import Document

Draw = Callable[[Any], None]


def texts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in document.blocks]


def make_zip(parts: dict[str, str | bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            method = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, compress_type=method)
    return buffer.getvalue()


def make_pdf(*pages: Draw, **options: Any) -> bytes:
    """A PDF whose pages are drawn by the given functions on a reportlab canvas."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def write_lines(*lines: str, x: float = 72, top: float = 760, size: float = 11) -> Draw:
    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica", size)
        for number, line in enumerate(lines):
            canvas.drawString(x, top - 1.2 * size * number, line)

    return draw


def make_docx() -> bytes:
    import docx

    document = docx.Document()
    document.core_properties.title = ""
    document.add_heading("Lease of Mira Tolland", level=1)
    document.add_paragraph("The flat is let from 1 May.")
    document.add_paragraph("Keys", style="List Bullet")
    document.add_paragraph("Deposit", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("Rent", "900", "Heat", "80"), strict=True
    ):
        cell.text = text
    document.sections[0].header.paragraphs[0].text = "Confidential"
    return saved(document)


def make_pptx() -> bytes:
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    deck.core_properties.title = ""
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Review of Ono Castell"
    first.placeholders[1].text = "Punctual\nPrecise"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Figures"
    shape = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1))
    for row, values in enumerate((("Year", "Sales"), ("2024", "17"))):
        for column, value in enumerate(values):
            shape.table.cell(row, column).text = value
    second.notes_slide.notes_text_frame.text = "Mention the new desk."
    return saved(deck)


def make_xlsx(*rows: list[object], second: list[list[object]] | None = None) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Staff"
    for row in rows:
        sheet.append(row)
    for row in second or []:
        (book["More"] if "More" in book.sheetnames else book.create_sheet("More")).append(row)
    return saved(book)


def make_odt(body: str, manifest: str = "<manifest/>") -> bytes:
    return make_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": manifest,
            "content.xml": '<o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:'
            'office:1.0" xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
            'xmlns:b="urn:oasis:names:tc:opendocument:xmlns:table:1.0">'
            f"<o:body><o:text>{body}</o:text></o:body></o:document-content>",
        },
        stored=("mimetype",),
    )


ODT_BODY = (
    "<t:h>Minutes</t:h><t:p>Present:<t:s t:c='2'/>Ada Quill<t:line-break/>Bo Renn</t:p>"
    "<t:list><t:list-item><t:p>Budget</t:p></t:list-item>"
    "<t:list-item><t:p>Roof</t:p></t:list-item></t:list>"
    "<b:table><b:table-row><b:table-cell><t:p>a</t:p></b:table-cell>"
    "<b:table-cell><t:p>b</t:p></b:table-cell></b:table-row></b:table>"
)


def make_epub(*chapters: str, extra: dict[str, str | bytes] | None = None) -> bytes:
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml"/>' for n in range(len(chapters)))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
        'container"><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Ferry</dc:title>'
        f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    for number, chapter in enumerate(chapters):
        parts[f"OPS/c{number}.xhtml"] = (
            '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
            f"<head><title/></head><body>{chapter}</body></html>"
        )
    return make_zip(parts | (extra or {}), stored=("mimetype",))


RTF = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial;}}"
    rb"{\stylesheet{\s1 heading 1;}}{\info{\title Notice}{\author Nobody}}"
    rb"\pard\s1 Dismissal\par\pard Dear Ms M\'fcller,\line see \u8364?5 and "
    rb"{\f1\'c8\'e2\'e0\'ed}.\par"
    rb"\trowd\cellx1000\cellx2000\pard\intbl Day\cell Hour\cell\row"
    rb"\pard\intbl Mon\cell 9\cell\row\pard After.\par}"
)

EML = (
    b"From: Ines Varga <ines@example.org>\r\nTo: Tom Birk <tom@example.org>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Tue, 01 Oct 2024 12:34:56 +0200\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee you at nine.\r\n"
)


def saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def every_format() -> dict[str, bytes]:
    """A small document for each suffix that can be made without the program that owns it."""
    return {
        "a.txt": b"One.\n\nTwo.",
        "a.log": b"12:00 start\n12:01 stop\n",
        "a.md": b"# T\n\nText *x*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "a.mdx": b"---\ntitle: T\n---\nimport X from 'x'\n\n<X />\n\nText.\n",
        "a.rst": b"T\n=\n\nText::\n\n  code\n",
        "a.org": b"* T\n\nText\n\n| a | b |\n",
        "a.html": b"<title>T</title><h1>H</h1><p>P<table><tr><td>1<td>2<tr><td>3<td>4</table>",
        "a.csv": b"a,b\n1,2\n",
        "a.tsv": b"a\tb\n1\t2\n",
        "a.json": b'{"a": 1}',
        "a.yaml": b"a: 1\n\nb: 2\n",
        "a.xml": b"<a>1</a>",
        "a.pdf": make_pdf(write_lines("Hello page one."), write_lines("Hello page two.")),
        "a.docx": make_docx(),
        "a.pptx": make_pptx(),
        "a.xlsx": make_xlsx(["a", 1], second=[["b", 2]]),
        "a.odt": make_odt(ODT_BODY),
        "a.rtf": RTF,
        "a.epub": make_epub("<h1>One</h1><p>Text.</p>"),
        "a.eml": EML,
    }
