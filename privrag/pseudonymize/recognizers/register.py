"""Registers of people: a column headed `Login`, `Strasse` or `SV-Nr` is that type in every row.

Patterns know most values of such a column and miss the odd one: a street without a suffix, a login
of plain letters, a foreign number. One row in clear beside a pseudonym is that person's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privrag.pseudonymize.lexicon import LETTER, is_ordinary_word
from privrag.pseudonymize.matches import CHECKSUM, PATTERN, DocumentText, Match
from privrag.pseudonymize.recognizers.cells import Cell, span_of
from privrag.pseudonymize.recognizers.column import words_of_header
from privrag.pseudonymize.recognizers.national import IDENTITY, INSURANCE

_NUMBER = r"(?:[ -]?(?:no|nr|num|number|nummer|numero|id)\.?)?"
_LOGIN = re.compile(
    r"(?:login|log ?in|user ?name|account ?name|screen ?name|nick ?name|benutzer(?:name|kennung)|"
    r"anmeldename|nutzername|kennung|identifiant|nom d utilisateur|skype|telegram|github|twitter|"
    r"slack|(?:ad|ldap|windows|unix|sso|network) (?:user|login|account|name)|user login)"
    r"(?: name| id| account)?"
)
_LOGIN_OF_ONE = re.compile(r"user|benutzer|handle|alias|account|utilisateur|user id")
_HANDLES = re.compile(
    r"(?:(?:team|project|tech|service|product|shift) )?(?:lead|owner|backup|deputy|approver|"
    r"assignee|reviewer|editor|author|manager|responsible|contact|on ?call|"
    r"vertretung|zuständig|bearbeiter)"
)
_SHORT_NAMES = re.compile(
    r"k(?:ü|ue)rzel|namensk(?:ü|ue)rzel|signatur|signature|signum|sign|initials?|initialen|sigle|"
    r"paraphe?|short ?name"
)
_ADDRESS = re.compile(
    r"(?:stra(?:ß|ss)e|str|street|rue|via|calle)"
    r"(?: (?:und )?(?:haus)?(?:no|nr|nummer|number|name))?|"
    r"stra(?:ß|ss)ennr|street address|hausn(?:umme)?r|house (?:no|number)|"
    r"(?:(?:home|postal|private|residential|mailing|street|permanent|current) )?address(?: line)?|"
    r"(?:privat|wohn|post)?(?:anschrift|adresse)|wohnort|ort|stadt|city|town|residence|domicile|"
    r"ville|commune|localité|comune|indirizzo|"
    r"(?:plz|postleitzahl|zip|zip code|zipcode|"
    r"postcode|post code|postal code|code postal|cap)"
    r"(?: (?:und )?(?:wohnort|ort|stadt|city|town|ville))?"
)
_PAY = re.compile(
    r"(?:(?:brutto|netto|monats|jahres|grund|stunden)?(?:gehalt|lohn)|bez[üu]ge|"
    r"(?:(?:gross|net|annual|monthly|yearly|base|basic|current|new|old) )?"
    r"(?:salary|salaries|pay|wage|wages|income|earnings|compensation|remuneration|bonus|pension)|"
    r"salaire|rémunération|prime|stipendio|salario|sueldo)"
    r"(?: (?:brutto|netto|gross|net|brut|eur|gbp|usd|chf|per month|per year|p a))?"
)
_PAPERS = re.compile(
    rf"(?:passport|reisepass|pass|passeport|(?:personal)?ausweis|identity card|id card|visa|"
    rf"(?:driving |drivers? |driver s )?licen[cs]e|führerschein|permis(?: de conduire)?|"
    rf"(?:residence|work) permit|(?:health |medical )?insurance|kranken(?:kasse|versicherung)s?|"
    rf"versicherten|versicherungs?|kv|tax|steuer|student|matriculation|matrikel|membership|"
    rf"mitglieds?|patienten?|kunden|personal|pers|mitarbeiter|staff|employee){_NUMBER}"
)
_NATIONAL = re.compile(rf"(?i)\W*(?:(?P<insurance>{INSURANCE})|{IDENTITY})\W*")
_BIRTH = re.compile(
    r"geb|geburtsdatum|geburtstag|geboren(?: am)?|dob|date of birth|birth ?date|birth ?day|born|"
    r"né e le|née? le|date de naissance|data di nascita|fecha de nacimiento"
)
_BIRTHPLACE = re.compile(r"geburtsort|place of birth|birth ?place|lieu de naissance|born in")
_GROUP = re.compile(
    r"nationality|staatsangehörigkeit|nationalität|nationalité|citizenship|religion|konfession|"
    r"denomination|ethnicity|ethnic group|faith"
)
_ACCOUNT = re.compile(
    r"iban(?:s| no| nr)?|bank(?: account)?|konto(?:nummer|verbindung)?|account no"
)
_OF_ONE = re.compile(
    r"iban|e ?mail|mail|mobile|mobil|handy|phone|telefon|tel|emergency contact|notfallkontakt|"
    r"passport|login|user ?name|gender|geschlecht|marital status|familienstand|eintritt|hired|"
    r"hire date|joined"
)

_TOKEN = re.compile(rf"@?[{LETTER}\d][{LETTER}\d._\\@+-]{{1,63}}")
_HANDLE = re.compile(
    rf"[{LETTER}]{{1,20}}[._][{LETTER}]{{2,30}}(?:[._-][{LETTER}]{{2,30}})?\d{{0,4}}"
    r"(?<!\.(?:com|net|org|yml|cfg|txt|xml|csv|pdf))(?<!\.(?:io|de|py|js|md))"
    r"(?<!\.(?:yaml|json|toml|html))"
)
_SHORT_NAME = re.compile(rf"{_HANDLE.pattern}|(?![a-zß-ÿ]{{4}})[{LETTER}][{LETTER}.]{{1,4}}")
"""`o.reyes`; initials such as `OR` and `ORe`."""
_NOBODY = frozenset(
    {
        "admin", "administrator", "root", "guest", "test", "user", "system", "none", "ok", "yes",
        "no", "ja", "nein", "oui", "non", "tbd",
    }
)  # fmt: skip
"""A short list, for initials stand in such cells, too: `CI`, `ME`, `PI`."""
_PLACE = re.compile(rf"(?=.*(?:[{LETTER}]{{2}}|\d)).{{1,80}}")
_SUM = re.compile(
    r"(?:[A-Z]{3}|[$€£¥])?[ \u00a0]?\d{1,9}(?:[.,'’ \u00a0]\d{3}){0,3}(?:[.,]\d{1,2})?"
    r"(?:[ \u00a0]?[kK])?[ \u00a0]?(?:[A-Z]{3}|[$€£¥]|,-|zł|kr|Kč)?"
)
_OWN_NUMBER = re.compile(
    rf"(?=(?:.*\d){{4}})[{LETTER}\d](?:[{LETTER}\d ./_:#-]{{2,38}})[{LETTER}\d]"
)
_DATE = re.compile(r"\d{1,4}[./ -]\d{1,2}[./ -]\d{1,4}|\d{6}|\d{8}|\d{1,2}\.? \w{3,9}\.? \d{2,4}")
_WORDS = re.compile(rf"[{LETTER}][{LETTER} .'’/()-]{{1,40}}")
_IBAN = re.compile(r"(?i)[a-z]{2}\d{2}[ ]?[a-z0-9]{2}[a-z0-9 ]{8,32}[a-z0-9]")
_MAX_CELL = 100
_HELD_OPEN = re.compile(r"(?i)n/?a|null|nil|none|unknown|keine?|pending|not? .*|[\W_]*")


@dataclass(frozen=True, slots=True)
class _Column:
    """A type of column: how it is headed, and what its values look like."""

    label: str
    header: re.Pattern[str]
    value: re.Pattern[str]
    of_people: bool = True
    """Only where each row is about a person."""
    rank: int = PATTERN


_COLUMNS = (
    _Column("USERNAME", _LOGIN, _TOKEN, of_people=False),
    _Column("USERNAME", _LOGIN_OF_ONE, _TOKEN),
    _Column("USERNAME", _HANDLES, _HANDLE),
    _Column("USERNAME", _SHORT_NAMES, _SHORT_NAME),
    _Column("IBAN", _ACCOUNT, _IBAN, rank=CHECKSUM),
    _Column("DATE", _BIRTH, _DATE, of_people=False),
    _Column("LOCATION", _BIRTHPLACE, _WORDS),
    _Column("GROUP", _GROUP, _WORDS),
    _Column("ADDRESS", _ADDRESS, _PLACE),
    _Column("AMOUNT", _PAY, _SUM),
    _Column("ID", _PAPERS, _OWN_NUMBER),
)


def find_in_register(
    document: DocumentText, rows: Sequence[Sequence[Cell]], *, of_people: bool
) -> Iterator[Match]:
    """Each cell under a header that is sure of its type; `rows` begin with the header."""
    for index, head in enumerate(rows[0] if rows else ()):
        column = _column(head.text)
        if column is None or (column.of_people and not of_people):
            continue
        for row in rows[1:]:
            cell = row[index] if len(row) == len(rows[0]) else None
            if cell is not None and _holds(column, cell.text):
                start, end = span_of(document.text, cell)
                yield Match(column.label, start, end, 0.75, "register.column", column.rank)


def speaks_of_one(header: str) -> bool:
    """Whether things have no such column: birth, pay, a login, a mobile phone."""
    words = _words(header)
    return any(p.fullmatch(words) for p in (_OF_ONE, _BIRTH, _PAY, _PAPERS, _GROUP, _BIRTHPLACE))


def is_short_name(header: str) -> bool:
    """`Kürzel`, `Initials`: how a register abbreviates people."""
    return _SHORT_NAMES.fullmatch(_words(header)) is not None


def _words(header: str) -> str:
    return " ".join(words_of_header(header))


def _column(header: str) -> _Column | None:
    if not header or len(header) > 40:
        return None
    if national := _NATIONAL.fullmatch(header):
        label = "SSN" if national["insurance"] else "ID"
        return _Column(label, _NATIONAL, _OWN_NUMBER, of_people=False, rank=CHECKSUM)
    words = _words(header)
    return next((column for column in _COLUMNS if column.header.fullmatch(words)), None)


def _holds(column: _Column, cell: str) -> bool:
    if len(cell) > _MAX_CELL or _HELD_OPEN.fullmatch(cell):
        return False
    if column.value.fullmatch(cell) is None:
        return False
    if column.label != "USERNAME":
        return True
    if cell.casefold() in _NOBODY or cell.isdigit():
        return False
    return not is_ordinary_word(cell) or (column.value is _SHORT_NAME and cell.isupper())
