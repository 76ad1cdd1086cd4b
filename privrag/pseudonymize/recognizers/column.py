"""What the name of a field says about its column: `beneficiary_name`, `SRFNumber`, `patientId`.

Registers are exported with headers that are written as one word, and with values that no pattern
knows: `ABC 759` for a name, `9.17E+12` for a number. There the header alone decides, so the header
must be sure: it names a person, or it is the number or id of something that is no thing.
"""

import functools
import re
from collections.abc import Sequence
from typing import Literal

from privrag.pseudonymize.lexicon import (
    LETTER,
    NUMBER_LABELS,
    PLATE_LABELS,
    glued,
    is_never_name,
    words_of,
)

Held = Literal["NAME", "OWN_ID", "ID", "CODE", "BY"]
"""People's names; people's ids; other ids; codes that may be ids; who did something."""

_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DIVIDERS = re.compile(r"[\W_]+")
_PERSON = words_of("field_people.txt")
_THINGS = words_of("field_things.txt")
_PERSON_ALONE = _PERSON & {
    "applicant",
    "beneficiary",
    "cardholder",
    "citizen",
    "claimant",
    "defendant",
    "donor",
    "employee",
    "father",
    "guardian",
    "husband",
    "insured",
    "mother",
    "nominee",
    "passenger",
    "patient",
    "plaintiff",
    "policyholder",
    "pupil",
    "resident",
    "spouse",
    "student",
    "taxpayer",
    "victim",
    "voter",
    "wife",
    "witness",
}
"""Under these alone stand people: `contact` and `driver` may be things."""
_PART_OF_NAME = frozenset(
    {"full", "first", "last", "given", "family", "middle", "maiden", "birth", "legal"}
)
_ONE_LETTER = frozenset("pflme")
"""`pname`, `fname`: of the person, the first one, ..."""
_WHOLE = frozenset(
    {
        "familienname",
        "firstname",
        "forename",
        "fullname",
        "lastname",
        "nachname",
        "surname",
        "vorname",
    }
)
_ID_TAILS = frozenset(
    {
        "id",
        "identifier",
        "ids",
        "no",
        "nr",
        "num",
        "number",
        "nummer",
        "ref",
        "reference",
        "uid",
        "uuid",
    }
)
_NUMBERS_OF = frozenset(
    {
        "avg",
        "count",
        "max",
        "min",
        "no",
        "num",
        "number",
        "sum",
        "total",
    }
)
_LABELS_OF_NUMBERS = glued(NUMBER_LABELS | PLATE_LABELS)
_REGISTERS = frozenset(
    {
        "aadhaar",
        "aadhar",
        "abha",
        "icmr",
        "mrn",
        "nhs",
        "srf",
        "uhid",
        "upi",
    }
)
"""Registers whose name alone stands over their numbers."""
_GLUED = re.compile(r"([a-zß-ÿ]{1,20}?)(number|nummer|name|code)")
_GLUED_NO = re.compile(
    r"(reg|roll|account|acct|invoice|policy|case|file|patient|pat|emp|employee|cust|customer|member|"
    r"card|licen[cs]e|passport|aadhaa?r|uhid|srf|icmr|sample|admission|enrol(?:l)?ment|user|client|"
    r"student|voter|abha|device|session|transaction|txn|claim|record|tax|beneficiary|person)"
    r"(no|nr|num|id)"
)
_OWN_VALUE = re.compile(rf"(?=.*\d)[{LETTER}\d](?:[{LETTER}\d ./_:#+-]{{1,38}})[{LETTER}\d*]")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d{1,12})?[eE][+]?\d{1,3}")
_CODED = re.compile(rf"[{LETTER}]{{0,6}}[-_/ ]?\d{{4,12}}[{LETTER}]?")
_LONG_CODE = re.compile(rf"[{LETTER}]{{1,6}}[-_/]?\d{{5,12}}")
_MIN_DIGITS, _MIN_SIGNS = 3, 5
_MAX_NAME = 60
_HELD_PLACE = re.compile(r"(?i)n/?a|null|nil|none|unknown|pending|not? .*|[\W\d_]*")


@functools.lru_cache(maxsize=1 << 12)
def words_of_header(header: str) -> tuple[str, ...]:
    """`d1_vaccinated_by`, `SRFNumber`, `pname` as their words in lower case, without numbers."""
    words: list[str] = []
    for word in _DIVIDERS.split(_CAMEL.sub(" ", header)):
        lower = word.casefold().rstrip("0123456789")
        glued = _GLUED_NO.fullmatch(lower) or _GLUED.fullmatch(lower)
        if glued and lower not in _WHOLE and lower not in _REGISTERS:
            words += glued.groups()
        elif lower:
            words.append(lower)
    return tuple(words)


@functools.lru_cache(maxsize=1 << 12)
def held_by(header: str) -> Held | None:
    """What stands under a header, where the header is sure of it."""
    words = words_of_header(header)
    if not words or len(words) > 6:
        return None
    if "".join(words) in _LABELS_OF_NUMBERS:
        return "OWN_ID"
    if _is_of_names(words):
        return "NAME"
    if words[-1] == "by" and len(words) > 1 and words[-2].endswith("ed"):
        return "BY"
    if words[0] in _NUMBERS_OF or not _THINGS.isdisjoint(words):
        return None
    named_id = words[-1] in _ID_TAILS and len(words) > 1
    if named_id and not _PERSON.isdisjoint(words):
        return "OWN_ID"
    if named_id or words[-1] in _REGISTERS or words in {("reference",), ("ref",), ("identifier",)}:
        return "ID"
    return "CODE" if words[-1] == "code" and len(words) > 1 else None


def _is_of_names(words: Sequence[str]) -> bool:
    if len(words) == 1:
        return words[0] in _WHOLE or words[0] in _PERSON_ALONE
    if words[0] in {"name", "names"} and words[1] == "of":
        return words[-1] in _PERSON
    if words[-1] in _WHOLE:
        return True
    if words[-1] not in {"name", "names"}:
        return False
    return words[-2] in _PERSON or words[-2] in _PART_OF_NAME or words[-2] in _ONE_LETTER


def is_whole_name(cell: str) -> bool:
    """Whether a cell under people's names is one as it stands: `ABC 759 DEF 403`, `Zolta 2nd`.

    Only with a digit in it: names without one are read as names, and what is no name stays.
    """
    if not cell or len(cell) > _MAX_NAME or _HELD_PLACE.fullmatch(cell):
        return False
    words = re.findall(rf"[{LETTER}]+", cell)
    return any(c.isdigit() for c in cell) and not all(map(is_never_name, words))


def is_whole_id(cell: str, held: Held) -> bool:
    """Whether a cell under an id is one as it stands, in groups and in exponents, too."""
    if _SCIENTIFIC.fullmatch(cell):
        return held in {"ID", "OWN_ID"}
    if held == "CODE":
        return _LONG_CODE.fullmatch(cell) is not None
    if held in {"BY", "NAME"}:
        return _CODED.fullmatch(cell) is not None
    if _OWN_VALUE.fullmatch(cell) is None:
        return False
    if held == "OWN_ID":
        return True
    digits = sum(c.isdigit() for c in cell)
    return digits >= _MIN_DIGITS and sum(c.isalnum() for c in cell) >= _MIN_SIGNS
