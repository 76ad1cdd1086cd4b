"""What the key before a value says that the value is: `full_name`, `pesel`, `userId`, `owner`."""

import functools
from typing import Literal

from privrag.pseudonymize.lexicon import NUMBER_LABELS, PLATE_LABELS, glued
from privrag.pseudonymize.recognizers.column import held_by, words_of_header

Held = Literal[
    "GIVEN", "SURNAME", "FULL", "FIRST", "LAST", "NAME", "ROLE", "USERNAME", "ID", "PLATE", "PHONE",
    "STREET", "POSTCODE", "TOWN", "MAIL", "BORN", "LONG",
]  # fmt: skip
"""Parts of names; `name` and roles, which things have too; a number if it is a long one; the rest
as it is called."""

PERSONAL: frozenset[Held] = frozenset({"GIVEN", "SURNAME", "FULL", "ID", "PHONE", "MAIL", "BORN"})
"""Kinds of keys that only a person's record has."""

_WHOLE: dict[str, Held] = {
    **dict.fromkeys(
        ("firstname", "forename", "vorname", "prenom", "prénom", "rufname", "imię", "förnamn"),
        "GIVEN",
    ),
    **dict.fromkeys(
        ("surname", "lastname", "nachname", "familienname", "geburtsname", "apellido", "apellidos",
         "cognome", "nazwisko", "achternaam", "efternamn"),
        "SURNAME",
    ),
    **dict.fromkeys(("fullname", "realname", "displayname"), "FULL"),
    **dict.fromkeys(glued(PLATE_LABELS), "PLATE"),
    **dict.fromkeys(glued(NUMBER_LABELS), "ID"),
    **dict.fromkeys(("mac", "rib"), "LONG"),
    **dict.fromkeys(("first", "given"), "FIRST"),
    **dict.fromkeys(("last", "family"), "LAST"),
    **dict.fromkeys(
        ("login", "user", "usr", "uid", "handle", "nick", "nickname", "logon", "benutzer",
         "benutzername", "kennung", "utilisateur", "identifiant", "usuario", "gebruiker", "skype",
         "samaccountname", "loginname"),
        "USERNAME",
    ),
    **dict.fromkeys(
        ("pesel", "nino", "nif", "nie", "dni", "cpf", "bsn", "curp", "cnp", "egn", "jmbg", "oib",
         "ssn", "svnr", "ahv", "ahvnr", "passport", "passeport", "reisepass", "reisepassnummer",
         "ausweis", "ausweisnummer", "personalausweis", "personnummer", "personalnummer",
         "mitarbeiternummer", "kundennummer", "cpr", "hetu", "amka", "nhs", "mrn", "aadhaar",
         "aadhar", "matricule", "insee", "codicefiscale", "steuerid", "steuernummer",
         "sozialversicherungsnummer", "führerschein", "niss", "nss", "ppsn", "tckn", "rodnecislo"),
        "ID",
    ),
    **dict.fromkeys(
        ("phone", "tel", "telephone", "telefon", "téléphone", "mobile", "mobil", "cell", "handy",
         "fax", "cellphone", "msisdn", "whatsapp", "landline"),
        "PHONE",
    ),
    **dict.fromkeys(
        ("street", "strasse", "straße", "rue", "calle", "line", "addr", "addressline"),
        "STREET",
    ),
    **dict.fromkeys(
        ("city", "town", "ville", "ort", "stadt", "wohnort", "commune", "ciudad", "locality"),
        "TOWN",
    ),
    **dict.fromkeys(("postcode", "zip", "zipcode", "plz", "postleitzahl"), "POSTCODE"),
    **dict.fromkeys(("email", "mail"), "MAIL"),
    **dict.fromkeys(("dob", "birthday", "birthdate", "geburtsdatum", "born"), "BORN"),
}  # fmt: skip
"""Keys of one word."""

_ROLES = frozenset(
    {
        "applicant", "approver", "assignee", "attendee", "attendees", "author", "authors",
        "beneficiary", "caller", "cardholder", "claimant", "colleague", "contact", "creator",
        "customer", "debtor", "defendant", "doctor", "driver", "editor", "employee", "guardian",
        "guest", "holder", "husband", "insured", "landlord", "lead", "manager", "mentor", "owner",
        "participant", "participants", "patient", "payee", "payer", "person", "physician",
        "plaintiff", "recipient", "referee", "reporter", "requester", "reviewer", "sender",
        "signatory", "spouse", "student", "supervisor", "teacher", "tenant", "victim", "wife",
        "witness", "mitarbeiter", "kunde", "ansprechpartner", "bearbeiter", "vorgesetzter",
    }
)  # fmt: skip
_THINGS_TOO = frozenset(
    {"author", "contact", "driver", "holder", "lead", "manager", "owner", "person", "recipient",
     "reporter", "sender", "supervisor", "tenant"}
)  # fmt: skip
_BEFORE_NAME: dict[str, Held] = {
    **dict.fromkeys(("first", "given", "f", "middle", "preferred", "christian", "fore"), "GIVEN"),
    **dict.fromkeys(("last", "family", "l", "maiden", "birth", "sur", "second"), "SURNAME"),
    **dict.fromkeys(("full", "legal", "real"), "FULL"),
    **dict.fromkeys(("user", "login", "nick", "screen", "logon"), "USERNAME"),
}
_NAMES = frozenset({"name", "names"})
_PAIRS: dict[tuple[str, str], Held] = {
    ("user", "id"): "USERNAME",
    ("login", "id"): "USERNAME",
    ("remote", "user"): "USERNAME",
    ("db", "user"): "USERNAME",
    ("passport", "number"): "ID",
    ("national", "id"): "ID",
    ("tax", "id"): "ID",
    ("tax", "number"): "ID",
    ("social", "security"): "ID",
    ("codice", "fiscale"): "ID",
    ("insurance", "number"): "ID",
    ("licence", "number"): "ID",
    ("license", "number"): "ID",
    ("license", "no"): "ID",
    ("licence", "no"): "ID",
    ("nhs", "number"): "ID",
    ("security", "number"): "ID",
    ("phone", "number"): "PHONE",
    ("mobile", "number"): "PHONE",
    ("home", "phone"): "PHONE",
    ("work", "phone"): "PHONE",
    ("street", "address"): "STREET",
    ("home", "address"): "STREET",
    ("address", "line"): "STREET",
    ("zip", "code"): "POSTCODE",
    ("postal", "code"): "POSTCODE",
    ("post", "code"): "POSTCODE",
    ("of", "birth"): "BORN",
    ("birth", "date"): "BORN",
    ("mail", "address"): "MAIL",
    ("email", "address"): "MAIL",
}
"""By the last two words."""
_DONE_BY = frozenset({"by", "editor", "author", "owner", "manager", "reviewer", "assignee"})
_NO_USERS = frozenset(
    {
        "add", "by", "create", "default", "delete", "end", "get", "group", "has", "is", "last",
        "max", "min", "new", "no", "num", "per", "power", "role", "single", "update",
    }
)  # fmt: skip
_MAX_WORDS = 4


@functools.lru_cache(maxsize=1 << 13)
def kind_of_key(key: str) -> Held | None:
    """What stands behind the key, where the key is sure of it; None else."""
    words = words_of_header(key.rpartition(".")[2].replace("data-", ""))
    if not words or len(words) > _MAX_WORDS:
        return None
    whole = "".join(words)
    if whole in _WHOLE:
        return _WHOLE[whole]
    if len(words) == 1:
        return _of_one(words[0])
    if (kind := _PAIRS.get((words[-2], words[-1]))) is not None:
        return kind
    if words[-1] in _NAMES:
        kind = _BEFORE_NAME.get(words[-2])
        return kind or ("FULL" if held_by(key) == "NAME" else None)
    if words[-1] in {"user", "login", "username"} and words[-2] not in _NO_USERS:
        return "USERNAME"
    if words[-2:] in {("assigned", "to"), ("reports", "to"), ("opened", "for")}:
        return "ROLE"
    if words[-1] in _DONE_BY and words[-2] not in {"sort", "order", "group", "sorted", "grouped"}:
        return "ROLE"
    if words[-1] in {"nino", "pesel", "ssn", "passport", "phone", "mobile", "email"}:
        return _WHOLE[words[-1]]
    return "ID" if held_by(key) == "OWN_ID" else None


@functools.lru_cache(maxsize=1 << 10)
def speaks_of_person(key: str) -> bool:
    """Whether the key names a person's role, not only a name."""
    words = words_of_header(key)
    return bool(words) and words[-1] in _ROLES - _THINGS_TOO


def _of_one(word: str) -> Held | None:
    if word in _NAMES:
        return "NAME"
    return "ROLE" if word in _ROLES else None
