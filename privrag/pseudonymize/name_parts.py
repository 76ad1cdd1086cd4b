"""What belongs to a name beside the words that gave it away: initials, `Jr.`, a first name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from privrag.pseudonymize.lexicon import (
    GIVEN_NAMES_TOO,
    INITIAL,
    LETTER,
    NOT_AFTER_TITLE,
    UPPER,
    fold,
    is_given_name,
    is_never_name,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names import is_cased_like_code

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
_LEFT, _RIGHT = 32, 120


def complete_names(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Each person's name that has more words than were found: `John Q.` before `Public Jr.`."""
    text = document.text
    for match in matches:
        if match.label != "PERSON":
            continue
        start = _with_first_name(text, match.start, match.end)
        end = _with_surname(text, start, match.end)
        if behind := _GENERATION.match(text, end):
            end = behind.end()
        if (start, end) != (match.start, match.end):
            yield replace(match, start=start, end=end)


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
