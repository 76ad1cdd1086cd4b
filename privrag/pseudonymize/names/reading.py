"""Reading a person's name out of a run of words, and fields and lists that hold names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    GIVEN_NAMES_TOO,
    INITIAL,
    LETTER,
    NAME,
    NATIONALITIES,
    PARTICLES,
    PIECES,
    PRODUCT_NAMES,
    SURNAMES_TOO,
    TITLES,
    UPPER,
    VERBS_TOO,
    fold,
    is_capitalised,
    is_common,
    is_given_name,
    is_never_name,
    is_ordinary_word,
    is_organisation_word,
)

_NOT_BEFORE = re.compile(
    r"(?i)\b(?:the|a|an|this|(?<!said )(?<!says )(?<!told )that|these|"
    r"in|at|near|via|using|on|into|onto|per|our|your|each|"
    r"every|any|no|der|die|das|dem|den|des|ein|eine|einer|im|vom|zum)[ \t]+[\"'“‘(]?\Z"
)
_IN_A_PLACE = re.compile(r"(?i)\b(?:in|at|near|into|onto|im|vom|zum)[ \t]+[\"'“‘(]?\Z")
_OWNS = re.compile(r"['’]s?(?!\w)")
_NEXT_WORD = re.compile(rf"[ \t]{{1,3}}([{UPPER}][{LETTER}'’-]*)")
_MIN_SINGLE, _MAX_SINGLE = 3, 14
_MAX_WORDS = 6
"""Given names, particles and a double surname."""
_BETWEEN = re.compile(r"[ \t\u00a0]*\Z|[ \t\u00a0]*\n[ \t\u00a0]*\Z")
_SENTENCE_START = re.compile(r"(?:\A|\n|[.!?:][\"'”’)]?[ \t]|\|)[ \t>*_#•\-–\"'“(\d.]{0,12}\Z")
_AFTER_VERB = re.compile(
    r"(?i)[ ](?:(?:the|a|an|up|down|off|out|all|each|every|your|this|these|those|its?|them|my|our|"
    r"their|any|of|per|access|permissions?)\b|to\b[ \t*_]*(?:[:|\n]|\Z))"
)
_INITIALLED = re.compile(
    rf"(?<![{LETTER}\d.'’-])(?:{NAME},[ \t]?{INITIAL}|[{LETTER}]{{3,}},[ \t]?[{LETTER}]\.|"
    rf"(?!(?i:e\. ?g|i\. ?e|z\. ?b|d\. ?h|u\. ?a|c\. ?a)\.)"
    rf"(?:[{LETTER}]\.[ -]?){{1,3}}[{LETTER}][{LETTER}'’-]{{2,}})"
    rf"(?=[ \t]*(?:[;,/&)\n]|and\b|und\b|\Z))"
)
_TWO_WORDS = re.compile(
    rf"[{UPPER}][{LETTER}]{{1,20}}[ \u00a0]"
    rf"(?P<surname>[{UPPER}][{LETTER}]{{1,20}})(?![{LETTER}\d_@-])(?![ \u00a0][{UPPER}][{LETTER}])"
)
_CAMEL = re.compile(r"[a-zß-ÿ][A-Z]")
_CAMEL_NAMES = re.compile(r"^(?:Mc|Mac|De|Di|La|Le|Van|Von|Fitz|Du|Da|Del|O)[A-Z]")


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name found in a text: where it stands and its words."""

    start: int
    end: int
    words: tuple[str, ...] = field(repr=False)

    @property
    def has_given_name(self) -> bool:
        return any(is_given_name(word) for word in self.words)


def is_cased_like_code(word: str) -> bool:
    """`openWB`, `GitHub`: capitals inside the word that no surname has."""
    return _CAMEL.search(word) is not None and _CAMEL_NAMES.match(word) is None


def read_name(
    text: str, start: int, end: int, *, sure: bool = False, lower_case: bool = False
) -> Name | None:
    """The name that `text[start:end]` begins with, after titles and words that cannot be in one.

    `sure`: something else says that a name stands here (a title, a label), so its first word may be
    any; `lower_case`: words without a capital count. None if there is no name, or the words are an
    organisation's.
    """
    words: list[_Word] = []
    titled = True
    for piece in PIECES.finditer(text, start, end):
        word = piece[0]
        if words:
            if not _BETWEEN.match(text, words[-1].end, piece.start()) or len(words) == _MAX_WORDS:
                break
            if is_organisation_word(word) and not _may_be_surname(word, words):
                return None
            if not _continues(word, words, lower_case=lower_case):
                break
        elif (
            not _begins(word, sure=sure and titled, lower_case=lower_case)
            and not (sure and _opens_sure_name(text, piece, end))
            and not _opens_name_of_words(text, piece, end)
        ):
            if not _leads_in(word):
                return None
            titled = word.casefold() in TITLES
            continue
        words.append(_Word(piece.start(), piece.end(), word))
    _drop_tail(words)
    if not any(len(w.text.rstrip(".")) > 1 and w.text not in PARTICLES for w in words) or (
        len(words) == 1 and not sure and is_verb(text, words[0].start, words[0].end)
    ):
        return None
    return Name(words[0].start, words[-1].end, tuple(w.text for w in words))


def _drop_tail(words: list[_Word]) -> None:
    """Particles and titles behind the name, and one verb."""
    while words and (words[-1].text in PARTICLES or words[-1].text.casefold() in TITLES):
        words.pop()
    if len(words) > 2 and _is_verb_in_capitals(words[-1].text):
        words.pop()


def _is_verb_in_capitals(word: str) -> bool:
    """`WELCOMED` behind `ZOLTA QUIRM` in minutes in capitals."""
    return word.isupper() and word.endswith("ED") and len(word) > 4 and is_common(word)


def _opens_sure_name(text: str, piece: re.Match[str], end: int) -> bool:
    """`Mai` in `Name: Mai Doan`: a word that else is none, before one that may be in a name."""
    word = piece[0]
    following = PIECES.match(text, piece.end() + 1, end)
    return (
        word.istitle()
        and word.casefold() not in TITLES
        and following is not None
        and _BETWEEN.match(text, piece.end(), following.start()) is not None
        and _begins(following[0], sure=False, lower_case=False)
    )


def _opens_name_of_words(text: str, piece: re.Match[str], end: int) -> bool:
    """`Will Power`, `May Long`: both are words, and the two of them alone are a name."""
    behind = _TWO_WORDS.match(text, piece.start(), end)
    return behind is not None and is_name_of_words(piece[0], behind["surname"])


def is_name_of_words(given: str, surname: str) -> bool:
    """Whether two capitalised words that are ordinary ones are a name where names stand."""
    lower = surname.casefold()
    return (
        fold(given) in GIVEN_NAMES_TOO
        and (lower in SURNAMES_TOO or lower.removesuffix("s") in SURNAMES_TOO)
        and not is_organisation_word(surname)
        and given.istitle()
        and surname.istitle()
    )


def _leads_in(word: str) -> bool:
    """Whether a name may follow it directly: a title, or an opener such as "Dear"."""
    return is_never_name(word) or word.casefold() in TITLES


def _is_name_word(word: str, *, lower_case: bool) -> bool:
    if not (is_capitalised(word) or lower_case) or is_cased_like_code(word):
        return False
    return word.casefold().rstrip(".") not in TITLES


def _begins(word: str, *, sure: bool, lower_case: bool) -> bool:
    if word in PARTICLES:
        return True
    if not _is_name_word(word, lower_case=lower_case):
        return False
    if is_never_name(word) or is_organisation_word(word):
        return sure and word.casefold() in SURNAMES_TOO
    return True


def _continues(word: str, before: "list[_Word]", *, lower_case: bool) -> bool:
    if word in PARTICLES:
        return True
    if not _is_name_word(word, lower_case=lower_case):
        return False
    return not is_never_name(word) or _may_be_surname(word, before)


def _may_be_surname(word: str, before: "list[_Word]") -> bool:
    """`Price` in `Tom Price`: directly after a given name or an initial, in mixed case."""
    first = before[-1].text
    if len(before) != 1 or word.isupper():
        return False
    known = first.endswith(".") or is_given_name(first)
    return (known and word.casefold() in SURNAMES_TOO) or is_name_of_words(first, word)


def is_verb(text: str, start: int, end: int) -> bool:
    """Whether a name that is a word too is one here: `Bill the customer`, `**Bill to:**`."""
    return (
        text[start:end].casefold() in VERBS_TOO
        and _AFTER_VERB.match(text, end) is not None
        and _SENTENCE_START.search(text, max(0, start - 16), start) is not None
    )


def is_only_a_surname(word: str) -> bool:
    """Whether it is no word of another kind that we know: an ordinary one, a place, a product."""
    lower = word.casefold()
    return (
        len(word) > _MIN_SINGLE
        and not is_ordinary_word(word)
        and not is_given_name(word)
        and not is_cased_like_code(word)
        and lower not in COUNTRIES
        and lower not in NATIONALITIES
        and lower not in PRODUCT_NAMES
    )


def stands_as_name(text: str, start: int, end: int, *, certain: bool = False) -> bool:
    """Whether a single word may be a surname: not `the Izmir court`, `in Izmir`, `(Recht)`.

    `certain`: it is the surname of somebody who is known, and no other word: an article or a
    bracket does not speak against it, only a preposition of places: `the Quirm file`, `(Quirm)`.
    """
    word = text[start:end]
    if len(word) < _MIN_SINGLE or max(map(len, word.split("-"))) > _MAX_SINGLE:
        return False
    if is_verb(text, start, end):
        return False
    not_before = _IN_A_PLACE if certain else _NOT_BEFORE
    if not_before.search(text, max(0, start - 16), start) and not (
        certain and _OWNS.match(text, end)
    ):
        return False
    if text[start - 1 : start] == "(" and text[end : end + 1] == ")" and not certain:
        return False
    following = _NEXT_WORD.match(text, end)
    return following is None or not (
        is_never_name(following[1]) or is_organisation_word(following[1])
    )


def read_list(
    text: str, start: int, end: int, *, sure: bool, single: bool = False
) -> Iterator[Name]:
    """Names in a field such as `Ann Lee, Bo Tan and Cy Moe` or `Lee, Ann; Tan, Bo`.

    A comma between two single words, one of them a given name, joins "Surname, Firstname"; with
    semicolons in the field every comma does, and with `single` (it holds one person) the only one.
    """
    has_semicolon = ";" in text[start:end]
    divider = re.compile(r";" if has_semicolon else r"[,/&|+]|\band\b|\bund\b|\bsowie\b")
    items, at = [], start
    for mark in divider.finditer(text, start, end):
        items.append((at, mark.start(), mark[0]))
        at = mark.end()
    items.append((at, end, ""))
    if has_semicolon:
        for left, right, _ in items:
            yield from _read_item(text, left, right, sure=sure)
        return
    names = [read_name(text, left, right, sure=sure) for left, right, _ in items]
    last_first = (_alternates(names) or (single and _is_one_person(names))) and all(
        mark == "," for _, _, mark in items[0:-1:2]
    )
    for index, name in enumerate(names):
        if name is None or (last_first and index % 2):
            continue
        first = names[index + 1] if last_first else None
        yield name if first is None else Name(name.start, first.end, (*first.words, *name.words))


def read_initialled(text: str, start: int, end: int) -> Iterator[Name]:
    """`Amundsen, R.` and `e. fjeldstad`: names in a field that an initial completes."""
    for match in _INITIALLED.finditer(text, start, end):
        words = tuple(PIECES.findall(match[0]))
        if not any(is_never_name(word) and len(word) > 2 for word in words):
            yield Name(match.start(), match.end(), words)


def _is_one_person(names: list[Name | None]) -> bool:
    """`Bermúdez Lizana, Purificación`: a surname of up to three words, then given names."""
    if len(names) != 2 or names[0] is None or names[1] is None:
        return False
    last, first = names[0].words, names[1].words
    if len(last) == len(first) == 1:
        return True
    return len(first) <= 2 and len(last) <= 4 and not is_given_name(last[0])


def _alternates(names: list[Name | None]) -> bool:
    """Whether surnames and given names take turns: `Lee, Ann` or `Lee, Ann, Tan, Bo`."""
    pairs = zip(names[::2], names[1::2], strict=False)
    return len(names) % 2 == 0 and all(
        a is not None and b is not None and _is_last_first(a, b) for a, b in pairs
    )


def _read_item(text: str, start: int, end: int, *, sure: bool) -> Iterator[Name]:
    comma = text.find(",", start, end)
    first = read_name(text, start, comma if comma >= 0 else end, sure=sure)
    second = read_name(text, comma + 1, end, sure=sure) if comma >= 0 else None
    if first is not None and second is not None and len(first.words) <= 3:
        yield Name(first.start, second.end, (*second.words, *first.words))
    elif first is not None:
        yield first


def _is_last_first(last: Name, first: Name) -> bool:
    return (
        (len(last.words) == 1 or last.words[0] in PARTICLES)
        and len(first.words) <= 2
        and is_given_name(first.words[0])
        and not is_given_name(last.words[-1])
    )
