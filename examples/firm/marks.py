"""Marks around identifying words, so that the truth file knows every one of them.

The department modules write their prose with marked names, e-mails and numbers; the writers
record each mark with the document it stands in and put only the surface form into the file. A
mark is `\\ue000KIND:id\\ue001surface\\ue002`: private-use characters that no document contains.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["PERSON", "EMAIL", "PHONE", "IBAN", "ID"]

_OPEN, _MIDDLE, _CLOSE = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"{_OPEN}([A-Z]+):([^{_MIDDLE}]+){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """One surface form of one real-world entity."""

    kind: str
    value: str
    entity: str


def mark(kind: Kind, entity: str, surface: str) -> str:
    """Wrap a surface form so that it can be found again after the text was composed."""
    return f"{_OPEN}{kind}:{entity}{_MIDDLE}{surface}{_CLOSE}"


def bare(text: str) -> str:
    """The text as a reader sees it.

    >>> bare("Ask " + mark("PERSON", "p1", "Ada Ost") + ".")
    'Ask Ada Ost.'
    """
    return _MARK.sub(r"\3", text)


def mentions(text: str) -> set[Mention]:
    """Every marked surface form in a text."""
    return {Mention(kind, value, entity) for kind, entity, value in _MARK.findall(text)}


def fold(text: str, *, keep: Callable[[str], bool]) -> str:
    """Replace each letter that a font or a mailbox cannot show by its plain relative."""
    return "".join(char if keep(char) or char in _PRIVATE else plain(char) for char in text)


def plain(text: str) -> str:
    """Letters without diacritics: `Trần` becomes `Tran`."""
    text = "".join(_LETTERS.get(char, char) for char in text)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


_PRIVATE = frozenset((_OPEN, _MIDDLE, _CLOSE))
_LETTERS = {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ı": "i", "ß": "ss"}  # noqa: RUF001
_LETTERS |= {"æ": "ae", "Æ": "Ae"}
