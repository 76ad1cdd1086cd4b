"""PDF, page by page: pypdfium2 for the text, pdfplumber for ruled tables.

Form fields and typed annotations are part of the page, as in a print. No OCR in this version.
"""

from collections.abc import Iterator

from privrag.errors import DamagedDocumentError, EmptyDocumentError, EncryptedDocumentError
from privrag.parse.pdf_hidden import HiddenText
from privrag.parse.pdf_layout import Page, layout
from privrag.parse.pdf_lines import Row, Segment, page_segments, rows_of
from privrag.parse.pdf_table import Table, find_tables, may_have_rules
from privrag.parse.piece import Content, Context, Untyped
from privrag.parse.text import too_long

_TAIL_BYTES = 4096
"""A PDF ends with `startxref ... %%EOF`. pdfium reads what is left of a cut one and says nothing;
mail gateways may append a little."""


def parse_pdf(data: bytes, context: Context) -> Content:
    """Raises EmptyDocumentError if no page has text, EncryptedDocumentError without a password."""
    import pypdfium2
    import pypdfium2.raw

    if not any(mark in data[-_TAIL_BYTES:] for mark in (b"%%EOF", b"startxref")):
        raise DamagedDocumentError("it is incomplete (its end is missing); get a fresh copy")
    try:
        document = pypdfium2.PdfDocument(data, password="")
    except pypdfium2.PdfiumError as error:
        wants_password = error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD
        if wants_password and b"/Encrypt" in data:  # pdfium may tell of the file before this one
            raise EncryptedDocumentError("it needs a password; save a copy without one") from error
        raise
    if document.get_formtype() != pypdfium2.raw.FORMTYPE_NONE:
        document.init_forms()
    segments: list[list[Segment]] = []
    ruled: list[int] = []
    length = 0
    for index in range(len(document)):
        page, textpage, body_characters = _open_page(document, index)
        segments.append(page_segments(textpage, body_characters, HiddenText(page, textpage)))
        length += sum(len(segment.text) for segment in segments[-1])
        if length > context.max_characters:
            raise too_long(context.max_characters)
        if segments[-1] and may_have_rules(page):
            ruled.append(index)
        textpage.close()
        page.close()
    if not length:
        raise EmptyDocumentError(
            "its pages hold no text, so it seems to be scanned; character recognition (OCR) is "
            "not part of this version: run it through an OCR program first"
        )
    tables = (
        find_tables(data, ruled, lambda index: _open_page(document, index)[:2]) if ruled else {}
    )
    pages = [
        Page(number, list(_items(of_page, tables.get(number - 1, []))))
        for number, of_page in enumerate(segments, 1)
    ]
    title = document.get_metadata_value("Title")
    count = len(document)
    document.close()
    return Content(layout(pages), title=title, pages=count)


def _open_page(document: Untyped, index: int) -> tuple[Untyped, Untyped, int]:
    """A page, its text, and how many characters of that come before the values of form fields."""
    import pypdfium2.raw

    page = document[index]
    textpage = page.get_textpage()
    characters = textpage.count_chars()
    if pypdfium2.raw.FPDFPage_GetAnnotCount(page) > 0:
        flattened = pypdfium2.raw.FPDFPage_Flatten(page, pypdfium2.raw.FLAT_NORMALDISPLAY)
        if flattened == pypdfium2.raw.FLATTEN_SUCCESS:
            textpage.close()
            page.close()
            page = document[index]
            textpage = page.get_textpage()
    return page, textpage, characters


def _items(segments: list[Segment], tables: list[Table]) -> Iterator[Row | list[str]]:
    """Rows in order, each table in the place of the first segment it holds."""
    placed: set[int] = set()
    outside: list[Segment] = []
    for segment in segments:
        table = next((t for t in tables if t.holds(*segment.center)), None)
        if table is None:
            outside.append(segment)
            continue
        if id(table) not in placed:
            placed.add(id(table))
            yield from rows_of(outside)
            outside = []
            yield table.lines
    yield from rows_of(outside)
