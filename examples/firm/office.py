"""Writers for Word, PowerPoint and Excel, and the repacking that makes their bytes repeatable."""

import re
import zipfile
from datetime import datetime
from pathlib import Path

from docx import Document
from openpyxl import Workbook
from openpyxl.styles import Font
from pptx import Presentation
from pptx.util import Cm, Pt

from firm.marks import bare
from firm.markup import Block

_STAMP = datetime(2026, 1, 12, 9, 0)  # noqa: DTZ001 - Office wants a naive time
_STAMPED = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SMALL_NUMBER = re.compile(r"[1-9]\d{0,5}|0")


def fix_archive(path: Path) -> None:
    """Rewrite a zip-based document with fixed times, entry by entry in its order."""
    with zipfile.ZipFile(path) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            if name.endswith(("core.xml", "meta.xml", "content.opf")):
                data = _STAMPED.sub(b"2026-01-12T09:00:00Z", data)  # noqa: PLW2901
            info = zipfile.ZipInfo(name, (2026, 1, 12, 9, 0, 0))
            stored = name == "mimetype"  # OpenDocument and EPUB want it first and uncompressed
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


def write_docx(path: Path, title: str, blocks: list[Block]) -> None:
    doc = Document()
    core = doc.core_properties
    core.title, core.author = bare(title), "Varnsund Ladetechnik GmbH"
    core.created = core.modified = _STAMP
    doc.add_heading(bare(title), level=0)
    for block in blocks:
        match block.kind:
            case "heading":
                doc.add_heading(bare(block.text), level=block.level)
            case "item":
                doc.add_paragraph(bare(block.text), style="List Bullet")
            case "table":
                rows = block.rows
                table = doc.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
                for row, cells in zip(table.rows, rows, strict=True):
                    for cell, text in zip(row.cells, cells, strict=True):
                        cell.text = bare(text)
            case "lines":
                doc.add_paragraph("\n".join(bare(line) for line in block.lines))
            case _:
                doc.add_paragraph(bare(block.text))
    doc.save(str(path))
    fix_archive(path)


def write_pptx(path: Path, title: str, blocks: list[Block]) -> tuple[list[int], int]:
    """One slide per `break` block; gives the slide of each block and the number of slides."""
    deck = Presentation()
    core = deck.core_properties
    core.title, core.author = bare(title), "Varnsund Ladetechnik GmbH"
    core.created = core.modified = _STAMP
    pages: list[int] = []
    slide = body = None
    for block in blocks:
        if block.kind == "break":
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = bare(block.text)
            body = None
        elif block.kind == "table":
            rows = block.rows
            frame = slide.shapes.add_table(
                len(rows), len(rows[0]), Cm(1.5), Cm(9.5), Cm(22), Cm(0.9 * len(rows))
            )
            for i, row in enumerate(rows):
                for j, text in enumerate(row):
                    frame.table.cell(i, j).text = bare(text)
        else:
            if body is None:
                body = slide.shapes.add_textbox(Cm(1.5), Cm(4), Cm(22), Cm(5)).text_frame
                body.word_wrap = True
                paragraph = body.paragraphs[0]
            else:
                paragraph = body.add_paragraph()
            paragraph.text = bare("\n".join(block.lines) or block.text)
            paragraph.font.size = Pt(16)
        pages.append(len(deck.slides))
    deck.save(str(path))
    fix_archive(path)
    return pages, len(deck.slides)


def write_xlsx(path: Path, title: str, blocks: list[Block]) -> tuple[list[int], int]:
    """One sheet per `break` block; gives the sheet of each block and the number of sheets."""
    book = Workbook()
    book.properties.title, book.properties.creator = bare(title), "Varnsund Ladetechnik GmbH"
    book.properties.created = _STAMP
    book.remove(book.active)
    pages: list[int] = []
    for block in blocks:
        if block.kind == "break":
            sheet = book.create_sheet(bare(block.text))
        for i, row in enumerate(block.rows):
            sheet.append([_cell(cell) for cell in row])
            if i == 0 and block.kind == "table":
                for cell in sheet[sheet.max_row]:
                    cell.font = Font(bold=True)
        if block.kind not in ("break", "table", "lines"):
            sheet.append([bare(block.text)])
        pages.append(len(book.worksheets))
    for sheet in book.worksheets:
        for column in "ABCDEFG":
            sheet.column_dimensions[column].width = 24
    book.save(path)
    fix_archive(path)
    return pages, len(book.worksheets)


def _cell(text: str) -> str | int:
    text = bare(text)
    return int(text) if _SMALL_NUMBER.fullmatch(text) else text
