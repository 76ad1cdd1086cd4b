"""Reads the example documents back, by other means than the ones under test where possible."""

import html
import re
import zipfile
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import docx
import openpyxl
import pptx
import pypandoc
import pypdfium2


def read_pages(path: Path) -> list[str]:
    """The text of each page (slide, sheet), or of the whole file as one page."""
    match path.suffix:
        case ".pdf":
            document = pypdfium2.PdfDocument(path)
            pages = [page.get_textpage().get_text_bounded() for page in document]
            document.close()
            return pages
        case ".pptx":
            return [_slide(slide) for slide in pptx.Presentation(str(path)).slides]
        case ".xlsx":
            book = openpyxl.load_workbook(path)
            return ["\n".join(map(_cells, sheet.values)) for sheet in book.worksheets]
        case ".docx":
            items = docx.Document(str(path)).iter_inner_content()
            return ["\n".join(_docx_text(item) for item in items)]
        case ".odt" | ".epub":
            return [_zipped(path)]
        case ".rtf":
            return [pypandoc.convert_file(str(path), "plain", extra_args=["--wrap=none"])]
        case ".eml":
            return [_mail(path)]
        case ".html":
            return [_untag(path.read_text(encoding="utf-8"))]
        case _:
            return [path.read_text(encoding="utf-8")]


def _cells(row: tuple) -> str:
    return " ".join(str(cell) for cell in row if cell is not None)


def _docx_text(item) -> str:
    if hasattr(item, "rows"):
        return "\n".join(" ".join(cell.text for cell in row.cells) for row in item.rows)
    return item.text


def _slide(slide) -> str:
    parts = []
    for shape in slide.shapes:
        if shape.has_table:
            parts += [" ".join(cell.text for cell in row.cells) for row in shape.table.rows]
        elif shape.has_text_frame:
            parts.append(shape.text_frame.text)
    return "\n".join(parts)


def _untag(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


def _zipped(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(("content.xml", ".xhtml"))]
        return "\n".join(_untag(archive.read(name).decode()) for name in names)


def _mail(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=default)
    headers = [message[name] for name in ("From", "To", "Cc", "Subject") if message[name]]
    parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    return "\n".join([*map(_unquoted, headers), *parts])


def _unquoted(header: str) -> str:
    return str(header).replace('"', "")
