"""Runs of capitalised words that a given name, a particle, a role or a verb makes a person."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import (
    INITIAL,
    LETTER,
    NAME,
    PRODUCT_NAMES,
    UPPER,
    WORD,
    is_given_name,
    is_never_name,
)
from privrag.pseudonymize.matches import NER, DocumentText, Match
from privrag.pseudonymize.names.parts import (
    SURNAME,
    is_given_name_too,
    may_be_surname,
    names_a_time,
)
from privrag.pseudonymize.names.reading import Name, read_name, stands_as_name
from privrag.pseudonymize.recognizers.person import GERMAN_ROLES, ROLES, is_ordinary

_SAID = re.compile(
    r"[ \t]{1,3}(?:"
    r"said|says|wrote|writes|asked|asks|replied|replies|told"
    r"|tells|reported|reports|confirmed|confirms|agreed|joined|signed|approved|explained"
    r"|explains|noted|reminded|suggested|proposed|presented|called|phoned"
    r"|emailed|visited|lives|works|worked|was born|sagte|schrieb"
    r")\b"
)
_ROLE = (
    rf"(?:{ROLES}|{GERMAN_ROLES}|colleague|lawyer|attorney|officer|judge|minister|president|"
    r"specialist|consultant"
    r"|administrator|nurse|accountant|analyst|assistant|coordinator|foreman|fitter|"
    r"electrician|kolleg(?:e|in))"
)
_ROLE_BEFORE = re.compile(rf"\b{_ROLE}s?,?[ \n]\Z", re.I)
_ROLE_AFTER = re.compile(
    rf", (?:(?:who|whose)\b|(?:our|your|my|the|an?|its|their)[ ](?:\w+[ ]){{0,3}}?{_ROLE}\b"
    rf"|(?:head|chair) of\b)"
)
_PARTICLE_IN = re.compile(
    rf"\b(?:von|van|ter|ten|bint?|ibn|[ae]l[ -])[ ]?(?:(?:de[rnm]?|zu[rm]?|'t)[ ])?"
    rf"(?:[ae]l[ -])?[{UPPER}]"
    rf"|\b(?:O['’]|Mc|Ní |Nic |Mac )[{UPPER}]"
)
_INITIALED = re.compile(rf"{INITIAL} ?{WORD}")
_SEVERAL_WORDS = re.compile(r"[\s.].")
_NEXT_TO = re.compile(rf"[ \t]{{1,3}}[{UPPER}][{LETTER}]+")
_ASKED = re.compile(
    r"(?<![\w-])(?:[Aa]sk(?:s|ed|ing)?|[Tt]ell(?:s|ing)?|[Tt]old|[Tt]hank(?:s|ed|ing)?|"
    r"[Rr]emind(?:s|ed|ing)?|[Ii]nvit(?:e|es|ed|ing)|[Ee]-?mail(?:s|ed|ing)?|[Ss]poke (?:to|with)|"
    r"[Mm]et|[Tt]ext(?:ed|ing)?|[Pp]hon(?:e|ed|ing)|[Hh]i|[Dd]ear|[Hh]ello)[ ]"
    rf"(?P<name>[{UPPER}][{LETTER}]{{1,20}})(?![{LETTER}\d_@.-][{LETTER}\d]|['’](?!s\b))"
)
_FULL_TOO = re.compile(
    rf"(?<=[a-zß-ÿ,;(][ (\"])(?P<given>[{UPPER}][{LETTER}]{{1,20}})[ ](?P<surname>{SURNAME})"
    rf"(?![ ][{UPPER}]|[ ]?[-/(=])"
)
_SINGLE = re.compile(
    rf"(?<![{LETTER}\d_@./\\#`$-])[{UPPER}][{LETTER}]{{2,}}(?![{LETTER}\d_@/\\=(-]|\.\w|"
    rf"['’](?!s\b))"
)
_RUN = re.compile(rf"(?<![{LETTER}\d_@./\\'’-]){NAME}(?![\d_@/\\=(])")


def find_name_runs(document: DocumentText) -> Iterator[Match]:
    """People whom the words of the name itself, or those right beside it, give away."""
    for find in (_runs, _single_given_names, _given_names_too):
        yield from find(document)


def _runs(document: DocumentText) -> Iterator[Match]:
    """Capitalised words in a row that a given name, a particle, a role or a verb explains."""
    text = document.text
    for run in _RUN.finditer(text):
        if (name := _given_name_in(document, run)) is not None:
            yield _match(name, 0.7, "given_name")
            continue
        name = read_name(text, run.start(), run.end()) if _SEVERAL_WORDS.search(run[0]) else None
        if name is None or len(name.words) == 1 or is_ordinary(document, name):
            continue
        if _INITIALED.match(text, name.start, name.end) and _in_line(text, name.start):
            yield _match(name, 0.6, "initials")
        elif _PARTICLE_IN.search(text, name.start, name.end):
            yield _match(name, 0.6, "particle")
        elif _has_role(text, name) or _speaks(document, name):
            yield _match(name, 0.6, "context")


def _in_line(text: str, start: int) -> bool:
    """Not at the start of a line, where `A. Purpose` numbers a heading."""
    return text[start - 1 : start] not in {"", "\n"} or text.find("|", start, start + 60) >= 0


def _has_role(text: str, name: Name) -> bool:
    if _ROLE_AFTER.match(text, name.end):
        return True
    return _ROLE_BEFORE.search(text, max(0, name.start - 24), name.start) is not None


def _speaks(document: DocumentText, name: Name) -> bool:
    known = any(word.casefold() in document.lower_words for word in name.words)
    return not known and _SAID.match(document.text, name.end) is not None


def _given_name_in(document: DocumentText, run: re.Match[str]) -> Name | None:
    """`Ann Lee`: a known given name followed by at least one more word that may be in a name."""
    at = run.start()
    for word in run[0].split()[:-1]:
        start = document.text.index(word, at)
        at = start + len(word)
        if opens_a_name(word):
            name = read_name(document.text, start, run.end())
            found = name is not None and name.start == start and _has_surname(document, name)
            return name if found else None
    return None


def _single_given_names(document: DocumentText) -> Iterator[Match]:
    """`Rebecca` in prose, where the document never writes the word in lower case."""
    for block in document.blocks:
        if block.kind in {"code", "heading", "table"}:
            continue
        for match in _SINGLE.finditer(document.text, block.start, block.end):
            word = match[0].casefold()
            if (
                word in document.lower_words
                or word in PRODUCT_NAMES
                or not opens_a_name(match[0])
                or match[0].isupper()
            ):
                continue
            alone = _NEXT_TO.match(document.text, match.end()) is None
            if alone and stands_as_name(document.text, match.start(), match.end()):
                yield Match(
                    "PERSON", match.start(), match.end(), 0.5, "name_run.given_name_alone", NER
                )


def _given_names_too(document: DocumentText) -> Iterator[Match]:
    """`Ask Rose`, and `Will Quirm` where no sentence begins: given names that are words too."""
    text = document.text
    for match in _ASKED.finditer(text):
        if is_given_name_too(match["name"]) and not _NEXT_TO.match(text, match.end()):
            yield Match("PERSON", *match.span("name"), 0.6, "name_run.asked")
    for match in _FULL_TOO.finditer(text):
        surname = match["surname"]
        if (
            is_given_name_too(match["given"])
            and may_be_surname(surname)
            and not is_never_name(surname)
            and surname.casefold() not in document.lower_words
            and document.block_at(match.start()).kind in {"paragraph", "list"}
            and not names_a_time(text, match.start())
        ):
            yield Match("PERSON", *match.span(), 0.6, "name_run.given_name_too")


def opens_a_name(word: str) -> bool:
    """Whether it is a given name, and neither another word nor an abbreviation."""
    return (
        is_given_name(word) and not is_never_name(word) and not (word.isupper() and len(word) < 4)
    )


def _has_surname(document: DocumentText, name: Name) -> bool:
    rest = [w for w in name.words[1:] if w[0].isupper() and len(w.rstrip(".")) > 1]
    if not rest:
        return False
    return not (
        name.words[0].casefold() in document.lower_words
        and all(w.casefold() in document.lower_words for w in rest)
    )


def _match(name: Name, score: float, source: str) -> Match:
    return Match("PERSON", name.start, name.end, score, f"name_run.{source}")
