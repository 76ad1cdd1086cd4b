"""The words that decide whether a run of capitalised words is a name.

Three kinds: `GIVEN_NAMES` speak for a person, `NEVER_NAMES` cannot be part of one in a document
(function words, roles, months, headings), `ORGANISATION_WORDS` make of the run a company or a
place. Which further words are ordinary is read from the document itself: those it also writes in
lower case. The lists stand in `words/`.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

_LETTERS = [chr(c) for c in (*range(0x41, 0x600), *range(0x1E00, 0x2000)) if chr(c).isalpha()]
UPPER = "".join(c for c in _LETTERS if c.isupper() or c.istitle())
"""Capital letters of the Latin, Greek and Cyrillic blocks, for a character class."""
LETTER = "".join(_LETTERS)

_ARTICLE = r"(?:(?:[ae]l|a[dnrst]|bin|ben|ibn)[-‐]|[dl]['’])?"
WORD = rf"{_ARTICLE}[{UPPER}][{LETTER}]{{0,30}}(?:[-'’‐](?![sS]\b)[{LETTER}]{{1,30}}){{0,3}}"
"""A capitalised word as names have it: `Lee`, `O'Hara`, `Lee-Tanaka`; no possessive."""
INITIAL = rf"[{UPPER}]\.(?:-?[{UPPER}]\.){{0,3}}"
PARTICLE = (
    r"(?:von|van|der|den|dem|de|del|della|di|da|do|dos|das|du|la|le|al|el|bin|bint|ibn|ben|"
    r"ter|ten|te"
    r"|zu|zum|zur|af|av|y)"
)
_WORD = re.compile(WORD)
_PIECE = rf"(?:{INITIAL}|{WORD})"
_GAP = r"[ \t\u00a0]"
NAME = (
    rf"(?:(?:{PARTICLE}{_GAP}){{0,2}}{_PIECE}"
    rf"(?:(?:{_GAP}{{1,2}}|(?<=\.))(?:{PARTICLE}{_GAP}){{0,3}}{_PIECE}){{0,4}})"
)
"""A run of one to five capitalised words, with particles between them."""
PIECES = re.compile(rf"{INITIAL}|[{LETTER}]+(?:[-'’‐](?![sS]\b)[{LETTER}]+)*")

TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Messrs|Sir|Dame|Lady|Lord|Dr|Prof|Professor|Doctor|Rev|Hon|Judge|"
    r"Captain|Capt|Sgt|Lt|Herrn?"
    r"|Frau|Hr|Fr|Madame|Mmes?|Mlles?|Monsieur|Mademoiselle|Mesdames|Messieurs|Maître|Docteur|"
    r"Docteure|Professeure?|Señora?|Sra|Signora?|Dipl\.-Ing|Ing|Mag)"
)

PARTICLES = frozenset(PARTICLE[3:-1].split("|"))


def words_of(file: str) -> frozenset[str]:
    """The words of a list; lines that begin with # are none."""
    lines = (Path(__file__).parent / "words" / file).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def lines_of(file: str) -> frozenset[str]:
    """The lines of a list of phrases, without those that begin with #."""
    lines = (Path(__file__).parent / "words" / file).read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def glued(labels: Iterable[str]) -> frozenset[str]:
    """The labels as keys of one word: `bank account` as `bankaccount`."""
    return frozenset(label.replace(" ", "") for label in labels)


GIVEN_NAMES = words_of("given_names.txt")
"""Folded; a name here makes "Name Surname" a person without the model."""
GIVEN_NAMES_TOO = words_of("given_names_too.txt")
NOT_AFTER_TITLE = words_of("not_after_title.txt")
NEVER_NAMES = words_of("never_names.txt")
ORGANISATION_WORDS = words_of("organisations.txt")
TITLES = words_of("titles.txt")
IBAN_LENGTHS = words_of("iban_lengths.txt")
"""A country code and the length of an IBAN there, e.g. `DE22`."""
SURNAMES_TOO = words_of("surnames_too.txt")
GERMAN_SURNAMES = words_of("surnames_german.txt")
GIVEN_NAMES_OF_THINGS = words_of("given_names_things.txt")
VERBS_TOO = words_of("verbs_too.txt")
NO_ACCOUNTS = words_of("no_accounts.txt")
PRODUCT_NAMES = words_of("product_names.txt")
NATIONALITIES = words_of("nationalities.txt")
OCCUPATIONS = words_of("occupations.txt")
PUBLIC_BODY_WORDS = words_of("public_bodies.txt") | NATIONALITIES
"""Of these alone an organisation is one of a kind that exists everywhere."""
COUNTRIES = lines_of("countries.txt")
_OTHER_KINDS = COUNTRIES | NATIONALITIES | OCCUPATIONS | PRODUCT_NAMES
VALUE_LABELS = words_of("value_labels.txt")
"""Not folded: `TAN` announces a value, `Tan` is a surname."""
NUMBER_LABELS = lines_of("number_labels.txt")
PLATE_LABELS = lines_of("plate_labels.txt")
"""Read over columns, as keys and before numbers in sentences."""
_NUMBER_WORDS = frozenset({"no", "nos", "nr", "number", "numbers", "code", "ref", "reference"})

_MIN_LOWER_GIVEN = 3
_LABEL_ENDS = ("name", "nummer", "adresse", "anschrift", "datum")
"""`Geburtsname`, `Telefonnummer`: labels, not names."""
_ENDINGS = ("ed", "ing", "s", "es", "ly", "d")
_STREET = re.compile(r"(?:stra(?:ß|ss)e|str\.|allee|gasse|gatan|straat)$", re.I)


def is_capitalised(word: str) -> bool:
    """Whether it begins as a name does: with a capital, also behind `el-` or `d'`."""
    return word[0].isupper() or _WORD.match(word) is not None


def fold(word: str) -> str:
    """Lower case without accents: the form in which names are compared across spellings."""
    if word.isascii():
        return word.lower()
    word = word.casefold().replace("ø", "o").replace("ł", "l").replace("đ", "d").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def fold_spelled_out(word: str) -> str:
    """Like `fold`, with the umlauts written out as in e-mail addresses: `müller` -> `mueller`."""
    word = unicodedata.normalize("NFC", word.casefold())
    return fold(
        word.replace("ä", "ae")
        .replace("ö", "oe")
        .replace("ü", "ue")
        .replace("å", "aa")
        .replace("ø", "oe")
    )


@functools.lru_cache(maxsize=1 << 15)
def is_given_name(word: str) -> bool:
    """Whether the word, or the first part of a hyphenated one, is a known given name."""
    folded = fold(word)
    return folded in GIVEN_NAMES or ("-" in folded and folded.split("-")[0] in GIVEN_NAMES)


@functools.lru_cache(maxsize=1 << 15)
def is_lower_given_name(word: str) -> bool:
    """Whether the word in lower case is a given name, too, and nothing else that we know."""
    lower = word.casefold()
    return (
        len(word) >= _MIN_LOWER_GIVEN
        and is_given_name(word)
        and not is_ordinary_word(word)
        and fold(word) not in GIVEN_NAMES_OF_THINGS
        and lower not in PRODUCT_NAMES
        and lower not in COUNTRIES
    )


@functools.lru_cache(maxsize=1 << 15)
def is_never_name(word: str) -> bool:
    """Whether the word cannot be part of a person's name in a document."""
    lower = word.casefold().rstrip(".")
    if len(lower) == 1 and word.endswith(".") and word[0].isupper():
        return False
    return lower in NEVER_NAMES or lower in TITLES or lower.endswith(_LABEL_ENDS)


@functools.lru_cache(maxsize=1 << 15)
def is_organisation_word(word: str) -> bool:
    """Whether the word makes a company, an institution or a place of the run it stands in."""
    return word.casefold().rstrip(".") in ORGANISATION_WORDS or _STREET.search(word) is not None


def announces_value(words: Sequence[str]) -> bool:
    """Whether it is `SSN`, `VAT ID` or `NHS No`, which stand before a value and name nobody."""
    return any(word in VALUE_LABELS for word in words) and all(
        word in VALUE_LABELS or word.casefold() in _NUMBER_WORDS for word in words
    )


@functools.lru_cache(maxsize=1 << 15)
def is_ordinary_word(word: str) -> bool:
    """Whether it is a word that texts write in lower case, be it a name elsewhere (`may`)."""
    lower = word.casefold()
    return (
        lower in _common_words()
        or lower in SURNAMES_TOO
        or lower in VERBS_TOO
        or is_never_name(lower)
        or is_organisation_word(lower)
    )


@functools.lru_cache(maxsize=1 << 15)
def is_common(word: str) -> bool:
    """Whether texts write it in lower case, also as a form of a verb or in the plural."""
    lower = word.casefold()
    if is_ordinary_word(lower):
        return True
    return any(
        lower.endswith(ending)
        and len(lower) > len(ending) + 2
        and (is_ordinary_word(stem := lower.removesuffix(ending)) or is_ordinary_word(f"{stem}e"))
        for ending in _ENDINGS
    )


@functools.lru_cache(maxsize=1 << 15)
def is_another_word(word: str) -> bool:
    """Whether it is a word of a kind that we know: any but a name, be it a name elsewhere, too."""
    return is_common(word) or word.casefold() in _OTHER_KINDS


@functools.cache
def _common_words() -> frozenset[str]:
    return words_of("common.txt")
