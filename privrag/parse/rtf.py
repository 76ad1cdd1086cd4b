r"""Rich Text Format: `{\rtf1\ansi\deff0 {\b Dear Ms Smith,}\par ...}`.

After the RTF 1.9.1 specification. Our own reader, because pandoc would be a grandchild process
that outlives a killed worker.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from privrag.errors import DamagedDocumentError
from privrag.parse.piece import Content, Context, Piece, row_line, table_pieces
from privrag.parse.text import too_long

if TYPE_CHECKING:
    from privrag.records import BlockKind

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_SPECIAL = {
    "tab": "\t", "line": "\n", "emdash": "\u2014", "endash": "\u2013", "bullet": "\u2022",
    "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d",
    "emspace": " ", "enspace": " ", "nestcell": " ", "nestrow": "\n",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "-", "\\": "\\", "{": "{", "}": "}"}
_SKIPPED = frozenset((
    "colortbl", "pict", "object", "objdata", "themedata", "colorschememapping", "latentstyles",
    "datastore", "listtable", "listoverridetable", "rsidtbl", "generator", "xmlnstbl", "fldinst",
    "sp", "listtext", "pntext", "nonshppict", "revtbl", "author", "operator", "company",
    "comment", "doccomm", "manager", "category", "keywords", "subject", "hlinkbase", "creatim",
    "revtim", "printim", "buptim", "filetbl", "template", "nesttableprops", "annotation", "atnid",
    "atnauthor", "xe", "tc", "private", "bkmkstart", "bkmkend", "panose", "falt",
))  # fmt: skip
_KEPT_AFTER_STAR = frozenset(("shpinst", "shptxt", "pn", "footnote"))
_MARGINS = frozenset(("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr"))
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 255: "cp437",
}  # fmt: skip
_MAX_DEPTH = 1000


@dataclass(frozen=True, slots=True)
class _State:
    """What a closing brace restores."""

    target: str = "body"
    """Where text goes: `body`, `fonttbl`, `stylesheet`, `title`, `margin`, `note` or `skip`."""
    fallback: int = 1
    r"""Characters that stand in for a `\u` and are to be skipped."""
    encoding: str = "cp1252"
    starred: bool = False
    hidden: bool = False


@dataclass(slots=True)
class _Reader:
    """One pass over the tokens."""

    max_characters: int
    states: list[_State] = field(default_factory=lambda: [_State()])
    default_encoding: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    heading_styles: set[int] = field(default_factory=set)
    texts: dict[str, list[str]] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    """Bytes of one run, decoded together: a character may take two."""
    skip: int = 0
    font: int = 0
    style: int = 0
    in_table: bool = False
    heading: bool = False
    listed: bool = False
    length: int = 0

    def read(self, data: bytes) -> None:
        position = 0
        while match := _TOKEN.match(data, position):
            position = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if word:
                position += self._word(word.decode(), int(number) if number else None)
            elif code:
                self._bytes(bytes.fromhex(code.decode()))
            elif brace:
                self._brace(brace)
            elif symbol:
                self._symbol(symbol.decode("latin-1"))
            elif text:
                self._bytes(text)
        if len(self.states) > 1:
            raise DamagedDocumentError("it is incomplete (its end is missing); get a fresh copy")
        self._end_paragraph()
        self._end_table()

    def _brace(self, brace: bytes) -> None:
        self._flush_raw()
        self.skip = 0
        if brace == b"{":
            if len(self.states) > _MAX_DEPTH:
                raise RecursionError
            self.states.append(replace(self.states[-1], starred=False))
        elif len(self.states) > 1:
            closed = self.states.pop()
            if closed.target in ("margin", "note") and self.states[-1].target != closed.target:
                text = "".join(self.texts.pop(closed.target, ()))
                kind: BlockKind = "header" if closed.target == "margin" else "paragraph"
                self.pieces.append(Piece(kind, text))

    def _word(self, word: str, number: int | None) -> int:
        """Handle a control word; return how many bytes of binary data follow it."""
        if word == "bin":
            return max(number or 0, 0)
        if self.skip:  # a control word counts as one fallback character
            self.skip -= 1
            return 0
        self._flush_raw()
        if word == "u" and number is not None:
            self._add(chr(number & 0xFFFF))
            self.skip = self.states[-1].fallback
        elif word in _SPECIAL:
            self._add(_SPECIAL[word])
        elif not self._destination(word):
            self._format(word, number)
        return 0

    def _destination(self, word: str) -> bool:
        starred = self.states[-1].starred
        target = self.states[-1].target
        if word in ("listtext", "pntext"):
            self.listed = True
        if target == "skip":
            return True
        if word in _SKIPPED or (starred and word not in _KEPT_AFTER_STAR):
            target = "skip"
        elif word in ("fonttbl", "stylesheet"):
            target = word
        elif word == "info":
            target = "info"
        elif word == "title" and target == "info":
            target = "title"
        elif word in _MARGINS:
            target = "margin"
        elif word == "footnote":
            target = "note"
        elif not starred:
            return False
        self.states[-1] = replace(self.states[-1], target=target, starred=False)
        return True

    def _format(self, word: str, number: int | None) -> None:
        target = self.states[-1].target
        if word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "pard":
            self.in_table = self.heading = self.listed = False
        elif word == "intbl":
            self.in_table = True
        elif word == "cell":
            self.cells.append(self._take())
        elif word == "row":
            self.rows.append(row_line(self.cells))
            self.cells = []
        elif word == "outlinelevel":
            self.heading = (number or 0) < 9
        elif word == "ls" and number:
            self.listed = True
        elif word == "s":
            self.style = number or 0
            self.heading = target == "body" and self.style in self.heading_styles
        elif word in ("v", "plain"):
            self.states[-1] = replace(self.states[-1], hidden=word == "v" and number != 0)
        else:
            self._encoding(word, number)

    def _encoding(self, word: str, number: int | None) -> None:
        state = self.states[-1]
        if word == "uc":
            self.states[-1] = replace(state, fallback=max(number or 0, 0))
        elif word == "ansicpg" and number:
            self.default_encoding = _known(f"cp{number}")
            self.states[-1] = replace(state, encoding=self.default_encoding)
        elif word == "f":
            self.font = number or 0
            encoding = self.fonts.get(self.font, self.default_encoding)
            self.states[-1] = replace(state, encoding=encoding)
        elif word == "fcharset" and state.target == "fonttbl" and number:
            self.fonts[self.font] = _known(_CHARSETS.get(number, self.default_encoding))

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.states[-1] = replace(self.states[-1], starred=True)
            return
        if self.skip:
            self.skip -= 1
            return
        self._flush_raw()
        if symbol in "\r\n":
            self._end_paragraph()
        else:
            self._add(_SYMBOLS.get(symbol, ""))

    def _bytes(self, raw: bytes) -> None:
        skipped = min(self.skip, len(raw))
        self.skip -= skipped
        self.raw += raw[skipped:]

    def _flush_raw(self) -> None:
        if self.raw:
            text = self.raw.decode(self.states[-1].encoding, "replace")
            self.raw.clear()
            self._add(text)

    def _add(self, text: str) -> None:
        target = self.states[-1].target
        if target == "stylesheet":
            name = text.strip().rstrip(";").lower()
            if name.startswith("heading ") or name == "title":
                self.heading_styles.add(self.style)
        elif target not in ("skip", "fonttbl", "info") and not self.states[-1].hidden:
            if target == "body" and self.rows and not self.in_table and text.strip():
                self._end_table()
            self.texts.setdefault(target, []).append(text)
            self.length += len(text)
            if self.length > self.max_characters:
                raise too_long(self.max_characters)

    def _take(self) -> str:
        return "".join(self.texts.pop("body", ())).strip()

    def _end_paragraph(self) -> None:
        target = self.states[-1].target
        if target != "body" or self.in_table:
            self._add("\n")
            return
        text = self._take()
        if text:
            listed: BlockKind = "list" if self.listed else "paragraph"
            self.pieces.append(Piece("heading" if self.heading else listed, text))

    def _end_table(self) -> None:
        self.pieces.extend(table_pieces(self.rows))
        self.rows = []


def parse_rtf(data: bytes, context: Context) -> Content:
    """Headings by outline level or style; no pages."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise DamagedDocumentError("it is not Rich Text Format inside; get a fresh copy")
    reader = _Reader(context.max_characters)
    reader.read(data.lstrip())
    title = "".join(reader.texts.get("title", ()))
    return Content(_joined(reader.pieces), title=_pairs(title))


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Consecutive list items become one list."""
    items: list[str] = []
    for piece in pieces:
        if piece.kind == "list":
            items.append(_pairs(piece.text))
            continue
        if items:
            yield Piece("list", "\n".join(items))
            items = []
        yield Piece(piece.kind, _pairs(piece.text))
    if items:
        yield Piece("list", "\n".join(items))


def _pairs(text: str) -> str:
    r"""Surrogates, which `\u` gives one at a time, as the character they make."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _known(encoding: str) -> str:
    try:
        b"".decode(encoding)
    except LookupError:
        return "cp1252"
    return encoding
