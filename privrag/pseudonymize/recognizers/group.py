"""Nationalities, peoples and faiths that a text gives somebody."""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import LETTER, NATIONALITIES
from privrag.pseudonymize.matches import DocumentText, Match

_WORD = re.compile(
    rf"(?<![{LETTER}\d_@./-])[{LETTER}]{{3,24}}(?:-[{LETTER}]{{3,24}})?(?![{LETTER}\d_@/])"
)
_OF_A_STATE = re.compile(
    r"(?i)['’]?s?[ \n](?:(?:new|federal|state|national|regional|supreme|civil|criminal|"
    r"constitutional|general|military)[ \n])?"
    r"(?:government|court|courts|law|laws|code|constitution|authorit(?:y|ies)|parliament|"
    r"state|liras?|"
    r"schillings?|zlotys?|marks?|pounds?|francs?|kron(?:a|or|e|er)|crowns?|dollars?|"
    r"language|version|text|translation|nobility|"
    r"convention|civil|criminal|labour|basic|constitutional|administrative|legislation|"
    r"standard|keyboard|market)\b"
)
_A_LANGUAGE = re.compile(
    r"(?i)\b(?:in|into|from|speaks?|spoken|speaking|written in|translated (?:in)?to|"
    r"authentic in)[ \n]\Z"
)
_NOT_AFTER = re.compile(
    r"\A(?:[ \n](?:and|or)[ \n][A-Z][a-z]+)?(?:[.,;:)\n]|[ \n](?:and|or|only|version|text)\b|\Z)"
)
_BELIEVERS = re.compile(
    r"(?i)(?<!\w)(?:Jehovah['’]s Witness(?:es)?|(?:of )?(?:Sami|Kurdish|Roma|Jewish|"
    r"Turkish|Arab|African|Asian)[ ](?:origin|descent|ethnicity))(?!\w)"
)
_PERSON = re.compile(r"(?i)[ \n](?:nationals?|citizens?|man|woman|origin|descent)\b")
_LOWER_AFTER = re.compile(
    r"(?i)\b(?:i am|i['’]m|(?:s?he|who|they) (?:is|are|was|were)|['’]s|born|a|an)[ ](?:a |an )?\Z"
)


def find_groups(document: DocumentText) -> Iterator[Match]:
    """Adjectives such as "Danish", unless of a state's court, law or money, or of a language."""
    text = document.text
    for match in _BELIEVERS.finditer(text):
        yield Match("GROUP", *match.span(), 0.7, "group.faith")
    for match in _WORD.finditer(text):
        folded = match[0].casefold()
        if folded.removesuffix("s") not in NATIONALITIES and folded not in NATIONALITIES:
            continue
        before = text[max(0, match.start() - 24) : match.start()]
        if not match[0][0].isupper() and not _LOWER_AFTER.search(before):
            continue
        if _OF_A_STATE.match(text, match.end()):
            continue
        if _A_LANGUAGE.search(before) and _NOT_AFTER.match(text[match.end() : match.end() + 40]):
            continue
        person = _PERSON.match(text, match.end())
        end = person.end() if person else match.end()
        yield Match("GROUP", match.start(), end, 0.6, "group.nationality")
