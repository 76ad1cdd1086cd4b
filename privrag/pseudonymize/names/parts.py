"""What belongs to a name beside the words that gave it away: initials, `Jr.`, a first name."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from privrag.pseudonymize.lexicon import (
    GIVEN_NAMES_TOO,
    INITIAL,
    LETTER,
    NOT_AFTER_TITLE,
    PARTICLES,
    TITLES,
    UPPER,
    fold,
    is_another_word,
    is_given_name,
    is_never_name,
    is_organisation_word,
)
from privrag.pseudonymize.matches import PATTERN, DocumentText, Match
from privrag.pseudonymize.names.reading import is_cased_like_code

_GENERATION = re.compile(r",?[ \u00a0](?:(?:Jr|Sr|Jnr|Snr)\b|(?:II|III|IV)(?![\w.-]))")
SURNAME = rf"[{UPPER}][{LETTER}]{{1,30}}(?:[-'’][{UPPER}][{LETTER}]{{1,30}})?(?![{LETTER}\d_@])"
_SURNAME_BEHIND = re.compile(rf"(?:[ ](?P<initials>{INITIAL}))?[ ](?P<surname>{SURNAME})")
_BEHIND_INITIAL = re.compile(rf"\.?(?:[ ]?{INITIAL})?[ ](?P<surname>{SURNAME})")
_ENDS_WITH_INITIAL = re.compile(rf"(?<![{LETTER}])[{UPPER}]\.?\Z")
_WORD_BEFORE = re.compile(
    rf"(?<![{LETTER}\d_@./'’-])(?P<word>[{UPPER}][{LETTER}]{{1,20}})[ \u00a0]\Z"
)
_A_TIME_BEFORE = re.compile(
    r"(?i)(?:\b(?:in|on|of|by|since|until|till|for|from|during|last|next|this|early|late|mid|the|"
    r"a|an|to|and|between|through|im|seit|bis|ende|anfang|mitte)|\d(?:st|nd|rd|th|\.)?)[ -]\Z"
)
_QUESTION = re.compile(r"[^.!?\n]{0,200}\?")
_SENTENCE_START = re.compile(r"(?:\A|[\n|]|[.!?:][\"'”’)]?[ ])[ \t>*•\-\"'“(]{0,8}\Z")
_FIRST_NAME_BEFORE = re.compile(
    rf"(?<![{LETTER}\d_@./'’&-])"
    rf"(?P<word>[{UPPER}][{LETTER}]{{2,20}}(?:-[{UPPER}][{LETTER}]{{1,20}})?)[ \u00a0+]\Z"
)
_BEHIND_CAPITALS = re.compile(rf"[{UPPER}][{LETTER}'’-]*[ \u00a0]\Z")
"""A third capitalised word: a heading, a company, an office."""
_PARTICLE_BEHIND = re.compile(
    r"(?P<particles>(?:[ ](?:VAN|VON|DEN|DER|DE|TER|TEN|DELLA|DI|DA|DOS|BIN|IBN|EL|AL|"
    rf"van|von|den|ter|ten)){{0,3}})[ ](?P<surname>{SURNAME})"
)
_ADVERB = re.compile(r"(?i)(?:ly|ed|ing|wise|ward)\Z")
_SURE = 0.8
"""Enough for the given name to be looked for alone."""
_LEFT, _RIGHT = 32, 120


def complete_names(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Each person's name that has more words than were found: `John Q.` before `Public Jr.`."""
    text = document.text
    ends = {match.end for match in matches if match.label == "PERSON"}
    for match in matches:
        if match.label != "PERSON":
            continue
        start = _with_first_name(text, match.start, match.end)
        if start - 1 not in ends:
            start = _with_unknown_first_name(document, start, match.end)
        end = _with_particle(text, start, _with_surname(text, start, match.end))
        if behind := _GENERATION.match(text, end):
            end = behind.end()
        if (start, end) != (match.start, match.end):
            # a pattern by now: the model took its other half for an organisation, or for nothing
            score = max(match.score, _SURE) if start < match.start else match.score
            rank = max(match.rank, PATTERN)
            yield replace(match, start=start, end=end, score=score, rank=rank)


def may_be_surname(word: str) -> bool:
    """Whether a capitalised word may be one where something else says that one stands here."""
    return (
        word[0].isupper()
        and (not word.isupper() or len(word) > 3)
        and word.casefold() not in NOT_AFTER_TITLE
        and not is_cased_like_code(word)
        and not is_organisation_word(word)
    )


def is_given_name_too(word: str) -> bool:
    """A given name that is on no list of sure ones, for it is a word: `Will`, `Rose`."""
    return fold(word) in GIVEN_NAMES_TOO


def names_a_time(text: str, start: int) -> bool:
    """Whether `April` at `start` is the month: behind "in", "since" or a number."""
    return _A_TIME_BEFORE.search(text, max(0, start - 12), start) is not None


def _with_first_name(text: str, start: int, end: int) -> int:
    """Where the name begins if `Will` or `Rose` stands before its one word."""
    if " " in text[start:end] or is_given_name(text[start:end]):
        return start
    before = _WORD_BEFORE.search(text, max(0, start - _LEFT), start)
    if before is None or not (is_given_name_too(before["word"]) or is_given_name(before["word"])):
        return start
    at = before.start("word")
    if names_a_time(text, at) or is_organisation_word(before["word"]):
        return start
    opens = _SENTENCE_START.search(text, max(0, at - 16), at) is not None
    if opens and is_never_name(before["word"]) and _QUESTION.match(text, end):
        return start
    return at


def _with_unknown_first_name(document: DocumentText, start: int, end: int) -> int:
    """Where the name begins if a capitalised word that is no ordinary one touches its surname.

    German writes every noun with a capital, so there it is left alone.
    """
    text = document.text
    name = text[start:end]
    if " " in name or not name[0].isupper() or is_given_name(name) or is_cased_like_code(name):
        return start
    before = _FIRST_NAME_BEFORE.search(text, max(0, start - _LEFT), start)
    if before is None or writes_german(document.lower_words):
        return start
    word, at = before["word"], before.start("word")
    if word.isupper() != name.isupper() or not _may_be_first_name(document, word):
        return start
    if text[start - 1] == "+" and "=" not in text[max(0, at - 1) : at]:
        return start
    if _BEHIND_CAPITALS.search(text, max(0, at - _LEFT), at):
        return start
    opens = _SENTENCE_START.search(text, max(0, at - 16), at) is not None
    return start if opens and _ADVERB.search(word) else at


def _may_be_first_name(document: DocumentText, word: str) -> bool:
    folded = word.casefold()
    return not (
        folded in document.lower_words
        or folded.removesuffix("s") in document.lower_words
        or is_another_word(word)
        or is_cased_like_code(word)
        or folded in TITLES
    )


def writes_german(lower_words: Collection[str]) -> bool:
    """Whether a document with these words in lower case is one in German."""
    return "und" in lower_words or "der" in lower_words or "die" in lower_words


def _with_particle(text: str, start: int, end: int) -> int:
    """Where `Ida VAN DEN QUIRM` ends, cut at a particle in capitals."""
    behind = _PARTICLE_BEHIND.match(text, end, end + _RIGHT)
    if behind is None:
        return end
    cut = text[start:end].split()[-1].casefold() in PARTICLES
    return behind.end() if cut or behind["particles"] else end


def _with_surname(text: str, start: int, end: int) -> int:
    """Where the name ends: behind given name and initial stands a surname, whatever the word."""
    words = text[start:end].replace(",", " , ").split()
    if "," in words or not words or not is_given_name(words[0]):
        return end
    if len(words) > 1 and _ENDS_WITH_INITIAL.search(text, start, end):
        behind = _BEHIND_INITIAL.match(text, end, end + _RIGHT)
    elif len(words) == 1:
        behind = _SURNAME_BEHIND.match(text, end, end + _RIGHT)
        if behind is not None and behind["initials"] is None:
            return end
    else:
        return end
    return behind.end() if behind is not None and may_be_surname(behind["surname"]) else end
