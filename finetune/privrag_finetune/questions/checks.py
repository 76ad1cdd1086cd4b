"""What a question must pass, one small function a reason; the first that fires is its reason.

Each takes the pair, its passage and the limits, and says whether the pair is to be dropped.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from privrag.evidence import content_words, coverage, plain, stem
from privrag.pseudonym import base, is_valid, placeholders
from privrag.records import Chunk
from privrag_finetune.questions.alike import words_of
from privrag_finetune.questions.prompt import Pair, tokens_in
from privrag_finetune.questions.recipe import Limits

Check = Callable[[Pair, Chunk, Limits], bool]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_TEXT_NOUN = (
    "passage|text|document|section|paragraph|excerpt|extract|article|sentence|statement|author|"
    "writer|snippet|context|list|table"
)
_POINTS_AWAY = re.compile(
    rf"\b(?:the|this|that|these|those|said|given|following|above)\s+(?:{_TEXT_NOUN})s?\b"
    r"|\b(?:of|which)\s+(?:these|those|this|the following)\b"
    r"|\b(?:mentioned|described|stated|listed|discussed|given|set out)\s+"
    r"(?:above|below|here|earlier)\b"
    r"|\b(?:aforementioned|above-mentioned|hereby|herein)\b",
    re.IGNORECASE,
)
_TIMES = "year|month|week|time|morning|evening|day|moment|season|quarter"
_POINTING = re.compile(
    rf"\b(?:this|these|those|such)\s+(?!(?:{_TIMES})s?\b|as\b)\w+", re.IGNORECASE
)
_AUXILIARY = (
    "is|are|was|were|do|does|did|can|could|may|might|must|shall|should|will|would|has|have|had|if"
)
_BARE_SUBJECT = re.compile(
    rf"\b(?:{_AUXILIARY})\s+(?:he|she|they|this|that|these|those|"
    r"it(?!\s+(?:take|cost|possible|allowed|necessary|legal|safe|matter|true|required|permitted)\b"
    r".*\b(?:to|if|that|for)\b))\b(?!\s+(?:that|who)\b)",
    re.IGNORECASE,
)
_OURS = re.compile(r"\b(?:we|our|ours|us)\b", re.IGNORECASE)
_YOURS = re.compile(r"\b(?:you|your|yours)\b", re.IGNORECASE)
_ENDED_BEFORE = re.compile(r"[.!?]\s+\S")


def length(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """Too short or too long, question or answer."""
    del chunk
    words, answered = len(pair.question.split()), len(pair.answer.split())
    too_long = words > limits.max_words or answered > limits.max_answer_words
    return words < limits.min_words or not answered or too_long


def not_a_question(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """No question mark at the end, or more than one sentence."""
    del chunk, limits
    text = pair.question.strip()
    return not text.endswith("?") or _ENDED_BEFORE.search(text) is not None


def repeats_itself(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """Two words in a row stand in it twice: "between a dog breed and a dog breed"."""
    del chunk, limits
    words = words_of(pair.question)
    runs = [(a, b) for a, b in pairwise(words) if content_words(f"{a} {b}")]
    return len(runs) > len(set(runs))


def not_self_contained(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """It speaks of "this text", "those cases" or a bare "it", which only its reader knows."""
    del chunk, limits
    patterns = (_POINTS_AWAY, _POINTING, _BARE_SUBJECT)
    return any(pattern.search(pair.question) for pattern in patterns)


def mixed_voice(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """It is we who ask you: a sentence of the document, not somebody's question."""
    del chunk, limits
    question = pair.question
    return _OURS.search(question) is not None and _YOURS.search(question) is not None


def placeholder_lost(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """A pseudonym is garbled, or the passage does not have it."""
    del limits
    held = chunk.placeholders | placeholders(f"{chunk.context}\n{chunk.text}")
    tokens = tokens_in(f"{pair.question}\n{pair.answer}")
    return any(not is_valid(token) or base(token) not in held for token in tokens)


def answer_unsure(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """Asked twice, the model answered differently."""
    del chunk, limits
    return not pair.answer


def answer_not_verbatim(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """The answer must stand in the passage word for word, and does not."""
    return limits.verbatim_answer and pair.answer.casefold() not in plain(chunk.text).casefold()


def answer_not_grounded(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """The passage lacks words of the answer: one number or name, or too many others."""
    if not content_words(pair.answer):
        return True
    given = content_words(pair.question)
    return coverage(pair.answer, chunk, given=given) < limits.min_answer_support


def question_not_grounded(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """Too few words of the question stand in the passage: it asks about something else."""
    asked = {stem(word) for word in content_words(pair.question)}
    held = {stem(word) for word in content_words(f"{chunk.context}\n{chunk.text}")}
    return len(asked & held) < limits.min_question_support * max(1, len(asked))


def answer_in_question(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """The question says its own answer."""
    del chunk, limits
    answered = {stem(word) for word in content_words(pair.answer)}
    return bool(answered) and answered <= {stem(word) for word in content_words(pair.question)}


def copies_passage(pair: Pair, chunk: Chunk, limits: Limits) -> bool:
    """It is a sentence of the passage, or shares a longer run of words than allowed."""
    passage = f" {' '.join(words_of(chunk.text))} "
    words = words_of(pair.question)
    run = min(limits.longest_copy + 1, len(words))
    runs = (words[n : n + run] for n in range(len(words) - run + 1))
    return any(f" {' '.join(some)} " in passage for some in runs if some)


CHECKS: dict[str, Check] = {
    "answer_unsure": answer_unsure,
    "length": length,
    "not_a_question": not_a_question,
    "repeats_itself": repeats_itself,
    "not_self_contained": not_self_contained,
    "mixed_voice": mixed_voice,
    "placeholder_lost": placeholder_lost,
    "answer_not_verbatim": answer_not_verbatim,
    "answer_not_grounded": answer_not_grounded,
    "question_not_grounded": question_not_grounded,
    "answer_in_question": answer_in_question,
    "copies_passage": copies_passage,
}
"""By reason, in the order in which they are asked."""

REASONS = ("unreadable", "unsafe", *CHECKS, "round_trip", "near_duplicate")
"""Every reason, in order; those not in `CHECKS` need more than the pair and its passage."""


def first_fault(pair: Pair, chunk: Chunk, limits: Limits) -> str | None:
    """The reason to drop the pair, if there is one."""
    return next((name for name, fires in CHECKS.items() if fires(pair, chunk, limits)), None)
