"""Which texts say the same: groups of documents or passages, and questions asked before.

A text is the set of its runs of five words (shingles, Broder 1997), hashed. Texts that share none
of the hashes kept in the sketch are never compared, so that a large corpus takes one pass.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from privrag.evidence import content_words, stem

T = TypeVar("T", bound=Hashable)
_WORD = re.compile(r"\w+")
_RUN = 5
_SHORT = 200
_ONE_IN = 8
"""Of a text with more than `_SHORT` shingles, those divisible by this are compared by first."""
_MOST_COMPARED = 50
"""Texts with the same shingle that are compared with the next one; of more, the first."""


def words_of(text: str) -> list[str]:
    """Its words in lower case."""
    return [word.casefold() for word in _WORD.findall(text)]


def shingles(text: str) -> frozenset[int]:
    """Hashes of every run of five words; of a shorter text, of the whole."""
    words = words_of(text)
    runs = {" ".join(words[i : i + _RUN]) for i in range(max(1, len(words) - _RUN + 1))}
    return frozenset(
        int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) for run in runs if run
    )


def group_alike(texts: Mapping[T, frozenset[int]], *, share: float) -> dict[T, T]:
    """Text -> the first of its group. Two are alike if they share this part of the shorter one.

    Likeness is passed on: if A is like B and B like C, all three are one group.
    """
    leader: dict[T, T] = {key: key for key in texts}

    def root(key: T) -> T:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    holders: defaultdict[int, list[T]] = defaultdict(list)
    for key, whole in texts.items():
        sketch = [r for r in whole if len(whole) <= _SHORT or r % _ONE_IN == 0]
        shared = Counter(other for run in sketch for other in holders[run])
        for other, _ in shared.most_common():
            first, second = root(other), root(key)
            if first != second and _overlap(whole, texts[other]) >= share:
                leader[second] = first
        for run in sketch:
            if len(holders[run]) < _MOST_COMPARED:
                holders[run].append(key)
    return {key: root(key) for key in texts}


def _overlap(one: frozenset[int], other: frozenset[int]) -> float:
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter else 0.0


class AskedBefore:
    """Questions that were kept, by their content words."""

    def __init__(self, max_likeness: float) -> None:
        self._max = max_likeness
        self._kept: list[frozenset[str]] = []
        self._holders: defaultdict[str, list[int]] = defaultdict(list)

    def is_new(self, question: str) -> bool:
        """Whether none that was kept has more of its words than allowed."""
        words = _stems(question)
        shared = Counter(i for word in words for i in self._holders[word])
        return not any(
            n / len(words | self._kept[i]) > self._max or words == self._kept[i]
            for i, n in shared.items()
        )

    def keep(self, question: str) -> None:
        """Remember it."""
        words = _stems(question)
        for word in words:
            self._holders[word].append(len(self._kept))
        self._kept.append(words)


def _stems(text: str) -> frozenset[str]:
    found: Iterable[str] = content_words(text) or set(words_of(text))
    return frozenset(stem(word) for word in found)
