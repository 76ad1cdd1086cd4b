"""The user names that are made of a name: `anna_lee`, `AnnaLee`, `lee-anna`, `a.lee`, `alee`.

Given name and surname in either order, with and without accents, particles left out or kept; or
the initial of one and the other whole.
"""

import re
from dataclasses import dataclass, field

from privrag.pseudonymize.lexicon import (
    GIVEN_NAMES,
    SURNAMES_TOO,
    VERBS_TOO,
    fold,
    fold_spelled_out,
    is_never_name,
    is_organisation_word,
)
from privrag.pseudonymize.linking.canonical import strong_words

_WORD = re.compile(r"[^\W_]+")
_MIN_SURNAME = 3
_MIN_LETTERS = 6
"""Of an initial with a surname in one word: `alee` may be anything."""
_RARELY_A_WORD = 8
"""From so many letters on, such a word is hardly another one: `mlindqvist`, not `fallen`."""
_ENDING = 2
"""`marked` is hardly Ed Mark."""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forms:
    """What to look for, folded."""

    divided: frozenset[Words] = field(repr=False)
    """Words with a single sign between them."""
    initials: frozenset[Words] = field(repr=False)
    """The same of an initial and a surname."""
    whole: dict[str, Words] = field(repr=False)
    """Letters of one word -> the words in it."""
    short: dict[str, str] = field(repr=False)
    """Letters of an initial and a surname in one word -> the surname."""


def forms_of(name: str) -> Forms:
    """Every user name of a full name in canonical form; none for one with initials only."""
    strong = strong_words(name)
    ends = (strong[0], strong[-1])
    if len(strong) < 2 or len(ends[0]) < 2 or len(ends[1]) < 2:
        return Forms(frozenset(), frozenset(), {}, {})
    orders = (ends, ends[::-1], tuple(strong), tuple(name.split()))
    folded = {tuple(map(how, order)) for order in orders for how in (fold, fold_spelled_out)}
    glued = {tuple("".join(_WORD.findall(word)) for word in words) for words in folded}
    split = {tuple(part for word in words for part in _WORD.findall(word)) for words in folded}
    surnames = {"".join(_WORD.findall(how(ends[1]))) for how in (fold, fold_spelled_out)}
    initial = fold(ends[0])[0]
    pairs = {(initial, last) for last in surnames if len(last) >= _MIN_SURNAME}
    return Forms(
        divided=frozenset(glued | split),
        initials=frozenset(pairs | {pair[::-1] for pair in pairs}),
        whole={"".join(words): words for words in sorted(glued)},
        short={"".join(pair): pair[1] for pair in pairs},
    )


def is_ordinary(word: str) -> bool:
    """Whether documents have this word, in lower case, without meaning anybody."""
    return (
        is_never_name(word)
        or is_organisation_word(word)
        or word in VERBS_TOO
        or word in SURNAMES_TOO
    )


def may_be_one_word(letters: str, words: Words) -> bool:
    """Whether the words of a name, written as one, may be something else: `marked`, `annalise`."""
    parts = any(len(word) <= _ENDING or is_ordinary(word) for word in words)
    return parts or is_ordinary(letters) or letters in GIVEN_NAMES


def is_worth_telling(letters: str, surname: str) -> bool:
    """Whether these letters, an initial and a surname, are to be suspected without any sign."""
    other = is_ordinary(letters) or letters in GIVEN_NAMES or is_ordinary(surname)
    return len(letters) >= _MIN_LETTERS and not other


def is_rarely_a_word(letters: str) -> bool:
    """Whether initial and surname in one word hardly mean anything else."""
    return len(letters) >= _RARELY_A_WORD
