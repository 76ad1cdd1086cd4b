"""How much a sentence is worded like an order to a model: a linear model over its words.

It finds orders in wordings that no sign knows. Its features are words, runs of two and three, and
which classes of words (`word_classes.py`) follow each other. Its weights were learned from our own
sentences (`finetune/privrag_finetune/orders`) and stand in `wording.json` for everyone to read.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from privrag.quarantine.word_classes import CLASSES_OF, SPEAKING

WEIGHTS = Path(__file__).with_name("wording.json")
_TOKEN = re.compile(r"https?://\S+|[^\W\d_]+(?:['.][^\W\d_]+)*|\d+|[^\w\s]")
_CODE = re.compile(r"\b(?:[A-Z][A-Z0-9]*[-_ ]?\d+|[A-Z]{4,})\b")
_MARK = "\u00a4"
_PIECE = 48
"""Words read at once; a longer sentence is read in pieces that overlap by half."""
_REACH = 7
"""Classes that a class is paired with."""
_FEWEST = 8


@dataclass(frozen=True, slots=True)
class Wording:
    """Weights of features, and the scores from which a sentence counts."""

    bias: float
    sure: float
    slight: float
    weights: Mapping[str, float] = field(repr=False)

    def score(self, sentence: str) -> float:
        """The logit of its piece that is most like an order; minus infinity if none speaks."""
        pieces = map(features, pieces_of(sentence))
        return max((self.score_of(f) for f in pieces if f), default=-math.inf)

    def score_of(self, found: frozenset[str]) -> float:
        """The logit of one piece."""
        total = sum(self.weights.get(name, 0.0) for name in found)
        return self.bias + total * scale(len(found))


@cache
def shipped_wording() -> Wording:
    """The weights that come with the package."""
    return Wording(**json.loads(WEIGHTS.read_text(encoding="utf-8")))


def scale(number: int) -> float:
    """What a feature counts among so many."""
    return 1 / math.sqrt(max(_FEWEST, number))


def pieces_of(sentence: str) -> Iterator[list[str]]:
    """Its words in lower case, numbers, codes and addresses each as one sign."""
    marked = _CODE.sub(_code, sentence)
    words = [_token(match[0]) for match in _TOKEN.finditer(marked)]
    for start in range(0, max(1, len(words) - _PIECE // 2), _PIECE // 2):
        yield words[start : start + _PIECE]


def _code(match: re.Match[str]) -> str:
    """One sign for a code word; words that speak stay, as orders like to shout."""
    return match[0] if match[0].lower() in CLASSES_OF else _MARK


def _token(word: str) -> str:
    if word.startswith("http"):
        return "#url"
    if word[0].isdigit():
        return "#0"
    return "#code" if word == _MARK else word.lower()


def features(words: Sequence[str]) -> frozenset[str]:
    """What the weights know of a piece; nothing if it names no speaking class."""
    classes = [CLASSES_OF.get(word, ()) for word in words]
    named = [name for those in classes for name in those]
    if SPEAKING.isdisjoint(named):
        return frozenset()
    found = {*words, *named}
    token = ["^", *words, "$"]
    kind = ["^", *(c[0] if c else w for w, c in zip(words, classes, strict=True)), "$"]
    found.update(f"{a} {b}" for a, b in pairwise(token))
    found.update(f"{a}_{b}" for a, b in pairwise(kind))
    found.update(f"{a}_{b}_{c}" for a, b, c in zip(kind, kind[1:], kind[2:], strict=False))
    found.update(f"{a}>{b}" for i, a in enumerate(named) for b in named[i + 1 : i + 1 + _REACH])
    first = next((those for those in classes[:3] if those), ())
    found.update(f"^{name}" for name in first)
    return frozenset(found)
