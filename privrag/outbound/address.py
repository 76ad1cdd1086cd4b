r"""A bare address, path or query: a run of characters without white space that leads somewhere.

    https://x.example/P   x.example/?q=P   localhost:80/P   /users/P   \\server\P   a=1&n=P
    P.x.example           P@x.example      users/P/files

Beside them stands prose that looks like it: `P/P`, `and/or`, `(P)`, `24/7`, `P's`.
"""
# ruff: noqa: RUF001 - dots that a browser takes for one

import html
import re
from urllib.parse import unquote

from privrag.outbound.place import SPACE, Place

LONGEST_WAIT = 200
"""Characters joined to a word, at most, that are read before it goes out."""

_INVISIBLE = re.compile(r"[\u00ad\u180b-\u180f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
FOLLOWING = re.compile(
    r"[A-Za-z0-9_~%:@/?#=&+.\-。．｡\u00ad\u180b-\u180f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]"
    rf"{{0,{LONGEST_WAIT}}}"
)
_TAIL = 80  # a top-level domain has at most 63 characters
_HOST = r"[^\W_][.。．｡][^\W\d_]{2,}(?::\d{1,5})?\Z"
_OPENERS = r"\A[\"'`(\[{*_]*"
_BEGINS = {
    "/": re.compile(
        rf"(?i):/\Z|(?:\A|[^a-z])(?:https?|ftps?|wss?|file):\Z|{_HOST}"
        r"|(?:\A|\D)\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\Z|[a-z][\w-]*:\d{1,5}\Z"
        r"|:[0-9a-f:.]*\](?::\d{1,5})?\Z|(?:\A|[^a-z])localhost\Z"
    ),
    "\\": re.compile(rf"(?i)(?:\A|[^a-z])(?:https?|ftps?|wss?|file):\Z|{_HOST}"),
    "?": re.compile(_HOST),
    "#": re.compile(_HOST),
    "=": re.compile(r"[?&;][\w.%\[\]-]{1,64}\Z"),
    ".": re.compile(r"(?:\A|[^a-z0-9])www\Z", re.IGNORECASE),
    ":": re.compile(
        r"(?i)(?:mailto|xmpp|javascript|vbscript)\Z|(?:\A|[^a-z0-9])(?:data|sms|smsto|mms|mmsto|sips?"
        r"|skype|callto|facetime|whatsapp|magnet|blob|view-source|intent|market|cid|ms-[a-z]+)\Z"
    ),
}
_PATH = re.compile(
    rf"{_OPENERS}(?:\.{{1,2}}|~|\$\w+)?\Z"  # /  ./  ../  ~/  $HOME/
    rf"|{_OPENERS}(?=[a-z0-9_./-]*[a-z])[a-z0-9_.-]+(?:/[a-z0-9_.-]+)+\Z"  # api/users/
)
_LOCAL = re.compile(rf"{_OPENERS}(?:\\|[A-Za-z]:|\.{{1,2}}|%\w+%)\Z")  # \\server  C:\  ..\
_JOINED_BEFORE = re.compile(
    r".=[\"'`]?\Z|[A-Za-z0-9/]\?\Z|[\w+-]@\Z"
    r"|(?:\A|[^A-Za-z0-9])(?!tel:)[a-z][a-z0-9+.-]{1,31}:\Z"  # any scheme but `tel:`
)
_JOINED_AFTER = re.compile(
    # a host's label or a file's name
    r"(?:-[\w-]+)?(?:\.|[。．｡](?!(?!URL|EMAIL)[A-Z]+_))[A-Za-z0-9]"
    r"|[^/?#]*@[A-Za-z0-9]|&(?:period|commat|sol|#)|:/|:\d{1,5}/|%[0-9A-Fa-f]{2}|.*[?&][\w.%-]+=|-+(?:URL|EMAIL)_"
)
_SEGMENT = re.compile(r"[\w.-]/\Z")
_DOT_BEFORE = re.compile(r"\w[.。．｡]\Z")
_HOST_ENDS = re.compile(r"[/:?#.]\w")
_OWN_WORDS = "\0"


class AddressReader:
    """Reads to the next white space; an address that ends in `=` or `&` goes on behind it."""

    def __init__(self) -> None:
        self._run = ""  # the last characters since white space, backslashes left out
        self._written = ""  # the same with a mark for what was restored
        self._start = ""  # the first ones, with backslashes
        self._address = False
        self._hangs = False

    @property
    def inside(self) -> bool:
        return self._address or self._hangs

    @property
    def busy(self) -> bool:
        return self.inside

    def joins(self, after: str) -> bool:
        """Whether a word between what was read and `after` is part of an address."""
        if len(after) >= LONGEST_WAIT or _JOINED_BEFORE.search(self._run):
            return True
        after = _INVISIBLE.sub("", after)
        return (
            _JOINED_AFTER.match(after) is not None
            or (after.startswith("/") and _SEGMENT.search(self._written) is not None)
            or (_DOT_BEFORE.search(self._run) is not None and _HOST_ENDS.match(after) is not None)
        )

    def end(self) -> None:
        """What was begun is over, whatever follows."""
        self._address = False

    def skip(self, text: str, place: Place) -> None:
        text = _INVISIBLE.sub("", text)
        self._run = (self._run + text)[-_TAIL:]
        self._written = (self._written + (_OWN_WORDS if place.restored else text))[-_TAIL:]
        self._start = (self._start + text[:8])[:8]

    def read(self, c: str, place: Place) -> None:
        if c in SPACE or c == "<":
            self._hangs = self._hangs or (self._address and self._run[-1:] in ("=", "&"))
            self._hangs = self._hangs and c != "<"
            self._address = False
            self._run = self._written = self._start = ""
        elif self._hangs and c == ">":
            return  # of a block quote
        else:
            self._address = self._address or self._hangs or self._begins(c)
            self._hangs = False
            self._start = (self._start + c)[:8]
            if c != "\\" and not _INVISIBLE.match(c):
                self._run = (self._run + c)[-_TAIL:]
                self._written = (self._written + (_OWN_WORDS if place.restored else c))[-_TAIL:]

    def _begins(self, c: str) -> bool:
        if c == "\\" and _LOCAL.match(self._start):
            return True
        if c == ";" and (shown := _unescaped(self._run + c)) != self._run + c:
            begins = _BEGINS.get(shown[-1:])
            return begins is not None and begins.search(shown[:-1]) is not None
        begins = _BEGINS.get(c)
        if begins is not None and begins.search(_unescaped(self._run)):
            return True
        return c == "/" and _PATH.match(self._written) is not None


def _unescaped(run: str) -> str:
    return html.unescape(unquote(run)) if "%" in run or "&" in run else run
