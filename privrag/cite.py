"""Check a draft sentence by sentence against the passages, and cite what supports it.

A sentence of the draft stays only if one passage covers enough of its words and every number and
pseudonym in it. The model's own marker is believed when its passage supports the sentence nearly
as well as the best one; otherwise the marker moves. A citation quotes one sentence (or table row)
of the passage verbatim. Everything here is safe text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from privrag.prose import ends_in_abbreviation, without_links
from privrag.pseudonym import base, is_valid, placeholders
from privrag.records import Chunk, Question, SafeText

_MARKER = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*\]")
_SENTENCE_END = re.compile(r"(?:[.!?…](?:\s*\[[\d,\s]+\])*|\[[\d,\s]+\][.!?]?)(?=\s+\S)|\n+")
_WORD = re.compile(r"\w+(?:[.,:'’-]\w+)*")
_MIN_QUOTE_WORDS = 4
_STOP = (
    "a an and are as at be been but by can do does for from had has have he her his how i if in "
    "into is it its may more must no not of on or our shall she should than that the their them "
    "then there these they this those to was we were what when where which who whom whose why "
    "will with would you your"
)
_STOP_WORDS = frozenset(_STOP.split())


class CiteSettings(BaseModel):
    """When an answer counts as supported."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    min_support: float = Field(default=0.6, ge=0, le=1)
    """Share of a sentence's content words (0-1) that its passage must cover; a sentence below
    it is dropped."""
    id_weight: float = Field(default=0.25, ge=0, le=2)
    """What a sentence gains in relevance (0-2) that holds every id the question names."""
    word_weight: float = Field(default=0.3, ge=0, le=2)
    """What a sentence gains in relevance (0-2) that holds every content word of the question."""
    min_relevance: float = Field(default=0.45, ge=-1, le=3)
    """Relevance (cosine plus the gains above, -1 to 3) that the best sentence of the passages
    must have; below it the question is refused without asking the model."""
    max_relevance_gap: float = Field(default=0.2, ge=0, le=3)
    """How much less relevant (0-3) than the best sentence the evidence of a statement may be;
    a statement that rests on less is beside the question and dropped."""
    min_quote_relevance: float = Field(default=0.55, ge=-1, le=3)
    """Relevance from which the best sentence is quoted as the answer when nothing that the model
    wrote is supported; 3 never quotes and refuses instead."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence of one passage and how close it is to the question."""

    passage: int
    """Position in the list of passages, from 0."""
    sentence: int
    """Position in the chunk's sentences, from 0."""
    relevance: float
    """Cosine to the question plus what shared ids and words are worth."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A supported statement: where its evidence stands."""

    marker: str
    passage: int
    sentence: int
    support: float


@dataclass(slots=True)
class Checker:
    """Takes the draft piece by piece, gives back checked sentences; remembers what they cite."""

    passages: Sequence[Chunk]
    evidence: Sequence[Evidence]
    settings: CiteSettings
    refusal_start: str
    question: str
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
        text = _plain(_sentence(self.passages[best.passage], best.sentence))
        return SafeText(f"{text} {self._mark(best.passage, best.sentence, 1.0)}")

    def _tells_more(self, evidence: Evidence) -> bool:
        """Whether a sentence is more than a title and than the question's own words."""
        words = content_words(_sentence(self.passages[evidence.passage], evidence.sentence))
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
        marker = self._mark(passage, number, support)
        yield SafeText(f"{separator}{bare_sentence} {marker}")

    def _without_context(self, sentence: str) -> str:
        """A small model repeats the context in front of a passage; that is no statement."""
        for chunk in self.passages:
            sentence = sentence.removeprefix(_context(chunk)).lstrip()
        return sentence

    def _supporting(self, sentence: str, marked: Sequence[int]) -> tuple[int, float] | None:
        """The passage that supports the sentence, with its support, or None."""
        words = content_words(sentence)
        if not words - content_words(self.question):
            return None  # it only repeats the question
        supports = [_coverage(words, passage) for passage in self.passages]
        best = max(range(len(supports)), key=supports.__getitem__, default=None)
        if best is None or supports[best] < self.settings.min_support:
            return None
        own = [m - 1 for m in marked if 0 < m <= len(supports)]
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
            own = content_words(_sentence(chunk, number))
            return len(words & own) / len(words), relevance.get(number, 0.0)

        return max(range(len(chunk.sentences)), key=worth)

    def _mark(self, passage: int, sentence: int, support: float) -> str:
        for known in self.quoted:
            if (known.passage, known.sentence) == (passage, sentence):
                return known.marker
        marker = f"[{len(self.quoted) + 1}]"
        self.quoted.append(Quoted(marker, passage, sentence, round(support, 3)))
        return marker


def sentences_of(passages: Sequence[Chunk]) -> list[tuple[int, int, str]]:
    """(passage, sentence, the sentence after its context) of every sentence."""
    return [
        (p, s, f"{chunk.context}\n{_sentence(chunk, s)}".strip())
        for p, chunk in enumerate(passages)
        for s in range(len(chunk.sentences))
        if not _is_header_row(chunk, s)
    ]


def _is_header_row(chunk: Chunk, number: int) -> bool:
    """The first row of a table that has more of them and no number in it: it answers nothing."""
    first = chunk.kind == "table" and number == 0 and len(chunk.sentences) > 1
    return first and not any(c.isdigit() for c in _sentence(chunk, 0))


def weigh(
    question: Question,
    passages: Sequence[Chunk],
    places: Sequence[tuple[int, int, str]],
    cosines: Sequence[float],
    *,
    settings: CiteSettings,
) -> list[Evidence]:
    """Relevance of each sentence: its cosine, its share of the question's ids and of its words."""
    asked = {_stem(word) for word in content_words(question.text)}
    evidence = []
    for (passage, sentence, _), cosine in zip(places, cosines, strict=True):
        text = _sentence(passages[passage], sentence)
        words = {_stem(word) for word in content_words(text)}
        shared_ids = placeholders(text) & question.placeholders
        relevance = cosine
        relevance += settings.id_weight * len(shared_ids) / max(1, len(question.placeholders))
        relevance += settings.word_weight * len(words & asked) / max(1, len(asked))
        evidence.append(Evidence(passage, sentence, relevance))
    return evidence


def excerpts(
    passages: Sequence[Chunk], evidence: Sequence[Evidence], *, sentences: int
) -> list[str]:
    """Each passage as the model sees it: its context, and its sentences closest to the question.

    `sentences` is the number over all passages; 0 takes all of them.
    """
    ranked = sorted(evidence, key=lambda e: -e.relevance)[: sentences or None]
    shown: dict[int, list[int]] = {number: [] for number in range(len(passages))}
    for item in sorted(ranked, key=lambda e: (e.passage, e.sentence)):
        shown[item.passage].append(item.sentence)
    texts = []
    for number, chunk in enumerate(passages):
        context = _context(chunk)
        lines = [_plain(_sentence(chunk, s)) for s in shown[number]]
        joint = "\n" if chunk.kind == "table" else " "
        texts.append(f"{context} {joint.join(lines)}".strip())
    return texts


def _context(chunk: Chunk) -> str:
    """Headings and table header in front of a passage, in brackets; empty without any."""
    lines = [_plain(line) for line in chunk.context.splitlines()]
    return f"({' - '.join(lines)})" if lines else ""


def _plain(text: str) -> str:
    """White space folded, cells divided by `|`; of links and images only the words."""
    return " ".join(without_links(text).replace("\t", "|").split())


def content_words(text: str) -> set[str]:
    """Words that carry meaning: lower case, without stop words; pseudonyms without alias."""
    words = set()
    for word in _WORD.findall(text):
        if is_valid(word):
            words.add(base(word))
        elif (low := word.casefold().removesuffix("'s").removesuffix("’s")) not in _STOP_WORDS:
            words.add(low)
    return words


def _coverage(words: set[str], chunk: Chunk) -> float:
    """Share of the words that the chunk holds; 0 if a number or pseudonym is not among them."""
    held = content_words(f"{chunk.context}\n{chunk.text}")
    stems = {_stem(word) for word in held}
    missing = {w for w in words if w not in held and _stem(w) not in stems}
    if any(any(c.isdigit() for c in word) for word in missing):
        return 0.0
    return 1 - len(missing) / len(words)


def _stem(word: str) -> str:
    """Enough to match plural and past forms; words with digits stay whole."""
    if any(c.isdigit() for c in word):
        return word
    for ending in ("ing", "ies", "ed", "es", "s", "e", "y"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _sentence(chunk: Chunk, number: int) -> str:
    sentence = chunk.sentences[number]
    return chunk.text[sentence.safe_start : sentence.safe_end]


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
