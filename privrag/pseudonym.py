r"""What a pseudonym looks like: `PERSON_K7M2QX4C`, or `PERSON_K7M2QX4C_B` for another surface.

    PERSON   _   K7M2QX4   C        _B
    label        random    check    alias suffix (none for the first surface)

The random part says nothing about the value. The check character is a weighted sum in GF(32)
that catches every changed character and every two exchanged ones, so a token that a model
garbled is *detected* and never taken for somebody else's.

A token stands alone: no ASCII letter, digit or underscore touches it. (Unicode's `\b` would not
do: in Chinese or Japanese text letters touch every word.)
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from privrag.errors import VaultError

TYPE_WORDS = {
    "PERSON": "a person",
    "EMAIL": "an e-mail address",
    "PHONE": "a phone number",
    "IBAN": "a bank account number",
    "CARD": "a card number",
    "SSN": "a social security number",
    "ID": "an identification number",
    "IP": "an IP address",
    "URL": "a web address",
    "SECRET": "a secret",
    "LOCATION": "a place",
    "ORG": "an organisation",
    "DATE": "a date",
    "LITERAL": "a code",
    "ADDRESS": "a postal address",
    "ACCOUNT": "an account number",
    "USERNAME": "a user name",
    "GROUP": "a group of people",
    "AGE": "an age",
    "TITLE": "a position",
    "AMOUNT": "an amount",
    "MAC": "a device address",
    "CRYPTO": "a wallet address",
    "MISC": "something",
}
"""What each type is called in the text that is embedded, where no identity may stand."""

LABELS = tuple(TYPE_WORDS)
"""Every entity type. Fixed English, because models translate labels; never an underscore."""

LITERAL = "LITERAL"
"""Stands for text that looked like a pseudonym in a document or a question."""

SECRET = "SECRET"  # noqa: S105 - the name of a type
"""Passwords, keys and the like: whoever may see every name still does not need these."""

DIRECT = frozenset(
    {
        *("PERSON", "EMAIL", "PHONE", "IBAN", "CARD", "SSN", "ID", "IP", "SECRET", "ADDRESS"),
        *("ACCOUNT", "MAC", "CRYPTO"),  # only the second detector tells these apart from ID
    }
)
"""Types that identify by themselves; the others, quasi-identifiers, together with something."""

SEARCHED = DIRECT | {"USERNAME", "URL"}
"""Types whose values lead to somebody wherever they stand: the leak scan looks for them, and
forgetting for those of the person. The others stand in clear in documents that speak of nobody."""

IDENTIFIERS = SEARCHED - {"PERSON"}
"""Types that lead to a person without a name: forgetting says which stood with the person."""

IN_CLEAR_ELSEWHERE = frozenset({"LOCATION", "ORG", "DATE", "GROUP", "TITLE", "AMOUNT"})
"""Types that documents about nobody keep, and that many share."""

MAX_TOKEN_LENGTH = 32
"""No token is longer, however it is escaped (the longest now has 21 characters)."""

ALIAS_SUFFIXES = ("", *(f"_{letter}" for letter in "BCDEFGHIJKLMNOPQRSTUVWXYZ"))
"""One for each surface form of an entity, in the order they are given out."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
_SYMBOL = "[0-9A-HJKMNP-TV-Z]"
_LABEL = f"(?:{'|'.join(LABELS)})"

PATTERN = re.compile(rf"(?<![A-Za-z0-9_]){_LABEL}_{_SYMBOL}{{8}}(?:_[B-Z])?(?![A-Za-z0-9_])")
"""A token as privrag writes it. It may still fail its check: see `is_valid`."""

LOOSE_PATTERN = re.compile(
    rf"(?<![a-z0-9_]){_LABEL}\\?_{_SYMBOL}{{8}}(?:\\?_[B-Z])?(?![a-z0-9_]|\\_)",
    re.ASCII | re.IGNORECASE,
)
r"""The same as models rewrite it: in lower case, or with Markdown's `\_`; see `normalise`."""


def _prefix_pattern() -> re.Pattern[str]:
    """Every proper or complete beginning of a `LOOSE_PATTERN` match, at the end of a text."""
    starts = sorted({label[:n] for label in LABELS for n in range(1, len(label) + 1)})
    grown = rf"{_LABEL}\\?_(?:{_SYMBOL}{{0,7}}|{_SYMBOL}{{8}}(?:\\?_[B-Z])?(?:\\?_?))"
    return re.compile(
        rf"(?<![a-z0-9_])(?:{grown}|{_LABEL}\\|{'|'.join(starts)})\Z", re.ASCII | re.IGNORECASE
    )


_PREFIX = _prefix_pattern()


@dataclass(frozen=True, slots=True)
class Token:
    """A pseudonym found in a text, at `text[start:end]`."""

    token: str
    """In its normal form, with its alias suffix."""
    start: int
    end: int


def new_pseudonym(label: str) -> str:
    """Draw a pseudonym of this type: 35 random bits. The vault makes sure that it is new."""
    if label not in TYPE_WORDS:
        message = f"unknown entity type {label!r}; known are {', '.join(LABELS)}"
        raise VaultError(message)
    bits = secrets.randbits(35)
    body = "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 35, 5))
    return f"{label}_{body}{check_character(body)}"


def is_valid(token: str) -> bool:
    """Whether this is exactly one token in normal form, and its check character is right."""
    if PATTERN.fullmatch(token) is None:
        return False
    found = code(token)
    return check_character(found[:7]) == found[7]


def code(token: str) -> str:
    """The random part with its check character: `K7M2QX4C`."""
    return base(token)[-8:]


def base(token: str) -> str:
    """Drop the alias suffix: `PERSON_K7M2QX4C_B` and `PERSON_K7M2QX4C` are one entity."""
    return token[:-2] if token[-2:-1] == "_" else token


def label(token: str) -> str:
    """The entity type of a token: `PERSON`."""
    return token.partition("_")[0]


def normalise(matched: str) -> str:
    r"""Bring a `LOOSE_PATTERN` match to normal form: `person\_k7m2qx4c` is `PERSON_K7M2QX4C`."""
    return matched.replace("\\", "").upper()


def find_all(text: str) -> list[Token]:
    """Give the valid tokens in normal form, from left to right."""
    return [
        Token(match[0], match.start(), match.end())
        for match in PATTERN.finditer(text)
        if is_valid(match[0])
    ]


def find_lookalikes(text: str) -> list[Token]:
    """Give whatever `restore` would take for a pseudonym, escaped and lower-case forms included.

    In raw text these are forgeries or accidents: put a LITERAL pseudonym in their place.
    """
    tokens = (
        Token(normalise(match[0]), match.start(), match.end())
        for match in LOOSE_PATTERN.finditer(text)
    )
    return [token for token in tokens if is_valid(token.token)]


def placeholders(text: str) -> frozenset[str]:
    """Give the entities that a safe text names: its valid tokens without alias suffixes."""
    return frozenset(base(found.token) for found in find_all(text))


def bare(text: str) -> str:
    """Replace every valid token by its type words: this is what is embedded."""

    def words(match: re.Match[str]) -> str:
        label, _, _ = match[0].partition("_")
        return TYPE_WORDS[label] if is_valid(match[0]) else match[0]

    return PATTERN.sub(words, text)


def exchange(text: str, others: Mapping[str, str]) -> str:
    """Write another entity's pseudonym wherever one of these stands; alias suffixes stay."""

    def other(match: re.Match[str]) -> str:
        name = base(match[0])
        return others.get(name, name) + match[0][len(name) :]

    return PATTERN.sub(other, text)


def possible_prefix_start(buffer: str, start: int = 0) -> int:
    """Give the index from which the end of `buffer` may still become, or extend, a token.

    A stream holds back `buffer[index:]`, at most `MAX_TOKEN_LENGTH` characters, and may emit
    the rest; `len(buffer)` if nothing must wait. What stands before `start` is context only.
    """
    match = _PREFIX.search(buffer, max(start, len(buffer) - MAX_TOKEN_LENGTH))
    return match.start() if match else len(buffer)


def check_character(body: str) -> str:
    """Compute the check character of the seven random ones.

    The sum of 2^i * symbol_i for i = 1..7 in GF(32) = GF(2)[x] / (x^5 + x^4 + x^3 + x + 1),
    where the check symbol has weight 2^0. All weights differ and none is 0, so changing one
    symbol, or exchanging two, changes the sum.
    """
    total = 0
    for position, symbol in enumerate(body):
        total ^= _WEIGHTED[position][symbol]
    return _ALPHABET[total]


def _times(a: int, b: int) -> int:
    """Multiply in GF(32)."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0b100000:
            a ^= 0b111011  # the field polynomial, see `check_character`
        b >>= 1
    return product


def _weighted() -> list[dict[str, int]]:
    """Tabulate weight * symbol for each of the seven positions."""
    tables, weight = [], 1
    for _ in range(7):
        weight = _times(weight, 2)
        tables.append({symbol: _times(weight, value) for value, symbol in enumerate(_ALPHABET)})
    return tables


_WEIGHTED = _weighted()
