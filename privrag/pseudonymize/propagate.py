"""What was accepted once is found everywhere in the document, in each of its spellings.

Also names that an e-mail address of the document spells: `ann.lee@…` makes "Ann Lee" a person.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from privrag.pseudonymize.lexicon import (
    LETTER,
    PARTICLES,
    UPPER,
    fold,
    fold_spelled_out,
    is_capitalised,
    is_never_name,
    is_ordinary_word,
)
from privrag.pseudonymize.linking.canonical import is_coded_name
from privrag.pseudonymize.linking.veiled_mail import plain_mail
from privrag.pseudonymize.matches import CHECKSUM, NER, PATTERN, DocumentText, Match
from privrag.pseudonymize.names.forms import (
    MIN_SURNAME,
    SURE_NAME,
    TOKEN,
    NameForm,
    NameForms,
    is_sure,
)
from privrag.pseudonymize.names.reading import stands_as_name

_GAP = re.compile(r"(?:[ \t\u00a0]+|[ \t\u00a0]*\n[ \t\u00a0>]*)\Z")
_COMMA_GAP = re.compile(r",[ \t\u00a0]*\n?[ \t\u00a0]*\Z")
_NAME_BEFORE = re.compile(
    rf"(?<![{LETTER}])(?P<word>[{UPPER}](?:\.|[{LETTER}'’-]*,?))[ \t\u00a0]{{1,2}}\Z"
)
_LONGEST_NAME = 40
_WORD = re.compile(r"\w+")
_VERBATIM = ("EMAIL", "IBAN", "CARD", "SSN", "SECRET", "ID", "PHONE", "IP")
_PLACES, _MIN_PLACE = ("LOCATION", "ORG"), 3
_CODED = re.compile(r"([A-Z]{1,6})([-/]?)(\d{3,12})")
_CODED_WORD = re.compile(rf"(?<![\w-]){_CODED.pattern}(?![\w-])")
_GIVEN_FIELD, _SURNAME_FIELD = "keyed.given", "keyed.surname"
_BESIDE = 150
"""Characters between the values of two fields of one person."""
_SURE_ID = 0.7
_MIN_VERBATIM, _MIN_DIGITS_ALONE = 4, 6
"""A PIN or a code of few digits is a year, a room or a count wherever nothing announces it."""


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str = field(repr=False)
    folded: str = field(repr=False)


def propagate(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Further mentions of what `matches` hold: forms of each person, everything else verbatim."""
    known = {(m.label, m.start, m.end) for m in matches}
    ordinary = document.lower_words - _names_in_lower_case(document, matches)
    document = replace(document, lower_words=ordinary)
    for match in _further(document, matches):
        if (match.label, match.start, match.end) not in known:
            yield match


def _names_in_lower_case(document: DocumentText, matches: Sequence[Match]) -> set[str]:
    """Words of names that the document also writes in lower case: they are no ordinary ones."""
    names = {document.text[m.start : m.end].casefold() for m in matches if is_sure(m)}
    words = {name: document.lower_words.intersection(_WORD.findall(name)) for name in names}
    found = {w for name, some in words.items() if some and name in document.text for w in some}
    return {word for word in found if not is_ordinary_word(word)}


def _further(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    yield from _verbatim(document, matches)
    yield from _same_shape(document, matches)
    forms = NameForms(document)
    for match in matches:
        if match.label == "PERSON":
            forms.add(match)
    for given, surname in _beside_each_other(document, matches):
        forms.add_fields(given, surname)
    for match in _people_in_addresses(document, matches):
        yield match
        forms.add(match)
    yield from _find_forms(document, forms.by_first_word(), matches)


def _verbatim(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Every place where such a value is written the same way, whatever stands around it."""
    seen: dict[str, Match] = {}
    for match in matches:
        value = document.text[match.start : match.end]
        full_name = match.label == "PERSON" and (" " in value or is_coded_name(value))
        if (
            (match.label in _VERBATIM and _means_the_same_elsewhere(match.label, value))
            or full_name
            or (match.label in _PLACES and len(value) >= _MIN_PLACE and value[0].isupper())
        ):
            seen.setdefault(value, match)
    by_word: dict[str, list[tuple[str, int]]] = {}
    for value in seen:
        if word := _WORD.search(value):
            by_word.setdefault(word[0], []).append((value, word.start()))
    for word in _WORD.finditer(document.text):
        for value, lead in by_word.get(word[0], ()):
            start = word.start() - lead
            if start >= 0 and _is_whole(document.text, value, start):
                match = seen[value]
                rank = max(match.rank, CHECKSUM if match.label in _VERBATIM else PATTERN)
                end = start + len(value)
                yield Match(match.label, start, end, match.score, "propagate.verbatim", rank)


def _means_the_same_elsewhere(label: str, value: str) -> bool:
    if label != "IP" and not any(map(str.isalpha, value)):
        return sum(map(str.isdigit, value)) >= _MIN_DIGITS_ALONE
    return len(value) >= _MIN_VERBATIM


def _is_whole(text: str, value: str, start: int) -> bool:
    """Whether `value` stands at `start`, not inside a longer word."""
    return text.startswith(value, start) and not _WORD.match(text, start + len(value))


def _same_shape(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Ids of the form of one that was found: `PA-77253` makes `PA-10020` an id too."""
    shapes = set()
    for match in matches:
        coded = (
            _CODED.fullmatch(document.text, match.start, match.end) if match.label == "ID" else None
        )
        if coded and len(coded[1]) > 1 and match.score > _SURE_ID:
            shapes.add((coded[1], coded[2], len(coded[3])))
    if shapes:
        for coded in _CODED_WORD.finditer(document.text):
            if (coded[1], coded[2], len(coded[3])) in shapes:
                yield Match("ID", coded.start(), coded.end(), 0.6, "propagate.shape")


def _beside_each_other(
    document: DocumentText, matches: Sequence[Match]
) -> Iterator[tuple[str, str]]:
    """Given name and surname whose fields stand side by side: they make one full name."""
    fields = [m for m in matches if m.recognizer in {_GIVEN_FIELD, _SURNAME_FIELD}]
    fields.sort(key=lambda match: match.start)
    for one, two in pairwise(fields):
        if one.recognizer != two.recognizer and two.start - one.end <= _BESIDE:
            given, surname = (one, two) if one.recognizer == _GIVEN_FIELD else (two, one)
            yield (
                document.text[given.start : given.end],
                document.text[surname.start : surname.end],
            )


def _tokens(text: str, start: int = 0) -> Iterator[_Token]:
    return (_Token(m.start(), m.end(), m[0], fold(m[0])) for m in TOKEN.finditer(text, start))


def _find_forms(
    document: DocumentText, forms: dict[str, list[NameForm]], matches: Sequence[Match]
) -> Iterator[Match]:
    if not forms:
        return
    places = {fold(document.text[m.start : m.end]) for m in matches if m.label == "LOCATION"}
    for token in _tokens(document.text):
        for form in forms.get(token.folded, ()):
            tokens = _tokens_of(document.text, token, form)
            if tokens is None or not _cased(tokens, form):
                continue
            end = tokens[-1].end
            if form.dotted and not document.text.startswith(".", end):
                continue
            account = form.any_case and token.word.isupper()
            certain = form.certain and token.folded not in places
            stands = account or stands_as_name(
                document.text, token.start, token.end, certain=certain
            )
            if not form.rest and not stands:
                continue
            score = 0.6 if form.rest else 0.5
            yield Match(
                "PERSON",
                token.start,
                end,
                score,
                "propagate.person",
                PATTERN if form.rest else NER,
            )
            break


def _tokens_of(text: str, first: _Token, form: NameForm) -> list[_Token] | None:
    """The tokens of the form that begins with `first`; None if it is not there."""
    tokens = [first]
    for word, token in zip(form.rest, _tokens(text, first.end), strict=False):
        before = tokens[-1]
        gap = text[before.end : token.start]
        if len(before.word) == 1:
            joined = gap == "." or _GAP.match(gap.removeprefix(".")) is not None
        else:
            joined = _GAP.match(gap) is not None
            joined = joined or (form.comma and _COMMA_GAP.match(gap) is not None)
        if token.folded != word or not joined:
            return None
        tokens.append(token)
    if len(tokens) <= len(form.rest) or _are_two_names(text, tokens, form):
        return None
    return tokens


def _are_two_names(text: str, tokens: Sequence[_Token], form: NameForm) -> bool:
    """Whether the form is the end of one name and the start of the next.

    `Ida Quirm, Zolta Quirm`, `Z. Quirm` above `Zolta Quirm`, `Quirm, Zolta` above `Quirm, Ida`; a
    surname alone in its line may go on in the next.
    """
    first, last = tokens[0], tokens[-1]
    gaps = (text[one.end : two.start] for one, two in pairwise(tokens))
    broken = next((gap for gap in gaps if "\n" in gap), None)
    if broken is None and not form.comma:
        return False
    before = _NAME_BEFORE.search(text, max(0, first.start - _LONGEST_NAME), first.start)
    if not form.comma:
        return before is not None and fold(before["word"].rstrip(",")) == last.folded
    behind = next(_tokens(text, last.end), None)
    if behind is not None and behind.folded == first.folded:
        gap = text[last.end : behind.start].removeprefix(".")
        if gap and not gap.strip(" \t\u00a0"):
            return True
    return before is not None and broken is not None and "," not in broken + before[0]


def _cased(tokens: Sequence[_Token], form: NameForm) -> bool:
    """Capitalised, or a full name of at least two long words that are not ordinary (`Mark field`).

    In lower case throughout they may be: the document itself says that somebody has that name.
    """
    strong = [t.word for t in tokens if t.word not in PARTICLES]
    if all(is_capitalised(word) for word in strong):
        return len(tokens) > 1 or not tokens[0].word.isupper() or len(tokens[0].word) >= MIN_SURNAME
    if not form.any_case:
        return False
    return all(map(str.islower, strong)) or not all(map(is_ordinary_word, strong))


def _people_in_addresses(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Neighbouring words that a local part spells: first.last, firstlast, flast, last.first."""
    locals_ = {
        re.sub(r"[^a-z]", "", fold(plain_mail(document.text[m.start : m.end]).partition("@")[0]))
        for m in matches
        if m.label == "EMAIL"
    }
    locals_ = {local for local in locals_ if len(local) >= MIN_SURNAME}
    if not locals_:
        return
    for first, second in pairwise(_tokens(document.text)):
        gap = document.text[first.end : second.start]
        capitals = first.word[0].isupper() and second.word[0].isupper()
        if not (_GAP.match(gap) and gap) or is_never_name(first.word) or is_never_name(second.word):
            continue
        if "\n" in gap or not (capitals or (first.word.islower() and second.word.islower())):
            continue
        last = {second.word, second.word.partition("-")[0]}
        if any(_spellings(first.word, one, full_only=not capitals) & locals_ for one in last):
            yield Match("PERSON", first.start, second.end, SURE_NAME, "propagate.address")


def _spellings(first: str, second: str, *, full_only: bool) -> set[str]:
    found: set[str] = set()
    for write in (fold, fold_spelled_out):
        a, b = (re.sub(r"[^a-z]", "", write(word)) for word in (first, second))
        if len(a) > 1 and len(b) > 1:
            found |= {a + b, b + a} if full_only else {a + b, b + a, a[0] + b, b + a[0]}
    return found
