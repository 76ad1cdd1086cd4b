"""Whether a document is about people: only then do place, date or employer point at anybody.

A page that names nobody and speaks of nobody keeps them, so that its facts stay readable.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from privrag.pseudonymize.matches import DocumentText, Match

_OF_SOMEBODY = frozenset(
    {"PERSON", "EMAIL", "PHONE", "IBAN", "CARD", "SSN", "ID", "ADDRESS", "USERNAME"}
)
_TOO_SHORT_TO_TELL = 500
_SOMEBODY = re.compile(
    r"(?i)\b(?:s?he|him|his|hers?|himself|herself|i|i['’]m|my|mine|myself|mrs?|ms|"
    r"(?:years?|y)[ -]?(?:/[ ]?o|old)|born|married|deceased|resid(?:es|ed|ing) (?:in|at)|"
    r"(?:brother|sister|mother|father|son|daughter|wife|husband|spouse)s?)\b"
)
_QUELQU_UN = re.compile(
    r"\b(?:[Ii]l(?! (?:n['’])?(?:y|faut|est|s['’]agit|convient|suffit|pleut|peut|doit|existe|reste|"
    r"arrive|permet|se)\b)|[Ee]lle (?:a|habite|travaille|souhaite|déclare|m['’]a|lui)|[Jj]e|"
    r"lui|moi|mon|mes|Mmes?|Mlle|[Mm]adame|[Mm]onsieur|née? (?:le|à|en)|"
    r"âgée? de|domiciliée?|demeurant|mariée?|épouse|époux|veuve?)\b|\bj['’]|"
    r"(?<![\w.])M\. [A-ZÀ-Ý][a-zà-ÿ]"
)
"""French; `il` also in "il faut", "il est interdit", which speak of nobody."""


def speaks_of_people(document: DocumentText, matches: Sequence[Match]) -> bool:
    """Whether somebody is named in it, or spoken of in the first or third person singular.

    A few sentences may be anybody's message: in doubt, yes.
    """
    if len(document.text) < _TOO_SHORT_TO_TELL or any(
        match.label in _OF_SOMEBODY for match in matches
    ):
        return True
    return (_SOMEBODY.search(document.text) or _QUELQU_UN.search(document.text)) is not None


_OUTWEIGHS = ("address", "body.company", "web.url")


def beside(direct: Sequence[Match], quasi: Sequence[Match]) -> Iterator[Match]:
    """Those of `quasi` that leave whoever was found already whole; `direct` is in order.

    Addresses, companies and web addresses may hold a name and win over it by their length, and
    what a pattern found wins over a name inside it that only the model saw.
    """
    starts = [match.start for match in direct]
    for match in quasi:
        first = max(0, bisect_right(starts, match.start) - 1)
        over = []
        for other in islice(direct, first, None):
            if other.start >= match.end:
                break
            if other.end > match.start:
                over.append(other)
        if match.recognizer.startswith(_OUTWEIGHS) or all(
            match.rank > o.rank and match.start <= o.start and o.end <= match.end for o in over
        ):
            yield match
