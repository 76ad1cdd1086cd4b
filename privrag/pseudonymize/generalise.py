"""Coarser values in the place of exact ones: a quarter for a date, a band for an age or a sum.

What cannot be read becomes the bare words for its type, never the value itself.
"""

import math
import re
from collections.abc import Callable

from privrag.pseudonym import TYPE_WORDS
from privrag.pseudonymize.linking.date_parts import read_date

_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_ONES = "one two three four five six seven eight nine"
_NUMBERS = (
    {word: n for n, word in enumerate(_ONES.split(), 1)}
    | {word: n for n, word in enumerate(_TEENS.split(), 10)}
    | {word: 10 * n for n, word in enumerate(_TENS.split(), 2)}
)
_MOST_DIGITS = 18
_BAND = 10
"""Years of age in a band."""


def generalise(label: str, surface: str) -> str:
    """The coarser form of a DATE, an AGE or an AMOUNT.

    A date becomes its quarter ("Q4 2012"), a year stays; an age its band of ten years ("40 to
    49"); a sum the powers of ten around it, with its currency.
    """
    return _FORMS[label](surface) or TYPE_WORDS[label]


def _date(surface: str) -> str | None:
    parts = read_date(surface)
    quarter = f"Q{(parts.month + 2) // 3}" if parts.month else ""
    return f"{quarter} {parts.year or ''}".strip() or None


def _age(surface: str) -> str | None:
    digits = re.search(r"\d{1,3}", surface)
    words = re.findall(r"[a-z]+", surface.casefold())
    age = int(digits[0]) if digits else sum(_NUMBERS.get(word, 0) for word in words)
    if not age and not digits:
        return None
    low = age // _BAND * _BAND
    return f"{low} to {low + _BAND - 1}"


def _amount(surface: str) -> str | None:
    number = re.search(r"\d[\d.,' \u00a0]*", surface)
    if number is None:
        return None
    whole = re.sub(r"[.,]\d{1,2}\s*\Z", "", number[0])
    digits = re.sub(r"\D", "", whole)
    if len(digits) > _MOST_DIGITS:
        return None
    value = int(digits)
    if re.search(r"(?i)million|\bmio\b|\d\s?m\b", surface):
        value *= 1_000_000
    low = 10 ** int(math.log10(value)) if value else 0
    currency = re.search(r"[A-Z]{3}|[$€£¥]|euros?|dollars?|pounds?", surface)
    return f"{low:,} to {low * 10 or 1:,}" + (f" {currency[0]}" if currency else "")


_FORMS: dict[str, Callable[[str], str | None]] = {"DATE": _date, "AGE": _age, "AMOUNT": _amount}

GENERALISED = tuple(_FORMS)
"""Types that have a coarser form."""
