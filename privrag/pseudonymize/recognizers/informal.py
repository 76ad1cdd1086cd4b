"""People as quick notes name them: `mrs. quirm`, `her husband (Zolto)`, `mail from zolta quirm`."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    LETTER,
    NATIONALITIES,
    UPPER,
    is_common,
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
_SENT = re.compile(
    r"(?i:\b(?:(?:e-?mails?|mails?|letters?|messages?|notes?|calls?|texts?|repl(?:y|ies)|invoices?|"
    r"payments?|complaints?|requests?|enquir(?:y|ies)|applications?|parcels?|mailed|wrote|spoke|"
    r"talked|written|sent|signed|met)[ ](?:from|to|by|with)|met|asked|told|called|emailed))[ ]"
    rf"(?P<given>(?![{UPPER}])[{LETTER}]{{3,20}})[ ]"
    rf"(?P<surname>(?![{UPPER}])[{LETTER}]{{3,24}}(?:-[{LETTER}]{{2,24}})?)(?![\w@=(/]|\.\w|['’](?!s\b))"
)


def find_informal(document: DocumentText) -> Iterator[Match]:
    """Names behind a title in lower case, of somebody's relatives, of who sent something."""
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
    for match in _SENT.finditer(text):
        given, surname = match["given"], match["surname"]
        known = is_given_name(given) and not is_ordinary_word(given)
        if known and not (is_given_name(surname) or is_common(surname)):
            yield Match("PERSON", match.start("given"), match.end("surname"), 0.7, "informal.sent")


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
