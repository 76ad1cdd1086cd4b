"""`Lindqvist, Marta`: surname first with a comma, in lines, lists and running prose."""

import re
from collections.abc import Iterator, Sequence

from privrag.pseudonymize.lexicon import (
    INITIAL,
    LETTER,
    NAME,
    PARTICLE,
    TITLE,
    UPPER,
    VALUE_LABELS,
    WORD,
    is_another_word,
    is_given_name,
    is_never_name,
    words_of,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.parts import may_be_surname
from privrag.pseudonymize.names.reading import is_cased_like_code, read_name
from privrag.pseudonymize.recognizers.listed import parts_people

_ENDS = re.compile(
    rf"(?<![{LETTER}\d_@./\\'’-])(?P<last>(?:{NAME}))(?P<comma>,[ \t])(?P<first>{NAME})"
    rf"(?=[ \t]*(?:[\n;|)\]]|[,.:–-]|\Z))"
)
_DONE_BEFORE = re.compile(r"(?i)\b(?:by|from|von|par)[: \t\u00a0]{1,3}\Z")
_PARTICLES = rf"(?:(?:{PARTICLE}|(?:Von|Van|De|Del|Della|Di|Da|Du|La|Le|Den|Der|Ter|Ten))[ ])"
_GOES_ON = re.compile(
    rf"(?<![{LETTER}\d_@./\\'’-]){_PARTICLES}{{0,3}}(?P<last>{WORD}),[ ](?P<first>{WORD})"
    rf"(?P<middle>(?:[ ](?:{INITIAL}|[{UPPER}](?=[ ])|{WORD})){{0,2}})"
    rf"(?:['’]s)?(?=[ ](?P<next>[{LETTER}]+)(?:[ ](?P<then>[{UPPER}])?|\W|\Z))"
)
"""In running prose: behind the given names a word follows."""
_OPENS = re.compile(
    r"(?:\A|(?<![,;&])(?:\n|[.!?:;][\"'”’)]?[ ]|\|))[ \t>*_#•\-–\"'“‘(]{0,12}(?:\d{1,3}[.)][ ])?\Z"
)
_NO_END_BEFORE = re.compile(rf"(?:\b(?:{TITLE}|No|Nos|St|Nr|vs|[{UPPER}])\.[ ]|\b(?:and|or)\n)\Z")
_AND = frozenset({"and", "or", "und", "oder", "et", "ou", "sowie"})
_NO_SURNAMES = words_of("not_before_comma.txt")
_SURNAMES_FIRST = words_of("surnames_first.txt")


def find_last_first(document: DocumentText, lists: Sequence[tuple[int, int]]) -> Iterator[Match]:
    """One person where something ends behind the given name, or a sentence begins before it.

    `lists` are where people are listed: there a comma may stand between two of them.
    """
    for match in _ENDS.finditer(document.text):
        if not parts_people(match, lists):
            yield from _ended(document, match)
    for match in _GOES_ON.finditer(document.text):
        if _is_one_person(document, match) and not parts_people(match, lists):
            end = match.end("middle") if match["middle"] else match.end("first")
            yield Match("PERSON", match.start(), end, 0.7, "last_first.prose")


def _ended(document: DocumentText, match: re.Match[str]) -> Iterator[Match]:
    text = document.text
    first = read_name(text, match.start("first"), match.end("first"))
    if (
        first is None
        or match["last"] in VALUE_LABELS
        or first.start != match.start("first")
        or len(first.words) > 3
        or is_cased_like_code(first.words[0])
    ):
        return
    last = match["last"].split()[-1]
    start = match.end("last") - len(last)
    given = is_given_name(first.words[0]) and not re.fullmatch(rf"[{UPPER}]\.", first.words[0])
    surname = read_name(text, start, match.end("last"))
    if surname is None and given and may_be_surname(last):
        if _DONE_BEFORE.search(text, max(0, start - 24), start):
            yield Match("PERSON", start, first.end, 0.7, "person.last_first")
        return
    single = len(match["last"].split()) == 1 or is_never_name(match["last"].split()[-2])
    if (
        given
        and surname is not None
        and single
        and not is_given_name(last)
        and last.casefold() not in document.lower_words
    ):
        yield Match("PERSON", surname.start, first.end, 0.7, "person.last_first")


def _is_one_person(document: DocumentText, match: re.Match[str]) -> bool:
    """`Lindqvist, Marta signed`; not `Berlin, Marta said`, nor two of a list of people."""
    text, at = document.text, match.start()
    if not _OPENS.search(text, max(0, at - 20), at):
        return False
    if _NO_END_BEFORE.search(text, max(0, at - 20), at):
        return False
    if match["next"][0].isupper() or (match["next"] in _AND and match["then"]):
        return False
    given = [w for w in [match["first"], *match["middle"].split()] if len(w.rstrip(".")) > 1]
    return (
        all(is_given_name(w) and not is_never_name(w) for w in given)
        and given[:1] == [match["first"]]
        and _is_surname(document, match["last"])
    )


def _is_surname(document: DocumentText, word: str) -> bool:
    folded = word.casefold()
    known = is_given_name(word) or word in VALUE_LABELS or folded in document.lower_words
    if known or not may_be_surname(word):
        return False
    if folded in _SURNAMES_FIRST:
        return True
    return not is_another_word(word) and folded not in _NO_SURNAMES
