"""What a header cell of a table says of the cells under it: people, numbers of people, things."""

import re
from collections.abc import Sequence

from privrag.pseudonymize.lexicon import (
    GIVEN_NAMES_TOO,
    INITIAL,
    LETTER,
    PARTICLE,
    PARTICLES,
    SURNAMES_TOO,
    WORD,
    fold,
    is_given_name,
    is_organisation_word,
    words_of,
)
from privrag.pseudonymize.recognizers.cells import Cell
from privrag.pseudonymize.recognizers.column import held_by, words_of_header
from privrag.pseudonymize.recognizers.labelled import ID_LABEL, ID_NOUN
from privrag.pseudonymize.recognizers.person import NAME_LABEL
from privrag.pseudonymize.recognizers.register import is_short_name, speaks_of_one

_NO_PERSON = re.compile(
    r"(?i)\b(?:company|firm|organi[sz]ation|product|file|item|project|site|device|part|model|"
    r"street|city|event|host|domain|brand|place"
    r"|room|station|team|department|group|article|material|plant|system|type|id|no|nr|number|"
    r"date|e-?mail|phone|tel|code|role|count|age"
    r"|status|title|rate|cost|hours|days|salary|address)\b"
)
_PEOPLE = re.compile(
    rf"(?i)\W*(?:(?:responsible|assigned|primary|backup|on-call|site|main|line|case|"
    rf"shift)[ /-])?(?:{NAME_LABEL})\W*(?:\([^)]*\))?\W*"
)
_BESIDE_PEOPLE = re.compile(
    r"(?i)\W*(?:backup|back-up|second|substitute|stand-?in|cover|vertretung|stellvertret(?:ung|er(?:in)?)|"
    r"suppléante?)\W*"
)
"""Headers of people in a table that has a column of people, of things else."""
_PLAIN_NAME = re.compile(
    r"(?i)\W*(?:employee|staff|full|contact|customer|client|first|last|family|given|person|"
    r"member|user|patient)?s?[ /,-]*(?:name|surname|firstname|lastname|vorname|nachname|"
    r"pr[ée]nom|nom|"
    r"person|people)s?\W*"
)
_BARE_NAME = re.compile(r"(?i)\W*names?\W*")
_OF_THINGS = re.compile(
    r"(?i)\b(?:type|default|description|values?|units?|required|optional|version|size|format|price|"
    r"costs?|quantity|qty|stock|amount|capacity|path|url|link|file|port|ip|mac|model|sku|vendor|"
    r"manufacturer|example|meaning|purpose|usage|property|parameter|key|typ|beschreibung|wert|"
    r"einheit|preis|menge)\b"
)
"""Headers beside `name` in a table that lists things."""
_ID_NOUN = re.compile(rf"(?i)\W*(?:{ID_NOUN}|number|no\.?|nr\.?|nummer)s?\W*")
_ID = re.compile(
    rf"(?i)\W*(?:{ID_LABEL})\W*|\W*(?:id|nr\.?|personal-?id|staff|badge)(?: ?(?:no\.?|number|"
    rf"id))?\W*"
)
_PHONE = re.compile(
    r"(?i)\W*(?:(?:work|home|office|direct|mobile|cell|business)[ -])?(?:tele)?(?:phone|fax|"
    r"t[ée]l\.?|t[ée]l[ée]phone|portable|telefon|mobile|mobil|cell|handy|durchwahl|"
    r"direct line|extension)(?: ?(?:no\.?|"
    r"number|nr\.?))?\W*"
)
_PHONE_FIELD = re.compile(
    r"(?i)(?:[a-z]+_)*(?:(?:mobile|phone|telephone|cell)_?(?:no|num|nr|number)?|"
    r"p?c(?:ontact)?_?(?:num|number))"
)
"""As a register's export writes it: `registered_mobile`, `patient_mobilenumber`, `pcnumber`."""
_ID_FIELD = re.compile(
    r"(?i)(?:[a-z]+_)*(?:(?:patient|beneficiary|person|member|customer|client|employee|staff|"
    r"citizen|insured|subject)(?:_reference)?_?(?:id|no|num|nr|number)|uhid|mrn|idcpatient|"
    r"(?:icmr|srf)_?(?:id|no|num|number))"
)
_MAX_CELL = 60
_PERSON_WORDS = re.compile(
    rf"(?:{PARTICLE} ){{0,2}}(?:{INITIAL}|{WORD})"
    rf"(?: (?:{PARTICLE} ){{0,2}}(?:{INITIAL}|{WORD})){{0,3}}"
)
_NOBODY = words_of("no_people.txt")
_SAID_OF_NOBODY = frozenset(
    {
        "an", "as", "at", "be", "been", "by", "employees", "for", "given", "grand", "has", "have",
        "hire", "in", "information", "is", "members", "new", "of", "on", "one", "or", "overall",
        "patients", "people", "position", "post", "provided", "recorded", "request", "the", "to",
        "user", "users", "was", "yet",
        "angabe", "bekannt", "ist", "noch", "oben", "wird", "zu",
        "au", "de", "disponible", "du", "est", "la", "le", "non", "ou", "pas",
    }
)  # fmt: skip
"""Words between those: `Assigned to nobody`, `noch nicht bekannt`."""
_MAY_BE_FIRMS = frozenset(
    {"client", "contact", "cust", "customer", "holder", "kunde", "kunden", "landlord", "member",
     "payee", "payer", "subscriber", "tenant"}
)  # fmt: skip
"""Words of headers under which companies stand, too."""


def kind_of_header(label: str) -> str | None:
    if len(label) > 40:
        return None
    held = held_by(label)
    if held == "NAME" or is_people_label(label):
        return "PERSON"
    words = " ".join(words_of_header(label))
    if _PHONE.fullmatch(label) or _PHONE_FIELD.fullmatch(label) or _PHONE.fullmatch(words):
        return "PHONE"
    if _ID.fullmatch(label) or _ID_FIELD.fullmatch(label):
        return "ID"
    return "CODE" if held or _ID_NOUN.fullmatch(label) else None


def is_plain_name(label: str) -> bool:
    if _PLAIN_NAME.fullmatch(label):
        return True
    return held_by(label) == "NAME" and words_of_header(label)[-1].endswith(("name", "names"))


def is_people_label(cell: str) -> bool:
    """Whether a header cell says that people stand under it."""
    if _PLAIN_NAME.fullmatch(cell):
        return True
    return _PEOPLE.fullmatch(cell) is not None and not _NO_PERSON.search(cell)


def is_of_people(header: Sequence[Cell]) -> bool:
    """Whether each row is about one person: `Vorname`, `Patient`, or `Name` beside `DOB`."""
    people = [cell.text for cell in header if is_people_label(cell.text)]
    return any(not _BARE_NAME.fullmatch(label) for label in people) or (
        bool(people) and any(speaks_of_one(cell.text) for cell in header)
    )


def is_of_things(header: Sequence[Cell]) -> bool:
    """Whether a table with these headers lists things: `Default`, `Unit`, `Price`."""
    return any(_OF_THINGS.search(cell.text) for cell in header)


def is_bare_name(label: str) -> bool:
    """`Name` alone, which things have, too."""
    return _BARE_NAME.fullmatch(label) is not None


def stands_in_for_people(label: str) -> bool:
    """`Backup`, `Kürzel`: people beside a column of people."""
    return _BESIDE_PEOPLE.fullmatch(label) is not None or is_short_name(label)


def is_person_of_words(cell: str, label: str, *, of_people: bool) -> bool:
    """Whether a cell of capitalised words is a person, whatever else the words are: `Will Power`.

    Under `patient_name` every one is, but a place held open or an organisation. Under a role or
    what companies are, too, and under `name` in a table of people, one that opens as names do.
    """
    if len(cell) > _MAX_CELL or not _PERSON_WORDS.fullmatch(cell):
        return False
    words = [w for w in re.findall(rf"[{LETTER}]+", cell) if w not in PARTICLES]
    if not words:
        return False
    if len(words) > 1 and all(w.isupper() for w in words) and not of_people:
        return False
    named = is_given_name(words[0]) or fold(words[0]) in GIVEN_NAMES_TOO
    if not named and _NO_PERSON.search(cell):
        return False
    if any(is_organisation_word(w) and w.casefold() not in SURNAMES_TOO for w in words):
        return False
    if is_surely_of_people(label):
        return len(words[0]) > 1 or len(words) > 1
    if is_bare_name(label) and not of_people:
        return False
    return len(words) > 1 and named


def is_held_open(cell: str) -> bool:
    """`Not Available`, `Total`, `Assigned to nobody`: nobody stands in this cell.

    One word more, and somebody may: `Martin Guest`.
    """
    words = {word.casefold() for word in re.findall(rf"[{LETTER}]+", cell)}
    return not words.isdisjoint(_NOBODY) and words <= _NOBODY | _SAID_OF_NOBODY


def is_surely_of_people(label: str) -> bool:
    """`patient_name`, `Vorname`, `employee`: nothing else than people stands under it."""
    return held_by(label) == "NAME" and _MAY_BE_FIRMS.isdisjoint(words_of_header(label))
