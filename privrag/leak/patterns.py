"""What looks like an identity by its form.

These patterns were written for the scan: no detector reads them, and none of a detector's stands
here. Check digits come from the same library (`stdnum`) as those of the recognizers. They err
towards reporting; a hit is a suspicion, not a certainty.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

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
_IP4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_IP6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]{5,34}(?![\w:])")
_IP6_SHORTEST = 4
"""Groups: fewer are a time of day or names in code."""
_RELEASE = re.compile(r"(?i)(?<![a-z])(?:version|release|firmware|build|v)[ .:=\"']{0,4}\Z")
_LOOKS = re.compile(r"@|\d{4}|\d\.\d+\.\d|[\dA-Fa-f]:|\+\d|-----|[a-z]{3}[_-]|eyJ|A[KS]IA")


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
    for match in (*_IP4.finditer(text), *_IP6.finditer(text)):
        if _is_of_somebody(match[0]) and not _RELEASE.search(
            text, max(0, match.start() - 16), match.start()
        ):
            yield Suspect("IP", *match.span())


def _is_of_somebody(written: str) -> bool:
    """Whether this is the address of a machine elsewhere."""
    if ":" in written and len(written.strip(":").split(":")) < _IP6_SHORTEST:
        return False
    try:
        address = ip_address(written)
    except ValueError:
        return False
    if address.version == 4 and (
        written.startswith(("0.", "255.")) or all(len(part) == 1 for part in written.split("."))
    ):
        return False  # a mask, or a release
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)
