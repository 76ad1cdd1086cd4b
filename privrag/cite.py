"""Check a draft sentence by sentence against the passages, and cite what supports it.

A sentence of the draft stays only if one passage covers enough of its words and every number,
pseudonym and name in it. The model's own marker is believed when its passage supports the sentence
nearly as well as the best one; otherwise the marker moves. A citation quotes one sentence (or table
row) of the passage verbatim. Everything here is safe text.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from privrag.evidence import (
    CiteSettings,
    Evidence,
    content_words,
    context_of,
    coverage,
    is_blank,
    plain,
    sentence_at,
)
from privrag.prose import ends_in_abbreviation
from privrag.records import Chunk, SafeText

_MARKER = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*\]")
_SENTENCE_END = re.compile(r"(?:[.!?…](?:\s*\[[\d,\s]+\])*|\[[\d,\s]+\][.!?]?)(?=\s+\S)|\n+")
_MIN_QUOTE_WORDS = 4
_TAKEN_OUT = -1.0
"""Coverage by a passage of which the quarantine left nothing."""
_INTERCEPT, _SLOPE = -0.4262, 3.7604
"""Fitted by `privrag eval support` to what people say of 216 answers: see
docs/design/support-scores.md."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A supported statement: where its evidence stands."""

    marker: str
    passage: int
    sentence: int
    support: float
    """How faithful people would find the least of the statements (see `faithfulness`), 0-1."""


@dataclass(slots=True)
class Checker:
    """Takes the draft piece by piece, gives back checked sentences; remembers what they cite."""

    passages: Sequence[Chunk]
    evidence: Sequence[Evidence]
    settings: CiteSettings
    refusal_start: str
    question: str
    shown: Sequence[int]
    """The passages as the model saw them numbered, from 1."""
    quoted: list[Quoted] = field(default_factory=list)
    said_no: bool = False
    _held: str = ""

    def feed(self, piece: str) -> Iterator[SafeText]:
        """Checked sentences that this piece completes, each with its separator."""
        self._held += piece
        while (cut := _sentence_cut(self._held)) is not None:
            sentence, self._held = self._held[:cut], self._held[cut:]
            yield from self._checked(sentence)

    def flush(self, *, cut_off: bool = False) -> Iterator[SafeText]:
        """What is left at the end of the draft; half a sentence of one that was cut off is not."""
        rest, self._held = self._held, ""
        if not cut_off:
            yield from self._checked(rest)

    def quote_best(self) -> SafeText | None:
        """The sentence closest to the question as an answer, if it is close enough."""
        telling = [e for e in self.evidence if self._tells_more(e)]
        best = max(telling, key=lambda e: e.relevance, default=None)
        if best is None or best.relevance < self.settings.min_quote_relevance:
            return None
        text = plain(sentence_at(self.passages[best.passage], best.sentence))
        return SafeText(f"{text} {self._mark(best.passage, best.sentence, support=1.0)}")

    def _tells_more(self, evidence: Evidence) -> bool:
        """Whether a sentence is more than a title and than the question's own words."""
        words = content_words(sentence_at(self.passages[evidence.passage], evidence.sentence))
        return len(words) >= _MIN_QUOTE_WORDS and bool(words - content_words(self.question))

    def _checked(self, sentence: str) -> Iterator[SafeText]:
        bare_sentence = self._without_context(_MARKER.sub("", sentence).strip())
        if not bare_sentence or self.said_no:
            return
        if bare_sentence.casefold().startswith(self.refusal_start.casefold().rstrip(". ")):
            self.said_no = not self.quoted
            return
        found = self._supporting(bare_sentence, _markers(sentence))
        if found is None:
            return
        passage, support = found
        number = self._best_sentence(passage, bare_sentence)
        if self._is_beside(passage, number):
            return
        separator = " " if self.quoted else ""
        marker = self._mark(passage, number, support=faithfulness(support))
        yield SafeText(f"{separator}{bare_sentence} {marker}")

    def _without_context(self, sentence: str) -> str:
        """A small model repeats the context in front of a passage; that is no statement."""
        for chunk in self.passages:
            sentence = sentence.removeprefix(context_of(chunk)).lstrip()
        return sentence

    def _supporting(self, sentence: str, marked: Sequence[int]) -> tuple[int, float] | None:
        """The passage that supports the sentence, with what it covers of it, or None."""
        asked = content_words(self.question)
        if not content_words(sentence) - asked:
            return None  # it only repeats the question
        supports = [coverage_by(sentence, chunk, given=asked) for chunk in self.passages]
        best = max(range(len(supports)), key=supports.__getitem__, default=None)
        if best is None or supports[best] < self.settings.min_support:
            return None
        own = [self.shown[m - 1] for m in marked if 0 < m <= len(self.shown)]
        near = [
            m for m in own if supports[m] >= max(self.settings.min_support, supports[best] - 0.1)
        ]
        chosen = near[0] if near else best
        return chosen, supports[chosen]

    def _is_beside(self, passage: int, sentence: int) -> bool:
        """Whether this evidence is much less relevant than the best there is."""
        relevance = {(e.passage, e.sentence): e.relevance for e in self.evidence}
        if not relevance:
            return False
        own = relevance.get((passage, sentence), -1.0)
        return own < max(relevance.values()) - self.settings.max_relevance_gap

    def _best_sentence(self, passage: int, sentence: str) -> int:
        """The sentence of the passage that shares most with the statement; ties by relevance."""
        words = content_words(sentence)
        chunk = self.passages[passage]
        relevance = {e.sentence: e.relevance for e in self.evidence if e.passage == passage}

        def worth(number: int) -> tuple[float, float]:
            own = content_words(sentence_at(chunk, number))
            return len(words & own) / len(words), relevance.get(number, 0.0)

        there = [n for n in range(len(chunk.sentences)) if not is_blank(chunk, n)]
        return max(there, key=worth)

    def _mark(self, passage: int, sentence: int, *, support: float) -> str:
        support = round(support, 3)
        for number, known in enumerate(self.quoted):
            if (known.passage, known.sentence) == (passage, sentence):
                self.quoted[number] = replace(known, support=min(known.support, support))
                return known.marker
        marker = f"[{len(self.quoted) + 1}]"
        self.quoted.append(Quoted(marker, passage, sentence, support))
        return marker


def faithfulness(covered: float) -> float:
    """How faithful people find a statement of which a passage covers this share (both 0-1)."""
    return 1 / (1 + math.exp(-(_INTERCEPT + _SLOPE * covered)))


def coverage_by(statement: str, passage: Chunk, *, given: set[str]) -> float:
    """See `evidence.coverage`; below 0 if nothing of the passage is left."""
    return coverage(statement, passage, given=given) if passage.text.strip() else _TAKEN_OUT


def statements(text: str) -> list[str]:
    """The sentences of a whole answer as they are checked, without markers; none is blank."""
    found, rest = [], text
    while (cut := _sentence_cut(rest)) is not None:
        found.append(rest[:cut])
        rest = rest[cut:]
    bare = [_MARKER.sub("", sentence).strip() for sentence in (*found, rest)]
    return [sentence for sentence in bare if content_words(sentence)]


def _sentence_cut(text: str) -> int | None:
    """Where the first complete sentence ends, or None: something must follow to be sure."""
    for match in _SENTENCE_END.finditer(text):
        if not ends_in_abbreviation(text, match.end()):
            rest = text[match.end() :]
            if _MARKER.match(rest) or re.match(r"\s*\[[\d,\s]*$", rest):
                continue  # a marker may still belong to this sentence
            return match.end()
    return None


def _markers(text: str) -> list[int]:
    return [int(n) for group in _MARKER.findall(text) for n in group.split(",")]
