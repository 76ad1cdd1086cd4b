"""What only French writes: `M. Quirm`, `je soussignée`, `née le`, `12 bis, rue de l'Écluse`.

Months, field labels and titles that no other language uses stand in the tables of all languages.
What would mean something else in English (`M.`, `Me`) counts only in a document that is French.
"""

import re
from collections.abc import Iterable, Iterator

from privrag.pseudonymize.lexicon import LETTER, NAME, UPPER, is_given_name, is_never_name
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import read_name
from privrag.pseudonymize.recognizers.person import is_ordinary

_S = r"[ \t\u00a0\u202f]"
_FRENCH = re.compile(r"\b(?:les?|des|du|et|est|une?|dans|pour|avec|vous|nous|aux?|sur|je|par)\b")
_OTHER = re.compile(r"\b(?:the|of|and|is|to|in|with|der|und|die|das|ist)\b")
_MIN_WORDS, _TIMES = 3, 3
_TITLED = re.compile(
    rf"(?<![{LETTER}.])(?:M\.|MM\.|M[er]s?|Mgr|Vve)(?:{_S}et{_S}(?:Mme|Madame))?"
    rf"{_S}{{1,2}}(?P<name>{NAME})"
)
_TITLE = re.compile(rf"(?:M\.|MM\.|Me|Mgr){_S}{{1,2}}(?=[{UPPER}])")
_ELIDED = re.compile(rf"(?:[dlnscj]|qu)['’](?=[{UPPER}])", re.I)
_PRONOUNS = frozenset({"Elle", "Elles", "Lui"})
_GIVEN_AWAY = re.compile(
    rf"\b(?i:je soussignée?|m['’]appelle|s['’]appelle|représentée? par|assistée? (?:de|par)|"
    rf"(?:signé|rédigé|établi|présenté|validé|vérifié|approuvé|préparé|réalisé|animé|suivi|"
    rf"accompagné|remplacé|reçu|encadré|dirigé|géré)e?s? par|contact(?:ez|er)|"
    rf"adressez-vous à|en présence de|à l['’]attention de|ci-après|nommée?|prénommée?|"
    rf"mariée? (?:à|avec)|(?:fils|fille|veuve|veuf|épouse|époux) de|"
    rf"(?:mon|ma|son|sa|notre|votre|leur) (?:collègue|voisine?|fils|fille|mari|femme|époux|"
    rf"épouse|frère|sœur|soeur|mère|père|amie?|cliente?|locataire|conseill(?:er|ère)|"
    rf"directeur|directrice|avocate?|médecin|gérante?)),?{_S}+"
    rf"(?:(?:M\.|Mme|Madame|Monsieur|Mlle|Maître|Me|Dr){_S})?(?P<name>{NAME})"
)
_ACTS = re.compile(
    rf"(?<![{LETTER}\d_@./\\'’-])(?P<name>{NAME}),?{_S}(?:née? (?:le|en|à)|demeurant|domiciliée?|"
    rf"représentant|agissant|salariée?|employée?|a (?:signé|déclaré|demandé|répondu|écrit|"
    rf"confirmé|reçu|quitté|appelé)|habite|travaille|souhaite|déclare|précise|confirme|"
    rf"s['’]engage|reconnaît)\b"
)
_STREET = re.compile(
    rf"(?<![\w/-])(?:\d{{1,4}}(?:[ ]?(?:bis|ter|quater|[A-D]\b))?{_S}?,?{_S})"
    rf"(?i:rue|avenue|av\.|boulevard|bd|bld|impasse|allée|allées|chemin|quai|route|place|cours|"
    rf"square|passage|sentier|faubourg|esplanade|villa|hameau|lotissement|résidence|lieu-dit|"
    rf"rond-point|montée|côte|traverse|venelle|ruelle){_S}"
    rf"(?:(?:de|du|des|la|le|les|aux?|en|sur)[ ]|[ld]['’])*"
    rf"[{LETTER}\d][{LETTER}\d'’.-]*(?:[ ](?:(?:de|du|des|la|le|les|sur|et|en)[ ]|[ld]['’])*"
    rf"[{UPPER}\d][{LETTER}\d'’.-]*){{0,4}}"
    rf"(?:(?:{_S}?,{_S}?|{_S}-{_S}|{_S}|\n)(?:F-)?\d{{5}}{_S}[{UPPER}][{LETTER}'’-]*"
    rf"(?:[ -](?:[{UPPER}][{LETTER}'’-]*|sur|le|la|les|en|de|du|lès))*(?:{_S}cedex(?:{_S}\d+)?)?)?",
)
_NATIONALITY = re.compile(
    rf"(?i)\b(?:de{_S}nationalité|nationalité{_S}?:){_S}(?P<value>[{LETTER}-]{{4,24}})"
)
_JOB = re.compile(
    rf"(?i)\b(?:en{_S}qualité{_S}d(?:e{_S}|['’])|profession{_S}?:{_S}|(?:employ|embauch|engag)ée?{_S}"
    rf"comme{_S}|travaille{_S}comme{_S}|au{_S}poste{_S}d(?:e{_S}|['’])|"
    rf"exerce{_S}la{_S}profession{_S}d(?:e{_S}|['’]))"
    rf"(?P<value>[{LETTER}-]{{4,24}}(?:{_S}(?:(?:de|en){_S})?(?!dans|pour|avec|chez|depuis|sous|sans)[{LETTER}-]{{4,24}}){{0,2}})"
)
_LIVES = re.compile(
    rf"(?i:\b(?:habit(?:e|ent|ait|ant)|née?|demeur(?:e|ant)|résid(?:e|ant|ait)|domiciliée?|"
    rf"réside|installée?|basée?|muté(?:e|s)?|déménagé(?:e|s)?){_S}à){_S}"
    rf"(?P<value>(?:(?:La|Le|Les|Saint|Sainte)[ -])?[{UPPER}][{LETTER}'’-]{{1,30}}"
    rf"(?:-[{LETTER}'’]+)*)"
)


def is_french(document: DocumentText) -> bool:
    """Whether its small words are French: three at least, and three for one of another language."""
    french = sum(1 for _ in _FRENCH.finditer(document.text))
    if french < _MIN_WORDS:
        return False
    return french >= _TIMES * sum(1 for _ in _OTHER.finditer(document.text))


def find_in_french(document: DocumentText) -> Iterator[Match]:
    """People and their addresses in a French document; nothing in any other."""
    if not is_french(document):
        return
    text = document.text
    for match in _TITLED.finditer(text):
        name = read_name(text, *match.span("name"), sure=True)
        if name is not None:
            yield Match("PERSON", name.start, name.end, 0.9, "french.title")
    for pattern in (_GIVEN_AWAY, _ACTS):
        for match in pattern.finditer(text):
            name = read_name(text, *match.span("name"))
            known = name is not None and (len(name.words) > 1 or name.has_given_name)
            if name is not None and known and not is_ordinary(document, name):
                yield Match("PERSON", name.start, name.end, 0.75, "french.context")
    for match in _STREET.finditer(text):
        yield Match("ADDRESS", *match.span(), 0.75, "french.street")


def find_french_quasi(document: DocumentText) -> Iterator[Match]:
    """Nationality, occupation and town where a French document says them of somebody."""
    if not is_french(document):
        return
    for label, pattern in (("GROUP", _NATIONALITY), ("TITLE", _JOB), ("LOCATION", _LIVES)):
        for match in pattern.finditer(document.text):
            if label != "LOCATION" or not is_never_name(match["value"]):
                yield Match(label, *match.span("value"), 0.6, "french.quasi")


def without_lead_in(document: DocumentText, matches: Iterable[Match]) -> Iterator[Match]:
    """`M. Quirm` and `d'Hélène` as the name alone, so that it is one with `Quirm` and `Hélène`.

    `Elle`, a given name in other languages, goes.
    """
    if not is_french(document):
        yield from matches
        return
    for match in matches:
        if match.label == "PERSON" and document.text[match.start : match.end] in _PRONOUNS:
            continue
        lead = match.label == "PERSON" and (
            _TITLE.match(document.text, match.start, match.end)
            or _elided(document.text, match.start, match.end)
        )
        start = lead.end() if lead else match.start
        yield (
            Match(match.label, start, match.end, match.score, match.recognizer, match.rank)
            if lead
            else match
        )


def _elided(text: str, start: int, end: int) -> re.Match[str] | None:
    """`d'Hélène`, not `d'Ormesson`: the particle of a surname belongs to it."""
    lead = _ELIDED.match(text, start, end)
    if lead is None:
        return None
    word = re.match(rf"[{LETTER}-]+", text[lead.end() : end])
    return lead if lead[0][0] not in "dD" or (word and is_given_name(word[0])) else None
