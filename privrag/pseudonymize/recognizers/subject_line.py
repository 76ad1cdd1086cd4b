"""Memos and letters about somebody: `Re: Oyelaran Quirmade (staff)`, `Betreff: Zolta Quirm`.

Most such lines name a topic, so every word must be one that is nothing but a name.
"""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    LETTER,
    NATIONALITIES,
    PRODUCT_NAMES,
    UPPER,
    is_common,
    is_given_name,
    is_never_name,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import is_cased_like_code

_THINGS = PRODUCT_NAMES | NATIONALITIES | COUNTRIES
_WORD = rf"[{UPPER}][{LETTER}'’-]{{2,30}}"
_LINE = re.compile(
    r"(?im)^[ \t>#]{0,6}(?:re|betreff|betr\.?|concerning|regarding|objet)[ \t]?:[ \t]{1,3}"
    rf"(?-i:(?P<name>{_WORD}(?: {_WORD}){{1,2}}))(?=[ \t]*(?:\n|[(,;]|\Z|[–-][ ]))"
)


def find_in_subject_lines(document: DocumentText) -> Iterator[Match]:
    """A person whose name is all that the line says, but for an aside."""
    for line in _LINE.finditer(document.text):
        if all(map(is_only_a_name, line["name"].split())):
            yield Match("PERSON", *line.span("name"), 0.7, "subject_line")


def is_only_a_name(word: str) -> bool:
    """Whether it is a given name, or no word, product or place that we know."""
    if is_given_name(word):
        return not is_never_name(word)
    return not (
        is_common(word)
        or is_organisation_word(word)
        or is_cased_like_code(word)
        or word.isupper()
        or word.casefold() in _THINGS
    )
