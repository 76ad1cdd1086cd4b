"""Numbers that a label makes identifying, in English, German and French."""

import re
from collections.abc import Callable, Collection, Iterator

from privrag.pseudonymize.lexicon import NUMBER_LABELS, PLATE_LABELS
from privrag.pseudonymize.matches import DocumentText, Match, lines_with

ID_NOUN = (
    r"staff|employee|personnel|payroll|badge|worker|customer|client|contract|case|file|"
    r"invoice|policy|ticket|incident|account|acct|member(?:ship)?"
    r"|passport|aadhaa?r|tax(?:payer)?|order|patient|medical record|record|claim|application|"
    r"applications|licen[sc]e|driver'?s? licen[sc]e|driving licen[sc]e|permit|visa|identity "
    r"card|id card|identification"
    r"|registration|booking|reservation|reference|student|matriculation|tenant|user|visitor|"
    r"supplier|vendor|insurance|certificate|docket|loan|card"
    r"|purchase order|work order|asset|meter|subscriber|participant|national|health insurance|"
    r"vehicle|licen[sc]e plate|request|offer|quotation|quote|report|inventory|delivery note|plate|"
    r"number plate|matter|deed|transaction|project|complaint|plot|parcel|land register|decision"
)
_NUMBER = r"(?:ids?\b|i\.d\.|nos?\b\.?|nr\b\.?|numbers?\b|num\b\.?|#|code\b|ref(?:erence)?\b\.?)"
_GERMAN = (
    r"(?:personal|mitarbeiter|kunden|vertrags?|rechnungs?|steuer|ausweis|reisepass|pass|"
    r"versicherungs?|versicherten|mitglieds?|vorgangs?|ticket|konto|auftrags?|bestell"
    r"|akten|fall|patienten|fahrgestell|führerschein|antrags?|schaden|policen|matrikel|zähler|"
    r"lieferanten|buchungs?|stamm|dienst|kassenzeichen|handelsregister)"
    r"-?[ ]?(?:nummern?|nr\b\.?|id\b|identifikationsnummer|zeichen)|aktenzeichen|"
    r"geschäftszeichen|az\.|kd\.-?nr\.?|steuer-?id(?:nr\.?)?|ust-?id(?:-?nr\.?|nr\.?)?|"
    r"personalausweis"
)
_FRENCH = (
    r"(?:(?:n[°ºo]|nos?\.?|numéro|num\.|réf(?:érence)?\.?|code|identifiant)[ \u00a0]?"
    r"(?:(?:de|du|d['’]|des|la|le|l['’])[ ]?){0,2}(?:client(?:e)?|dossier|contrat|facture|"
    r"commande|police|adhérent|abonné|compte|salarié|employé|matricule|passeport|permis|"
    r"(?:carte (?:d['’]identité|vitale|de séjour))|sinistre|allocataire|patient|devis|badge|"
    r"sécurité sociale|assuré|siret|siren|tva|membre|réservation|ticket|affaire|rg|fiscal|titre)|"
    r"(?:client|dossier|contrat|facture|commande|police|sinistre|devis|compte)e?[ \u00a0]n[°º]|"
    r"matricule|siret|siren|réf\. (?:client|dossier)|référence (?:client|dossier))"
)
ID_LABEL = (
    rf"(?:(?:{ID_NOUN})[ _-]?{_NUMBER}|{_GERMAN}|{_FRENCH}|mrn|vin|(?:vat|tax|nhs|tin|ein|dni|nif|"
    rf"npi)(?:[ -]?(?:id|no\.?|number|reg(?:istration)? no\.?))?)"
)
"""A label that makes the value beside it an id: a noun with "no.", "number", "id"; a compound."""

_FOREIGN_NOUN = (
    r"(?:reise)?pass|(?:personal|dienst)?ausweis|führerschein|kund(?:e|in)|vertrag|rechnung|auftrag|"
    r"akte|vorgang|mitglied|passeport|permis de conduire|carte d['’]identité|dossier|contrat|"
    r"facture|adhérent|abonné"
)
_PLAIN = (
    r"(?=[A-Z0-9./_-]{0,24}\d)[A-Z0-9](?:[A-Z0-9]|"
    r"[./_-](?=[A-Z0-9])){2,40}(?:[ ](?=\d{2,}\b)\d{2,12}){0,4}"
)
_IN_GROUPS = r"\d{1,4}(?:[ ]\d{2,4}){2,5}"
_VALUE = rf"(?P<id>{_PLAIN})(?![A-Z0-9])"
_LABELLED = re.compile(
    rf"(?i)(?<![a-z0-9]){ID_LABEL}[ \t\u00a0]*(?:\([^)\n]{{1,20}}\))?[ \t]*(?:\||is\b|ist\b|est\b|"
    rf"lautet\b|was\b|:|=|#)?[ \t\u00a0]*[:#*\"'(]{{0,3}}[ \t]*"
    rf"(?P<id>{_PLAIN}|{_IN_GROUPS})(?![A-Z0-9])"
)
_LISTED = re.compile(
    rf"(?i)(?<![a-z0-9])(?:{ID_NOUN})s?[ ](?:nos\b\.?|numbers|nrs\b\.?)[ ]?"
    rf"(?P<ids>[A-Z0-9./-]{{2,20}}(?:(?:,[ ]|[ ]and[ ]|,[ ]and[ ]|[ ]or[ ])"
    rf"[A-Z0-9./-]*\d[A-Z0-9./-]*){{1,40}})"
)
_LISTED_ID = re.compile(r"[A-Za-z0-9./-]*\d[A-Za-z0-9/-]*")
_BARE = re.compile(
    rf"(?i)(?<![a-z0-9])(?:(?:{ID_NOUN})s?|{_FOREIGN_NOUN})(?![a-zà-ÿ])[ \t]*"
    rf"(?P<mark>[:#]|[(]no\.)?[ \t]*#?{_VALUE}"
)
_PAPER = re.compile(
    r"(?i:(?<![a-z0-9])(?:passport|(?:reise)?pass|passeport|(?:personal|dienst)?ausweis|"
    r"identity card|id card|(?:driving |driver'?s |pilot'?s )?licen[cs]e|führerschein|"
    r"permis(?: de conduire)?|carte d['’]identité|(?:residence |work )?permit|visa)"
    r"(?:,?[ ](?:number|no\b\.?|nr\b\.?|nummer|n°))?"
    r"[ \t]{0,3}(?:(?:is|was|ist|war|est|lautet)\b|[:#=|])?)[ \t]{0,3}"
    r"(?P<id>(?:[A-Z]{1,6}[ -]?)?[A-Z]{0,3}\d[A-Z0-9]{1,11}"
    r"(?:[ -](?=[A-Z]{0,3}\d)[A-Z0-9]{2,9}){0,4})(?![A-Za-z0-9])"
)
"""Papers of a person, whose numbers are written in groups, also behind "is"."""
_NUMBERED = re.compile(
    r"(?i:\b(?:number|no\.|nr\.|nummer|zeichen|reference|ref\.?|id|code))"
    r"[ \t]*(?i:is\b|ist\b|:)?[ \t]*[:#]?[ \t]*"
    r"(?P<id>[A-Z]{1,5}[-/]?\d{3,}[A-Z0-9/-]*)(?![\w-])"
)
_JSON_ID = re.compile(
    rf"(?i)\"(?:{ID_NOUN}|{ID_LABEL})\"[ \t]*:[ \t]*\"(?P<id>[A-Z0-9][A-Z0-9./_-]{{2,30}})\""
)
_FILE_MARK = re.compile(
    r"(?i:\b(?:number|no\.|nr\.|nummer|aktenzeichen|zeichen|reference|ref\.?)[ \t]*:?[ \t]*)"
    r"(?P<id>[A-Z]{1,4} \d{1,6}/\d{2,4})(?!\w)"
)
_COURT_FILE = re.compile(
    r"(?<![\w.,/-])(?P<id>(?:(?:[IVX]{1,5}|\d{1,4})[ ][A-Z][A-Za-z]{0,4}[ ]){1,2}"
    r"(?P<serial>\d{1,6})/\d{2,4})"
    r"(?![\w/]|[.,]\d)"
)
_COURT_LABEL = re.compile(
    r"(?i)\b(?:aktenzeichen|geschäftszeichen|az\.?|gz\.?|(?:case|file|docket) (?:no\.?|number))"
    r"[ \t]*:?[ \t*]*\Z"
)


def _any_of(labels: Collection[str]) -> str:
    longest_first = sorted(labels, key=lambda label: (-len(label), label))
    return "|".join(re.escape(label).replace("\\ ", "[ _-]?") for label in longest_first)


_OF_SOMEBODY = re.compile(
    rf"(?i)(?<![a-z0-9])(?:{ID_LABEL})[ ](?:von|für|of|for|de|der|des|du)[ ][^\n\d:;.]{{2,40}}?"
    rf"(?:[ ](?:is|was|ist|war|lautet|est)\b:?|:)[ ](?P<id>{_PLAIN}|{_IN_GROUPS})(?![A-Z0-9])"
)
"""`Die Personalnummer von Ann Lee ist 558812`."""
_OWN_NUMBER = re.compile(
    rf"(?i)(?<![a-z0-9])(?:{_any_of(NUMBER_LABELS)})(?![a-z0-9])[ \t]{{0,2}}"
    rf"(?:is\b|ist\b|est\b|was\b|lautet\b|[:=#|])?[ \t]{{0,2}}[\"'#]?"
    rf"(?P<id>\d(?:[ -]?\d){{5,19}})(?![\w-]|[.,]\d)"
)
_PLATE_NUMBER = re.compile(
    rf"(?:(?<![\w-])(?i:{_any_of(PLATE_LABELS)}|reg\b\.?(?:[ ]no\.?)?|registration|"
    rf"(?:car|van|vehicle|auto|wagen|voiture)(?=[ ](?:is|was|ist|:)))(?![\w])"
    rf"[ \t]{{0,2}}(?i:(?:is|was|ist|war|est|number)\b|[:=#(|])?[ \t]{{0,2}}[\"']?)"
    rf"(?P<id>[A-Z]{{2}}\d\d[ ]?[A-Z]{{3}}|[A-Z]{{2,3}}[ ]\d{{3}}[- ]?\d{{3}}|"
    rf"[A-Z]{{2}}[- ]\d{{3}}[- ][A-Z]{{2}}|[A-Z]{{1,3}}\d{{1,4}}[ -]?[A-Z]{{2,3}}|"
    rf"[A-ZÄÖÜ]{{1,3}}[ -][A-Z]{{1,2}}[ -]?\d{{1,4}}[EH]?|"
    rf"[A-Z]{{2,3}}[ -]\d{{2,4}}[ -][A-Z]{{1,3}}|[A-Z]{{3}}[ -]?\d{{3,4}}|"
    rf"[A-Z]{{2}}[ -]?\d{{3,6}})(?![\w]|[-.]\w)"
)
_PLATE = re.compile(
    r"(?i:\b(?:plate|registration|kennzeichen)\b[^\n]{0,20}?)"
    r"(?P<id>(?<!\w)[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\d{1,4}(?!\w))"
)
_REGISTRATION = re.compile(
    r"(?<![\w-])(?:GMC|NMC|HCPC|SRA|GDC|GPhC|GOC|BSB|ARB|ICAEW|ACCA|RCVS|MRCVS|BACP|RPPS|ADELI|LANR|"
    r"BSNR|NPI|DEA|AHPRA|INAMI|BIG|Ofsted)"
    r"(?i:[ -](?:reg(?:istration|\.)?|membership|roll|licen[cs]e|pin|id))?"
    r"(?i:[ -]?(?:no\b\.?|nr\b\.?|number|pin|id|ref\b\.?|#))?[ \t]{0,2}(?:is\b|[:#=])?[ \t]{0,2}"
    r"(?P<id>[A-Z]{0,4}\d(?=(?:[A-Z]{0,2}\d){4})[A-Z\d]{4,11})(?![\w-])"
)
"""Numbers under which a profession registers its people; the register alone is the label."""
_APPLICATION = re.compile(r"(?<![\w./-])(?!(?:19|20)\d\d/)(?P<id>\d{3,6}/\d{2})(?![\w/]|[.,]\d)")
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}|(?:19|20)\d\d(?:[-/](?:19|20)?\d\d)?|"
    r"\d+(?:[.,]\d+)?[a-z]{1,3}|\d{1,2}[.,]\d{1,2}|\d+(?:st|nd|rd|th)",
    re.I,
)
_DIGIT = re.compile(r"\d")
_CODED = re.compile(r"[A-Z]{1,6}[-/ ]?\d{3,}[A-Z0-9/-]*")
_STANDARD = re.compile(
    r"(?:ISO|IEC|EN|DIN|RFC|VDE|IEEE|UTF|SHA|CVE|RAL|BS|ASTM|ANSI|NFPA|UL|HTTP|PEP)[-/]?\d"
)
_FIELD_NAME = re.compile(r"(?=(?:.*_)?[a-z]{4,}(?:_|\Z))[a-z]\w*")
"""`d1_vaccinated_by`, `dose_2_date`."""
_STRONG_ID = re.compile(r"(?=.*\d{3})(?:.*[A-Z].*|\d{5,}|.*\d[-/.]\d.*)", re.I)

_MIN_PAPER_DIGITS, _MIN_BARE_DIGITS = 5, 7
_MIXED_ID = re.compile(r"(?=(?:[A-Z]*\d){4})(?=\d*[A-Z])[A-Z\d]{7,20}")
"""`C01X00T47`: capitals with four digits or more between them."""


def find_labelled_ids(document: DocumentText) -> Iterator[Match]:
    """`staff no. 4711`, `Kundennummer: K-20931`; without "no." only what looks like one."""
    text = document.text
    for start, end in lines_with(_DIGIT, text):  # an id stands in the line of its label
        for listed in _LISTED.finditer(text, start, end):
            for match in _LISTED_ID.finditer(text, *listed.span("ids")):
                yield Match("ID", *match.span(), 0.75, "labelled.list")
        for name, pattern, accept, score in _RULES:
            for match in pattern.finditer(text, start, end):
                if accept(match):
                    yield Match("ID", match.start("id"), match.end("id"), score, f"labelled.{name}")


def _is_no_date(match: re.Match[str]) -> bool:
    return _DATE.fullmatch(match["id"]) is None


def _is_labelled(match: re.Match[str]) -> bool:
    """Not a date, and behind the border of a cell not the name of the next field."""
    beside = "|" in match.string[match.start() : match.start("id")]
    return _is_no_date(match) and not (beside and _FIELD_NAME.fullmatch(match["id"]))


def _is_of_paper(match: re.Match[str]) -> bool:
    letters = any(c.isalpha() for c in match["id"])
    least = _MIN_PAPER_DIGITS if letters else _MIN_BARE_DIGITS
    return _is_no_date(match) and sum(c.isdigit() for c in match["id"]) >= least


def _is_strong(match: re.Match[str]) -> bool:
    value = match["id"]
    if not _is_no_date(match):
        return False
    if not re.search(r"\d{3}", value):
        return _MIXED_ID.fullmatch(value) is not None and not _STANDARD.match(value)
    return _STRONG_ID.fullmatch(value) is not None or match["mark"] is not None


def _is_court_file(match: re.Match[str]) -> bool:
    """`12 O 345/24`; a short serial, as in `3 A 40/25`, only behind its label."""
    before = max(0, match.start() - 32)
    return len(match["serial"]) > 2 or bool(
        _COURT_LABEL.search(match.string, before, match.start())
    )


def is_coded(value: str) -> bool:
    """Letters and at least three digits, as in `ZB-208746`; not a standard such as `ISO-9001`."""
    return _CODED.fullmatch(value) is not None and not _STANDARD.match(value)


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool], float], ...] = (
    ("number", _LABELLED, _is_labelled, 0.8),
    ("noun", _BARE, _is_strong, 0.6),
    ("paper", _PAPER, _is_of_paper, 0.75),
    ("numbered", _NUMBERED, lambda match: not _STANDARD.match(match["id"]), 0.6),
    ("json", _JSON_ID, lambda match: is_coded(match["id"]), 0.75),
    ("file_mark", _FILE_MARK, lambda _: True, 0.6),
    ("court_file", _COURT_FILE, _is_court_file, 0.6),
    ("plate", _PLATE, lambda _: True, 0.6),
    ("plate", _PLATE_NUMBER, lambda _: True, 0.7),
    ("of_somebody", _OF_SOMEBODY, _is_no_date, 0.75),
    ("own_number", _OWN_NUMBER, lambda _: True, 0.75),
    ("registration", _REGISTRATION, _is_no_date, 0.75),
    ("case_number", _APPLICATION, lambda _: True, 0.6),
)
"""Name, pattern with a group `id`, what it must also be, score."""
