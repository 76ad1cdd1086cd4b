"""Organisations and places by their form: companies, courts and offices of a place, districts."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import COUNTRIES, LETTER, PUBLIC_BODY_WORDS, UPPER, is_never_name
from privrag.pseudonymize.matches import DocumentText, Match

_CAP = rf"[{UPPER}][{LETTER}&'’-]{{0,30}}(?:/[{UPPER}][{LETTER}-]{{1,30}})?"
_NAME_PART = (
    rf"(?!(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    rf"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b){_CAP}"
)
_COMPANY = re.compile(
    rf"(?<![{LETTER}&\d-])(?:(?:[{UPPER}\d][{LETTER}\d&'’.-]{{0,30}}[ ]){{0,4}}"
    rf"[{UPPER}\d][{LETTER}\d&'’-]{{0,30}},?[ ]"
    r"(?:(?:and|&)[ ])?(?:GmbH(?:[ ]&[ ]Co\.?[ ]KG)?|AG|KG|OHG|e\.V\.|Ltd\.?|Limited|LLC|"
    r"LLP|Inc\.?|Corp\.?|Corporation|PLC|plc|SE|S\.?A\.?(?:R\.?L\.?)?|"
    rf"B\.?V\.?|N\.?V\.?|S\.?p\.?A\.?|S\.?r\.?l\.?|ApS|A/S|AS|AB|Oy|sp\.[ ]z[ ]o\.o\.|"
    rf"Group|Holdings?|Partners|Associates|Industries|Technologies))(?![{LETTER}\d])"
)
_LOWER_COMPANY = re.compile(
    r"(?<!\w)(?:[a-z][\w&-]{1,30}[ ]){1,3}(?:inc|ltd|llc|gmbh|corp)\.?(?!\w)"
)
_OFFICE = (
    r"(?:Court|Courts|Tribunal|Police|Prison|Hospital|University|Municipality|Municipal|"
    r"District|Province|Governor|Prosecutor|"
    r"Office|Authority|Council|Chamber|Commission|Consulate|Embassy|School|Institute|"
    r"Faculty|Bar|Gendarmerie|Ministry|Board|"
    r"Department|Directorate|Association|Committee|Fund|Society|Union|Federation|Agency|"
    r"Inspectorate|Foundation|Academy|"
    r"College|Bureau|Club|Party|Bank|Church|Army|Ombudsman|Parliament|Assembly|Senate|"
    r"Regiment|Museum|Library|Clinic)"
)
_OF_A_PLACE = re.compile(
    rf"(?<![{LETTER}-])(?:{_CAP}[ ]|"
    rf"{_OFFICE}[ ]of[ ](?:the[ ])?){{1,6}}?{_OFFICE}(?:[ ](?:of|for|in|"
    rf"at)[ ](?:the[ ])?{_NAME_PART}(?:[ ]{_NAME_PART}){{0,3}}|"
    rf"[ ]{_NAME_PART}){{0,3}}(?:['’]s?)?(?![{LETTER}])"
)
_OFFICE_OF_A_PLACE = re.compile(
    rf"(?<![{LETTER}-])(?P<name>{_CAP}(?:[ ]{_CAP}){{0,2}})[ ](?:[{LETTER}-]{{3,12}}[ ])?"
    r"(?:court|prosecutor|police|prison|gendarmerie|municipality|hospital|governor|"
    r"university|cemetery|garrison|"
    rf"village|district|province|school|brewery|factory|consulate|embassy|army)(?![{LETTER}])"
)
_PLACE_OF = re.compile(
    rf"(?<![{LETTER}-])(?i:district|municipalit(?:y|ies)|borough|county|village|province|"
    rf"city|town|region|state|canton|parish|commune|"
    rf"department|mayor|governor|bishop|archbishop|sheriff|university|bay|gulf|port|isle|"
    rf"island)[ ]of[ ]"
    rf"(?P<name>{_CAP}(?:[ -]{_CAP}){{0,2}}(?:[ ]and[ ]{_CAP})?)"
)
_PLACE_KIND = re.compile(
    rf"(?<![{LETTER}-])(?P<name>(?:{_CAP}[ -]){{1,3}})(?i:village|district|province|"
    rf"county|region|valley|peninsula|island)(?![{LETTER}])"
)
_ORIGINAL = re.compile(rf"[ ]\((?P<words>[“\"]?[{LETTER}][^()\n]{{2,80}})\)")


def find_bodies(document: DocumentText) -> Iterator[Match]:
    """Companies by their legal form, offices by the place before or behind them, districts."""
    for label, name, pattern, is_own, score in _RULES:
        for match in pattern.finditer(document.text):
            named = match["name"] if "name" in pattern.groupindex else match[0]
            if not is_own or is_somebodys_own(document, named):
                yield Match(label, *match.span(), score, f"body.{name}")
    yield from _with_originals(document)


def _with_originals(document: DocumentText) -> Iterator[Match]:
    """An office that the text names in its own language too is a certain one."""
    for match in _OF_A_PLACE.finditer(document.text):
        if original := original_name(document.text, match.end()):
            yield Match("ORG", *match.span(), 0.6, "body.office")
            yield Match("ORG", *original, 0.6, "body.original")


def is_somebodys_own(document: DocumentText, name: str) -> bool:
    """Whether a word in it distinguishes the body from all others of its kind.

    "Supreme Court" or "Human Resources" exist everywhere; "Kiel District Court" does not.
    """
    words = re.findall(rf"[{LETTER}][{LETTER}-]*|\d+", re.sub(r"['’]s?\b", "", name))
    own = [
        word
        for word in words
        if word.casefold() not in PUBLIC_BODY_WORDS
        and not is_never_name(word)
        and word.casefold() not in document.lower_words
        and word.casefold() not in COUNTRIES
        and not word.isdigit()
        and len(word) > 1
    ]
    return bool(own)


def original_name(text: str, end: int) -> tuple[int, int] | None:
    """The name in its own language that follows in brackets: `(Landgericht Kiel)`."""
    match = _ORIGINAL.match(text, end)
    if match is None:
        return None
    words = re.findall(rf"[{LETTER}]{{2,}}", match["words"])
    capitals = sum(word[0].isupper() for word in words)
    return match.span("words") if words and capitals * 2 >= len(words) else None


_RULES: tuple[tuple[str, str, re.Pattern[str], bool, float], ...] = (
    ("ORG", "company", _COMPANY, False, 0.7),
    ("ORG", "company", _LOWER_COMPANY, False, 0.5),
    ("ORG", "office", _OF_A_PLACE, True, 0.6),
    ("ORG", "office", _OFFICE_OF_A_PLACE, True, 0.5),
    ("LOCATION", "place", _PLACE_OF, True, 0.6),
    ("LOCATION", "place", _PLACE_KIND, True, 0.5),
)
"""(label, name, pattern, whether a word of its own must be in it, score)."""
