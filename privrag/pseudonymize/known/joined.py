"""Names that are written as one word: `anna_lee`, `Anna-Lee`, `AnnaLee`, `annalee`, `a.lee`.

Each gives a key, kind and letters, that a full name offers (`joining.offers`). So it is known by
one keyed hash and never has to be divided into given name and surname.

    report_anna_lee.pdf  ->  report, anna, lee, pdf  ->  reportanna, annalee, leepdf, ...

Divided by a sign or a capital any run counts. In lower case throughout, a name is sure only if it
is long, and an initial with a surname (`alee`) only where an account stands or where no word begins
like that (`jsmith`): else everybody's `across` would be a name once somebody is called A. Cross.
"""

import functools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from privrag.pseudonymize.known.encoded import emails_near
from privrag.pseudonymize.lexicon import (
    GIVEN_NAMES,
    PARTICLES,
    SURNAMES_TOO,
    VERBS_TOO,
    fold,
    is_never_name,
    is_organisation_word,
    words_of,
)
from privrag.pseudonymize.linking.joining import HANDLE, INITIAL, Key

JOINED = "known.joined"
"""The recognizer of what was found this way."""

_CHAIN = re.compile(r"[^\W\d_]+(?:[._‐-][^\W\d_]+)*")
_RUN = re.compile(r"[^\W\d_]+")
_ACCOUNT = re.compile(
    r"(?i)(?:(?<![\w.])@|~|[/\\](?:home|users?|profiles?|people|u|members?|authors?|staff|team|in)[/\\]"
    r"|(?<![^\W_])(?:user(?:[ _-]?(?:name|id))?|login|log-in|account|handle|uid|nick(?:name)?|"
    r"benutzer(?:name|kennung)?|kennung|konto|utilisateur|identifiant|compte)"
    r"[\"'`*]{0,2}(?:[ \t]?[:=]|[ \t](?:is|ist|est))?[ \t\"'`*]{1,4}(?=[^\W\d_])"
    r"|(?<![^\W_])(?:user(?:[ _-]?(?:name|id))?|login|account|handle|uid)[:=])"
)
_SIGN = re.compile(r"(?<=[^\W\d_])[._‐-]|[._‐-](?=[^\W\d_])")
_NUMBER = re.compile(r"\d{1,4}(?![^\W_])")
_IN_ADDRESS = re.compile(r"\d*@\w")
_HOST = re.compile(r"\w@\Z")
_MAX_PARTS = 5
_MIN_DIVIDED, _MIN_HANDLE, _MIN_LOWER, _SURE_LOWER = 5, 6, 7, 10
_MIN_SURNAME, _MIN_LETTERS = 3, 4
_VOWELS = frozenset("aeiouy")
_ONSETS = frozenset(
    "bl br ch cl cr cz dh dr dw fj fl fr gh gl gn gr gw hj kh kl kn kr kv kw lh lj ll mc mn ng pf "  # noqa: SIM905 - one word each
    "ph pl pn pr ps pt qu rh sc sf sg sh sk sl sm sn sp sq sr st sv sw sz tc th tr ts tw tz vl vr "
    "wh wr xh zh zl zw".split()
)
"""The two consonants with which words of English, German and French begin."""
_RUN_TOGETHER = words_of("run_together.txt")
_INFLECTED = ("ing", "ings", "ed")


@dataclass(frozen=True, slots=True)
class Joined:
    """A place where a name may be written as one word."""

    start: int
    end: int
    key: Key = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Part:
    start: int
    end: int
    letters: str = field(repr=False)
    """Folded."""
    glue: str
    """What stands between it and the part before: one sign, or nothing."""


def find_joined(text: str) -> Iterator[Joined]:
    """Every place with the key by which it can be known; places may overlap."""
    accounts = {m.end() for m in _ACCOUNT.finditer(text)}
    for chain in _CHAIN.finditer(text):
        start, end = chain.span()
        word = chain[0]
        if end - start < _MIN_LETTERS:
            continue
        if word.islower() and word.isalpha():  # nearly every one: nothing else is asked of it
            keys = _account_keys(word) if start in accounts else _lower_keys(word)
            found = [Joined(start, end, key) for key in keys]
        elif word.isalpha() and (word.istitle() or word.isupper()):
            continue
        else:
            found = list(_in_chain(text, start, end, accounts))
        if found and not _is_of_address(text, start, end):
            number = _NUMBER.match(text, end)
            for place in found:
                yield replace(place, end=number.end()) if number and place.end == end else place


def _is_of_address(text: str, start: int, end: int) -> bool:
    """Whether it ends or begins at the sign of an e-mail address; `anna_lee@2pm` is none."""
    if not _IN_ADDRESS.match(text, end) and not _HOST.search(text, max(0, start - 2), start):
        return False
    return any(first < end and start < last for first, last in emails_near(text, start, end))


def file_name_as_words(name: str) -> str:
    """`anna_lee-offer_2024-03` as `Anna Lee Offer 2024-03`, as long as it was.

    Signs beside a letter are blanks; where there is no capital at all, every word gets one.
    """
    words = _SIGN.sub(" ", name)
    if words != words.lower():
        return words
    return _RUN.sub(lambda run: _with_capital(run[0]), words)


def _with_capital(word: str) -> str:
    return word[0].upper() + word[1:] if len(word[0].upper()) == 1 else word


def _in_chain(text: str, start: int, end: int, accounts: Collection[int]) -> Iterator[Joined]:
    parts = list(_parts(text, start, end))
    yield from _divided(parts)
    for part in parts:
        if text[part.start].islower():
            keys = _account_keys if part.start in accounts else _lower_keys
            for key in keys(part.letters):
                yield Joined(part.start, part.end, key)


def _parts(text: str, start: int, end: int) -> Iterator[_Part]:
    """The words of a chain, divided at signs and where a capital follows a small letter."""
    for run in _RUN.finditer(text, start, end):
        word, at = run[0], 0
        glue = text[run.start() - 1] if run.start() > start else ""
        if not (word.islower() or word.istitle() or word.isupper()):
            for i in range(1, len(word)):
                if word[i].isupper() and (word[i - 1].islower() or word[i + 1 : i + 2].islower()):
                    yield _Part(run.start() + at, run.start() + i, _letters(word[at:i]), glue)
                    at, glue = i, ""
        yield _Part(run.start() + at, run.end(), _letters(word[at:]), glue)


def _letters(word: str) -> str:
    return word.lower() if word.isascii() else "".join(c for c in fold(word) if c.isalpha())


def _divided(parts: list[_Part]) -> Iterator[Joined]:
    """Runs of two to five parts, and an initial beside a surname."""
    for first in range(len(parts) - 1):
        letters = parts[first].letters
        signs = ""
        for last in range(first + 1, min(first + _MAX_PARTS, len(parts))):
            letters += parts[last].letters
            signs += parts[last].glue
            run = parts[first : last + 1]
            long_enough = len(letters) >= (_MIN_DIVIDED if signs else _MIN_HANDLE)
            if len(run) == 2 and min(len(part.letters) for part in run) == 1:
                if signs in {"_", "."} and _is_surname(
                    max(run, key=lambda p: len(p.letters)).letters
                ):
                    yield Joined(run[0].start, run[-1].end, (INITIAL, letters))
            elif long_enough:
                yield Joined(run[0].start, run[-1].end, (HANDLE, letters))


def _is_surname(letters: str) -> bool:
    """Whether it is none but a name: `p_price` and `t.day` stand in any code."""
    return (
        len(letters) >= _MIN_SURNAME
        and letters not in SURNAMES_TOO
        and letters not in VERBS_TOO
        and not is_never_name(letters)
        and not is_organisation_word(letters)
    )


def _account_keys(word: str) -> tuple[Key, ...]:
    letters = _letters(word)
    handle: tuple[Key, ...] = ((HANDLE, letters),) if len(letters) >= _MIN_HANDLE else ()
    return (*handle, (INITIAL, letters)) if len(letters) >= _MIN_LETTERS else ()


@functools.lru_cache(maxsize=1 << 15)
def _lower_keys(word: str) -> tuple[Key, ...]:
    """What a word in lower case may be where nothing says that it is a user name."""
    letters = _letters(word)
    if len(letters) < _MIN_LETTERS:
        return ()
    sure = len(letters) >= _MIN_LOWER and not _is_ordinary(letters)
    handle: tuple[Key, ...] = ((HANDLE, letters),) if sure else ()
    return (*handle, (INITIAL, letters)) if _begins_like_no_word(letters) else handle


def _is_ordinary(letters: str) -> bool:
    if letters in _RUN_TOGETHER or letters in GIVEN_NAMES or letters in PARTICLES:
        return True
    if len(letters) < _SURE_LOWER and letters.endswith(_INFLECTED):
        return True
    return is_never_name(letters) or is_organisation_word(letters)


def _begins_like_no_word(letters: str) -> bool:
    return letters[:2].isascii() and not (
        letters[0] in _VOWELS or letters[1] in _VOWELS or letters[:2] in _ONSETS
    )
