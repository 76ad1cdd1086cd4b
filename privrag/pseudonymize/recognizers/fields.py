"""Fields without a colon before the value: the value on the next line, or after a wide gap."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import NAME
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import read_list
from privrag.pseudonymize.recognizers.person import NAME_LABEL, SEVERAL, field_names

_VALUE = rf"(?P<value>{NAME}(?:,[ ]?{NAME})?)(?=[ \t*_]*(?:[\n|,;(<]|\Z|  |\t))"
_LABEL = re.compile(rf"(?i)[ \t>*#•\-]{{0,12}}(?P<label>{NAME_LABEL})[ \t*_]{{0,12}}")
_COLON = re.compile(r"[:：][ \t*_]{0,12}(?=\n)")  # noqa: RUF001 - full-width colon
_GAP = re.compile(r"[ \t]{2,}|\t")
_MAX_LABEL = 50
_BESIDE = re.compile(_VALUE)
_BELOW = re.compile(rf"[ \t>]*\n(?:[ \t>]*\n)?[ \t>*•_\-]{{0,12}}{_VALUE}")


def find_fields(document: DocumentText) -> Iterator[Match]:
    """`Supervisor   Ann Lee`; `Contact person:` with a name, or `Present:` with names, below."""
    text = document.text
    for find, after_label in ((_below, _COLON), (_beside, _GAP)):
        for mark in after_label.finditer(text):
            line = text.rfind("\n", max(0, mark.start() - _MAX_LABEL), mark.start()) + 1
            if mark.start() - line > _MAX_LABEL:
                continue
            if label := _LABEL.fullmatch(text, line, mark.start()):
                yield from find(document, label["label"], mark.end())


def _beside(document: DocumentText, label: str, at: int) -> Iterator[Match]:
    if value := _BESIDE.match(document.text, at):
        yield from _names(document, label, *value.span("value"))


def _below(document: DocumentText, label: str, at: int) -> Iterator[Match]:
    """The name on the next line, and those on the lines after it if the label is of several."""
    while value := _BELOW.match(document.text, at):
        names = list(_names(document, label, *value.span("value")))
        yield from names
        at = document.text.find("\n", value.end())
        if not names or at < 0 or not SEVERAL.search(label):
            return


def _names(document: DocumentText, label: str, start: int, end: int) -> Iterator[Match]:
    """The names that the whole value consists of; a single word counts only if it is known."""
    names = list(read_list(document.text, start, end, sure=False, single=True))
    if not names or names[0].start != start:
        return
    if len(names[0].words) > 1 or names[0].has_given_name or label.lower().endswith("name"):
        yield from field_names(document, label, start, end)
