"""What still points at somebody after pseudonymizing: a risk per document, from safe text.

A date, a place, an age or a rare word names nobody, but together they may single somebody out
(Sweeney, Simple demographics often identify people uniquely, 2000; k-anonymity: Sweeney, Int. J.
Uncertainty, Fuzziness and Knowledge-based Systems 10, 2002). Each distinct one that stands in clear
tells -log2(share of documents that hold it) bits (the surprisal of Eckersley, How unique is your
web browser?, PETS 2010), at most `_MOST_BITS`; of each type the `_MOST_ITEMS` that tell most count,
so that length alone makes no risk. Rare words count a quarter. With B bits together:

    score = 1 - 2^(-B / log2(population))

in [0, 1): 0 where nothing is left, .5 where the bits would suffice to single out one of
`population` people if they were independent, which they are not: the order of documents means
something, the number alone does not. It is no proof of anonymity, and no measure of what was
masked. Frequencies are those of this index: in a small one everything is rare. A coarser value
(`Q2 1981`) is left in clear as well; it tells less because more documents hold it.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from privrag.pseudonym import PATTERN

RiskType = Literal["DATE", "AGE", "AMOUNT", "GROUP", "NAMED", "RARE"]

POPULATION = 1_000_000
_MOST_ITEMS, _MOST_BITS = 3, 12.0
_RARE_WEIGHT = 0.25
"""A rare word is most often a word of the trade; every long document has some."""
_MIN_RARE = 5
_MONTH = (
    r"(?:Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|Mar(?:ch)?|März|Apr(?:il)?|Ma[yi]|June?|Juni|July?|Juli"
    r"|Aug(?:ust)?|Sep(?:t(?:ember)?)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?)\.?"
)
_PATTERNS: Mapping[RiskType, re.Pattern[str]] = {
    "DATE": re.compile(
        rf"\bQ[1-4](?: \d{{4}})?\b"
        rf"|\b\d{{1,2}}\.?\s+{_MONTH}(?:\s+\d{{4}})?\b|\b{_MONTH}\s+\d{{1,2}}(?:,?\s+\d{{4}})?\b"
        rf"|\b{_MONTH}\s+\d{{4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b"
    ),
    "AGE": re.compile(
        r"\b(?:aged?\s+)?\d{0,2}0 to \d{0,2}9\b"
        r"|\b\d{1,3}[ -](?:years?|Jahre)[ -](?:old|alt)\b|\b(?:aged?|Alter)\s+(?:of\s+)?\d{1,3}\b"
        r"|\b\d{1,3}-(?:jährig\w*)",
        re.IGNORECASE,
    ),
    "AMOUNT": re.compile(
        r"\b(?:0|10{0,2}(?:,000)*) to 10{0,2}(?:,000)*"
        r"(?: (?:[A-Z]{3}\b|[$€£¥]|euros?\b|dollars?\b|pounds?\b))?"
        r"|(?:[€$£]\s?|\b(?:EUR|USD|GBP|CHF|DKK|SEK)\s?)\d[\d.,]*(?:\d|\b)"
        r"|\b\d[\d.,]*\s?(?:€|%|(?:euros?|dollars?|pounds|kroner|EUR|USD|GBP|CHF|DKK|SEK)\b)"
    ),
    "GROUP": re.compile(
        r"\b(?:married|divorced|widow(?:ed|er)?|pregnant|disabled|asylum|refugee|immigrant|muslim"
        r"|christian|catholic|protestant|jewish|hindu|buddhist|gay|lesbian|transgender|veteran"
        r"|single (?:mother|father|parent)|verheiratet|geschieden|verwitwet|schwanger"
        r"|(?:[A-Z][a-z]+)(?:ish|ese|ian) (?:national|citizen|nationality|origin))\b",
        re.IGNORECASE,
    ),
    "NAMED": re.compile(
        r"(?<=[a-zäöüß,;:(] )(?!I\b)[^\W\d_a-z][\w’'-]+(?:[ ][^\W\d_a-z][\w’'-]+)*"
    ),
}
_WORD = re.compile(rf"(?<![\w@/.-])[a-zäöüß]{{{_MIN_RARE},}}(?![\w@/-])")
_ADVICE: Mapping[RiskType, str] = {
    "DATE": "replace dates by pseudonyms, or generalise them to a quarter or year",
    "AGE": "generalise ages to bands of ten years",
    "AMOUNT": "round amounts, or replace them by pseudonyms",
    "GROUP": "replace words about origin, belief, family or health by pseudonyms (GROUP)",
    "NAMED": "look through the names left: a person or project among them goes into a word list "
    "(pseudonymize.word_lists); places and organisations go with quasi = 'always'",
    "RARE": "look through the rare words: nicknames and job titles may be among them",
}


@dataclass(frozen=True, slots=True)
class Telling:
    """Words of the safe text, case folded, that stand in clear."""

    words: str = field(repr=False)
    bits: float


@dataclass(frozen=True, slots=True)
class Left:
    """What of one type stands in clear."""

    found: tuple[Telling, ...]
    """Distinct ones in the document, those that tell most first."""

    @property
    def items(self) -> int:
        """How many."""
        return len(self.found)

    @property
    def bits(self) -> float:
        """Of those that count."""
        return sum(one.bits for one in self.found[:_MOST_ITEMS])


@dataclass(frozen=True, slots=True)
class DocumentRisk:
    """One document's risk; `score` in [0, 1)."""

    document: str
    score: float
    bits: float
    left: Mapping[RiskType, Left] = field(repr=False)

    @property
    def advice(self) -> str | None:
        """What to generalise first: the type that tells most; None where nothing is left."""
        if not self.left:
            return None
        return _ADVICE[max(self.left, key=lambda kind: (self.left[kind].bits, kind))]


def risks(texts: Iterable[tuple[str, str]], *, population: int = POPULATION) -> list[DocumentRisk]:
    """The risk of each document, highest first; `texts` are (document, safe text), in any order.

    Several texts of one document count as one. No documents give none.
    """
    left: dict[str, set[tuple[RiskType, str]]] = {}
    for document, text in texts:
        left.setdefault(document, set()).update(left_in_clear(text))
    held = Counter(item for items in left.values() for item in items)
    total = len(left)
    scored = [_risk(document, items, held, total, population) for document, items in left.items()]
    return sorted(scored, key=lambda risk: (-risk.score, risk.document))


def left_in_clear(text: str) -> set[tuple[RiskType, str]]:
    """(type, words) of what may point at somebody in one safe text, case folded."""
    clear = PATTERN.sub("§", text)
    found: set[tuple[RiskType, str]] = set()
    for kind, pattern in _PATTERNS.items():
        found |= {(kind, _folded(match[0])) for match in pattern.finditer(clear)}
        clear = pattern.sub("§", clear)
    return found | {("RARE", match[0]) for match in _WORD.finditer(clear)}


def _risk(
    document: str,
    items: set[tuple[RiskType, str]],
    held: Counter[tuple[RiskType, str]],
    total: int,
    population: int,
) -> DocumentRisk:
    told: dict[RiskType, list[Telling]] = {}
    for kind, words in items:
        if kind == "RARE" and held[kind, words] > 1:
            continue  # a word that another document has, too, is no rare one
        weight = _RARE_WEIGHT if kind == "RARE" else 1.0
        told.setdefault(kind, []).append(Telling(words, weight * _bits(held[kind, words], total)))
    left = {
        kind: Left(tuple(sorted(found, key=lambda one: (-one.bits, one.words))))
        for kind, found in told.items()
    }
    bits = sum(one.bits for one in left.values())
    return DocumentRisk(document, 1 - 2 ** (-bits / math.log2(population)), bits, left)


def _bits(held: int, total: int) -> float:
    """Surprisal; one document more on both sides, so that a document alone tells something."""
    return min(_MOST_BITS, -math.log2(held / (total + 1)))


def _folded(words: str) -> str:
    return " ".join(words.casefold().split())
