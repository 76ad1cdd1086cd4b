"""Keys with values: JSON, YAML, keyword arguments, query strings, XML, `key=value` in logs.

    {"full_name": "Zolta Quirm", "pesel": "44051401359"}    dict(name="Zolta Quirm", passport="Z48")
    login=zquirm   ?user=zquirm   <lastName>Quirm</lastName>   "name": {"first": "Zolta", ...}

The key says what its value is, however that is written, so the key must be sure: `field_key.py`
reads its words. `name` alone names things too: there the value must read as a person's, or a key
beside it must be one that only a person has.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from privrag.pseudonymize.lexicon import (
    GIVEN_NAMES_TOO,
    LETTER,
    NO_ACCOUNTS,
    PARTICLES,
    PRODUCT_NAMES,
    SURNAMES_TOO,
    TITLES,
    UPPER,
    is_given_name,
    is_never_name,
    is_ordinary_word,
    is_organisation_word,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import is_cased_like_code, is_name_of_words
from privrag.pseudonymize.recognizers.field_key import PERSONAL, Held, kind_of_key, speaks_of_person

_QUOTE = r"\\?[\"'`]"
_SITE = re.compile(
    rf"(?<![\w$%@/\\-])(?:{_QUOTE}(?P<quoted>[{LETTER}][\w .-]{{1,40}}){_QUOTE}"
    rf"|(?P<plain>[{LETTER}][\w.-]{{1,40}}))"
    r"[ \t]{0,3}(?P<sign>=>|:=|=|:)[ \t]{0,3}"
    r"(?=[bfru]{0,2}\\?\"(?P<double>[^\"\n\\]{1,160})\\?\""
    r"|[bfru]{0,2}\\?'(?P<single>[^'\n\\]{1,160})\\?'"
    r"|(?P<bare>[^\s\"'`<>(){}\[\]=:|][^\n\"`<>(){}\[\]|;&,#]{1,80})"
    r"|(?P<several>\[[^\[\]{}]{2,600}\])"
    r"|(?P<object>\{(?=[^{}]{2,400}\})))"
)
_ELEMENT = re.compile(
    r"<(?P<key>[A-Za-z][\w:.-]{1,40})(?:[ ][^<>]{0,120})?>"
    r"[ \t]{0,8}(?P<value>[^<>\n]{1,120})</(?P=key)>"
)
_CALL = re.compile(
    r"(?:\.|(?<![a-zA-Z])(?:set|with)_?)(?P<key>[A-Za-z]\w{2,40})\([ ]?"
    r"(?:\"(?P<double>[^\"\n\\]{1,120})\"|'(?P<single>[^'\n\\]{1,120})')[ ]?\)"
)
_SETTER = re.compile(r"(?:set|with)_?(?=[A-Z])")
_INSERTED = re.compile(
    r"(?i)\bINSERT[ ]+INTO[ ]+[\w.\"`\[\]]{1,80}[ ]*\((?P<columns>[^()]{1,600})\)[ \n]*VALUES[ \n]*"
    r"(?P<rows>\([^()]{1,600}\)(?:[ \n]*,[ \n]*\([^()]{1,600}\)){0,200})"
)
_ROW = re.compile(r"\([^()]{1,600}\)")
_CELL = re.compile(r"[ ]*(?:'(?P<text>[^'\n]{0,160})'|(?P<bare>[^',()]{1,80}))[ ]*(?:,|\)|\Z)")
_ONE_OF_SEVERAL = re.compile(r"\"(?P<double>[^\"\n]{1,120})\"|'(?P<single>[^'\n]{1,120})'")
_HELD_PLACE = re.compile(
    r"(?i)<.*|\$.*|\{.*|%.*|\[.*|\*+|x+|\.{2,}|your\b.*|n/?a|null|nil|none|true|false|unknown|"
    r"string|str|text|int|integer|number|varchar.*|optional|required|undefined|any|"
    r"(?:first|last|full|given|family|user|sur)?[ _-]?names?|e?mail|phone"
)
_USER = re.compile(rf"@?[{LETTER}\d][{LETTER}\d._+$\\-]{{1,48}}[{LETTER}\d]")
_ADDRESS_OF_HOST = re.compile(
    r"(?i).*\.(?:com|net|org|io|local|lan|internal|de|cfg|ya?ml|json|py|js)"
)
_OWN_NUMBER = re.compile(r"(?=(?:[^\d\n]*\d){3})[A-Za-z0-9][A-Za-z0-9 ./_-]{3,38}")
_LONG_NUMBER = re.compile(r"(?=(?:[^\d\n]*\d){6})[A-Za-z0-9][A-Za-z0-9 ./_-]{9,38}")
"""No version of a Mac, and no millimetres of a rib."""
_PLATE = re.compile(r"(?=[^\n]*[A-ZÄÖÜ])(?=[^\n]*\d)[A-ZÄÖÜ\d](?:[ -]?[A-ZÄÖÜ\d]){3,9}")
_PHONE = re.compile(r"[+(]?\d(?:[ ()./-]{0,2}\d){5,17}")
_STREET = re.compile(
    rf"(?=[^\n]*\d)(?=[^\n]*[{LETTER}]{{3}})[{LETTER}\d][{LETTER}\d '’,./-]{{4,80}}"
)
_POSTCODE = re.compile(r"(?=[^\n]*\d)[A-Z\d][A-Z\d -]{2,9}")
_TOWN = re.compile(rf"[{UPPER}][{LETTER}'’.-]{{1,30}}(?:[ ][{LETTER}'’.-]{{1,30}}){{0,4}}")
_WORD = re.compile(rf"[{LETTER}]+(?:[-'’‐][{LETTER}]+)*")
_NAME_SIGNS = re.compile(rf"[{LETTER}'’‐.,/+ \u00a0-]+")
_HANDLE = re.compile(rf"[{LETTER}]{{2,20}}[._][{LETTER}]{{2,24}}\d{{0,4}}")
_BARE_STOP = re.compile(r"[ \t](?=[\w.-]{1,40}[=:])|[ \t]{2,}|[.,;:]+(?:[ \t]|\Z)")
_TWO = re.compile(rf"[{UPPER}][{LETTER}'’-]+ [{UPPER}][{LETTER}'’-]+")
_IN_CODE = re.compile(r"(?:self|this|cls)\.|(?:await|not|new|lambda|bool|async)\b")
_CALLS = frozenset("([\"'")
"""Behind an unquoted word: it is code."""
_ENDS_BARE = re.compile(r"[\s,;]")
_OPENS, _CLOSES = "{(", "})"
_REACH, _NEAR, _LINES = 500, 150, 4
_MAX_WORDS = 6
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class _Site:
    """A key and its value."""

    kind: Held
    key: str = field(repr=False)
    at: int
    start: int
    end: int
    value: str = field(repr=False)


def find_keyed(document: DocumentText) -> Iterator[Match]:
    """Names, user names, ids, phone numbers and addresses that their key gives away."""
    text = document.text
    sites = sorted(_sites(text), key=lambda site: site.at)
    personal = [site.at for site in sites if site.kind in PERSONAL]
    homes = [
        site.at
        for site in sites
        if site.kind in PERSONAL or (site.kind == "STREET" and _STREET.fullmatch(site.value))
    ]
    for site in sites:
        if _HELD_PLACE.fullmatch(site.value) or site.value.casefold() in site.key.casefold():
            continue
        if site.kind in _PARTS_OF_ADDRESS:
            yield from _of_address(text, site, homes)
        else:
            yield from _of_site(text, site, personal, sites)


def _of_site(
    text: str, site: _Site, personal: Sequence[int], sites: Sequence[_Site]
) -> Iterator[Match]:
    kind, value = site.kind, site.value
    if kind in {"NAME", "ROLE"}:
        yield from _named(text, site, personal)
    elif kind in {"GIVEN", "SURNAME", "FULL"} and (
        _may_be_name(value) or _is_name_of_words(kind, value)
    ):
        yield _match("PERSON", site, kind.lower(), _SURE)
    elif kind in {"FIRST", "LAST"} and _is_capitalised_name(value) and _has_other(site, sites):
        yield _match("PERSON", site, "given" if kind == "FIRST" else "surname", _SURE)
    elif kind == "USERNAME" and " " in value and _is_capitalised_name(value):
        yield _match("PERSON", site, "name", 0.9)
    elif kind == "USERNAME" and _is_user(value):
        yield _match("USERNAME", site, "user", 0.8)
    elif kind in _BY_FORM:
        label, form = _BY_FORM[kind]
        if form.fullmatch(value):
            yield _match(label, site, kind.lower(), 0.65)


def _of_address(text: str, site: _Site, homes: Sequence[int]) -> Iterator[Match]:
    """A postcode or a town beside a street with its number, or beside what only a person has."""
    if _PARTS_OF_ADDRESS[site.kind].fullmatch(site.value) and _beside_person(text, site, homes):
        yield _match("ADDRESS", site, site.kind.lower(), 0.7)


def _has_other(site: _Site, sites: Sequence[_Site]) -> bool:
    """Whether `first` has its `last` near by, or the other way round."""
    other = "LAST" if site.kind == "FIRST" else "FIRST"
    at = bisect_left(sites, site.at - _NEAR, key=lambda one: one.at)
    while at < len(sites) and sites[at].at <= site.at + _NEAR:
        if sites[at].kind == other:
            return True
        at += 1
    return False


_PARTS_OF_ADDRESS: dict[Held, re.Pattern[str]] = {"POSTCODE": _POSTCODE, "TOWN": _TOWN}
_BY_FORM: dict[Held, tuple[str, re.Pattern[str]]] = {
    "ID": ("ID", _OWN_NUMBER),
    "LONG": ("ID", _LONG_NUMBER),
    "PLATE": ("ID", _PLATE),
    "PHONE": ("PHONE", _PHONE),
    "STREET": ("ADDRESS", _STREET),
}
"""Label of the value, and the form that it must have."""


def _named(text: str, site: _Site, personal: Sequence[int]) -> Iterator[Match]:
    """The value of `name` or `owner`: a person's by its words, or by the keys beside it."""
    words = _WORD.findall(site.value)
    if _is_capitalised_name(site.value) and len(words) > 1:
        known = any(is_given_name(w) and w.casefold() not in PRODUCT_NAMES for w in words)
        if known or site.kind == "ROLE" or _beside_person(text, site, personal):
            yield _match("PERSON", site, "name", 0.9)
    elif _HANDLE.fullmatch(site.value) and not _ADDRESS_OF_HOST.fullmatch(site.value):
        if site.kind == "ROLE" and site.value.islower() and not any(map(is_ordinary_word, words)):
            yield _match("USERNAME", site, "user", 0.8)
    elif (
        _may_be_name(site.value)
        and not any(map(_is_plain, words))
        and _beside_person(text, site, personal)
    ):
        yield _match("PERSON", site, "name", 0.9)


def _match(label: str, site: _Site, source: str, score: float) -> Match:
    return Match(label, site.start, site.end, score, f"keyed.{source}")


def _sites(text: str) -> Iterator[_Site]:
    for match in _SITE.finditer(text):
        key = match["quoted"] or match["plain"]
        if (kind := kind_of_key(key)) is not None:
            yield from _values(match, kind, key)
    for pattern in (_ELEMENT, _CALL):
        for match in pattern.finditer(text):
            key = _SETTER.sub("", match["key"].rpartition(":")[2], count=1)
            if (kind := kind_of_key(key)) is not None:
                group = match.lastgroup or "value"
                yield _Site(kind, key, match.start(), *match.span(group), match[group])
    for match in _INSERTED.finditer(text):
        yield from _inserted(match)


def _values(match: re.Match[str], kind: Held, key: str) -> Iterator[_Site]:
    if match["several"]:
        yield from _each(match, kind, key)
    elif not match["object"]:
        for group in ("double", "single", "bare"):
            if match[group]:
                yield _site(match, kind, key, group)


def _site(match: re.Match[str], kind: Held, key: str, group: str) -> _Site:
    start, end = match.span(group)
    if group == "bare":
        one_word = match["sign"] != ":" or (kind == "USERNAME" and not _TWO.match(match[group]))
        stop = (_ENDS_BARE if one_word else _BARE_STOP).search(match[group])
        end = start + stop.start() if stop else end
    value = match.string[start:end]
    if group == "bare" and (_IN_CODE.match(value) or match.string[end : end + 1] in _CALLS):
        value = ""
    lead = len(value) - len(value.lstrip())
    value = value.strip()
    return _Site(kind, key, match.start(), start + lead, start + lead + len(value), value)


def _each(match: re.Match[str], kind: Held, key: str) -> Iterator[_Site]:
    """The values of `"attendees": ["Zolta Quirm", "Viveka Tann"]`."""
    for one in _ONE_OF_SEVERAL.finditer(match.string, *match.span("several")):
        group = one.lastgroup or "double"
        yield _Site(kind, key, match.start(), *one.span(group), one[group])


def _inserted(match: re.Match[str]) -> Iterator[_Site]:
    """`INSERT INTO staff (first_name, ssn) VALUES ('Zolta', '...')`: values by their column."""
    columns = [column.strip(' \n"`[]') for column in match["columns"].split(",")]
    kinds = [kind_of_key(column) if column else None for column in columns]
    for row in _ROW.finditer(match.string, *match.span("rows")):
        at = row.start() + 1
        for kind, column in zip(kinds, columns, strict=True):
            cell = _CELL.match(match.string, at, row.end())
            if cell is None:
                break
            at = cell.end()
            group = "text" if cell["text"] is not None else "bare"
            if kind is not None and cell[group].strip():
                yield _Site(kind, column, cell.start(), *cell.span(group), cell[group].strip())


def _beside_person(text: str, site: _Site, personal: Sequence[int]) -> bool:
    """Whether a key that only a person has stands in the same object, line or few lines."""
    if speaks_of_person(site.key):
        return True
    start, end = _object_around(text, site.at)
    at = bisect_left(personal, start)
    return at < len(personal) and personal[at] < end


def _object_around(text: str, at: int) -> tuple[int, int]:
    """From bracket to bracket; without one around it, a few lines."""
    left = _unmatched(text, range(at - 1, max(-1, at - _REACH), -1), _CLOSES, _OPENS)
    right = _unmatched(text, range(at, min(len(text), at + _REACH)), _OPENS, _CLOSES)
    if left is not None and right is not None:
        return left, right
    start = end = at
    for _ in range(_LINES):
        start = max(text.rfind("\n", 0, start), 0)
        newline = text.find("\n", end + 1)
        end = len(text) if newline < 0 else newline
    return max(start, at - _REACH), min(end, at + _REACH)


def _unmatched(text: str, places: range, deeper: str, out: str) -> int | None:
    depth = 0
    for place in places:
        if text[place] in deeper:
            depth += 1
        elif text[place] in out:
            if not depth:
                return place
            depth -= 1
    return None


def _is_user(value: str) -> bool:
    lower = value.casefold().lstrip("@")
    if not _USER.fullmatch(value) or lower in NO_ACCOUNTS or is_cased_like_code(value):
        return False
    if _ADDRESS_OF_HOST.fullmatch(value) or lower.replace(".", "").isdigit():
        return False
    parts = re.findall(rf"[{LETTER}]+", value)
    return any(len(p) > 1 for p in parts) and not all(
        is_ordinary_word(p) or p.casefold() in NO_ACCOUNTS or p.casefold() in PRODUCT_NAMES
        for p in parts
    )


def _may_be_name(value: str) -> bool:
    """Letters of one to six words, in any case, that are not all ordinary ones."""
    if not _NAME_SIGNS.fullmatch(value):
        return False
    words = _WORD.findall(value)
    if not 0 < len(words) <= _MAX_WORDS or max(map(len, words)) < 2:
        return False
    if any(is_organisation_word(w) or is_cased_like_code(w) for w in words):
        return False
    strong = [w for w in words if w.casefold() not in TITLES and w.casefold() not in PARTICLES]
    return not all(_is_plain(w) for w in strong if len(w) > 1)


def _is_name_of_words(kind: Held, value: str) -> bool:
    """`May`, `Long` and `May Long`: ordinary words that people are called by, under such a key."""
    words = value.split()
    if kind == "FULL":
        return len(words) == 2 and is_name_of_words(*words)
    known = GIVEN_NAMES_TOO if kind == "GIVEN" else SURNAMES_TOO
    return value.istitle() and value.casefold() in known


def _is_capitalised_name(value: str) -> bool:
    words = _WORD.findall(value)
    strong = [w for w in words if w.casefold() not in PARTICLES]
    return (
        _may_be_name(value)
        and all(w[0].isupper() for w in strong)
        and not any(is_never_name(w) and w.casefold() not in TITLES for w in strong if len(w) > 1)
    )


def _is_plain(word: str) -> bool:
    return not is_given_name(word) and (is_ordinary_word(word) or word.casefold() in PRODUCT_NAMES)
