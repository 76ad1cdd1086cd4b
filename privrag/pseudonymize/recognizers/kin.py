"""Relatives: `her husband's (Zolta)`, `mother: Zolta`, `Ann's son, Zolta`."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    LETTER,
    NATIONALITIES,
    PRODUCT_NAMES,
    UPPER,
    is_common,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import is_cased_like_code

_KIN = (
    r"husband|wife|spouse|mother|father|mum|mom|dad|son|daughter|brother|sister|fianc[ée]e?|"
    r"girlfriend|boyfriend|aunt|uncle|nephew|niece|cousin|grand(?:mother|father|son|daughter)|"
    r"step(?:mother|father|son|daughter)|(?:his|her|my) partner|(?:her|his|their) baby"
)
_FOREIGN_KIN = (
    r"Mutter|Vater|Ehefrau|Ehemann|Tochter|Sohn|Bruder|Schwester|Lebensgefährt(?:e|in)|mère|père|"
    r"épouse|époux|fils|fille|frère|s(?:œ|oe)ur|conjointe?|mari"
)
_WORD = rf"[{UPPER}][{LETTER}]{{2,20}}(?:-[{UPPER}][{LETTER}]{{1,20}})?(?![{LETTER}\d_@])"
_NAMED = re.compile(
    rf"(?<![\w-])(?:(?:{_KIN})(?:['’]s)?(?:[ ]|,[ ]|[ ]?:[ ]{{1,3}}|[ \n]\()"
    rf"|(?:{_FOREIGN_KIN})(?:,[ ]|[ ]?:[ ]{{1,3}}|[ \n]\())(?P<name>{_WORD}(?:[ ]{_WORD}){{0,2}})"
)


def find_kin(document: DocumentText) -> Iterator[Match]:
    """The capitalised words behind the word for a relative, up to the first ordinary one."""
    for match in _NAMED.finditer(document.text):
        end = 0
        for word in re.finditer(r"\S+", match["name"]):
            if not _may_be_name(document, word[0]):
                break
            end = match.start("name") + word.end()
        if end:
            yield Match("PERSON", match.start("name"), end, 0.8, "kin.name")


def _may_be_name(document: DocumentText, word: str) -> bool:
    folded = word.casefold()
    return not (
        folded in document.lower_words
        or is_common(word)
        or is_organisation_word(word)
        or is_cased_like_code(word)
        or folded in COUNTRIES
        or folded in NATIONALITIES
        or folded in PRODUCT_NAMES
    )
