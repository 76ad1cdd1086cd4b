"""What kind of thing a question asks for, and whether a sentence names one.

Pseudonyms tell it better than words do: whoever asks for a phone number is answered by a sentence
with `PHONE_...`. English questions; of any other nothing is expected.
"""

import re

from privrag.pseudonym import LOOSE_PATTERN, base

_NUMBER = "a number"
_ASKED = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), frozenset(kinds))
    for words, kinds in (
        ("who|whom|whose", ("PERSON", "ORG", "GROUP", "TITLE")),
        (
            "when|(?:which|what) (?:date|day|time|year|month)|deadline|since when|until when",
            ("DATE", _NUMBER),
        ),
        (
            "how (?:many|much|long|tight|high|good|often|far|large|big|old|fast|deep|heavy|late|"
            "early|soon)|what (?:percentage|share|rebate|amount|sum|height|price|cost|fee|value)|"
            "number of|within how",
            (_NUMBER, "AMOUNT", "AGE", "DATE"),
        ),
        ("phone|telephone|extension", ("PHONE", _NUMBER)),
        ("e-?mail|by mail", ("EMAIL",)),
        ("(?:which|what) room|where", ("LOCATION", "ADDRESS", _NUMBER)),
    )
)
_DIGIT = re.compile(r"\d")


def asked_kinds(question: str) -> frozenset[str]:
    """Labels of pseudonyms, or a number, of which an answer names one; empty: none is expected."""
    return frozenset[str]().union(*(kinds for words, kinds in _ASKED if words.search(question)))


def names_one_of(kinds: frozenset[str], text: str, *, given: frozenset[str]) -> bool:
    """Whether the text names something of these kinds that the question has not `given`."""
    for token in LOOSE_PATTERN.finditer(text):
        if token[0].partition("_")[0] in kinds and base(token[0]) not in given:
            return True
    return _NUMBER in kinds and bool(_DIGIT.search(LOOSE_PATTERN.sub("", text)))
