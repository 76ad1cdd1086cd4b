"""Find what the vault already knows: a name recognised in one document is hidden in every one.

Recognizers miss a name here that they find there. So every run of up to five words is also looked
up among the vault's forms, by keyed hash: no list of names exists in clear. Which forms the vault
knows does not depend on the order in which documents came, once a sync has settled. Names written
as one word (`anna_lee`) are found by the letters that their people offer: see `joined.py`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from privrag.pseudonym import PATTERN
from privrag.pseudonymize.cut_words import Whole, join_cut_words
from privrag.pseudonymize.known.any_case import ends_of_names, outside_addresses, runs_in_any_case
from privrag.pseudonymize.known.encoded import ENCODED, emails_in, encoded_runs
from privrag.pseudonymize.known.joined import JOINED, Joined, find_joined
from privrag.pseudonymize.lexicon import is_given_name, is_never_name, is_organisation_word
from privrag.pseudonymize.linking.canonical import canonical
from privrag.pseudonymize.linking.joining import spellings
from privrag.pseudonymize.names.reading import is_cased_like_code, is_only_a_surname, stands_as_name
from privrag.pseudonymize.overlaps import insert, over
from privrag.records import Entity
from privrag.vault.store import Vault

_MAX_WORDS = 5
_LOOKED_UP_AT_ONCE = 20_000
_MIN_SURNAME = 4
_MIN_ID = 6
_MIN_SECRET = 8
_MIN_PHONE_DIGITS = 7
_MARKUP = "*_#~`{=–—-"
_AFTER_NAME = ",.*_~`}="
_SECRET = re.compile(
    rf"(?<![^\W_])(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]{{{_MIN_SECRET},}}(?![^\W_])"
)
"""Letters and digits in one run, also inside of something longer: `EVCC-...`, `...==`."""
_WORD = re.compile(r"[^\s\"“”„'‘’()\[\]<>|?!;,:]+(?:['’][^\W\d_]+)?,?")


def find_known(
    texts: Sequence[str],
    vault: Vault,
    *,
    only_forgotten: bool = False,
    people: Collection[str] = (),
) -> list[list[Entity]]:
    """Known people, ids, secrets and phone numbers of each text; longest first, without overlap.

    Those who were forgotten are found as well, by their suppressed forms; or only they. `people`
    are full names (canonical forms) that count as known where they are written as one word. Of what
    is written in base64 or hexadecimal the whole run is found, as a SECRET.
    """
    found = _plainly_known(texts, vault, only_forgotten=only_forgotten, people=people)
    runs = [(number, run) for number, text in enumerate(texts) for run in encoded_runs(text)]
    if not runs:
        return found
    said = _plainly_known(
        [run.said for _, run in runs], vault, only_forgotten=only_forgotten, people=people
    )
    emails = _known_emails([run.said for _, run in runs], vault, only_forgotten=only_forgotten)
    hidden: dict[int, list[Entity]] = {}
    for (number, run), entities, email in zip(runs, said, emails, strict=True):
        if entities or email:
            one = Entity("SECRET", run.start, run.end, 0.9, ENCODED)
            hidden.setdefault(number, []).append(one)
    for number, some in hidden.items():
        found[number] = _without_overlap([*found[number], *some])
    return found


def _known_emails(texts: Sequence[str], vault: Vault, *, only_forgotten: bool) -> list[bool]:
    """Whether each text has a known e-mail address in it."""
    forms = [
        {("EMAIL", canonical("EMAIL", text[start:end])) for start, end in emails_in(text)}
        for text in texts
    ]
    every = set().union(*forms)
    known = vault.suppressed(every) if every else set()
    if every and not only_forgotten:
        known |= vault.known(every)
    return [not some.isdisjoint(known) for some in forms]


def _plainly_known(
    texts: Sequence[str], vault: Vault, *, only_forgotten: bool, people: Collection[str]
) -> list[list[Entity]]:
    """The same without what is encoded."""
    joined = [join_cut_words(text, signs=False) for text in texts]
    found: list[list[Entity]] = [[] for _ in texts]
    ends = ends_of_names((whole.text for whole in joined), vault)
    places = (
        (number, place)
        for number, whole in enumerate(joined)
        for place in _candidates(whole.text, ends)
    )
    while batch := list(islice(places, _LOOKED_UP_AT_ONCE)):
        for number, entity in _known_among(batch, joined, vault, only_forgotten=only_forgotten):
            found[number].append(entity)
    for number, entity in _joined_names(joined, vault, people, only_forgotten=only_forgotten):
        found[number].append(entity)
    return [
        whole.spread(_without_overlap(entities))
        for whole, entities in zip(joined, found, strict=True)
    ]


def find_joined_names(
    texts: Sequence[str], vault: Vault, *, people: Collection[str] = ()
) -> list[list[Entity]]:
    """The same, only of names that are written as one word."""
    wholes = [join_cut_words(text, signs=False) for text in texts]
    found: list[list[Entity]] = [[] for _ in texts]
    for number, entity in _joined_names(wholes, vault, people):
        found[number].append(entity)
    return [
        whole.spread(_without_overlap(entities))
        for whole, entities in zip(wholes, found, strict=True)
    ]


def _joined_names(
    wholes: Sequence[Whole],
    vault: Vault,
    people: Collection[str],
    *,
    only_forgotten: bool = False,
) -> Iterator[tuple[int, Entity]]:
    """Names that are written as one word, with the number of their text."""
    own = {key for name in people for key in spellings(name)}
    places = ((number, one) for number, whole in enumerate(wholes) for one in _joined(whole.text))
    while batch := list(islice(places, _LOOKED_UP_AT_ONCE)):
        keys = {place.key for _, place in batch}
        known = own | vault.suppressed_offers(keys)
        if not only_forgotten:
            known |= vault.offered(keys).keys()
        for number, place in batch:
            if place.key in known:
                yield number, Entity("USERNAME", place.start, place.end, 0.9, JOINED)


def _joined(text: str) -> Iterator[Joined]:
    """What may be a name written as one word, outside of pseudonyms."""
    tokens = [m.span() for m in PATTERN.finditer(text)]
    at = 0
    for place in find_joined(text):
        while at < len(tokens) and tokens[at][1] <= place.start:
            at += 1
        if at == len(tokens) or place.end <= tokens[at][0]:
            yield place


def _known_among(
    batch: Sequence[tuple[int, tuple[str, int, int, bool]]],
    joined: Sequence[Whole],
    vault: Vault,
    *,
    only_forgotten: bool,
) -> Iterator[tuple[int, Entity]]:
    """Those of the candidates whose form the vault knows, with the number of their text."""
    wanted: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    singles: set[tuple[str, str]] = set()
    for number, (label, start, end, single) in batch:
        form = (label, canonical(label, joined[number].text[start:end]))
        wanted.setdefault(form, []).append((number, start, end))
        if single:
            singles.add(form)
    known = vault.suppressed(wanted)
    if not only_forgotten:
        known |= vault.known(wanted.keys() - singles) | vault.known(singles, further_only=True)
    for form in sorted(known, key=lambda form: (form[0] != "SECRET", form)):
        for number, *place in wanted[form]:
            text = joined[number].text
            start, end = outside_addresses(text, *place) if form[0] == "PERSON" else place
            if start < end:
                yield number, Entity(form[0], start, end, 0.9, "known")


def _candidates(text: str, ends: Collection[str]) -> Iterator[tuple[str, int, int, bool]]:
    """(label, start, end, whether it is a surname alone) of all that could be known."""
    for start, end in runs_in_any_case(text, ends):
        yield "PERSON", start, end, False
    tokens = {m.start(): m.end() for m in PATTERN.finditer(text)}
    words = [(m.start(), m.end()) for m in _WORD.finditer(text) if m.start() not in tokens]
    for first, (start, first_end) in enumerate(words):
        head = text[start:first_end].rstrip(",.")
        marks = len(head) - len(head.lstrip(_MARKUP))
        if _is_id(head):
            yield "ID", start, start + len(head), False
            yield "SECRET", start, start + len(head), False
            for run in _SECRET.finditer(text, start, start + len(head)):
                yield "SECRET", *run.span(), False
        if head[:1].isdigit() or head[:1] == "+":
            yield from _phones(text, words, first)
        elif head[marks : marks + 1].isupper():
            word = head[marks:].rstrip(_MARKUP)
            if _is_surname(text, start + marks, word):
                yield "PERSON", start + marks, start + marks + len(word), True
            yield from _names(text, words, first, marks)


def _names(
    text: str, words: Sequence[tuple[int, int]], first: int, marks: int
) -> Iterator[tuple[str, int, int, bool]]:
    """Runs of two or more words that begin with a capital and end with one, or with a number.

    `marks`: how many signs of markup stand before the first: `**Anna Lee**`.
    """
    start = words[first][0] + marks
    for last in range(first + 1, min(first + _MAX_WORDS, len(words))):
        surface = text[start : words[last][1]].rstrip(_AFTER_NAME)
        if "\n\n" in surface or surface.count(",") > 1:
            return
        if text[words[last][0]].isupper() or text[words[last][0]].isdigit():
            yield "PERSON", start, start + len(surface), False


def _phones(
    text: str, words: Sequence[tuple[int, int]], first: int
) -> Iterator[tuple[str, int, int, bool]]:
    start = words[first][0]
    for last in range(first, min(first + _MAX_WORDS, len(words))):
        surface = text[start : words[last][1]].rstrip(",.")
        if not surface[-1:].isdigit() or any(c.isalpha() for c in surface):
            return
        if sum(c.isdigit() for c in surface) >= _MIN_PHONE_DIGITS:
            yield "PHONE", start, start + len(surface), False


def _is_id(word: str) -> bool:
    return (
        len(word) >= _MIN_ID
        and any(c.isdigit() for c in word)
        and any(c.isalpha() for c in word)
        and "/" not in word[:1]
    )


def _is_surname(text: str, start: int, word: str) -> bool:
    return (
        len(word) >= _MIN_SURNAME
        and not is_never_name(word)
        and not is_organisation_word(word)
        and not is_cased_like_code(word)
        and not is_given_name(word)
        and stands_as_name(text, start, start + len(word), certain=is_only_a_surname(word))
    )


def _without_overlap(entities: Sequence[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start - e.end, e.start)):
        if not over(entity, kept):
            insert(entity, kept)
    return kept
