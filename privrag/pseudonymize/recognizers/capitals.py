"""Names behind a title where capitals say nothing: `MR QUIRM`, `dr quirm`, `mrs. zolta quirm`.

In minutes typed in capitals every word may be a name, in a chat none has a capital. A title alone
does not divide the name from the words behind it, so the first word must be no ordinary one, and
further words none that may be a verb.
"""

import re
from collections.abc import Iterator, Sequence

from privrag.pseudonymize.lexicon import (
    LETTER,
    NOT_AFTER_TITLE,
    PARTICLES,
    SURNAMES_TOO,
    UPPER,
    is_common,
    is_given_name,
    is_never_name,
    is_ordinary_word,
    is_organisation_word,
    words_of,
)
from privrag.pseudonymize.matches import DocumentText, Match

_CAPS_WORD = (
    rf"(?:[{UPPER}]\.|[{UPPER}](?:[{UPPER}]|[-'’](?!S(?!\w))){{1,30}}(?<=[{UPPER}]))"
    rf"(?![{LETTER}\d_@-])"
)
_IN_CAPITALS = re.compile(
    rf"(?<![\w.@/-])(?P<title>MR|MRS|MS|MISS|DR|PROF|SIR|DAME|REV|SGT|CAPT|HERRN?|FRAU|MME|MLLE)"
    rf"\b\.?(?:[ ](?:DR|PROF|MED)\b\.?){{0,2}}[ \u00a0]{{1,2}}"
    rf"(?=(?P<words>{_CAPS_WORD}(?:[ ]{_CAPS_WORD}){{0,3}}))"
)
_SMALL_WORD = (
    rf"(?![{UPPER}])[{LETTER}]{{2,30}}(?:[-'’](?![sS](?!\w))[{LETTER}]{{2,30}})?(?![{LETTER}\d_@])"
)
_IN_SMALL = re.compile(
    rf"(?<![\w.@/-])(?P<title>(?i:mr|mrs|dr|prof|herrn?|frau)|[mM](?:rs?|s)\.|Ms|Miss)"
    rf"(?:\.[ \u00a0]?|[ \u00a0])(?:(?:dr|prof)\b\.?[ ])?"
    rf"(?=(?P<words>{_SMALL_WORD}(?:[ ]{_SMALL_WORD}){{0,2}}))"
)
_LABELLED = re.compile(
    rf"(?i:(?<![\w.-])(?:contact|witness|patient|tenant|customer|client|caller|employee|driver|"
    rf"caretaker|supervisor|reported by|signed|informed|present|apologies))[ ]?:[ ]{{1,3}}"
    rf"(?P<words>{_SMALL_WORD}[ ]{_SMALL_WORD})(?=[ ]?[,;.(\n]|\Z)"
)
_TICKET = re.compile(
    rf"(?<![\w/-])(?P<name>[{UPPER}][{UPPER}'-]{{1,30}}/[{UPPER}]{{2,20}}(?:[ ][{UPPER}]{{2,20}})?)"
    rf"[ ](?:MRS?|MS|MISS|MSTR|DR|PROF)(?!\w)"
)
"""`QUIRM/ZOLTA MRS`, as tickets and cards have it."""
_IN_STREET = re.compile(rf"\d[ ](?:[{LETTER}]{{2,20}}[ ]){{1,2}}\Z")
_PRODUCTS = words_of("ms_products.txt")
"""Behind `MS` in capitals."""
_UNSURE = frozenset({"MS", "DR", "MISS", "SIR", "REV", "DAME"})
"""Milliseconds, disaster recovery, a miss: these need a word that is no ordinary one."""
_NO_SMALL_NAME = NOT_AFTER_TITLE | words_of("degrees.txt")
_VERB_ENDING = "ed"
_MIN_SURNAME = 3


def find_in_capitals(document: DocumentText) -> Iterator[Match]:
    """Names behind a title, all in capitals or all in small letters."""
    text = document.text
    for match in _IN_CAPITALS.finditer(text):
        words = list(_words(match))
        end = _end_of_capitals(match["title"], words)
        if end:
            yield Match("PERSON", match.start("words"), end, 0.9, "capitals.title")
    for match in _IN_SMALL.finditer(text):
        street = match["title"].lower() == "dr" and _IN_STREET.search(
            text, max(0, match.start() - 48), match.start()
        )
        end = 0 if street else _end_of_small(match["title"], list(_words(match)))
        if end:
            yield Match("PERSON", match.start("words"), end, 0.9, "capitals.small")
    yield from _labelled(document)


def _labelled(document: DocumentText) -> Iterator[Match]:
    """`contact: zolta quirm, 2 Elm Row`."""
    for match in _LABELLED.finditer(document.text):
        words = match["words"].split()
        if document.block_at(match.start()).kind != "code" and not any(map(is_common, words)):
            yield Match("PERSON", *match.span("words"), 0.9, "capitals.label")
    for match in _TICKET.finditer(document.text):
        if not any(map(is_common, re.findall(rf"[{LETTER}]+", match["name"]))):
            yield Match("PERSON", *match.span("name"), 0.9, "capitals.ticket")


def _words(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    """Each word and where it ends."""
    for word in re.finditer(r"\S+", match["words"]):
        yield word[0], match.start("words") + word.end()


def _end_of_capitals(title: str, words: Sequence[tuple[str, int]]) -> int:
    """Where the name ends; 0 if the words are none."""
    end, strong, given = 0, 0, False
    for word, at in words:
        if len(word.rstrip(".")) == 1 or word.casefold() in PARTICLES:
            continue
        if not _may_follow(word, title) if not strong else _ends_before(word, given=given):
            break
        given = given or is_given_name(word)
        strong, end = strong + 1, at
        if strong == 2:
            break
    return end


def _may_follow(word: str, title: str) -> bool:
    lower = word.casefold()
    if lower in NOT_AFTER_TITLE or len(word) < _MIN_SURNAME or is_organisation_word(word):
        return False
    if title in _UNSURE:
        return not is_common(word) and not (title == "MS" and lower in _PRODUCTS)
    return not is_ordinary_word(word) or lower in SURNAMES_TOO


def _ends_before(word: str, *, given: bool) -> bool:
    """Whether a word in capitals behind a surname, or a given name, is none of the name.

    `FIELDING` and `BROOKS` may be surnames, `REPORTED` is a verb.
    """
    lower = word.casefold()
    if lower in SURNAMES_TOO or lower.removesuffix("s") in SURNAMES_TOO:
        return not given
    if is_ordinary_word(word) or is_never_name(word):
        return True
    return lower.endswith(_VERB_ENDING) and (not given or is_common(word))


def _end_of_small(title: str, words: Sequence[tuple[str, int]]) -> int:
    is_word = is_common if title.casefold() in {"dr", "miss", "ms", "ms."} else is_ordinary_word
    end, strong, given = 0, 0, False
    for word, at in words:
        if word in PARTICLES:
            continue
        if len(word) < _MIN_SURNAME or word in _NO_SMALL_NAME or is_word(word):
            break
        if strong and not given:
            break
        given = given or is_given_name(word)
        strong, end = strong + 1, at
    return end
