"""Identifiers with a form of their own: e-mail, IBAN, payment card, social security, IP."""

import ipaddress
import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.ch import ssn as swiss_ssn
from stdnum.fr import nir
from stdnum.iso7064 import mod_97_10

from privrag.pseudonymize.lexicon import IBAN_LENGTHS
from privrag.pseudonymize.linking.veiled_mail import find_veiled_mail
from privrag.pseudonymize.matches import CHECKSUM, DocumentText, Match

_EMAIL = re.compile(
    r"(?<![\w.+%@-])(?:mailto:)?(?P<mail>[^\W_](?:[\w.+%'&-]{0,62}\w)?@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,23})(?![\w@])"
)
_IBAN_LENGTHS = {code[:2]: int(code[2:]) for code in IBAN_LENGTHS}
"""Length by country code, e.g. DE: 22."""
_IBAN = re.compile(
    r"(?i)(?<![a-z0-9])(?P<country>[a-z]{2})(?=[ -]?(?P<rest>\d{2}(?:[ \u00a0.-]?[a-z0-9]){11,30}))"
)
_IBAN_CONTEXT = re.compile(
    r"(?i)\biban\b[^\n]{0,20}$|\bkonto(?:nummer|verbindung)?\b[^\n]{0,12}$|\baccount\b[^\n]{0,20}$"
)
_CARD = re.compile(r"(?<![\w.,/+-])(?<!\d )(?P<card>[1-6]\d{3}(?:[ -]?\d){8,15})(?![\w/]|[-.,]\d)")
_CARD_GROUPS = re.compile(r"\d{12,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}")
_CARD_CONTEXT = re.compile(
    r"(?i)\b(?:card|visa|mastercard|amex|american express|kreditkarte|kartennummer|pan|"
    r"cc)\b[^\n]{0,24}$"
)
_SSN_US = re.compile(r"(?<![\w-])\d{3}([- ])\d{2}\1\d{4}(?![\w-]|\.\d)")
_SSN_FORM = re.compile(r"(?!000|666)\d{3}.(?!00)\d{2}.(?!0000)\d{4}")
"""With 9 in front it is a taxpayer number (ITIN), no less personal."""
_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} "
    r"?[A-D](?!\w)"
)
_GERMAN_SVNR = re.compile(
    r"(?<!\w)\d{2} ?(?:0[1-9]|[12]\d|3[01]) ?(?:0[1-9]|1[0-2]) ?\d{2} ?[A-Z] ?\d{2} ?\d(?!\w)"
)
_SWISS = re.compile(r"(?<![\w.])756\.?\d{4}\.?\d{4}\.?\d{2}(?![\w.]\d)")
_FRENCH = re.compile(
    r"(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\w)"
)
_IPV4 = re.compile(r"(?<![\w.-])(?P<ip>\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\w-]|\.\d)")
_IPV6 = re.compile(
    r"(?i)(?<![\w:.])(?P<ip>(?=[0-9a-f]*:[0-9a-f:.]*:)[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3})(?![\w:])"
)
_MAC = re.compile(
    r"(?i)(?<![\w:-])(?=[0-9:-]{0,16}[a-f])(?=[a-f:-]{0,16}\d)(?!(?:00[:-]){5}00|(?:ff[:-]){5}ff)"
    r"[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w:-]*[\w])"
)
_VERSION = re.compile(
    r"(?i)(?:\bv|\bversion|\brelease|\brev\.?|\bsection|\bsec\.|§|\bclause|\bfirmware|"
    r"\bchapter)[ \t:]*$"
)


def find_emails(document: DocumentText) -> Iterator[Match]:
    """E-mail addresses; no public-suffix list is asked, so nothing is fetched."""
    for match in _EMAIL.finditer(document.text):
        if ".." not in match["mail"]:
            yield Match(
                "EMAIL", match.start("mail"), match.end("mail"), 1.0, "identifiers.email", CHECKSUM
            )
    for start, end in find_veiled_mail(document.text):
        yield Match("EMAIL", start, end, 0.9, "identifiers.veiled_email", CHECKSUM)


def find_ibans(document: DocumentText) -> Iterator[Match]:
    """IBANs by country length and checksum; a wrong checksum passes only where it is called so."""
    text = document.text
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match["country"].upper())
        end = None if length is None else _end_of(text, match.start(), match.end("rest"), length)
        if end is None or text[end : end + 1].isalnum():
            continue
        compact = "".join(c for c in text[match.start() : end] if c.isalnum()).upper()
        if mod_97_10.is_valid(compact[4:] + compact[:4]):
            yield Match("IBAN", match.start(), end, 1.0, "identifiers.iban", CHECKSUM)
        elif _IBAN_CONTEXT.search(text, max(0, match.start() - 40), match.start()) or _in_fours(
            text[match.start() : end]
        ):
            yield Match("IBAN", match.start(), end, 0.7, "identifiers.iban_form", CHECKSUM)


def find_cards(document: DocumentText) -> Iterator[Match]:
    """Payment cards: 12 to 19 digits that pass Luhn; others only where a card is spoken of."""
    text = document.text
    for match in _CARD.finditer(text):
        if not _CARD_GROUPS.fullmatch(match["card"]):
            continue
        digits = "".join(c for c in match["card"] if c.isdigit())
        context = _CARD_CONTEXT.search(text, max(0, match.start() - 60), match.start()) is not None
        if luhn.is_valid(digits) and (len(digits) >= 13 or context):
            yield Match(
                "CARD", match.start("card"), match.end("card"), 1.0, "identifiers.card", CHECKSUM
            )
        elif context and len(digits) >= 13:
            yield Match(
                "CARD",
                match.start("card"),
                match.end("card"),
                0.6,
                "identifiers.card_form",
                CHECKSUM,
            )


def find_social_security(document: DocumentText) -> Iterator[Match]:
    """American, British, German, Swiss and French social insurance, by their form."""
    text = document.text
    for match in _SSN_US.finditer(text):
        if _SSN_FORM.fullmatch(match[0]):
            yield Match("SSN", match.start(), match.end(), 0.85, "identifiers.ssn_us")
    for pattern in (_NINO, _GERMAN_SVNR):
        for match in pattern.finditer(text):
            yield Match("SSN", match.start(), match.end(), 0.8, "identifiers.ssn_form")
    for name, pattern, is_valid in (
        ("ch", _SWISS, swiss_ssn.is_valid),
        ("fr", _FRENCH, nir.is_valid),
    ):
        for match in pattern.finditer(text):
            if is_valid(match[0]):
                yield Match(
                    "SSN", match.start(), match.end(), 1.0, f"identifiers.ssn_{name}", CHECKSUM
                )


def find_ip_addresses(document: DocumentText) -> Iterator[Match]:
    """IP addresses of machines: not loopback, unspecified or netmasks, and not version numbers."""
    text = document.text
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match["ip"])
            except ValueError:
                continue
            if (
                address.is_loopback
                or address.is_unspecified
                or address.is_multicast
                or match["ip"].startswith("255.")
            ):
                continue
            if address.version == 4 and (
                all(len(part) == 1 for part in match["ip"].split("."))
                or _VERSION.search(text, max(0, match.start() - 16), match.start())
            ):
                continue
            yield Match("IP", match.start("ip"), match.end("ip"), 0.9, "identifiers.ip", CHECKSUM)


def find_mac_addresses(document: DocumentText) -> Iterator[Match]:
    """Hardware addresses of network cards: the number of one machine, and so of who uses it."""
    for match in _MAC.finditer(document.text):
        yield Match("ID", *match.span(), 0.8, "identifiers.mac", CHECKSUM)


def _end_of(text: str, start: int, end: int, length: int) -> int | None:
    """Where the `length`-th letter or digit from `start` ends; None if there are fewer."""
    for at in range(start, end):
        length -= text[at].isalnum()
        if length == 0:
            return at + 1
    return None


def _in_fours(value: str) -> bool:
    """Written in groups of four, as IBANs are on paper."""
    groups = re.split(r"[ \u00a0]", value)
    return len(groups) > 3 and all(len(group) == 4 for group in groups[:-1])
