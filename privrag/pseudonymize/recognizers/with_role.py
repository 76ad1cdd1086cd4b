"""A name with a role in brackets, as minutes have it: `- Zolta Quirm (chair)`.

The brackets may say the same of a body or a product, so every word of the name must be one that is
nothing but a name.
"""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import LETTER, UPPER
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.recognizers.person import FRENCH_ROLES, GERMAN_ROLES, ROLES
from privrag.pseudonymize.recognizers.subject_line import are_only_names

_WORD = rf"[{UPPER}][{LETTER}'’]{{1,30}}(?:-[{UPPER}][{LETTER}'’]{{1,30}})?"
_IN_BRACKETS = (
    rf"{ROLES}|{GERMAN_ROLES}|{FRENCH_ROLES}|chair(?:man|woman)|vice[- ]chair|treasurer|"
    r"note[- ]taker|facilitator|scribe|observer|hr|legal|finance|union rep(?:resentative)?|"
    r"by (?:phone|video)|remote|online|vorsitz|schriftführ(?:er|erin)|présidente?|secrétaire"
)
_WITH_ROLE = re.compile(
    rf"(?<![{LETTER}\d_@./\\'’-])(?P<name>{_WORD}(?:[ ]{_WORD}){{1,2}})[ \u00a0]{{1,2}}"
    rf"\((?i:{_IN_BRACKETS})(?:[,;/ ][^()\n]{{0,40}})?\)"
)


def find_with_roles(document: DocumentText) -> Iterator[Match]:
    """People who are named by two or three words, with what they are behind."""
    for match in _WITH_ROLE.finditer(document.text):
        if are_only_names(match["name"].split()):
            yield Match("PERSON", *match.span("name"), 0.75, "with_role")
