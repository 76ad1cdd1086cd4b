"""What stands on a payment card beside its number: the security code, the date of expiry."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.matches import DocumentText, Match

_SECURITY_CODE = re.compile(
    r"(?i)(?<![\w-])(?:(?:cvv2?|cvc2?|cvn2?)(?:[ /-]?(?:code|number|no\.?|nr\.?))?"
    r"|card (?:verification|security) (?:code|value|number)"
    r"|kartenpr(?:ü|ue)f(?:nummer|ziffer)|cryptogramme(?: visuel)?)"
    r"[\"']?[ \t]{0,3}(?:(?:is|was|ist|lautet|est)\b|[:=#|])?[ \t]{0,3}[\"']?"
    r"(?P<value>\d{3,4})(?![\w.,]*\d)"
)
_EXPIRY = re.compile(
    r"(?i)(?<![\w-])(?:exp(?:\.|iry|ires|iration)?(?:[ ]?date)?|valid (?:until|thru|through|to)|"
    r"g(?:ü|ue)ltig bis|expire(?: le| fin)?)[ \t]{0,3}(?:[:=|])?[ \t]{0,3}"
    r"(?P<value>(?:0[1-9]|1[0-2])[ ]?[/.-][ ]?(?:20)?\d\d)(?![\d/.-]*\d)"
)
_CARD = re.compile(
    r"(?i)\b(?:card|visa|mastercard|amex|maestro|cvv2?|cvc2?|kreditkarte|karte|carte|"
    r"\d{4}[ -]?\d{3,6}[ -]?\d{3,5})\b"
)
_NEAR = 80


def find_payment_details(document: DocumentText) -> Iterator[Match]:
    """`CVV 831`; `exp 09/27` where a card is spoken of."""
    text = document.text
    for match in _SECURITY_CODE.finditer(text):
        yield Match("CARD", *match.span("value"), 0.85, "payment.security_code")
    for match in _EXPIRY.finditer(text):
        if _CARD.search(text, max(0, match.start() - _NEAR), match.end() + _NEAR):
            yield Match("DATE", *match.span("value"), 0.75, "payment.expiry")
