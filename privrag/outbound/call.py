r"""Objects and calls, as tools and programs take them, to the bracket that ends them.

    {"tool": "mail", "to": P}   {'to': P}   {to: P}   {\"to\": P}
    mail(to="P")   fetch('/x?' + P)   mail.send(P)   url(P)

`{P}`, `f(P)` and `(P)` are prose. Which keys an object has makes no difference: the one that says
that it is a call may come last. What is not ended stays open; a call ends with its paragraph.
"""

import re

from privrag.outbound.place import Place

_TAIL = 200
_QUOTES = "\"'`"
_BEFORE_QUOTE = re.compile(r"\{\s*\\*\Z|[A-Za-z_$][\w$.]*\(\s*\\*\Z")
_BEFORE_COLON = re.compile(r"\{\s*[\w$-]{1,64}\s*\Z")
_BEFORE_EQUALS = re.compile(r"\{\s*[\w$-]{1,64}\s*\Z|[A-Za-z_$][\w$.]*\([^()]{0,100}\w\s*\Z")
_BEFORE_PARENTHESIS = re.compile(
    r"(?i)(?:\A|[^\w])(?:url|src|image|image-set|import|fetch|require|eval|exec|system|post|get)\Z"
    r"|[A-Za-z]\w*(?:_|\.(?=[a-z]))\w+\Z"  # send_mail(  mail.send(
)
_BEGINS = {
    **dict.fromkeys(_QUOTES, _BEFORE_QUOTE),
    ":": _BEFORE_COLON,
    "=": _BEFORE_EQUALS,
    "(": _BEFORE_PARENTHESIS,
}
_REACH = {**dict.fromkeys(_QUOTES, _TAIL), ":": _TAIL, "=": _TAIL, "(": 40}


class CallReader:
    """Counts brackets outside strings."""

    def __init__(self) -> None:
        self._tail = ""
        self._depth = 0
        self._object = False
        self._quote = ""

    @property
    def inside(self) -> bool:
        return self._depth > 0

    @property
    def busy(self) -> bool:
        return self.inside

    def skip(self, text: str) -> None:
        self._tail = (self._tail + text)[-_TAIL:]

    def read(self, c: str, place: Place) -> None:
        if self._depth > 0:
            self._read_within(c, place)
        elif c in _BEGINS and (begin := _BEGINS[c].search(self._tail[-_REACH[c] :])):
            self._depth = 1
            self._object = begin[0].startswith("{")
            self._quote = c if c in _QUOTES and not place.escaped else ""
        self._tail = "" if self._depth > 0 else (self._tail + c)[-_TAIL:]

    def _read_within(self, c: str, place: Place) -> None:
        if place.paragraph_ends and not self._object:
            self._depth, self._quote = 0, ""
        elif place.escaped:
            return
        elif self._quote:
            self._quote = "" if c == self._quote else self._quote
        elif c in _QUOTES and not (c == "'" and place.last.isalnum()):
            self._quote = c
        elif c in "([{":
            self._depth += 1
        elif c in ")]}":
            self._depth -= 1
