"""Which sentences of the retrieved passages speak to a question, and what the model is shown.

Everything here is safe text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from privrag.answer_kind import asked_kinds, names_one_of
from privrag.inert import inert
from privrag.pseudonym import LOOSE_PATTERN, base, is_valid, placeholders
from privrag.records import Chunk, Question

_WORD = re.compile(r"\w+(?:[.,:'’-]\w+)*")
_NUMBERS = dict(
    zip(
        ["three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        map(str, range(3, 13)),
        strict=True,
    )
)
"""Written out or in digits: the same number. `one` and `two` are too often no numbers."""
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
    """What a sentence gains in relevance (0-2) if its document's passages name every id of the
    question: who or what a contract is about stands at its beginning."""
    word_weight: float = Field(default=1.0, ge=0, le=2)
    """What a sentence gains in relevance (0-2) that holds every content word of the question."""
    rank_weight: float = Field(default=0.3, ge=0, le=2)
    """What a sentence of the first passage gains in relevance (0-2); one of the second half of it,
    one of the third a third."""
    kind_weight: float = Field(default=0.1, ge=0, le=2)
    """What a sentence gains in relevance (0-2) that names what the question asks for (a person, a
    number, an e-mail address ...), and loses that does not."""
    min_relevance: float = Field(default=0.8, ge=-1, le=5)
    """Relevance (cosine plus the gains above, -1 to 5) that the best sentence of the passages
    must have; below it the question is refused without asking the model."""
    max_relevance_gap: float = Field(default=0.4, ge=0, le=5)
    """How much less relevant (0-5) than the best sentence the evidence of a statement may be;
    a statement that rests on less is beside the question and dropped."""
    min_quote_relevance: float = Field(default=1.0, ge=-1, le=5)
    """Relevance from which the best sentence is quoted as the answer when nothing that the model
    wrote is supported; 5 never quotes and refuses instead."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence of one passage and how close it is to the question."""

    passage: int
    """Position in the list of passages, from 0."""
    sentence: int
    """Position in the chunk's sentences, from 0."""
    relevance: float
    """Cosine to the question plus what else speaks for it; see `weigh`."""


def sentences_of(passages: Sequence[Chunk]) -> list[tuple[int, int, str]]:
    """(passage, sentence, what is read of it) of every sentence but header rows and blanks.

    Read is the sentence after its context; a table row after the table's header.
    """
    return [
        (p, s, "\n".join(filter(None, (chunk.context, header_of(chunk, s), sentence_at(chunk, s)))))
        for p, chunk in enumerate(passages)
        for s in range(len(chunk.sentences))
        if not _is_header_row(chunk, s) and not is_blank(chunk, s)
    ]


def weigh(
    question: Question,
    passages: Sequence[Chunk],
    places: Sequence[tuple[int, int, str]],
    cosines: Sequence[float],
    *,
    settings: CiteSettings,
) -> list[Evidence]:
    """Relevance of each sentence; the passages come best first.

    Its cosine, its share of the question's words, the share of the question's ids that its
    document's passages name, its passage's rank, and whether it names what is asked for. To the
    words of a table row count those of the table's header.
    """
    asked = {stem(word) for word in content_words(question.text)}
    wanted = asked_kinds(question.text)
    named = _named_by_document(passages)
    evidence = []
    for (passage, number, read), cosine in zip(places, cosines, strict=True):
        chunk = passages[passage]
        text = sentence_at(chunk, number)
        words = {stem(word) for word in content_words(read if chunk.kind == "table" else text)}
        shared_ids = named[chunk.source.document] & question.placeholders
        relevance = cosine
        relevance += settings.id_weight * len(shared_ids) / max(1, len(question.placeholders))
        relevance += settings.word_weight * len(words & asked) / max(1, len(asked))
        relevance += settings.rank_weight / (1 + passage)
        if wanted:
            fits = names_one_of(wanted, text, given=question.placeholders)
            relevance += settings.kind_weight if fits else -settings.kind_weight
        evidence.append(Evidence(passage, number, relevance))
    return evidence


def _named_by_document(passages: Sequence[Chunk]) -> dict[str, set[str]]:
    """The ids in the passages of each document."""
    named: dict[str, set[str]] = {}
    for chunk in passages:
        held = placeholders(f"{chunk.context}\n{chunk.text}")
        named.setdefault(chunk.source.document, set()).update(held)
    return named


def excerpts(
    passages: Sequence[Chunk], evidence: Sequence[Evidence], *, sentences: int
) -> list[tuple[int, str]]:
    """(passage, what the model sees of it): its context, and its sentences closest to the question.

    `sentences` is the number over all passages; 0 takes all of them. A passage without any is left
    out; a table row is never without the table's header. Nothing at all is shown if the sentence
    that is closest of all is blank here: it may be quoted, but no model is to read it.
    """
    ranked = sorted(evidence, key=lambda e: -e.relevance)
    if ranked and is_blank(passages[ranked[0].passage], ranked[0].sentence):
        return []
    ranked = [e for e in ranked if not is_blank(passages[e.passage], e.sentence)]
    ranked = ranked[: sentences or None]
    shown: dict[int, list[int]] = {}
    for item in sorted(ranked, key=lambda e: (e.passage, e.sentence)):
        shown.setdefault(item.passage, []).append(item.sentence)
    texts = []
    for passage, numbers in shown.items():
        chunk = passages[passage]
        lines = [plain(sentence_at(chunk, s)) for s in numbers]
        if header := header_of(chunk, numbers[0]):
            lines.insert(0, plain(header))
        joint = "\n" if chunk.kind == "table" else " "
        texts.append((passage, f"{context_of(chunk)} {joint.join(lines)}".strip()))
    return texts


def context_of(chunk: Chunk) -> str:
    """Headings and table header in front of a passage, in brackets; empty without any."""
    lines = [plain(line) for line in chunk.context.splitlines()]
    return f"({' - '.join(lines)})" if lines else ""


def header_of(chunk: Chunk, number: int) -> str:
    """The header row above a table's row, if it stands in the same chunk."""
    return sentence_at(chunk, 0) if number and _is_header_row(chunk, 0) else ""


def _is_header_row(chunk: Chunk, number: int) -> bool:
    """The first row of a table that has more of them and no number in it: it answers nothing."""
    first = chunk.kind == "table" and number == 0 and len(chunk.sentences) > 1
    return first and not any(c.isdigit() for c in sentence_at(chunk, 0))


def sentence_at(chunk: Chunk, number: int) -> str:
    """One sentence (or table row) of a chunk as it stands there."""
    place = chunk.sentences[number]
    return chunk.text[place.safe_start : place.safe_end]


def is_blank(chunk: Chunk, number: int) -> bool:
    """Whether a sentence was taken out of this chunk."""
    return not sentence_at(chunk, number).strip()


def plain(text: str) -> str:
    """White space folded, cells divided by `|`, nothing that acts: of links only the words."""
    return " ".join(inert(text).replace("\t", "|").split())


def content_words(text: str) -> set[str]:
    """Words that carry meaning: lower case, without stop words; pseudonyms without alias."""
    return {word for written in _WORD.findall(text) if (word := _meaning(written))}


def words_in_order(text: str) -> list[str]:
    """The same words as they are written, one after the other."""
    return [written for written in _WORD.findall(text) if _meaning(written)]


def coverage(text: str, chunk: Chunk, *, given: set[str]) -> float:
    """Share (0-1) of a statement's content words that the chunk holds.

    0 if a number, a pseudonym or a name is not among them: a word with a capital that does not
    begin the statement. Words that are `given` (the question's) may be capitalised.
    """
    words = content_words(text)
    held = content_words(f"{chunk.context}\n{chunk.text}")
    stems = {stem(word) for word in held}
    missing = {w for w in words if w not in held and stem(w) not in stems}
    named = {_meaning(w) for w in _WORD.findall(text)[1:] if w[0].isupper()} - given
    if any(_is_fact(word) or word in named for word in missing):
        return 0.0
    return 1 - len(missing) / max(1, len(words))


def stem(word: str) -> str:
    """Enough to match plural and past forms; words with digits stay whole."""
    if any(c.isdigit() for c in word):
        return word
    for ending in ("ing", "ies", "ed", "es", "s", "e", "y"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _meaning(written: str) -> str:
    """The form in which a word is compared; empty for a stop word."""
    if is_valid(written):
        return base(written)
    low = written.casefold().removesuffix("'s").removesuffix("’s")
    return "" if low in _STOP_WORDS else _NUMBERS.get(low, low)


def _is_fact(word: str) -> bool:
    """Numbers, and pseudonyms, garbled ones too: these are right or wrong, never about right."""
    return any(c.isdigit() for c in word) or LOOSE_PATTERN.fullmatch(word) is not None
