"""Full names in lower case in running text: `the report of anna lee`, `ludwig van quirm`.

A known given name that is no other word, and behind it a word that is no ordinary one: in notes
without a capital, and in sentences that have capitals elsewhere.
"""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    GERMAN_SURNAMES,
    LETTER,
    PARTICLE,
    TITLES,
    is_another_word,
    is_lower_given_name,
    words_of,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import read_name
from privrag.pseudonymize.recognizers.name_run import opens_a_name

_LOWER_PAIR = re.compile(
    rf"(?<![{LETTER}\d_@./\\-])(?P<given>[{LETTER}]{{3,}}) (?:[{LETTER}]\.? )?[{LETTER}'’-]{{3,}}"
)
_LOWER_WORD = re.compile(r"\b[^\W\d_A-Z]{3,}\b")
_BEHIND_GIVEN = re.compile(
    rf"(?:-[{LETTER}]{{2,20}})?(?:[ ][{LETTER}]\.?)?(?:[ ](?P<second>[{LETTER}]{{3,20}}))??"
    rf"(?P<particles>(?:[ ]{PARTICLE}\b){{0,2}})"
    rf"[ ](?P<surname>[{LETTER}]{{3,24}}(?:['’-](?!s\b)[{LETTER}]{{2,24}}){{0,2}})"
    rf"(?![{LETTER}\d_@=(/]|[.:\\-][{LETTER}\d_])"
)
_BEFORE = re.compile(rf"[{LETTER}\d_@./\\=#$&+'’-]\Z")
_NO_SURNAME = re.compile(
    r"(?:[ts]ions?|ments?|ness|it(?:y|ies)|ous|[ai]ble|isms?|i[sz]ers?|olog(?:y|ies)|wares?|less|ful|"
    r"ships?|wards?|wise|i[sz]ed?|ical|ative|graphs?|grams?|ates?|(?<![l])ly|(?<!e)ed|ing)\Z"
)
"""Endings of words that no list has to hold; surnames that end so are on a list."""
_SURNAMES = words_of("surnames_lower.txt") | GERMAN_SURNAMES
_PROSE = frozenset({"paragraph", "list", "heading", "table"})


def find_in_lower_case(document: DocumentText) -> Iterator[Match]:
    """`naomi ryan` in a block without capitals, `anna lee` in any other that is no code."""
    yield from _without_capitals(document)
    given = {word for word in document.lower_words if is_lower_given_name(word)}
    text = document.text
    for first in _LOWER_WORD.finditer(text) if given else ():
        if first[0] not in given:
            continue
        name = _BEHIND_GIVEN.match(text, first.end())
        if name is None or _BEFORE.search(text, first.start() - 1, first.start()):
            continue
        if document.block_at(first.start()).kind in _PROSE and _is_name(name):
            yield Match("PERSON", first.start(), name.end(), 0.65, "lower_case.full")


def _is_name(name: re.Match[str]) -> bool:
    second, surname = name["second"], name["surname"]
    if not name.group().islower() or (second and not is_lower_given_name(second)):
        return False
    if surname in _SURNAMES or is_lower_given_name(surname):
        return True
    return not (_NO_SURNAME.search(surname) or is_another_word(surname) or surname in TITLES)


def _without_capitals(document: DocumentText) -> Iterator[Match]:
    for block in document.blocks:
        text = document.text[block.start : block.end]
        if block.kind == "code" or text != text.lower():
            continue
        for match in _LOWER_PAIR.finditer(document.text, block.start, block.end):
            if opens_a_name(match["given"]):
                name = read_name(document.text, match.start(), match.end(), lower_case=True)
                if name is not None and name.start == match.start() and len(name.words) > 1:
                    yield Match("PERSON", name.start, name.end, 0.6, "lower_case.pair")
