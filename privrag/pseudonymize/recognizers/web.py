"""Web addresses and profiles."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from privrag.pseudonymize.matches import DocumentText, Match
from privrag.records import Entity

_IN_URL = r"[^\s<>\"'`|\\^{}\[\]]"
_URL = re.compile(rf"(?i)(?<![\w@.])(?:https?://|ftp://|www\.){_IN_URL}{{3,2000}}")
_AFTER_ESCAPE = re.compile(rf"%[0-9A-Fa-f]{{2}}{_IN_URL}{{0,2000}}")
_TRAILING = ".,;:!?)]}*_"
_HANDLE = re.compile(r"(?<![\w@./+-])@[A-Za-z_][A-Za-z0-9_.-]{2,30}(?<![.-])(?![\w@/])")
_CODE_BEFORE = re.compile(r"(?i)(?:npm|pip|yarn|import|from|require\(|scope)[ '\"]*\Z")


def find_web_addresses(document: DocumentText) -> Iterator[Match]:
    """Addresses of web pages, and handles such as `@ann_lee` outside of code."""
    text = document.text
    for match in _URL.finditer(text):
        end = match.start() + len(_without_tail(match[0]))
        yield Match("URL", match.start(), end, 0.6, "web.url")
    for match in _HANDLE.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        in_code = document.block_at(match.start()).kind == "code" or _CODE_BEFORE.search(before)
        if not in_code and "." not in match[0][1:-1].strip("."):
            yield Match("USERNAME", *match.span(), 0.6, "web.handle")


def with_whole_addresses(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """Web addresses up to their end, where an escape such as `%20` looked like it.

    `text` is the one that was written, with its escapes; `entities` are in order.
    """
    whole: list[Entity] = []
    done = 0
    for entity in entities:
        start, end = max(entity.start, done), entity.end
        if start >= end:
            continue
        start += len(text[start:end]) - len(text[start:end].lstrip())
        rest = _AFTER_ESCAPE.match(text, end) if entity.label == "URL" else None
        if rest is not None:
            end = start + len(_without_tail(text[start : rest.end()]))
        whole.append(replace(entity, start=start, end=end))
        done = end
    return whole


def _without_tail(address: str) -> str:
    """An address without the punctuation of the sentence that it ends."""
    while address and address[-1] in _TRAILING and not (address[-1] == ")" and "(" in address):
        address = address[:-1]
    return address
