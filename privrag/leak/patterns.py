"""What looks like an identity by its form: patterns of this scan's own, shared with no detector.

They err towards reporting; a hit is a suspicion, not a certainty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{2,64}@(?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@])")
_PHONE = re.compile(r"(?<![\w+./-])\+[1-9]\d{0,2}[ ()/-]{1,2}\d(?:[ ()/-]{0,2}\d){6,11}(?![\w/-])")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![\w])"
)
_CARD = re.compile(r"(?<![\w.-])[3-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{3,4}(?![\w-])")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[\w-]{10,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY-----)"
)
_LOOKS = re.compile(r"@|\d{4}|\+\d|-----|[a-z]{3}[_-]|eyJ|A[KS]IA")


@dataclass(frozen=True, slots=True)
class Suspect:
    """What looks like a value at `text[start:end]`."""

    label: str
    start: int
    end: int


def suspects(text: str) -> Iterator[Suspect]:
    """Whatever in a text has the form of an identity."""
    if not _LOOKS.search(text):
        return
    for label, pattern in (
        ("EMAIL", _EMAIL), ("PHONE", _PHONE), ("SSN", _SSN), ("SECRET", _SECRET),
    ):  # fmt: skip
        for match in pattern.finditer(text):
            yield Suspect(label, *match.span())
    for match in _IBAN.finditer(text):
        if _mod_97(match[0].replace(" ", "")) == 1:
            yield Suspect("IBAN", *match.span())
    for match in _CARD.finditer(text):
        if _luhn("".join(c for c in match[0] if c.isdigit())):
            yield Suspect("CARD", *match.span())


def _mod_97(iban: str) -> int:
    """ISO 7064: the country and check digits go to the end, letters count 10 to 35."""
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812: every second digit from the right counts twice, its digits summed."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0
