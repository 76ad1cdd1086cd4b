"""Excel workbooks, new (.xlsx) and old (.xls): a heading for each sheet, then its rows."""

import datetime
import io
import re
from collections.abc import Iterable, Iterator

from privrag.errors import EncryptedDocumentError
from privrag.parse.piece import Content, Context, Piece, Untyped, row_line, table_pieces

_FORMAT_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_FIXED = re.compile(r"[#0,]*0(?:\.(0+))?")


def parse_xlsx(data: bytes, context: Context) -> Content:
    """A block's page is its sheet's number, hidden sheets included.

    Cells show the value that was last calculated, numbers in their decimals and thousands, dates
    in ISO form. A formula that was never calculated (a file no spreadsheet has saved) is empty.
    """
    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    sheets = book.worksheets
    return Content(
        _sheets((sheet.title, _xlsx_rows(sheet)) for sheet in sheets),
        title=book.properties.title,
        pages=len(sheets),
    )


def parse_xls(data: bytes, context: Context) -> Content:
    """The same for the binary format."""
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(file_contents=data, on_demand=True, formatting_info=False)
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise EncryptedDocumentError("it is encrypted; save it without a password") from error
        raise
    names = book.sheet_names()
    return Content(
        _sheets((name, _xls_rows(book, number)) for number, name in enumerate(names)),
        pages=len(names),
    )


def _sheets(sheets: Iterable[tuple[str, Iterable[str]]]) -> Iterator[Piece]:
    """Rows between empty rows are tables of their own; a sheet without rows has no heading."""
    for page, (name, lines) in enumerate(sheets, 1):
        table: list[str] = []
        empty = True
        for line in (*lines, ""):
            if line:
                if empty:
                    yield Piece("heading", name, page)
                    empty = False
                table.append(line)
            elif table:
                yield from table_pieces(table, page)
                table = []


def _xlsx_rows(sheet: Untyped) -> Iterator[str]:
    sheet.reset_dimensions()  # some writers claim one cell, or a million
    for row in sheet.iter_rows():
        yield row_line(
            # Looking up a format costs more than reading the cell.
            _shown(cell.value, cell.number_format if isinstance(cell.value, int | float) else "")
            for cell in row
        )


def _xls_rows(book: Untyped, number: int) -> Iterator[str]:
    import xlrd

    sheet = book.sheet_by_index(number)

    def shown(cell: Untyped) -> str:
        if cell.ctype == xlrd.XL_CELL_DATE:
            return _shown(xlrd.xldate_as_datetime(cell.value, book.datemode), "")
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return _shown(bool(cell.value), "")
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, ""))
        return _shown(cell.value, "")

    for index in range(sheet.nrows):
        yield row_line(shown(cell) for cell in sheet.row(index))
    book.unload_sheet(number)


def _shown(value: object, number_format: str) -> str:
    """A cell as its reader sees it, as far as that does not depend on the reader's locale."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, number_format or "General")
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return str(value.date()) if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.time):
        return value.isoformat("seconds")
    return str(value)


def _number(value: float, number_format: str) -> str:
    pattern = _FORMAT_LITERALS.sub("", number_format.split(";")[0])
    fixed = _FIXED.search(pattern)
    if fixed is None or "E" in pattern or "?" in pattern:
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    percent = "%" in pattern
    grouped = "," if "," in fixed[0] else ""
    decimals = len(fixed[1] or "")
    return f"{value * (100 if percent else 1):{grouped}.{decimals}f}" + ("%" if percent else "")
