"""Lists of people in minutes and on distribution lists, often by their surnames alone.

    Present: Ravenquirm (chair), Wöhrl, Trelawney   Vote: for — Wöhrl, Trelawney; abstained — Tann

A comma parts people here. It joins "Surname, Given" only before a known given name alone and behind
what is none: two people as one would be restored as each other.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    NAME,
    NATIONALITIES,
    PARTICLES,
    PIECES,
    PRODUCT_NAMES,
    SURNAMES_TOO,
    TITLE,
    TITLES,
    is_another_word,
    is_common,
    is_given_name,
    is_never_name,
    is_ordinary_word,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.parts import is_given_name_too
from privrag.pseudonymize.names.reading import is_name_of_words

_LABEL = (
    r"(?:also )?present|in attendance|attendees?|attending|apologies(?: from)?|absent|excused|"
    r"votes?|voted|voting|for|in favou?r|against|abstain(?:ed|ing)|abstentions?|"
    r"distribution(?: list)?|cc|bcc|copy to|copies to|proposed by|seconded by|"
    r"anwesend|abwesend|entschuldigt|"
    r"teilnehmer(?:innen|\*innen|:innen)?|teilnehmende|verteiler|dafür|dagegen|enthaltung(?:en)?|"
    r"enthalten|présent(?:e?s)?|absente?s?|excusée?s?|pour|contre|destinataires"
)
_SIGN = r"[ \t*_]{0,3}(?::|[—–]|(?<=[ ])-(?=[ ]))"
_LIST = re.compile(
    rf"(?im)(?:^|(?<=[;|(.:])|(?<=[,;:.—–][ ]))[ \t>*#•\-]{{0,12}}(?:{_LABEL})"
    rf"(?:[ ]\([^()\n]{{1,20}}\))?{_SIGN}[ \t*_]{{0,4}}(?![ \t*_]*(?:{_LABEL}){_SIGN})"
    r"(?P<value>[^\n;|]{2,600})"
)
_NEXT_LABEL = re.compile(rf"(?i)[,.][ ](?:{_LABEL}){_SIGN}")
_ASIDE = re.compile(r"\([^()\n]{0,60}\)|<[^<>\n]{0,80}>|\[[^\[\]\n]{0,40}\]")
_DIVIDER = re.compile(r"[,/&+]|\b(?:and|und|et|sowie)\b")
_ITEM = re.compile(
    rf"[ \t*_]*(?:(?:{TITLE}|apl)\b\.?[ ]){{0,3}}(?P<name>{NAME})(?=[ \t*_]*"
    r"(?:\Z|(?P<stop>[.!?])(?:[ ]|\Z)|[–—-][ ]|(?:as|from|of|for|von|vom|für|de|du)\b))"
)


@dataclass(frozen=True, slots=True)
class _Person:
    start: int
    end: int
    words: tuple[str, ...] = field(repr=False)


def find_listed_people(document: DocumentText, lists: Sequence[tuple[int, int]]) -> Iterator[Match]:
    """Everybody in the lists of a document (`lists_of_people`), each one by himself."""
    for start, end in lists:
        people = _people(document.text, start, end)
        sure = [_is_sure(document, person) for person in people]
        mostly = sum(sure) * 2 >= len(people)
        at = 0
        while at < len(people):
            person, last = people[at], at
            if at + 1 < len(people) and _is_last_first(document.text, person, people[at + 1]):
                last = at + 1
            if sure[at] or last > at or (mostly and _may_be_one(document, person)):
                yield Match("PERSON", person.start, people[last].end, 0.75, "listed.person")
            at = last + 1


def lists_of_people(text: str) -> list[tuple[int, int]]:
    """Where the names of each list stand, in order."""
    spans = []
    match = _LIST.search(text)
    while match is not None:
        start, end = match.span("value")
        following = _NEXT_LABEL.search(text, start, end)
        end = following.start() if following else end
        spans.append((start, end))
        match = _LIST.search(text, end)
    return spans


def parts_people(pair: re.Match[str], lists: Sequence[tuple[int, int]]) -> bool:
    """Whether the comma of `Wöhrl, Tann` stands between two people of a list."""
    last, _, first = pair[0].partition(", ")
    at = bisect_right(lists, pair.start(), key=lambda span: span[0]) - 1
    within = at >= 0 and pair.start() < lists[at][1]
    return within and not _joins_surname_and_given_name(last, first)


def _joins_surname_and_given_name(last: str, first: str) -> bool:
    """Whether a comma between the two joins one person's names, also in a list of people."""
    given = PIECES.findall(first)
    return (
        0 < len(given) <= 2
        and all(is_given_name(word) or len(word.rstrip(".")) == 1 for word in given)
        and not any(is_given_name(word) for word in PIECES.findall(last))
    )


def _people(text: str, start: int, end: int) -> list[_Person]:
    """What may be a name among the items, up to the end of the sentence."""
    value = _ASIDE.sub(lambda aside: " " * len(aside[0]), text[start:end])
    people, at = [], 0
    borders = [(mark.start(), mark.end()) for mark in _DIVIDER.finditer(value)]
    for stop, following in [*borders, (len(value), len(value))]:
        item = _ITEM.match(value[at:stop])
        if item is not None:
            left, right = at + item.start("name"), at + item.end("name")
            words = tuple(PIECES.findall(value[left:right]))
            people.append(_Person(start + left, start + right, words))
            if item["stop"]:
                return people
        elif value[at:stop].strip() and not people:
            return []
        at = following
    return people


def _is_last_first(text: str, one: _Person, other: _Person) -> bool:
    if text[one.end : other.start].strip() != ",":
        return False
    return _joins_surname_and_given_name(" ".join(one.words), " ".join(other.words))


def _is_sure(document: DocumentText, person: _Person) -> bool:
    """Words that are nothing but a name, or a given name before others."""
    words = _strong(person)
    if len(words) == 2 and is_name_of_words(*words):
        return True
    if not words or any(_names_a_thing(word) for word in words):
        return False
    if len(words) > 1 and (
        is_given_name(words[0]) or (is_given_name_too(words[0]) and not is_common(words[-1]))
    ):
        return True
    return not any(
        is_another_word(word) or word.casefold() in document.lower_words for word in words
    )


def _may_be_one(document: DocumentText, person: _Person) -> bool:
    """`Baker` and `Woods` among surnames: a surname that is a word, or a form of one, too."""
    words = _strong(person)
    return bool(words) and all(
        (word.casefold() in SURNAMES_TOO or not is_ordinary_word(word))
        and not _names_a_thing(word)
        and word.casefold() not in document.lower_words
        for word in words
    )


def _strong(person: _Person) -> list[str]:
    words = [w for w in person.words if w not in PARTICLES and w.casefold() not in TITLES]
    return [w for w in words if len(w.rstrip(".")) > 1]


def _names_a_thing(word: str) -> bool:
    lower = word.casefold()
    return (
        (is_never_name(word) and lower not in SURNAMES_TOO)
        or is_organisation_word(word)
        or lower in COUNTRIES
        or lower in NATIONALITIES
        or lower in PRODUCT_NAMES
        or (word.isupper() and len(word) < 5)
    )
