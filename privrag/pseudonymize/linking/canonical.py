# ruff: noqa: RUF001 - quotes and dashes as people type them
"""One form per entity, so that different spellings meet; and which mentions are the same person.

A wrong split costs recall, a wrong merge shows one person's data as another's: in doubt, split.
"""

import re
import unicodedata
from collections.abc import Sequence

import phonenumbers

from privrag.pseudonymize.cut_words import join_cut_words
from privrag.pseudonymize.lexicon import PARTICLES, TITLE, fold
from privrag.pseudonymize.linking.date_parts import read_date
from privrag.pseudonymize.linking.genders import contradicts
from privrag.pseudonymize.linking.name_order import leading_orders, turned_by_capitals
from privrag.pseudonymize.linking.veiled_mail import plain_mail
from privrag.pseudonymize.names.marked import without_marks

_TITLES = re.compile(rf"^(?:(?:{TITLE}|med)\b\.?\s*)+(?=\S)", re.IGNORECASE)
_CAPITALS = re.compile(r"[^\W\d_a-z]{3}")
_SUFFIX = re.compile(r"(?:,\s*|\s+)(?:jr|sr|phd|ph\.d|md|m\.d|msc|m\.sc|bsc|b\.sc|mba|ii|iii)\.?$")
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
_ARTICLE = re.compile(r"^(?:(?:the|die|der|das|le|la|les)\s+|l['’])")
_EDGES = " \t\r\n.,;:!?'\"`´‘’“”„«»()[]{}<>*_|/\\–—-"
_UNITS = "€$£¥%"
_REGIONS = ("DE", "GB", "US", "FR", "DK", "AT", "CH")
_NORTH_AMERICAN = re.compile(r"(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}")
_TITLE_BEHIND = re.compile(rf"[ ]{TITLE}\.?$", re.IGNORECASE)
_BOOKED = re.compile(r"([^\W\d_][^\d/,]{0,40})/([^\W\d_][^\d/,]{0,40})")
"""`QUIRM/ZOLTA MRS`, as airlines and card terminals write names."""
_INITIALS = re.compile(r"(?<=\b\w)\.\s*")
_MIN_ALIAS = 3
_ESCAPED_OR_CUT = re.compile(r"[%&]|\\u|-\s")


def canonical(label: str, surface: str) -> str:
    """The form under which an entity is looked up; the same for spellings of the same thing.

    PERSON: lower case, no title, no possessive, "Last, First", "LAST First" and `LAST/FIRST` turned
    round. PHONE: E.164 where a numbering plan allows it, else its digits. EMAIL: `(at)` as `@`.
    CARD, IBAN, SSN, ID: upper case, no separators. DATE: ISO 8601 as far as it goes. ORG, LOCATION,
    GROUP: lower case, no article, possessive or accents. ADDRESS, AMOUNT: letters, digits and signs
    of currency. SECRET: as written. Everything else: lower case. Empty only for an empty surface.
    """
    if not surface.isascii() or _ESCAPED_OR_CUT.search(surface):
        surface = unicodedata.normalize("NFKC", join_cut_words(surface).text)
    text = " ".join(surface.split())
    if label == "SECRET":
        return text
    if label == "PERSON":
        return _person(text) or text.casefold()
    if label == "PHONE":
        return _phone(text)
    if label in {"IBAN", "CARD", "SSN", "ID"}:
        return "".join(c for c in text.upper() if c.isalnum()) or text
    if label == "DATE":
        return read_date(text).iso or text.casefold()
    if label in {"ADDRESS", "AMOUNT"}:
        return "".join(c for c in text.casefold() if c.isalnum() or c in _UNITS) or text
    if label in {"ORG", "LOCATION", "GROUP"}:
        return _name_of_a_thing(text) or text.casefold()
    if label == "EMAIL":
        text = plain_mail(text)
    return text.casefold().removeprefix("mailto:").strip()


def alias_forms(label: str, surface: str) -> tuple[str, ...]:
    """Further forms to ask for the entity by, sorted: a person's surname, first and last name.

    Empty for other labels, for a name of one word and for one with digits.
    """
    if label != "PERSON":
        return ()
    name = canonical(label, surface)
    words = name.split()
    if len(words) == 1 or is_coded_name(name):
        return ()
    forms = {_surname(words)}
    forms.add(words[-1])
    if len(words) > 2:
        forms.add(f"{words[0]} {words[-1]}")
    forms = {form for form in forms if len(form) >= _MIN_ALIAS}
    return tuple(sorted(forms - {name}))


def link(surfaces: Sequence[tuple[str, str]]) -> list[str]:
    """The canonical form of each (label, surface) mention of one document, aliases joined.

    A surname, a given name, or initial(s) and surname join the only full name of the document that
    they fit; if they fit two, they stay a form of their own (`Ann Lee` and `Ann M. Lee` are one). A
    full name with its surname first joins the other order if that stands in the document
    (`name_order`). A title of the other gender divides: `Mr Lee` is not Ann Lee.
    """
    forms = [canonical(label, surface) for label, surface in surfaces]
    candidates = _candidates(surfaces)
    return [
        _joined(candidates[form], form, surface) if label == "PERSON" else form
        for (label, surface), form in zip(surfaces, forms, strict=True)
    ]


def ambiguous_people(surfaces: Sequence[tuple[str, str]]) -> set[str]:
    """Canonical forms of people that fit several full names of their document."""
    return {form for form, fits in _candidates(surfaces).items() if len(fits) > 1}


def contradicted(surfaces: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(label, surface) -> the only full name that it fits, of those whom their title divides."""
    candidates = _candidates(surfaces)
    found = {}
    for label, surface in surfaces:
        if label != "PERSON":
            continue
        form = canonical(label, surface)
        only = _only(candidates[form], form)
        if only != form and contradicts(surface, only):
            found[label, surface] = only
    return found


def full_names(surfaces: Sequence[tuple[str, str]]) -> set[str]:
    """Canonical forms of the people who are named in full; of two orders the one that leads."""
    full = _full_forms(surfaces)
    return full.keys() - leading_orders(full).keys()


def _full_forms(surfaces: Sequence[tuple[str, str]]) -> dict[str, None]:
    """Those of people who are named in full, in reading order."""
    people = (canonical(label, surface) for label, surface in surfaces if label == "PERSON")
    return dict.fromkeys(form for form in people if is_full(form.split()))


def _candidates(surfaces: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Each person's form -> the full names of the document that it fits."""
    people = {canonical(label, surface) for label, surface in surfaces if label == "PERSON"}
    by_part: dict[str, list[str]] = {}
    full = _full_forms(surfaces)
    turned = leading_orders(full)
    for form in sorted(full.keys() - turned.keys()):
        words = [w for w in form.split() if w not in PARTICLES]
        for word in {*words, words[0][0]}:
            by_part.setdefault(word, []).append(form)
    fits = {form: [turned[form]] if form in turned else _fitting(form, by_part) for form in people}
    whole = {form: _only(fits[form], form) for form in full}
    return {
        form: list(dict.fromkeys(whole.get(one, one) for one in some))
        for form, some in fits.items()
    }


def _only(candidates: Sequence[str], form: str) -> str:
    return candidates[0] if len(candidates) == 1 else form


def _joined(candidates: Sequence[str], form: str, surface: str) -> str:
    only = _only(candidates, form)
    return form if only != form and contradicts(surface, only) else only


def _person(text: str) -> str:
    text = without_marks(text)
    if _CAPITALS.search(text) and "," not in text and not text.isupper():
        bare = _POSSESSIVE.sub("", text.strip(_EDGES))
        text = turned_by_capitals(_TITLES.sub("", bare))
    name = text.casefold().replace("+", " ").strip(_EDGES)
    if booked := _BOOKED.fullmatch(name):
        name = f"{_TITLE_BEHIND.sub('', booked[2])} {booked[1]}"
    name = _POSSESSIVE.sub("", name)
    name = _SUFFIX.sub("", name)
    if name.count(",") == 1:
        last, first = (part.strip(_EDGES) for part in name.split(","))
        name = f"{first} {last}"
    name = _TITLES.sub("", name.strip(_EDGES))
    name = _TITLES.sub("", _INITIALS.sub(" ", name).strip(_EDGES))
    name = name.replace("’", "'").replace("‐", "-").replace(",", " ")
    return " ".join(name.split()).strip(_EDGES)


def _name_of_a_thing(text: str) -> str:
    name = _POSSESSIVE.sub("", _ARTICLE.sub("", text.casefold().strip(_EDGES)))
    return fold(name.strip(_EDGES).removesuffix("."))


def _phone(text: str) -> str:
    number = text.replace("(0)", " ") if text.startswith("+") else text
    if _NORTH_AMERICAN.fullmatch(number):
        number = "+1" + number.removeprefix("1")
    regions = _REGIONS if number.lstrip("(").startswith(("0", "+")) else ()
    for region in regions:
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed) or (
            number.startswith(("+", "00")) and phonenumbers.is_possible_number(parsed)
        ):
            return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    return "".join(c for c in text if c.isdigit()) or text


def _surname(words: Sequence[str]) -> str:
    """The last word with the particles before it: `van der heide`."""
    at = len(words) - 1
    while at > 1 and words[at - 1] in PARTICLES:
        at -= 1
    return " ".join(words[at:])


def surname_halves(surname: str) -> tuple[str, ...]:
    """`quirm` and `tann` of `quirm-tann`; none of a surname that is not a double one."""
    halves = tuple(surname.split("-"))
    return halves if len(halves) > 1 else ()


def is_coded_name(form: str) -> bool:
    """`abc 759 def 403`: a register's code for a person. No part of it means that person."""
    return any(c.isdigit() for c in form)


def is_full(words: Sequence[str]) -> bool:
    """At least two words, the first and the last written out, and no digit in them."""
    if any(map(is_coded_name, words)):
        return False
    strong = [w for w in words if w not in PARTICLES]
    return len(strong) > 1 and len(strong[0]) > 1 and len(strong[-1]) > 1


def strong_words(form: str) -> list[str]:
    """The words of a canonical form without particles; all of them if there is nothing else."""
    return [w for w in form.split() if w not in PARTICLES] or form.split()


def is_one_word(form: str) -> bool:
    """Whether a person's canonical form is one word, particles aside: another in each document."""
    return len(strong_words(form)) == 1


def is_written_out(form: str) -> bool:
    """At least two words and none of them an initial: `zolta quirm`, not `z quirm`."""
    words = strong_words(form)
    return len(words) > 1 and all(len(word) > 1 for word in words) and not is_coded_name(form)


def _fitting(form: str, by_part: dict[str, list[str]]) -> list[str]:
    words = strong_words(form)
    if is_coded_name(form):
        return []
    if len(words) == 1:
        return [c for c in by_part.get(words[0], []) if _fits_single(words[0], c)]
    if len(words[0]) == 1:
        return [c for c in by_part.get(words[-1], []) if _fits_initials(words, c)]
    if form in by_part.get(words[0], []):
        candidates = [c for c in by_part[words[0]] if c != form and _extends(words, c)]
        return candidates if len(candidates) == 1 and len(words) == 2 else [form]
    return []


def _fits_single(word: str, full: str) -> bool:
    strong = [w for w in full.split() if w not in PARTICLES]
    return len(word) > 1 and (word == strong[-1] or word == strong[0])


def _fits_initials(words: Sequence[str], full: str) -> bool:
    strong = [w for w in full.split() if w not in PARTICLES]
    if strong[-1] != words[-1] or len(words) > len(strong):
        return False
    return all(
        full_word.startswith(word) for word, full_word in zip(words[:-1], strong, strict=False)
    )


def _extends(words: Sequence[str], full: str) -> bool:
    """`ann lee` against `ann marie lee` or `ann m lee`: same ends, more between."""
    strong = [w for w in full.split() if w not in PARTICLES]
    return len(strong) > len(words) and strong[0] == words[0] and strong[-1] == words[-1]
