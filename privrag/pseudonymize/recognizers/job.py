"""What somebody does for a living, where a text says it of a person."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import LETTER, OCCUPATIONS
from privrag.pseudonymize.matches import DocumentText, Match

_WORDS = re.compile(rf"(?:[{LETTER}][{LETTER}'’-]{{0,30}}|&|,)(?:[ ]|(?=[,]))?")
_OPENERS = (
    r"(?:(?:work(?:s|ed|ing)?|employed|trained|qualified|practi[sc]\w+|hired|appointed|"
    r"serv(?:es|ed|ing)|acting|"
    r"career|job|position|post|profession|retired|registered|started)[ ]as(?:[ ](?:an?|"
    r"the|his|her|their))?|"
    r"(?:is|was|am|are|were|be|been|being|become|becoming|became|'m|’m)[ ](?:an?|the|"
    r"then an?|also an?)|"
    r"as[ ](?:an?|the)|"
    r"(?:retired|former|trained|self-employed|qualified)|of an?|(?:post|position|"
    r"profession|job|rank|role)[ ]of|profession:|occupation:?|"
    r"job(?: title)?:?|beruf:?)"
)
_SAID = re.compile(rf"(?i)\b{_OPENERS}[ ](?=[{LETTER}])")
_HOLDER = re.compile(
    r"(?i)\b(?:the|its|his|her|their|a)[ ](?=(?:\w+[ ]){0,2}(?:managers?|principal|owner|"
    r"founder|guard|director|"
    r"executive(?:[ ]officer)?|headmaster|headmistress|treasurer|secretary)\b[ ]*(?:of|at|,|\.|"
    r"and|in)(?!\w))"
)
_APPOSITION = re.compile(rf"(?<=[{LETTER}]),[ ](?:an?|the)[ ](?=[{LETTER}])")
_LINE = re.compile(rf"(?m)^[ \t]*(?=[{LETTER}][{LETTER} ,&'’/-]{{3,60}}[ \t]*$)")
_STOP_WORDS = (
    "a an the of for to by with at as from who which that his her their its my our your is "
    "was be been not no very this these those it he she they said says "
)
_STOPS = frozenset(_STOP_WORDS.split())
_ENDINGS = ("ographer", "ologist", "ician", "woman", "smith", "keeper", "monger")
_MAX_WORDS = 5


def find_jobs(document: DocumentText) -> Iterator[Match]:
    """`Leasing consultant` as a line beside a name, `works as a nurse`, `, the welder,`."""
    text = document.text
    for opener, score in ((_SAID, 0.6), (_APPOSITION, 0.6), (_HOLDER, 0.5)):
        for match in opener.finditer(text):
            if end := _job_end(text, match.end()):
                yield Match("TITLE", match.end(), end, score, "job")
    for match in _LINE.finditer(text):
        end = _job_end(text, match.end(), commas=True)
        if (
            end
            and not text[end : end + 40].partition("\n")[0].strip()
            and _beside_a_name(text, match.start(), end)
        ):
            yield Match("TITLE", match.end(), end, 0.5, "job.line")


def _job_end(text: str, start: int, *, commas: bool = False) -> int | None:
    """Where the job that begins here ends: at its first word for an occupation, if it has one."""
    at, last = start, None
    for _ in range(_MAX_WORDS + 2 * commas):
        word = _WORDS.match(text, at)
        if word is None:
            break
        plain = word[0].strip().casefold()
        if plain in _STOPS or (plain == "," and not commas):
            break
        at = word.end()
        if is_occupation(plain.rpartition("-")[2]):
            last = at - (len(word[0]) - len(word[0].rstrip()))
        elif last is not None:
            break
    return last


def is_occupation(word: str) -> bool:
    """Whether a lower-case word, also in the plural, names what somebody does for a living."""
    one = word.removesuffix("s")
    return one in OCCUPATIONS or (len(one) > 8 and one.endswith(_ENDINGS))


def _beside_a_name(text: str, start: int, end: int) -> bool:
    """Whether the line above or below looks like a name: two to four capitalised words alone."""
    above = text[:start].rstrip().rpartition("\n")[2].strip()
    below = text[end:].lstrip().partition("\n")[0].strip()
    return any(
        2 <= len(line.split()) <= 4 and all(word[0].isupper() for word in line.split())
        for line in (above, below)
    )
