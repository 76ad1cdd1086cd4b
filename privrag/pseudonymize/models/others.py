"""Places, organisations and groups that the model marks, unless they are everybody's.

"Supreme Court", "the Republic of Utopia" or a heading in capitals identify nobody and stay.
"""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    LETTER,
    NATIONALITIES,
    PUBLIC_BODY_WORDS,
    announces_value,
    is_given_name,
)
from privrag.pseudonymize.matches import NER, DocumentText, Match
from privrag.pseudonymize.models.ner import Reading
from privrag.pseudonymize.recognizers.body import is_somebodys_own, original_name

_LABELS = {"GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION", "ORG": "ORG", "NORP": "GROUP"}
_ARTICLE = re.compile(r"(?i)(?:the|a|an|its|his|her|their|our)\s+")
_STATE = re.compile(
    r"(?i)\b(?:(?:federal|democratic|people['’]s|islamic|former|united)\s+)*(?:republic|kingdom|"
    r"commonwealth|union|state|government)\s+of\s+(?:the\s+)?"
)
_PART_OF = re.compile(r"(?:north|south|east|west|central)(?:ern)?[ ]\Z")
_CODE = re.compile(r"[\d_@/\\=<>{}#$%^~`|+]")
_LAW = re.compile(r"(?i)\b(?:articles?|section|rule|chapter|protocol|act|code|law|paragraph|§)\b")
_ACRONYM = re.compile(r"[A-Z]{2,5}s?\Z")
_LONGEST_ACRONYM = 4
_ACRONYMS = (
    "EU UN US USA UK EEA EEC NATO OSCE WHO ILO GDPR VAT PDF CSV XML JSON HTML SQL API URL "
    "HTTP CEO CFO CTO HR IT PR QA FAQ TBD NB PS AM PM ID IDS PIN ATM SMS LED CPU GPU RAM USB "
    "LAN WAN VPN KPI ROI AI ML "
)
_SAFE_ACRONYMS = frozenset(_ACRONYMS.split())


_DEFINED = re.compile(
    rf"(?<![{LETTER}-])(?P<name>[A-Z][{LETTER}]{{1,30}}(?:[ -](?:(?:of|for|and|the|de|und|für|"
    rf"et)[ ])?"
    rf"[A-Z][{LETTER}]{{1,30}}){{1,6}})[ ]\([“\"]?(?P<short>[A-Z]{{2,8}})[”\"]?\)"
)


def find_others(document: DocumentText, reading: Reading) -> Iterator[Match]:
    """Places, organisations and groups."""
    for unit, starts in reading.places.items():
        for mark in reading.found[unit]:
            label = _LABELS.get(mark.label)
            if label is None:
                continue
            for start in starts:
                if not _is_caption(document, start + mark.start):
                    yield from _accept(document, label, start + mark.start, start + mark.end)
    yield from _countries(document)
    yield from _defined(document)


def _is_caption(document: DocumentText, at: int) -> bool:
    """Whether it stands in a heading or a table's first row, whose words the model guesses at."""
    block = document.block_at(at)
    if block.kind == "table":
        return "\n" not in document.text[block.start : at]
    return block.kind == "heading"


def _accept(document: DocumentText, label: str, start: int, end: int) -> Iterator[Match]:
    text = document.text
    start, end = _bounds(text, label, start, end)
    surface = text[start:end].strip()
    if len(surface) < 2 or _LAW.search(surface):
        return
    if label == "GROUP":
        if _is_group(surface) and not _before_state_word(text, end):
            yield Match(label, start, end, 0.5, "model.group", NER)
    elif _names_something(document, label, start, surface):
        if label == "ORG" and (original := original_name(text, end)):
            yield Match(label, *original, 0.55, "model.original", NER)
        yield Match(label, start, end, 0.55, f"model.{label.lower()}", NER)


def _bounds(text: str, label: str, start: int, end: int) -> tuple[int, int]:
    """On one line, without article and possessive; a place with its point of the compass."""
    if article := _ARTICLE.match(text, start, end):
        start = article.end()
    while text[start:end].endswith(("'s", "’s", "'", "’")):
        end -= 1
    line_end = text.find("\n", start, end)
    end = end if line_end < 0 else line_end
    if label == "LOCATION" and (part := _PART_OF.search(text, max(0, start - 12), start)):
        start = part.start()
    return start, end


def _names_something(document: DocumentText, label: str, start: int, surface: str) -> bool:
    if label == "ORG" and _CODE.search(surface):
        return False
    if _is_ordinary(document, surface) or _is_a_state(surface):
        return False
    in_table = document.block_at(start).kind == "table"
    return not (in_table and _has_ordinary_word(document, surface))


def _defined(document: DocumentText) -> Iterator[Match]:
    """`Zelt Quirm Verein (ZQV)`: a name with its initials behind it, and the initials."""
    for match in _DEFINED.finditer(document.text):
        words = re.split(r"[ -]", match["name"])
        initials = "".join(word[0] for word in words if word[0].isupper())
        known = match["short"] in _SAFE_ACRONYMS or match["short"] != initials
        if not known and is_somebodys_own(document, match["name"]):
            yield Match("ORG", *match.span("name"), 0.5, "defined")
            yield Match("ORG", *match.span("short"), 0.5, "defined")


def _has_ordinary_word(document: DocumentText, surface: str) -> bool:
    """`Blue Cable` where the document speaks of cables: in a cell the model has no sentence."""
    words = re.findall(rf"[{LETTER}]{{3,}}", surface)
    return any(word.casefold() in document.lower_words for word in words)


def _is_group(surface: str) -> bool:
    return any(
        word.casefold().removesuffix("s") in NATIONALITIES
        for word in re.findall(rf"[{LETTER}-]+", surface)
    )


def _before_state_word(text: str, end: int) -> bool:
    word = re.compile(rf"['’]?s?[ \n]+([{LETTER}]+)").match(text, end)
    return word is not None and (
        word[1].casefold() in PUBLIC_BODY_WORDS - NATIONALITIES
        and word[1].casefold() not in {"national", "citizen"}
    )


def _is_a_state(surface: str) -> bool:
    """`Republic of Austria`, as a party to something; the country's name alone is a place."""
    return _STATE.match(surface) is not None or surface.startswith("United Kingdom of")


def _is_ordinary(document: DocumentText, surface: str) -> bool:
    words = re.findall(rf"[{LETTER}][{LETTER}-]*", surface)
    if surface in _SAFE_ACRONYMS or announces_value(words):
        return True
    if not words or (len(words) == 1 and surface.isupper() and len(surface) > _LONGEST_ACRONYM):
        return True
    if surface.casefold() in COUNTRIES:
        return False
    return not is_somebodys_own(document, surface)


_RUN = re.compile(
    rf"(?<![{LETTER}\d@./_-])[A-Z][{LETTER}]{{1,30}}(?:[ ](?:(?:and|of|"
    rf"of the)[ ])?[A-Z][{LETTER}]{{1,30}}){{0,4}}"
)
_PARTY = re.compile(
    r"(?i)\b(?:republic|kingdom|commonwealth|union|government)\s+of\s+(?:the\s+)?\Z"
)
_GOES_ON = re.compile(r"['’]?s?\s+(?:of\s+Great|Government)")


def _countries(document: DocumentText) -> Iterator[Match]:
    """Every country by its name, also where the model overlooks it."""
    text = document.text
    for run in _RUN.finditer(text):
        at = run.start()
        while at < run.end():
            end = _longest_country(text, at, run.end())
            if end is None:
                at = _next_word(text, at, run.end())
                continue
            party = _PARTY.search(text, max(0, at - 30), at) or _GOES_ON.match(text, end)
            if not party and not is_given_name(text[at:end]):
                yield Match("LOCATION", at, end, 0.5, "country")
            at = end


def _longest_country(text: str, start: int, end: int) -> int | None:
    words = [word.end() for word in re.finditer(rf"[{LETTER}]+", text[start:end])]
    for length in reversed(words[:5]):
        if text[start : start + length].casefold() in COUNTRIES:
            return start + length
    return None


def _next_word(text: str, at: int, end: int) -> int:
    space = text.find(" ", at, end)
    return end if space < 0 else space + 1
