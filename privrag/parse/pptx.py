"""PowerPoint (.pptx): slide by slide, title first, then shapes from top to bottom, then notes."""

import io
from collections.abc import Iterator

from privrag.parse.piece import Content, Context, Piece, Untyped, row_line, table_pieces

_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_DIAGRAM_DATA = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def parse_pptx(data: bytes, context: Context) -> Content:
    """A block's page is its slide's number."""
    from pptx import Presentation

    deck = Presentation(io.BytesIO(data))
    slides = list(deck.slides)
    return Content(
        (piece for number, slide in enumerate(slides, 1) for piece in _slide(slide, number)),
        title=deck.core_properties.title or _first_title(slides),
        pages=len(slides),
    )


def _first_title(slides: list[Untyped]) -> str | None:
    titles = (slide.shapes.title for slide in slides[:1])
    return next((title.text_frame.text for title in titles if title is not None), None)


def _slide(slide: Untyped, number: int) -> Iterator[Piece]:
    title = slide.shapes.title
    if title is not None:
        yield Piece("heading", _frame_text(title.text_frame), number)
    for shape in _in_reading_order(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape(shape, number)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield Piece("paragraph", _frame_text(slide.notes_slide.notes_text_frame), number)


def _in_reading_order(shapes: Untyped) -> list[Untyped]:
    return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))


def _shape(shape: Untyped, number: int) -> Iterator[Piece]:
    from pptx.enum.shapes import MSO_SHAPE_TYPE

    if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
        for inner in _in_reading_order(shape.shapes):
            yield from _shape(inner, number)
    elif getattr(shape, "has_table", False):
        rows = (
            row_line(_frame_text(cell.text_frame) for cell in row.cells) for row in shape.table.rows
        )
        yield from table_pieces(rows, number)
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart, number)
    elif shape.has_text_frame:
        text = _frame_text(shape.text_frame)
        listed = shape.is_placeholder and "\n" in text
        yield Piece("list" if listed else "paragraph", text, number)
    else:
        yield from _diagram(shape, number)


def _frame_text(frame: Untyped) -> str:
    """Paragraphs on lines of their own; line breaks inside one are vertical tabs here."""
    lines = (paragraph.text.replace("\v", "\n").strip() for paragraph in frame.paragraphs)
    return "\n".join(line for line in lines if line)


def _chart(chart: Untyped, number: int) -> Iterator[Piece]:
    if chart.has_title and chart.chart_title.has_text_frame:
        yield Piece("paragraph", _frame_text(chart.chart_title.text_frame), number)
    for plot in chart.plots:
        series = list(plot.series)
        rows = [["", *(one.name or "" for one in series)]]
        for position, category in enumerate(plot.categories):
            values = (list(one.values)[position : position + 1] for one in series)
            rows.append([str(category), *(_number(v[0]) if v else "" for v in values)])
        yield from table_pieces((row_line(row) for row in rows), number)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"


def _diagram(shape: Untyped, number: int) -> Iterator[Piece]:
    """The texts of a SmartArt drawing, which stand in a part of their own."""
    from lxml import etree

    for reference in shape._element.iter(_DIAGRAM):
        part = shape.part.related_part(reference.get(_DIAGRAM_DATA))
        root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False))
        lines = ("".join(t.text or "" for t in p.iter(f"{_A}t")) for p in root.iter(f"{_A}p"))
        yield Piece("list", "\n".join(line for line in lines if line.strip()), number)
