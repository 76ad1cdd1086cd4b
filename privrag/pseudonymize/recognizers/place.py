"""Places that the words before them give away: "lives in", "moved here from"."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import LETTER, PUBLIC_BODY_WORDS, UPPER, is_never_name
from privrag.pseudonymize.matches import DocumentText, Match

_CAP = rf"[{UPPER}][{LETTER}'’-]{{0,30}}"
_PLACE = (
    rf"(?P<place>(?:(?:the|Mount|Saint|St\.?|San|Santa|Port|Bad|Los|Las|El|La|Le)[ ])?{_CAP}"
    rf"(?:[ ](?:(?:de|del|am|an der|upon|on|sur|la|le|nad|pri|u|im|in der|"
    rf"bei)[ ])?(?:{_CAP})){{0,3}}(?:[ ]\((?:{_CAP})(?:[ ]{_CAP})*\))?)"
)
_GIVEN_AWAY = re.compile(
    rf"(?i:\b(?:(?:liv(?:e|es|ed|ing)|born|based|located|situated|resid(?:e|es|ed|ing)|"
    rf"resident|grew up|grown up|raised|stay(?:s|ed|ing)?|"
    r"settled|work(?:s|ed|ing)?|practi[sc](?:e|es|ed|ing)|stud(?:y|ies|ied|ying)|office|"
    r"branch|house|flat|home|town|city|village|arrived|landed|met|am|is|are|was|were|i['’]m|trip|"
    r"vacation|holiday)[ ](?:in|at|near|outside)|"
    r"(?:mov(?:e|ed|es|ing)|travel(?:s|l?ed|l?ing)?|relocat(?:e|ed|ing)|fl(?:y|ew|ies|"
    r"ying)|dr(?:ive|ove|iving)|going|go|went|gone|trip|come|comes|came|"
    rf"originally|return(?:s|ed|ing)?|deported|emigrated|immigrated|expelled|sent|native|"
    rf"citizen|visit(?:s|ed|ing)?)(?:[ ](?:here|there|back|over|away))?[ ](?:to|from|of)|"
    rf"visit(?:s|ed|ing)?)[ ]){_PLACE}"
)
_CAPITALS = re.compile(
    rf"(?<=[a-z])[ ](?:in|at|from|to|near|"
    rf"of)[ ](?P<place>[{UPPER}]{{5,}}(?:[ '’-][{UPPER}]{{2,}}){{0,3}})(?![{LETTER}\d_])"
)
_SEVERAL = re.compile(
    rf"(?<=[a-z])[ ]in[ ](?P<places>{_CAP}(?:,[ ]{_CAP}){{0,6}},?[ ]and[ ]{_CAP})(?![{LETTER}]|"
    rf"[ ][{UPPER}])"
)
_LISTED = re.compile(_CAP)


def find_places(document: DocumentText) -> Iterator[Match]:
    """The place in "she lives in Utopia", and one in capitals in a sentence that is not."""
    text = document.text
    for pattern, score in ((_GIVEN_AWAY, 0.6), (_CAPITALS, 0.4)):
        for match in pattern.finditer(text):
            words = re.findall(rf"[{LETTER}]+", match["place"].removeprefix("Bad "))
            if any(is_never_name(word) or word.casefold() in PUBLIC_BODY_WORDS for word in words):
                continue
            if len(words) == 1 and words[0].casefold() in document.lower_words:
                continue
            yield Match("LOCATION", *match.span("place"), score, "place")
    for match in _SEVERAL.finditer(text):
        names = list(_LISTED.finditer(match["places"]))
        if len(names) > 1 and not any(_is_known(document, name[0]) for name in names):
            for name in names:
                start = match.start("places") + name.start()
                yield Match("LOCATION", start, start + len(name[0]), 0.5, "place.list")


def _is_known(document: DocumentText, name: str) -> bool:
    return is_never_name(name) or name.casefold() in document.lower_words | PUBLIC_BODY_WORDS
