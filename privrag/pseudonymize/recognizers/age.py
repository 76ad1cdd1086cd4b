"""How old somebody is."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.matches import DocumentText, Match

_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_WORDS = (
    rf"(?:(?:{_TENS})(?:[- ](?:{_ONES}))?|{_ONES}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh"
    rf"|nine)teen)"
)
_AGE = rf"(?:1[01]\d|\d{{1,2}}|{_WORDS})"
_AGES = (
    re.compile(
        rf"(?i)(?<![\w.,-])(?P<age>{_AGE})[ -](?:years?|yrs?|y)[ -]?(?:/[ ]?o\b|old\b|of age\b|o\b)"
    ),
    re.compile(
        r"(?i)(?<![\w.,-])(?P<age>\d{1,2}|1[01]\d)[ ]?(?:y/?o\b|yo\b|jährig\w*|"
        r"jahre alt\b|ans\b)"
    ),
    re.compile(
        rf"(?i)\b(?:aged?|age[ds]?(?: of| is|:)|at the age of|alter:?|"
        rf"âge:?)[ \t]+(?P<age>{_AGE})(?![\w.,:/-]*\d|[ ](?:months|days|weeks|minutes|"
        rf"%))\b"
    ),
    re.compile(
        r"(?i)\b(?:i|he|she|who|they|you|brother|sister|mother|father|mom|dad|son|"
        r"daughter|wife|husband|"
        r"friend|uncle|aunt|boss|partner)[ ]?(?:'?s|’s|'m|’m|[ ]is|[ ]am|[ ]was|[ ]were|[ ]are)?[ ]"
        r"(?:only |now |already |nearly |almost |over )?(?:just )?(?:(?:turn(?:ed|s|"
        r"ing)?|became)[ ])"
        r"(?P<age>\d{1,2}|1[01]\d)(?![\w.,:/%-]*\d|[ ]?[%°€$]|\w)"
    ),
    re.compile(
        r"(?i)\b(?:when|while|since|because|as)[ ](?:i|he|she)[ ](?:was|were|"
        r"is)[ ](?P<age>\d{1,2})(?![\w:/%-]|[.,]\d|[ ]\w)"
    ),
    re.compile(
        r"(?i)\b(?:i|he|she)(?:['’](?:m|s)|[ ](?:is|am|"
        r"was))[ ](?P<age>\d{1,2})(?=[ \t]*(?:[.,;!?\n]|and\b|but\b|\Z)(?!\d))"
    ),
)


def find_ages(document: DocumentText) -> Iterator[Match]:
    """The number alone: `79` in "this 79 year old", `31` in "31 y/o", `sixty` in "aged sixty"."""
    for pattern in _AGES:
        for match in pattern.finditer(document.text):
            yield Match("AGE", *match.span("age"), 0.75, "age")
