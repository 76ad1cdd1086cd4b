"""What looks like an identity by its form.

These patterns were written for the scan: no detector reads them, and none of a detector's stands
here. Check digits come from the same library (`stdnum`) as those of the recognizers. They err
towards reporting; a hit is a suspicion, not a certainty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

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
        compact = match[0].replace(" ", "")
        if mod_97_10.is_valid(compact[4:] + compact[:4]):
            yield Suspect("IBAN", *match.span())
    for match in _CARD.finditer(text):
        if luhn.is_valid("".join(c for c in match[0] if c.isdigit())):
            yield Suspect("CARD", *match.span())
