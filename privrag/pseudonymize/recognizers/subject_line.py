"""Memos and letters about somebody: `Re: Oyelaran Quirmade (staff)`, `Betreff: Zolta Quirm`.

Most such lines name a topic, so every word must be one that is nothing but a name.
"""

import re
from collections.abc import Iterator, Sequence

from privrag.pseudonymize.lexicon import (
    LETTER,
    OCCUPATIONS,
    UPPER,
    is_another_word,
    is_common,
    is_given_name,
    is_never_name,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import is_cased_like_code

_WORD = rf"[{UPPER}][{LETTER}'’-]{{2,30}}"
_LINE = re.compile(
    r"(?im)^[ \t>#]{0,6}(?:re|betreff|betr\.?|concerning|regarding|objet)[ \t]?:[ \t]{1,3}"
    rf"(?-i:(?P<name>{_WORD}(?: {_WORD}){{1,2}}))(?=[ \t]*(?:\n|[(,;]|\Z|[–-][ ]))"
)


def find_in_subject_lines(document: DocumentText) -> Iterator[Match]:
    """A person whose name is all that the line says, but for an aside."""
    for line in _LINE.finditer(document.text):
        if are_only_names(line["name"].split()):
            yield Match("PERSON", *line.span("name"), 0.7, "subject_line")


def are_only_names(words: Sequence[str]) -> bool:
    """Whether each word is nothing but a name; a trade behind such a one is a surname."""
    first, *others = words
    return is_only_a_name(first) and all(is_only_a_name(w) or _is_trade(w) for w in others)


def is_only_a_name(word: str) -> bool:
    """Whether it is a given name, or no other word that we know."""
    if is_given_name(word):
        return not is_never_name(word)
    return not (is_another_word(word) or is_cased_like_code(word) or word.isupper())


def _is_trade(word: str) -> bool:
    return word.istitle() and word.casefold() in OCCUPATIONS and not is_common(word)
