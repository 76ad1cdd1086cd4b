"""HTML and XML: tags with their attributes, and elements whose content is not prose.

    <a href="P">        closed to its `>`
    <b>P</b>            prose
    <script>P</script>  closed to its end tag, like every element that is no HTML for prose:
    <tool_call>P</tool_call>   <invoke name="mail">P   <|python_tag|>P   <to>P</to>

An unclosed tag ends with the paragraph; an open attribute quote never does. Nor does an element,
but for one within a line whose name says nothing: `<your-name>` may be a gap to fill in.
"""

import re

from privrag.outbound.place import SPACE, Place

_BEGINS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/!?|｜")  # noqa: RUF001
_OPENING_TAG = re.compile(
    r"<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*\s*/?>",
    re.ASCII,
)
_NAME = re.compile(r"<(/?)([A-Za-z|｜](?:[^\s/>@]*[^\s/>@:])?)(?=[\s/>]|\Z)")  # noqa: RUF001
_LONGEST_MARKUP = 1000  # a longer tag is never taken for a well-formed one
_NAMES_OF_PROSE = """
a abbr acronym address article aside b bdi bdo big blockquote body br caption center cite code
col colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6
header hgroup hr html i img ins kbd label legend li link main mark menu meta nav ol p pre q rb
rp rt ruby s samp section small source span strike strong sub summary sup table tbody td tfoot
th thead time tr track tt u ul var wbr
"""
_PROSE = frozenset(_NAMES_OF_PROSE.split())
_RUN = re.compile(  # never ends but with its end tag
    r"[^\w-]|tool|func|invoke|call|param|arg|action|exec|command|script|style|iframe|object"
    r"|embed|svg|math|template|form|textarea|xmp|plaintext|no(?:embed|frames)"
)
_KEPT_OPEN = frozenset({"script", "style", "iframe", "textarea", "xmp", "plaintext"})
"""Elements that HTML does not close with `/>`."""


class ElementReader:
    """Inside a tag, or inside the outermost element that holds no prose."""

    def __init__(self) -> None:
        self.ended_well = False
        """Whether the last character ended a well-formed opening tag."""
        self._tag = ""  # "" outside, "<" maybe, "in", "=" before a value, or its quote
        self._markup = ""  # the tag so far
        self._restored = False  # whether the tag's first letter came out of the vault
        self._begins_line = False
        self._element = ""
        self._lasts = False
        self._depth = 0

    @property
    def inside(self) -> bool:
        return self._tag not in ("", "<") or self._element != ""

    @property
    def busy(self) -> bool:
        return self._tag != ""

    def read(self, c: str, place: Place) -> None:
        self.ended_well = False
        if self._tag in ("", "<") and c == "<":
            self._markup = "\\<" if place.escaped else "<"
            self._begins_line = place.blank
        elif self._tag != "" and len(self._markup) <= _LONGEST_MARKUP:
            self._markup += c
        if place.paragraph_ends and not self._lasts:
            self._element = ""
        self._read_tag(c, place)

    def _read_tag(self, c: str, place: Place) -> None:
        if self._tag in ('"', "'"):
            self._tag = "in" if c == self._tag else self._tag
        elif self._tag in ("", "<"):
            opens = self._tag == "<" and c in _BEGINS
            self._restored = opens and place.restored
            self._tag = "in" if opens else "<" if c == "<" else ""
        elif c == ">" or place.paragraph_ends:
            self.ended_well = _OPENING_TAG.fullmatch(self._markup) is not None
            self._tag = ""
            if not self._restored:
                self._read_name(whole=c == ">")
        elif self._tag == "=" and c in "\"'":
            self._tag = c
        elif c == "=":
            self._tag = "="
        elif c not in SPACE:
            self._tag = "in"

    def _read_name(self, *, whole: bool) -> None:
        found = _NAME.match(self._markup.lstrip("\\"))
        if found is None:
            return
        closes, name = found[1] == "/", found[2].casefold()
        if self._element == "":
            empty = self._markup.endswith("/>") and name not in _KEPT_OPEN
            may_be_one = whole or _RUN.search(name)
            if not closes and not empty and may_be_one and name not in _PROSE:
                self._element, self._depth = name, 1
                self._lasts = self._begins_line or _RUN.search(name) is not None
        elif _same(name, self._element):
            self._depth += -1 if closes else 1
            self._element = self._element if self._depth > 0 else ""


def _same(name: str, element: str) -> bool:
    """`</function>` ends `<function=mail>`."""
    return name.partition("=")[0] == element.partition("=")[0]
