"""Year, month and day of a date as people write it."""

import re
from dataclasses import dataclass

_MONTHS = (
    ("jan",), ("feb", "fév", "fev"), ("mar", "mär"), ("apr", "avr"), ("may", "mai"),
    ("jun", "juin"), ("jul", "juil"), ("aug", "aoû", "aou"), ("sep",), ("oct", "okt"), ("nov",),
    ("dec", "dez", "déc"),
)  # fmt: skip
_MONTH = {start: number for number, starts in enumerate(_MONTHS, 1) for start in starts}
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d{2}(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_JOINING = frozenset({"of", "st", "nd", "rd", "th", "t", "er"})


@dataclass(frozen=True, slots=True)
class DateParts:
    """What a date says; None where it says nothing."""

    year: int | None
    month: int | None
    day: int | None

    @property
    def iso(self) -> str:
        """`2012-12-24`, `2012-12`, `--12-24`; empty if there is nothing."""
        year = "" if self.year is None else f"{self.year:04}"
        month = "" if self.month is None else f"{self.month:02}"
        day = "" if self.day is None else f"{self.day:02}"
        if not month:
            return year
        return f"{year or '-'}-{month}" + (f"-{day}" if day else "")


def read_date(surface: str) -> DateParts:
    """Read a date written out (English, German, French) or in figures.

    Of two figures the day comes first, unless it cannot: `3/4/2012` is the third of April.
    """
    year = _YEAR.search(surface)
    month = _named_month(surface)
    numbers = [int(n) for n in _NUMBER.findall(surface)[:3]]
    if month is not None:
        others = [n for n in numbers if n <= 31]
        return DateParts(int(year[0]) if year else None, month, others[0] if others else None)
    if len(numbers) < 2 or (len(numbers) < 3 and year):
        return DateParts(int(year[0]) if year else None, None, None)
    if numbers[0] > 31:
        return _checked(numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else None)
    day, month = numbers[:2]
    if month > 12:
        day, month = month, day
    short = numbers[2] if len(numbers) > 2 else None
    full = int(year[0]) if year else None if short is None else _century(short)
    return _checked(full, month, day)


def is_only_a_date(surface: str) -> bool:
    """Whether every word of it belongs to a date: `12 March 1998`, not `since 1998`."""
    words = re.findall(r"[^\W\d_]+", surface.casefold())
    return all(word in _JOINING or word[:4] in _MONTH or word[:3] in _MONTH for word in words)


def _century(short: int) -> int:
    return short if short > 99 else 2000 + short if short < 50 else 1900 + short


def _checked(year: int | None, month: int, day: int | None) -> DateParts:
    if not 1 <= month <= 12:
        return DateParts(year, None, None)
    return DateParts(year, month, day)


def _named_month(surface: str) -> int | None:
    for word in _WORD.findall(surface.casefold()):
        for length in (4, 3):
            if word[:length] in _MONTH:
                return _MONTH[word[:length]]
    return None
