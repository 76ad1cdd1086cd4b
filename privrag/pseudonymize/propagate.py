"""What was accepted once is found everywhere in the document, in each of its spellings.

Also names that an e-mail address of the document spells: `ann.lee@…` makes "Ann Lee" a person.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from privrag.pseudonymize.canonical import is_coded_name
from privrag.pseudonymize.lexicon import (
    LETTER,
    PARTICLES,
    PRODUCT_NAMES,
    fold,
    fold_spelled_out,
    is_capitalised,
    is_given_name,
    is_never_name,
    is_ordinary_word,
)
from privrag.pseudonymize.lexicon import is_organisation_word as is_org
from privrag.pseudonymize.marked import without_marks
from privrag.pseudonymize.matches import CHECKSUM, NER, PATTERN, DocumentText, Match
from privrag.pseudonymize.names import is_cased_like_code, stands_as_name
from privrag.pseudonymize.veiled_mail import plain_mail

_TOKEN = re.compile(rf"[{LETTER}]+(?:[-'’‐](?![sS](?![{LETTER}]))[{LETTER}]+)*")
_GAP = re.compile(r"(?:[ \t\u00a0]+|[ \t\u00a0]*\n[ \t\u00a0>]*)\Z")
_COMMA_GAP = re.compile(r",[ \t\u00a0]*\n?[ \t\u00a0]*\Z")
_WORD = re.compile(r"\w+")
_VERBATIM = ("EMAIL", "IBAN", "CARD", "SSN", "SECRET", "ID", "PHONE", "IP")
_PLACES, _MIN_PLACE = ("LOCATION", "ORG"), 3
_CODED = re.compile(r"([A-Z]{1,6})([-/]?)(\d{3,12})")
_CODED_WORD = re.compile(rf"(?<![\w-]){_CODED.pattern}(?![\w-])")
_GENERATION = re.compile(r"(?:Jr|Sr|Jnr|Snr|II|III|IV)")
_GIVEN_FIELD, _SURNAME_FIELD = "keyed.given", "keyed.surname"
_BESIDE = 150
"""Characters between the values of two fields of one person."""
_SURE_ID = 0.7
_SURE_NAME, _TITLED = 0.8, 0.9
_MIN_SURNAME, _MIN_VERBATIM = 4, 4
_MIN_ANY_CASE = 5


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    folded: str


@dataclass(frozen=True, slots=True)
class _Form:
    """Folded words to find one after another; `rest` are those after the first."""

    rest: tuple[str, ...]
    comma: bool = False
    any_case: bool = False
    dotted: bool = False
    """Only before a full stop: `zolta q.`."""


def propagate(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Further mentions of what `matches` hold: forms of each person, everything else verbatim."""
    known = {(m.label, m.start, m.end) for m in matches}
    names = {document.text[m.start : m.end].casefold() for m in matches if _is_sure(m)}
    named = {w for name in names if name in document.text for w in _WORD.findall(name)}
    named = {word for word in named if not is_ordinary_word(word)}
    document = replace(document, lower_words=document.lower_words - named)
    for match in _further(document, matches):
        if (match.label, match.start, match.end) not in known:
            yield match


def _is_sure(match: Match) -> bool:
    return match.label == "PERSON" and match.rank > NER and match.score >= _SURE_NAME


def _further(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    yield from _verbatim(document, matches)
    yield from _same_shape(document, matches)
    tokens = [_Token(m.start(), m.end(), m[0], fold(m[0])) for m in _TOKEN.finditer(document.text)]
    forms: dict[str, set[_Form]] = {}
    for match in matches:
        if match.label == "PERSON":
            _add_forms(document, match, forms)
    for given, surname in _beside_each_other(document, matches):
        _add_fields(document, given, surname, forms)
    for match in _people_in_addresses(document, tokens, matches):
        yield match
        _add_forms(document, match, forms)
    if forms:
        yield from _find_forms(document, tokens, forms)


def _verbatim(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Every place where such a value is written the same way, whatever stands around it."""
    seen: dict[str, Match] = {}
    for match in matches:
        value = document.text[match.start : match.end]
        full_name = match.label == "PERSON" and (" " in value or is_coded_name(value))
        if (
            (match.label in _VERBATIM and len(value) >= _MIN_VERBATIM)
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


def _add_forms(document: DocumentText, match: Match, forms: dict[str, set[_Form]]) -> None:
    text = without_marks(document.text[match.start : match.end])
    if is_coded_name(text):
        return
    last, comma, first = text.partition(",")
    if comma and _GENERATION.fullmatch(first.strip(" .")):
        last, comma, first = f"{last} {first}", "", ""
    words = [m[0] for m in _TOKEN.finditer(f"{first} {last}" if comma else last)]
    while len(words) > 1 and _GENERATION.fullmatch(words[-1]):
        words.pop()
    folded = [fold(w) for w in words]
    strong = [i for i, word in enumerate(words) if word not in PARTICLES]
    if not strong:
        return
    if len(strong) > 1:
        _add_full(folded, strong, forms)
    if match.recognizer == "unknown_name":
        return
    if len(strong) == 1 and match.rank == NER and not is_given_name(words[strong[0]]):
        return
    _add_parts(document, match, words, strong, forms)


def _add_parts(
    document: DocumentText,
    match: Match,
    words: Sequence[str],
    strong: Sequence[int],
    forms: dict[str, set[_Form]],
) -> None:
    """The surname and the given name alone, where nothing else is called so."""
    given, surname = words[strong[0]], words[strong[-1]]
    for half in _in_any_case(match, given, surname) if len(strong) > 1 else ():
        forms.setdefault(fold(half), set()).add(_Form((), any_case=True))
        if not is_ordinary_word(given[0] + half):
            forms.setdefault(fold(given[0] + half), set()).add(_Form((), any_case=True))
    titled = match.rank > NER and (
        match.score >= _TITLED or (len(strong) > 1 and is_given_name(given))
    )
    if _stands_alone(document, surname, sure=len(strong) > 1 or match.rank > NER, titled=titled):
        forms.setdefault(fold(surname), set()).add(_Form(()))
    if (
        len(strong) > 1
        and len(given) > 2
        and (is_given_name(given) or _is_sure(match))
        and not _is_ordinary(document, given, titled=titled)
    ):
        forms.setdefault(fold(given), set()).add(_Form(()))


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


def _add_fields(
    document: DocumentText, given: str, surname: str, forms: dict[str, set[_Form]]
) -> None:
    """The full name of two fields, and either word wherever it is no ordinary one."""
    words = [m[0] for m in _TOKEN.finditer(f"{given} {surname}")]
    strong = [i for i, word in enumerate(words) if word not in PARTICLES]
    folded = [fold(word) for word in words]
    if len(strong) < 2 or is_coded_name(f"{given} {surname}"):
        return
    _add_full(folded, strong, forms)
    for at in (strong[0], strong[-1]):
        if len(words[at]) > 2 and not _is_ordinary(document, words[at], titled=False):
            forms.setdefault(folded[at], set()).add(_Form(()))


def _add_full(folded: list[str], strong: list[int], forms: dict[str, set[_Form]]) -> None:
    """First ... last, last-comma-first, initial and last, first and last alone."""
    head, tail = folded[strong[0]], folded[strong[-1]]
    surname = folded[strong[-2] + 1 :]
    given = folded[: strong[-2] + 1]
    long_enough = len(head) > 1 and len(tail) > 1
    forms.setdefault(head, set()).add(_Form(tuple(folded[1:]), any_case=long_enough))
    forms.setdefault(surname[0], set()).add(
        _Form((*surname[1:], *given), comma=True, any_case=long_enough)
    )
    if len(tail) > 1:
        forms.setdefault(head[0], set()).add(_Form(tuple(surname)))
        if len(strong) > 2:
            forms.setdefault(head, set()).add(_Form(tuple(surname)))
        if long_enough and not is_ordinary_word(head):
            forms.setdefault(head, set()).add(_Form((tail[0],), any_case=True, dotted=True))


def _in_any_case(match: Match, given: str, surname: str) -> Iterator[str]:
    """A surname, or both halves of one, that is no other word: it is a name in lower case, too."""
    if match.rank == NER or not (is_given_name(given) or match.score >= _SURE_NAME):
        return
    halves = surname.split("-")
    for part in {surname, *halves}:
        word_too = is_ordinary_word(part) or is_org(part) or is_given_name(part)
        if len(part) >= _MIN_ANY_CASE and not word_too and not is_cased_like_code(part):
            yield part


def _stands_alone(document: DocumentText, surname: str, *, sure: bool, titled: bool) -> bool:
    """Whether a surname may be looked for without the given name."""
    if is_cased_like_code(surname) or is_org(surname):
        return False
    if len(surname) < (_MIN_SURNAME - 1 if sure else _MIN_SURNAME):
        return False
    return not _is_ordinary(document, surname, titled=titled)


def _is_ordinary(document: DocumentText, word: str, *, titled: bool) -> bool:
    """Whether it is no name alone; notes that write names in lower case make none of it a word."""
    if is_never_name(word) or word.casefold() not in document.lower_words:
        return is_never_name(word)
    known = is_given_name(word) and word.casefold() not in PRODUCT_NAMES
    return is_ordinary_word(word) or not (titled or known)


def _find_forms(
    document: DocumentText, tokens: Sequence[_Token], forms: dict[str, set[_Form]]
) -> Iterator[Match]:
    ordered = {
        first: sorted(some, key=lambda f: (-len(f.rest), f.rest, f.comma))
        for first, some in forms.items()
    }
    for index, token in enumerate(tokens):
        for form in ordered.get(token.folded, ()):
            last = _last_token(document.text, tokens, index, form)
            if last is None or not _cased(tokens[index : last + 1], form):
                continue
            if form.dotted and not document.text.startswith(".", tokens[last].end):
                continue
            account = form.any_case and token.word.isupper()
            stands = account or stands_as_name(document.text, token.start, token.end)
            if not form.rest and not stands:
                continue
            score = 0.6 if form.rest else 0.5
            yield Match(
                "PERSON",
                token.start,
                tokens[last].end,
                score,
                "propagate.person",
                PATTERN if form.rest else NER,
            )
            break


def _last_token(text: str, tokens: Sequence[_Token], index: int, form: _Form) -> int | None:
    """Index of the token that ends the form begun at `index`; None if it is not there."""
    at = index
    for word in form.rest:
        if at + 1 >= len(tokens) or tokens[at + 1].folded != word:
            return None
        gap = text[tokens[at].end : tokens[at + 1].start]
        if len(tokens[at].word) == 1:
            joined = gap == "." or _GAP.match(gap.removeprefix(".")) is not None
        else:
            joined = _GAP.match(gap) is not None
            joined = joined or (form.comma and _COMMA_GAP.match(gap) is not None)
        if not joined:
            return None
        at += 1
    return at


def _cased(tokens: Sequence[_Token], form: _Form) -> bool:
    """Capitalised, or a full name of at least two long words that are not ordinary (`Mark field`).

    In lower case throughout they may be: the document itself says that somebody has that name.
    """
    strong = [t.word for t in tokens if t.word not in PARTICLES]
    if all(is_capitalised(word) for word in strong):
        return (
            len(tokens) > 1 or not tokens[0].word.isupper() or len(tokens[0].word) >= _MIN_SURNAME
        )
    if not form.any_case:
        return False
    return all(map(str.islower, strong)) or not all(map(is_ordinary_word, strong))


def _people_in_addresses(
    document: DocumentText, tokens: Sequence[_Token], matches: Sequence[Match]
) -> Iterator[Match]:
    """Neighbouring words that a local part spells: first.last, firstlast, flast, last.first."""
    locals_ = {
        re.sub(r"[^a-z]", "", fold(plain_mail(document.text[m.start : m.end]).partition("@")[0]))
        for m in matches
        if m.label == "EMAIL"
    }
    locals_ = {local for local in locals_ if len(local) >= _MIN_SURNAME}
    if not locals_:
        return
    for first, second in pairwise(tokens):
        gap = document.text[first.end : second.start]
        capitals = first.word[0].isupper() and second.word[0].isupper()
        if not (_GAP.match(gap) and gap) or is_never_name(first.word) or is_never_name(second.word):
            continue
        if "\n" in gap or not (capitals or (first.word.islower() and second.word.islower())):
            continue
        last = {second.word, second.word.partition("-")[0]}
        if any(_spellings(first.word, one, full_only=not capitals) & locals_ for one in last):
            yield Match("PERSON", first.start, second.end, _SURE_NAME, "propagate.address")


def _spellings(first: str, second: str, *, full_only: bool) -> set[str]:
    found: set[str] = set()
    for write in (fold, fold_spelled_out):
        a, b = (re.sub(r"[^a-z]", "", write(word)) for word in (first, second))
        if len(a) > 1 and len(b) > 1:
            found |= {a + b, b + a} if full_only else {a + b, b + a, a[0] + b, b + a[0]}
    return found
