"""Phone numbers, also invented ones that no numbering plan knows.

`phonenumbers` alone takes 74 % of Presidio's recognizer time and refuses fiction ranges such as
01632 960xxx; so a cheap pattern proposes, the form and the words before it decide, and the library
is asked only about what is left.
"""

import re
from collections.abc import Iterator

import phonenumbers

from privrag.pseudonymize.matches import DocumentText, Match

_CANDIDATE = re.compile(
    r"(?<![\w.,:/$€£#@=-])(?<!\d )(?:\+|"
    r"00)?[(]?\d(?:[ \t\u00a0]?[()./–-]{0,2}[ \t\u00a0]?\d){5,18}(?=x\d{2,6}(?!\w)|(?![\w@]|"
    r"[.,/:-]\d|"
    r"[ ]?[%€$£°]))"
)
_CALLED = re.compile(
    r"(?i)(?:\b(?:t[eé]l(?:[eé]phone|efon(?:nummer)?)?|phone|phones|mobile?|"
    r"cell(?:phone)?|fax|call|"
    r"calls|called|calling|dial|ring|rufnummer|handy|durchwahl|hotline|helpdesk|whatsapp|sms|"
    r"text"
    r"|reach(?:ed)?|ruf|anrufen|portable|joindre|joignable|appel(?:er|ez)|messages?|"
    r"answering|phone number|direct line|extension|"
    r"contact)\b|☎|📞)[^\n\d]{0,28}$"
)
_COUNTED = re.compile(
    r"(?i)(?:\b(?:order|invoice|part|article|item|sku|isbn|issn|serial|model|case|ticket|"
    r"account|contract|customer|staff|policy|reference|ref|id|vat|version|page|pages|section|"
    r"eur|usd|gbp|chf|dkk|amount|total|price|sum|lot|batch|meter|asset|registration|"
    r"licen[sc]e|passport|docket|rfc|iso|din|iec|code)\b|€|\$|£)"
    r"[ \t]*(?:no\.?|nr\.?|number|id|code|is|of|von)?[ \t:#.=]*$"
)
_DATE = re.compile(
    r"(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}|(?:19|"
    r"20)\d\d ?[-–/] ?(?:19|20)?\d\d)(?:[ T]+\d{1,2}.*)?|"
    r"\d{1,3}(?:[ .]\d{3})+|\d{1,2}[.:]\d{2} ?[-–] ?\d{1,2}[.:]\d{2}|\d{1,3}(?:\.\d{1,3}){3}|"
    r"\d+ ?[-–] ?\d+|(?:19|20)\d{6}|\d{3}-\d{2}-\d{4}"
)
_NORTH_AMERICAN = re.compile(
    r"(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}(?:x\d{1,6})?"
)
_TRUNK = re.compile(r"(?=(?:\D*\d){9})0[1-9]\d{1,4} ?[-–] ?\d{4,8}")
"""`07700-900418`: a range has no 0 in front, so where a numbering plan knows it, it is a number."""
_EXTENSION = re.compile(
    r"(?i)(?<!\w)(?:durchwahl|nebenstelle|t[eé]l(?:efon)?|ext|extension)\b\.?[ \t]?:?[ \t]?"
    r"(?P<value>\d{3,5})(?![\w%]|[.,:/-]\d|[ ][\d/(-])"
)
"""Too short for a number of its own; inside a house it is one person's."""
_SPLIT = re.compile(r"\d+")
_MIN, _MAX = 7, 15


def find_phones(document: DocumentText, regions: tuple[str, ...]) -> Iterator[Match]:
    """Phone numbers of these regions (ISO codes, tried in order), and any with its country code."""
    text = document.text
    for match in _CANDIDATE.finditer(text):
        value = match[0]
        digits = sum(c.isdigit() for c in value)
        called = _CALLED.search(text, max(0, match.start() - 48), match.start()) is not None
        if not (6 if called else _MIN) <= digits <= _MAX:
            continue
        score = _score(text, match, regions, called=called)
        if score:
            end = match.end() + _extension(text, match.end())
            yield Match(
                "PHONE", match.start() + (value[0] == "(" and ")" not in value), end, score, "phone"
            )
    for match in _EXTENSION.finditer(text):
        yield Match("PHONE", *match.span("value"), 0.6, "phone.extension")


def _score(text: str, match: re.Match[str], regions: tuple[str, ...], *, called: bool) -> float:
    """0 for what is no phone number, else how sure the form and the context make it."""
    value = match[0]
    international = value.startswith("+") or (
        value.startswith("00") and not value.startswith("000")
    )
    if international and _possible(value, None):
        return 0.9
    known = _TRUNK.fullmatch(value) and any(_valid(value, region) for region in regions)
    if (
        _DATE.fullmatch(value)
        and not known
        and not (
            called
            and sum(c.isdigit() for c in value) >= _MIN
            and not re.match(r"\d+\.\d+\.|\d{4}-\d\d-", value)
        )
    ):
        return 0.0
    if _COUNTED.search(text, max(0, match.start() - 28), match.start()):
        return 0.0
    if called and any(_possible(value, region) for region in regions):
        return 0.8
    if _NORTH_AMERICAN.fullmatch(value):
        return 0.7
    return _national(value, regions)


def _national(value: str, regions: tuple[str, ...]) -> float:
    """Forms that speak for themselves: a trunk 0 and groups, or what a numbering plan knows."""
    groups = _SPLIT.findall(value)
    trunk = groups[0].startswith("0") and len(groups[0]) >= 2 and len(groups) <= 6
    digits = sum(len(g) for g in groups)
    if (
        len(groups) > 1
        and trunk
        and 9 <= digits <= 13
        and any(_possible(value, r) for r in regions)
    ):
        return 0.7
    if any(_valid(value, region) for region in regions) and (trunk or _grouped(value, groups)):
        return 0.5
    return 0.0


def _grouped(value: str, groups: list[str]) -> bool:
    """Three to five groups of two to four digits, parted by one and the same mark."""
    marks = {c for c in value if not c.isdigit()}
    return 3 <= len(groups) <= 5 and len(marks) == 1 and all(2 <= len(g) <= 4 for g in groups)


def _possible(value: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_possible_number(
            phonenumbers.parse(_plus(value) if region is None else value, region)
        )
    except phonenumbers.NumberParseException:
        return False


def _valid(value: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False


def _plus(value: str) -> str:
    value = value.replace("(0)", " ")
    return value if value.startswith("+") else "+" + value[2:]


def _extension(text: str, end: int) -> int:
    match = re.compile(r"[ ]?(?:x|ext\.?|extension)[ ]?\d{1,6}(?!\w)").match(text, end)
    return 0 if match is None else match.end() - end
