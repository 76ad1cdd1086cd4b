"""People as quick notes name them: `mrs. quirm`, `her husband (Zolto)`, `my daughter Zolta`."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    LETTER,
    NATIONALITIES,
    UPPER,
    is_given_name,
    is_never_name,
    is_ordinary_word,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match

_TITLED = re.compile(
    rf"(?<![\w.@/-])(?:(?:mr|mrs|mme|mlle|herr|frau)\.?|(?:ms|dr|prof)\.)[ ]"
    rf"(?P<name>(?![{UPPER}])[{LETTER}]{{4,24}}(?:-[{LETTER}]{{2,24}})?)(?![{LETTER}\d_@=(/]|\.\w)"
)
_STREET_BEFORE = re.compile(rf"\d{{1,4}}[ ][{LETTER}'’-]{{2,24}}[ ]\Z")
_KIN = (
    r"husband|wife|spouse|fianc[ée]e?|son|daughter|mother|father|brother|sister|grandson|"
    r"granddaughter|nephew|niece|cousin|uncle|aunt|boyfriend|girlfriend|ehemann|ehefrau|tochter|"
    r"sohn|mutter|vater|bruder|schwester|mari|épouse|fille|fils|mère|père|frère|sœur|soeur"
)
_RELATED = re.compile(
    rf"\b(?i:{_KIN})(?:['’]s|s)?(?:,?[ \n]\((?P<bracket>[{UPPER}][{LETTER}]{{2,20}})(?=[),])"
    rf"|,?[ ](?P<name>[{UPPER}][{LETTER}]{{2,20}})(?=[ ]?[,.;(!?\n]|['’]s\b|[ ](?!of\b)[a-z]|\Z))"
)


def find_informal(document: DocumentText) -> Iterator[Match]:
    """Names behind a title in lower case, and of somebody's relatives."""
    text = document.text
    for match in _TITLED.finditer(text):
        if is_ordinary_word(match["name"]):
            continue
        if match[0][0] in "dm" and _STREET_BEFORE.search(
            text, max(0, match.start() - 32), match.start()
        ):
            continue
        yield Match("PERSON", *match.span("name"), 0.8, "informal.title")
    for match in _RELATED.finditer(text):
        group = "bracket" if match["bracket"] else "name"
        if _may_be_given_name(match[group]):
            yield Match("PERSON", *match.span(group), 0.8, "informal.kin")


def _may_be_given_name(word: str) -> bool:
    lower = word.casefold()
    if is_given_name(word):
        return True
    return not (
        is_never_name(word)
        or is_ordinary_word(word)
        or is_organisation_word(word)
        or lower in COUNTRIES
        or lower in NATIONALITIES
        or word.isupper()
    )
