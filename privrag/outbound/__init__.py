"""Knows, in a text read from left to right, where a word would leave instead of being read.

    address.py  a URL or part of one, a path, a query, a host's label
    target.py   where a Markdown link, image or reference leads
    element.py  HTML tags, and what stands in elements that are run or called instead of read
    call.py     objects in braces and calls with quoted or named arguments, as tools take them
    command.py  code blocks and lines of a shell, of HTTP and of agents

Each reader errs towards `inside`: it rather stays too long. What it decides depends on the text
alone, never on how the text is cut into calls of `read`.
"""

import re

from privrag.outbound.address import FOLLOWING, LONGEST_WAIT, AddressReader
from privrag.outbound.call import CallReader
from privrag.outbound.command import CommandReader
from privrag.outbound.element import ElementReader
from privrag.outbound.place import Place
from privrag.outbound.target import TargetReader

__all__ = ["LONGEST_WAIT", "Outbound", "following"]

_DULL = re.compile(r"[^\s\\\[\](){}<>=\"'`:/.?#^&;|~@。．｡｜]+")  # noqa: RUF001 - an attacker's dots


def following(text: str, at: int) -> str:
    """What is joined to a word that ends at `at`; up to `LONGEST_WAIT` characters."""
    return FOLLOWING.match(text, at)[0]  # type: ignore[index] # may be empty, always matches


class Outbound:
    """All readers side by side over one text."""

    def __init__(self) -> None:
        self._place = Place()
        self._address = AddressReader()
        self._target = TargetReader()
        self._element = ElementReader()
        self._call = CallReader()
        self._command = CommandReader()

    def takes(self, after: str) -> bool:
        """Whether a word here would leave; `after` is what `following` gives for it."""
        return (
            self._address.inside
            or self._target.inside
            or self._element.inside
            or self._call.inside
            or self._command.inside
            or self._address.joins(after)
        )

    def read(self, text: str, *, restored: bool = False) -> None:
        """Go on by this text; `restored` words are no part of what the model wrote itself."""
        self._place.restored = restored
        at = 0
        while at < len(text):
            dull = None if self._busy else _DULL.match(text, at)
            if dull is not None:
                self._read_dull(dull[0])
                at = dull.end()
            else:
                self._read_character(text[at])
                at += 1

    @property
    def _busy(self) -> bool:
        """Whether even a letter may change something."""
        return (
            self._place.escaped
            or self._address.busy
            or self._target.busy
            or self._element.busy
            or self._call.busy
            or self._command.busy
        )

    def _read_dull(self, text: str) -> None:
        self._address.skip(text, self._place)
        self._call.skip(text)
        self._command.skip(text, self._place)
        self._place.skip(text)

    def _read_character(self, c: str) -> None:
        place = self._place
        place.begin(c)
        self._address.read(c, place)
        self._target.read(c, place)
        self._element.read(c, place)
        self._call.read(c, place)
        self._command.read(c, place)
        if self._element.ended_well:
            self._address.end()  # the one in its attribute ends with it
        place.end(c)
