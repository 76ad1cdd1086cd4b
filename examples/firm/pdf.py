"""The PDF writer: flowing pages, ruled tables, and the page on which each block came to stand."""

from functools import cache
from html import escape
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from firm.marks import bare, fold
from firm.markup import Block

_SIZE, _LEADING = 12, 1.6
_BODY, _BOLD = "Vera", "VeraBd"  # shipped with reportlab
_MARGIN = 3.1 * cm
_WIDTH = 21 * cm - 2 * _MARGIN


@cache
def _glyphs() -> frozenset[int]:
    for name in (_BODY, _BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    return frozenset(pdfmetrics.getFont(_BODY).face.charToGlyph)


def foldable(text: str) -> str:
    """Text as it stands in a PDF: letters that the font lacks lose their diacritics."""
    return fold(text, keep=lambda char: ord(char) in _glyphs() or char == "\t")


def write_pdf(path: Path, title: str, blocks: list[Block]) -> tuple[list[int], int]:
    """Write the document; gives the page of each block (1-based) and the number of pages."""
    _glyphs()
    pages = [0] * len(blocks)
    story: list[Flowable] = []
    for i, block in enumerate(blocks):
        story.append(_Noted(_flowable(block), pages, i))
    doc = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=2.4 * cm,
        bottomMargin=2.2 * cm,
        title=bare(title),
        author="Varnsund Ladetechnik GmbH",
        invariant=1,
    )

    def decorate(canvas: Canvas, _doc: SimpleDocTemplate) -> None:
        canvas.setFont(_BODY, 8)
        canvas.drawString(_MARGIN, 28.2 * cm, f"Varnsund Ladetechnik GmbH · {bare(title)}")
        canvas.drawRightString(_MARGIN + _WIDTH, 1.2 * cm, f"Page {canvas.getPageNumber()}")

    doc.build(story, onFirstPage=decorate, onLaterPages=decorate)
    return pages, doc.page


class _Noted(Flowable):
    """Wraps a paragraph or table: it never splits, and notes the page on which it is drawn."""

    def __init__(self, inner: Flowable, pages: list[int], index: int) -> None:
        super().__init__()
        self.inner, self.pages, self.index = inner, pages, index
        self.keepWithNext = inner.getKeepWithNext()

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self.height = self.inner.wrapOn(self.canv, width, height)
        return self.width, self.height

    def split(self, _width: float, _height: float) -> list[Flowable]:
        return []

    def getSpaceAfter(self) -> float:  # noqa: N802 - reportlab's name
        return self.inner.getSpaceAfter()

    def draw(self) -> None:
        self.pages[self.index] = self.canv.getPageNumber()
        self.inner.drawOn(self.canv, 0, 0)


def _style(
    size: float, *, bold: bool = False, indent: float = 0, glued: bool = False
) -> ParagraphStyle:
    return ParagraphStyle(
        f"s{size}{bold}{indent}{glued}",
        fontName=_BOLD if bold else _BODY,
        fontSize=size,
        leading=size * _LEADING,
        leftIndent=indent,
        bulletIndent=max(0, indent - 10),
        spaceAfter=6,
        keepWithNext=glued,
        embeddedHyphenation=0,
        uriWasteReduce=0,
    )


def _flowable(block: Block) -> Flowable:
    match block.kind:
        case "heading":
            size = 15 if block.level == 1 else 12
            return _paragraph(block.text, _style(size, bold=True, glued=True))
        case "item":
            return Paragraph(escape(bare(block.text)), _style(_SIZE, indent=14), bulletText="•")
        case "table":
            return _table(block)
        case "lines":
            text = "<br/>".join(escape(bare(line)) for line in block.lines)
            return Paragraph(text, _style(_SIZE))
        case _:
            return _paragraph(block.text, _style(_SIZE))


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(bare(text)), style)


def _table(block: Block) -> Table:
    rows = [[bare(cell) for cell in row] for row in block.rows]
    widest = [max(min(len(cell), 42) for cell in column) + 3 for column in zip(*rows, strict=True)]
    widths = [_WIDTH * width / sum(widest) for width in widest]
    cells = [
        [_paragraph(cell, _style(9, bold=i == 0)) for cell in row] for i, row in enumerate(rows)
    ]
    ruled = [
        ("GRID", (0, 0), (-1, -1), 0.6, colors.black),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table(cells, colWidths=widths, style=ruled, spaceAfter=10)
