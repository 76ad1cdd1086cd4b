"""Text of a PDF that nobody sees: drawn in no ink, in white on white, or too small to be read.

Characters that a program recognised in a scanned page are drawn in no ink over its picture: those
are wanted. White text on a coloured ground is, too.
"""

import ctypes
import math
from collections.abc import Sequence
from functools import cached_property

from privrag.parse.piece import Untyped

_WHITE = 250
"""Of 255, in red, green and blue."""
_SEE_THROUGH = 5
_MIN_EM = 1.0
"""Points. The smallest print in real documents is above 3."""
_DEPTH = 4
"""How deep objects inside form objects are looked at."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


class HiddenText:
    """Says of single characters of one page whether a reader sees them."""

    def __init__(self, page: Untyped, textpage: Untyped) -> None:
        """Both stay open as long as this is used."""
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._page = page
        self._textpage = textpage
        self._ink = tuple(ctypes.c_uint() for _ in range(4))
        self._matrix = pdfium.FS_MATRIX()
        self._box = tuple(ctypes.c_double() for _ in range(4))

    def hides(self, index: int) -> bool:
        """Whether the character at this index cannot be seen."""
        pdfium, raw = self._pdfium, self._textpage.raw
        text_object = pdfium.FPDFText_GetTextObject(raw, index)
        if not text_object:
            return False
        if self._is_tiny(index):
            return True
        mode = pdfium.FPDFTextObj_GetTextRenderMode(text_object)
        if mode == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
            return not self._on(index, self._pictures)
        if mode != pdfium.FPDF_TEXTRENDERMODE_FILL:
            return False
        if not pdfium.FPDFText_GetFillColor(raw, index, *map(ctypes.byref, self._ink)):
            return False
        red, green, blue, alpha = (one.value for one in self._ink)
        if alpha <= _SEE_THROUGH:
            return True
        return min(red, green, blue) >= _WHITE and not self._on(index, self._grounds)

    def _is_tiny(self, index: int) -> bool:
        self._pdfium.FPDFText_GetMatrix(self._textpage.raw, index, self._matrix)
        scale = math.hypot(self._matrix.c, self._matrix.d)
        size = self._pdfium.FPDFText_GetFontSize(self._textpage.raw, index) * scale
        return bool(0 < size < _MIN_EM)

    def _on(self, index: int, boxes: Sequence[Box]) -> bool:
        if not boxes:
            return False
        left, right, bottom, top = self._box
        self._pdfium.FPDFText_GetCharBox(
            self._textpage.raw, index, *map(ctypes.byref, (left, right, bottom, top))
        )
        x, y = (left.value + right.value) / 2, (bottom.value + top.value) / 2
        return any(b[0] <= x <= b[2] and b[1] <= y <= b[3] for b in boxes)

    @cached_property
    def _pictures(self) -> list[Box]:
        kinds = (self._pdfium.FPDF_PAGEOBJ_IMAGE, self._pdfium.FPDF_PAGEOBJ_FORM)
        return [_box(each) for each in self._objects if each.type in kinds]

    @cached_property
    def _grounds(self) -> list[Box]:
        """What may lie under white text: pictures, shadings, and areas in another colour."""
        return [_box(each) for each in self._objects if self._may_be_ground(each)]

    @cached_property
    def _objects(self) -> list[Untyped]:
        return list(self._page.get_objects(max_depth=_DEPTH))

    def _may_be_ground(self, each: Untyped) -> bool:
        if each.type == self._pdfium.FPDF_PAGEOBJ_TEXT:
            return False
        if each.type != self._pdfium.FPDF_PAGEOBJ_PATH:
            return True
        known = self._pdfium.FPDFPageObj_GetFillColor(each.raw, *map(ctypes.byref, self._ink))
        return not known or min(one.value for one in self._ink[:3]) < _WHITE


def _box(each: Untyped) -> Box:
    left, bottom, right, top = each.get_bounds()
    return left, bottom, right, top
