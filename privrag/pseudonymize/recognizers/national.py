"""National ids - tax, social insurance, health, identity - by their label or their check digits."""

import re
from collections.abc import Iterator

from stdnum.de import idnr
from stdnum.es import dni
from stdnum.it import codicefiscale
from stdnum.se import personnummer

from privrag.pseudonymize.matches import CHECKSUM, DocumentText, Match

_NUMBER = r"(?:[ -]?(?:id|numbers?|numm?er|num[eé]ro|n[oº°]\.?|nr\.?|#))?"
INSURANCE = (
    rf"ssn|social (?:security|insurance){_NUMBER}|national insurance{_NUMBER}|"
    rf"ni[ -](?:number|no\.?|nr\.?)|nino|sozialversicherungs-?(?:nummer|nr\.?|ausweis)|"
    rf"sv-?(?:nummer|nr\.?)|rentenversicherungs-?(?:nummer|nr\.?)|(?:ahv|avs|oasi){_NUMBER}|"
    rf"cpr{_NUMBER}|nir|n(?:um[eé]ro|[°º]\.?|o\.) de s[eé]cu(?:rit[eé] sociale)?|"
    rf"s[eé]curit[eé] sociale|bsn{_NUMBER}|burgerservicenummer|rijksregisternummer|sofinummer|"
    rf"person(?:nummer|nr\.?)|f(?:ø|oe)dselsnummer|personnumero|henkilötunnus|pesel{_NUMBER}|"
    rf"ppsn?{_NUMBER}|social insurance number"
)
IDENTITY = (
    rf"steuer-?id(?:ent(?:ifikations)?)?-?(?:nummer|nr\.?)?|identifikationsnummer|idnr\.?|st\.?-?nr\.?|"
    rf"(?:tax(?:payer)?|national|fiscal|citizen)[ -](?:id(?:entity|entification)?{_NUMBER}|"
    rf"numbers?|no\.?)|nhs{_NUMBER}|"
    rf"(?:dni|nif|(?-i:NIE)|tfn|itin|utr|cpf|curp|aadhaar|amka|oib|egn|cnp){_NUMBER}|"
    rf"c[oó]d(?:ice|igo) fiscale?|(?-i:C\.F\.)|partita iva|num[eé]ro fiscal|rodné číslo|"
    rf"personalausweis(?:nummer|-?nr\.?)?|(?:national )?identity (?:card )?{_NUMBER}"
)
_GROUP = r"(?:[A-Z]{0,6}\d[A-Z0-9]{0,5}|[A-Z])(?![A-Za-z0-9])"
_LABELLED = re.compile(
    rf"(?i)(?<!\w)(?:(?P<insurance>{INSURANCE})|{IDENTITY})(?!\w)[ \t]*"
    rf"(?:\([^)\n]{{1,20}}\)|(?:(?<=[ ])[^\W\d_]{{1,16}}[ ]?){{1,6}}(?=:))?"
    rf"[ \t]*(?:(?:is|ist|lautet|est|es|è|er|är)\b|[|:#=-])?[ \t*_\"']{{0,6}}"
    rf"(?P<id>[A-Z]{{0,6}}\d[A-Z0-9]{{6,17}}(?:-[A-Z0-9]{{1,4}})?(?!\w)"
    rf"|(?-i:(?:[A-Z]{{1,4}}[ -]?){{0,2}}{_GROUP}(?:[ ./-]{_GROUP}){{1,8}})(?!\w))"
)
_MIN_DIGITS = 6
_DIGITS = re.compile(r"\d(?:[ ./A-Za-z-]{0,3}\d){5,30}")
"""Where one may stand; the labels are looked for around these places only, to save time."""
_BEFORE, _LETTERS, _AFTER = 64, 6, 8
"""Characters around the digits: a label and what joins it, letters in front, letters behind."""
_DATE = re.compile(r"\d{1,2}[ ./-]\d{1,2}[ ./-]\d{4}|\d{4}[ ./-]\d{1,2}[ ./-]\d{1,2}")
_CHECKED = re.compile(
    r"(?<![\w.,/-])(?:(?P<tax>[1-9]\d \d{3} \d{3} \d{3})"
    r"|(?P<fiscal>[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z])"
    r"|(?P<dni>\d{8}[A-Z])|(?P<person>\d{6}[-+]\d{4}))(?![\w/]|[.,-]\d)"
)
_IS_VALID = {
    "tax": idnr.is_valid,
    "fiscal": codicefiscale.is_valid,
    "dni": dni.is_valid,
    "person": personnummer.is_valid,
}


def find_national_ids(document: DocumentText) -> Iterator[Match]:
    """`PESEL 44051401359`; without a label German, Italian, Spanish, Swedish ones that check."""
    text = document.text
    for digits in _DIGITS.finditer(text):
        end = digits.end() + _AFTER
        for match in _LABELLED.finditer(text, max(0, digits.start() - _BEFORE), end):
            value = match["id"]
            if sum(c.isdigit() for c in value) >= _MIN_DIGITS and not _DATE.fullmatch(value):
                label = "SSN" if match["insurance"] else "ID"
                yield Match(label, *match.span("id"), 0.9, "national.label", CHECKSUM)
        for match in _CHECKED.finditer(text, max(0, digits.start() - _LETTERS), end):
            form = str(match.lastgroup)
            if _IS_VALID[form](match[0]):
                label = "SSN" if form == "person" else "ID"
                yield Match(label, *match.span(), 0.85, f"national.{form}", CHECKSUM)
