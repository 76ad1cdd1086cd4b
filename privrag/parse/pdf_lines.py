"""Where the text of a PDF page stands: runs of characters on one line, in the order of the file.

All numbers are points in the text's own reading frame, x to the right and y upwards: a page that
is turned, or text that runs up the margin, reads like any other.
"""

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privrag.parse.pdf_hidden import HiddenText
from privrag.parse.piece import Untyped

_BOLD = re.compile(rb"bold|black|heavy|semib|demi|CMBX", re.IGNORECASE)
_BOLD_WEIGHT = 600
_LINE_END_HYPHEN = "\ufffe"
"""What pdfium puts in place of a hyphen and the line break after it."""
_WORD = re.compile(r"\S+")
_PIECE = re.compile(r"[^\r\n\ufffe]+")
_WIDE_GAP = 1.0
"""A gap of that many line heights is a gap between columns; justified words stay below 0.8."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters that stand side by side without a wide gap."""

    text: str = field(repr=False)
    left: float
    right: float
    bottom: float
    top: float
    em: float
    """Size of the type, whatever the font's ascent."""
    bold: bool
    angle: int
    """Quarter turns to the left from upright."""
    center: tuple[float, float]
    """The middle of the segment in the page's own frame."""
    hyphenated: bool = False
    """Whether the word goes on in the next segment."""

    @property
    def size(self) -> float:
        """Height of the line: ascent plus descent of its font."""
        return self.top - self.bottom


@dataclass(slots=True)
class Row:
    """What stands on one line; several cells if there are wide gaps in it."""

    cells: list[Segment]

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right

    @property
    def top(self) -> float:
        return max(cell.top for cell in self.cells)

    @property
    def bottom(self) -> float:
        return min(cell.bottom for cell in self.cells)

    @property
    def size(self) -> float:
        return max(cell.size for cell in self.cells)

    @property
    def em(self) -> float:
        return max(cell.em for cell in self.cells)

    @property
    def bold(self) -> bool:
        return all(cell.bold for cell in self.cells)


def page_segments(textpage: Untyped, body_characters: int, hidden: HiddenText) -> list[Segment]:
    """The segments of a page in the order in which the file draws them, without hidden text.

    Those after `body_characters` are the values of form fields: each goes where it stands, after
    the label to its left or above it.
    """
    segments: list[Segment] = []
    for start, segment in _segments(textpage, hidden):
        if start < body_characters:
            segments.append(segment)
        else:
            segments.insert(_place(segments, segment), segment)
    return segments


def _place(segments: list[Segment], value: Segment) -> int:
    """Where to insert a form field's value."""

    def distance(segment: Segment) -> tuple[bool, float]:
        if segment.bottom < value.top and segment.top > value.bottom:  # on its line
            aside = value.left - segment.left
            return (aside < 0, aside if aside >= 0 else math.inf)
        above = segment.bottom - value.bottom
        return (True, above if above > 0 else math.inf)

    nearest = min(range(len(segments)), key=lambda i: distance(segments[i]), default=-1)
    return nearest + 1


def rows_of(segments: Sequence[Segment]) -> list[Row]:
    """Put segments that continue a line to the right into one row."""
    rows: list[Row] = []
    for segment in segments:
        last = rows[-1].cells[-1] if rows else None
        if last is not None and _continues(last, segment):
            rows[-1].cells.append(segment)
        else:
            rows.append(Row([segment]))
    return rows


def _continues(last: Segment, segment: Segment) -> bool:
    shared = min(last.top, segment.top) - max(last.bottom, segment.bottom)
    return (
        last.angle == segment.angle
        and not last.hyphenated
        and segment.left >= last.right - 0.2 * last.size
        and shared > 0.6 * min(last.size, segment.size)
    )


def _segments(textpage: Untyped, hidden: HiddenText) -> Iterator[tuple[int, Segment]]:
    text = textpage.get_text_range()
    if len(text) != textpage.count_chars():  # characters beyond the BMP, or without a code
        text = _characters(textpage)
    probe = _Probe(textpage.raw)
    for piece in _PIECE.finditer(text):
        hyphenated = text[piece.end() : piece.end() + 1] == _LINE_END_HYPHEN
        for start, end in _seen(text, piece.start(), piece.end(), hidden):
            yield from _cut(text, start, end, probe, hyphenated and end == piece.end())


def _seen(text: str, start: int, end: int, hidden: HiddenText) -> Iterator[tuple[int, int]]:
    """The parts of a line that a reader sees; a word is judged by its first character."""
    begin = start
    for word in _WORD.finditer(text, start, end):
        if hidden.hides(word.start()):
            if begin < word.start():
                yield begin, word.start()
            begin = word.end()
    if begin < end:
        yield begin, end


def _cut(
    text: str, start: int, end: int, probe: "_Probe", hyphenated: bool
) -> Iterator[tuple[int, Segment]]:
    """Cut `text[start:end]` at wide gaps; each part with its index."""
    words = [(start + w.start(), start + w.end()) for w in re.finditer(r"\S+", text[start:end])]
    if not words:
        return
    angle = probe.angle(words[0][0])
    first = 0
    for here in range(len(words)):
        last = here == len(words) - 1
        if last or probe.gap(words[here][1] - 1, words[here + 1][0], angle) > _WIDE_GAP:
            begin, stop = words[first][0], words[here][1]
            hyphen = hyphenated and last
            yield begin, probe.segment(text[begin:stop], begin, stop - 1, angle, hyphen)
            first = here + 1


class _Probe:
    """Asks pdfium about single characters, reusing its buffers: a microsecond each."""

    def __init__(self, textpage: Untyped) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._textpage = textpage
        self._rect = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        self._name = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()

    def angle(self, index: int) -> int:
        clockwise = self._pdfium.FPDFText_GetCharAngle(self._textpage, index)  # -1: unknown
        return -round(clockwise / (math.pi / 2)) % 4 if clockwise >= 0 else 0

    def gap(self, index: int, following: int, angle: int) -> float:
        """White space between two characters, in line heights; infinite on different lines."""
        left, right, bottom, top = self._box(index, angle)
        next_left, next_right, next_bottom, next_top = self._box(following, angle)
        if next_bottom >= top or next_top <= bottom:
            return math.inf
        return max(next_left - right, left - next_right) / max(top - bottom, 1)

    def segment(self, text: str, first: int, last: int, angle: int, hyphenated: bool) -> Segment:
        left, first_right, bottom, top = self._box(first, angle)
        last_left, right, last_bottom, last_top = self._box(last, angle)
        page_left, page_right, page_bottom, page_top = self._box((first + last) // 2, 0)
        bold = self._is_bold(first) and self._is_bold(last)
        center = ((page_left + page_right) / 2, (page_bottom + page_top) / 2)
        return Segment(
            text + "-" * hyphenated,
            min(left, last_left),  # the last one in writing from right to left
            max(right, first_right),
            min(bottom, last_bottom),
            max(top, last_top),
            max(self._em(first), self._em(last)),  # a line may open with small capitals
            bold,
            angle,
            center,
            hyphenated,
        )

    def _box(self, index: int, angle: int) -> tuple[float, float, float, float]:
        """Left, right, bottom, top of a character in a reading frame of that many turns."""
        rect = self._rect
        self._pdfium.FPDFText_GetLooseCharBox(self._textpage, index, rect)
        left, right, bottom, top = rect.left, rect.right, rect.bottom, rect.top
        for _ in range(angle):
            left, right, bottom, top = bottom, top, -right, -left
        return left, right, bottom, top

    def _em(self, index: int) -> float:
        self._pdfium.FPDFText_GetMatrix(self._textpage, index, self._matrix)
        scale = math.hypot(self._matrix.c, self._matrix.d)
        return float(self._pdfium.FPDFText_GetFontSize(self._textpage, index) * scale)

    def _is_bold(self, index: int) -> bool:
        arguments = (self._name, len(self._name), ctypes.byref(self._flags))
        self._pdfium.FPDFText_GetFontInfo(self._textpage, index, *arguments)
        weight = self._pdfium.FPDFText_GetFontWeight(self._textpage, index)
        return weight >= _BOLD_WEIGHT or bool(_BOLD.search(self._name.value))


def _characters(textpage: Untyped) -> str:
    """One character for each index, whatever pdfium makes of it."""
    import pypdfium2.raw as pdfium

    codes = (pdfium.FPDFText_GetUnicode(textpage.raw, i) for i in range(textpage.count_chars()))
    return "".join(chr(code) if 0 < code <= 0x10FFFF else " " for code in codes)
