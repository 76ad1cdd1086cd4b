"""Web addresses and profiles."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.matches import DocumentText, Match

_URL = re.compile(r"(?i)(?<![\w@.])(?:https?://|ftp://|www\.)[^\s<>\"'`|\\^{}\[\]]{3,2000}")
_TRAILING = ".,;:!?)]}*_"
_HANDLE = re.compile(r"(?<![\w@./+-])@[A-Za-z_][A-Za-z0-9_.]{2,30}(?<![.])(?![\w@/])")
_CODE_BEFORE = re.compile(r"(?i)(?:npm|pip|yarn|import|from|require\(|scope)[ '\"]*\Z")


def find_web_addresses(document: DocumentText) -> Iterator[Match]:
    """Addresses of web pages, and handles such as `@ann_lee` outside of code."""
    text = document.text
    for match in _URL.finditer(text):
        value = match[0]
        while value and value[-1] in _TRAILING and not (value[-1] == ")" and "(" in value):
            value = value[:-1]
        yield Match("URL", match.start(), match.start() + len(value), 0.6, "web.url")
    for match in _HANDLE.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        in_code = document.block_at(match.start()).kind == "code" or _CODE_BEFORE.search(before)
        if not in_code and "." not in match[0][1:-1].strip("."):
            yield Match("USERNAME", *match.span(), 0.6, "web.handle")
