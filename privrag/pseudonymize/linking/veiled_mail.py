"""Mail addresses as people veil them: `zolta.quirm (at) mail.example`, `zolta at mail dot org`."""

import re
from collections.abc import Iterator

_LOCAL = r"[^\W_][\w+-]{0,40}"
_DOT = r"(?:[ ]?[(\[{<](?i:dot|punkt|point)[)\]}>][ ]?|[ ](?i:dot|punkt|point)[ ]|\.)"
_AT = r"(?:[ ]{0,2}[(\[{<][ ]?(?i:at|@|ät|arobase)[ ]?[)\]}>][ ]{0,2}|[ ](?i:at)[ ])"
_MARK = re.compile(_AT)
_LEFT = re.compile(rf"(?<![\w.+@-]){_LOCAL}(?:{_DOT}{_LOCAL}){{0,4}}\Z")
_HOST = re.compile(rf"[^\W_][\w-]{{0,40}}(?:{_DOT}[^\W_][\w-]{{0,40}}){{1,4}}(?![\w@])")
_ANY_DOT = re.compile(_DOT)
_SPOKEN_DOT = re.compile(r"(?i)[ ](?:dot|punkt)[ ]|[(\[{<](?:dot|punkt|point)[)\]}>]")
_TOP = re.compile(r"[^\W\d_]{2,12}")
_BEFORE, _BEHIND = 120, 160


def find_veiled_mail(text: str) -> Iterator[tuple[int, int]]:
    """Where one stands; a bare `at` counts only with a spoken `dot` behind it."""
    for mark in _MARK.finditer(text):
        host = _HOST.match(text, mark.end(), mark.end() + _BEHIND)
        if host is None or _TOP.fullmatch(_ANY_DOT.split(host[0])[-1]) is None:
            continue
        if mark[0].strip().isalpha() and not _SPOKEN_DOT.search(host[0]):
            continue
        left = _LEFT.search(text, max(0, mark.start() - _BEFORE), mark.start())
        if left is not None:
            yield left.start(), host.end()


def plain_mail(surface: str) -> str:
    """The address as a machine writes it; others stay as they are."""
    if "@" in surface.replace("(@)", "").replace("[@]", "").replace("{@}", ""):
        return surface
    mark = _MARK.search(surface)
    if mark is None:
        return surface
    sides = (surface[: mark.start()], surface[mark.end() :])
    return "@".join(_ANY_DOT.sub(".", side) for side in sides)
