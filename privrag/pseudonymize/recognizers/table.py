"""Columns and rows of tables: the header cell, or the cell to the left, says what a cell holds."""

import re
from collections.abc import Container, Iterator, Sequence

from privrag.pseudonymize.lexicon import (
    COUNTRIES,
    INITIAL,
    LETTER,
    NAME,
    NATIONALITIES,
    PARTICLE,
    PARTICLES,
    PRODUCT_NAMES,
    SURNAMES_TOO,
    UPPER,
    WORD,
    is_given_name,
    is_never_name,
    is_organisation_word,
    words_of,
)
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names import read_list
from privrag.pseudonymize.recognizers.cells import Cell, rows_of, span_of
from privrag.pseudonymize.recognizers.column import (
    held_by,
    is_whole_id,
    is_whole_name,
    words_of_header,
)
from privrag.pseudonymize.recognizers.labelled import ID_LABEL, ID_NOUN, is_coded
from privrag.pseudonymize.recognizers.person import NAME_LABEL, field_names
from privrag.pseudonymize.recognizers.register import find_in_register, speaks_of_one

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
_WORDS = re.compile(rf"[{LETTER}]['’{LETTER}-]*\.?(?:,? [{LETTER}]['’{LETTER}-]*\.?){{0,4}}")
_LAST_FIRST = re.compile(rf"{NAME}, {NAME}")
_FULL_NAME = re.compile(
    rf"(?!\S*[{UPPER}]{{2}}){WORD}(?: (?:{INITIAL}|{WORD}|{PARTICLE})){{0,2}}"
    rf" (?!\S*[{UPPER}]{{2}}){WORD}"
)
_ONE_NAME = re.compile(rf"(?!\S*[{UPPER}]{{2}}){WORD}")
_HEADER_WORDS = words_of("headers.txt")
_SURE_SHARE = 3
"""Of so many cells that look like names, one at least must be known to be one."""
_INITIALED = re.compile(rf"{INITIAL} {WORD}")
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
_ID_VALUE = re.compile(
    r"(?=[^\n]*\d)(?:[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\d{1,4}(?!\w)|[A-Z0-9][A-Z0-9./_-]{2,30})",
    re.I,
)
_PHONE_VALUE = re.compile(r"[+(]?\d[\d ()./–-]{4,22}\d")


def find_in_tables(document: DocumentText) -> Iterator[Match]:
    """People, ids and phone numbers that stand under, or beside, a cell that names them so."""
    header: list[Cell] = []
    for block in document.blocks:
        if block.kind != "table":
            header = []
            continue
        rows = list(rows_of(document.text, block))
        if rows and _goes_on(header, rows[0]):
            rows = [header, *rows]  # a long table is cut into several blocks
        header = rows[0] if rows else []
        yield from _columns(document, rows)


def _goes_on(header: list[Cell], first: list[Cell]) -> bool:
    """Whether rows without a header of their own stand under the one of the block before."""
    return (
        len(header) == len(first) > 1
        and any(_kind(cell.text) for cell in header)
        and not any(_kind(cell.text) for cell in first)
        and any(any(c.isdigit() for c in cell.text) for cell in first)
    )


def is_people_label(cell: str) -> bool:
    """Whether a header cell says that people stand under it."""
    if _PLAIN_NAME.fullmatch(cell):
        return True
    return _PEOPLE.fullmatch(cell) is not None and not _NO_PERSON.search(cell)


def _columns(document: DocumentText, rows: list[list[Cell]]) -> Iterator[Match]:
    if not rows:
        return
    header = rows[0]
    kinds = [_kind(cell.text) for cell in header]
    of_things = any(_OF_THINGS.search(cell.text) for cell in header)
    for index in range(len(header)):
        column = [row[index] for row in rows[1:] if len(row) == len(header)]
        yield from _last_first_column(document, column)
    yield from find_in_register(document, rows, of_people=_is_of_people(header))
    for number, row in enumerate(rows):
        for index, cell in enumerate(row):
            kind = kinds[index] if number and len(row) == len(header) else None
            label = header[index].text if kind else ""
            under = kind is not None and not (of_things and _BARE_NAME.fullmatch(label))
            if kind is None and index and (number or len(row) == 2) and not any(kinds[1:]):
                kind, label = _kind(row[index - 1].text), row[index - 1].text
            if not kind and _INITIALED.fullmatch(cell.text):
                yield Match("PERSON", cell.start, cell.end, 0.6, "table.initials")
            if kind:
                whole = list(_whole_cell(document, cell, kind, label))
                yield from whole or _cell(document, cell, kind, label)
            if kind == "PERSON" and _is_name_in_any_case(cell.text, label, under=under):
                yield Match("PERSON", cell.start, cell.end, 0.6, "table.any_case")


def _is_of_people(header: Sequence[Cell]) -> bool:
    """Whether each row is about one person: `Vorname`, `Patient`, or `Name` beside `DOB`."""
    people = [cell.text for cell in header if is_people_label(cell.text)]
    return any(not _BARE_NAME.fullmatch(label) for label in people) or (
        bool(people) and any(speaks_of_one(cell.text) for cell in header)
    )


def _is_name_in_any_case(cell: str, label: str, *, under: bool) -> bool:
    """`smith, john` or `ida van hoorn` under `employee`; `zolta` under `surname`.

    Not `under` a header of people, only with a given name or a particle in it.
    """
    if not _WORDS.fullmatch(cell):
        return False
    words = re.findall(rf"[{LETTER}'’-]+", cell)
    known = any(is_given_name(word) and word.casefold() not in PRODUCT_NAMES for word in words)
    if any(
        _is_ordinary(word) and not (known and word.casefold() in SURNAMES_TOO) for word in words
    ):
        return False
    if len(words) == 1:
        return under and len(cell) > 1 and _is_plain_name(label)
    return under or known or any(word in PARTICLES for word in words[:-1])


def _is_ordinary(word: str) -> bool:
    if len(word) == 1 or word in PARTICLES:
        return False
    return is_never_name(word) or is_organisation_word(word)


def _last_first_column(document: DocumentText, column: list[Cell]) -> Iterator[Match]:
    """A column in which most cells are "Surname, Firstname", whatever stands over it."""
    names = [
        name
        for cell in column
        if _LAST_FIRST.fullmatch(cell.text)
        for name in read_list(document.text, cell.start, cell.end, sure=False, single=True)
        if name.end - name.start == len(cell.text)
    ]
    if len(names) > 1 and len(names) * 2 > len(column):
        yield from (Match("PERSON", n.start, n.end, 0.7, "table.last_first") for n in names)


def complete_columns(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """Cells that look like names in columns of which a third or more are people already."""
    people = {(match.start, match.end) for match in matches if match.label == "PERSON"}
    for block in document.blocks:
        rows = list(rows_of(document.text, block)) if block.kind == "table" else []
        for index in range(max(map(len, rows), default=0)):
            column = [row[index] for row in rows[1:] if index < len(row) and row[index].text]
            spans = [span_of(document.text, cell) for cell in column]
            known = sum(span in people for span in spans)
            if known and known * 3 >= len(column):
                yield from _names_in(document, [s for s in spans if s not in people])


def complete_headers(document: DocumentText, matches: Sequence[Match]) -> Iterator[Match]:
    """`Month | Ann Lee | Zolta Quirm`: cells of a header that look like names beside one that is.

    One in three at least must be a person already or open with a known given name: else ordinary
    headers (`Net Margin`) look no different. Of single words, each must be a known given name.
    """
    people = {(match.start, match.end) for match in matches if match.label == "PERSON"}
    for block in document.blocks:
        rows = rows_of(document.text, block) if block.kind == "table" else ()
        header = next((row for row in rows if sum(bool(cell.text) for cell in row) > 1), [])
        spans = [span_of(document.text, cell) for cell in header if cell.text]
        for start, end in _names_of_header(document, spans, people):
            yield Match("PERSON", start, end, 0.6, "table.header")


def _names_of_header(
    document: DocumentText, spans: Sequence[tuple[int, int]], people: Container[tuple[int, int]]
) -> list[tuple[int, int]]:
    def is_sure(span: tuple[int, int]) -> bool:
        return span in people or is_given_name(document.text[slice(*span)].split()[0])

    full = [s for s in spans if _may_be_name(document, s, _FULL_NAME)]
    full = [s for s in full if is_sure(s) or not _shares_a_word(document, s, spans)]
    if len(full) > 1 and sum(map(is_sure, full)) * _SURE_SHARE >= len(full):
        return full
    single = [s for s in spans if _may_be_name(document, s, _ONE_NAME) and is_sure(s)]
    return single if len(single) > 1 and len(spans) <= len(single) + 2 else []


def _may_be_name(document: DocumentText, span: tuple[int, int], fits: re.Pattern[str]) -> bool:
    cell = document.text[span[0] : span[1]]
    words = re.findall(rf"[{LETTER}]+", cell)
    return fits.fullmatch(cell) is not None and not any(
        word.casefold() in _HEADER_WORDS
        or word.casefold() in document.lower_words
        or word.casefold() in COUNTRIES
        or word.casefold() in NATIONALITIES
        or word.casefold() in PRODUCT_NAMES
        or _is_ordinary(word)
        for word in words
        if len(word) > 1 and word not in PARTICLES
    )


def _shares_a_word(
    document: DocumentText, span: tuple[int, int], others: Sequence[tuple[int, int]]
) -> bool:
    """`Rated Flow` beside `Mean Flow`: a word that several headers have is none of a name."""
    words = set(document.text[span[0] : span[1]].split())
    return any(
        not words.isdisjoint(document.text[a:b].split()) for a, b in others if (a, b) != span
    )


def _names_in(document: DocumentText, spans: Sequence[tuple[int, int]]) -> Iterator[Match]:
    for start, end in spans:
        for name in read_list(document.text, start, end, sure=False, single=True):
            ordinary = any(word.casefold() in document.lower_words for word in name.words)
            if (name.start, name.end) == (start, end) and not ordinary:
                yield Match("PERSON", start, end, 0.6, "table.column")


def _kind(label: str) -> str | None:
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


def _is_plain_name(label: str) -> bool:
    if _PLAIN_NAME.fullmatch(label):
        return True
    return held_by(label) == "NAME" and words_of_header(label)[-1].endswith(("name", "names"))


def _whole_cell(document: DocumentText, cell: Cell, kind: str, label: str) -> Iterator[Match]:
    """A cell whose header alone says what it is, however it is written."""
    held = held_by(label)
    if held is None or kind == "PHONE" or not cell.text:
        return
    if held == "NAME" and is_whole_name(cell.text):
        yield Match("PERSON", *span_of(document.text, cell), 0.85, "table.whole_name")
    elif is_whole_id(cell.text, held):
        yield Match("ID", *span_of(document.text, cell), 0.75, "table.whole_id")
    elif held == "BY":
        yield from field_names(document, "approved by", cell.start, cell.end)


def _cell(document: DocumentText, cell: Cell, kind: str, label: str) -> Iterator[Match]:
    if kind == "PERSON":
        if _is_plain_name(label):
            for name in read_list(document.text, cell.start, cell.end, sure=True):
                yield Match("PERSON", name.start, name.end, 0.8, "table.name")
            return
        names = list(field_names(document, label, cell.start, cell.end))
        if not names and re.fullmatch(rf"[{LETTER}'’.\- ]{{3,40}}", cell.text):
            found = read_list(document.text, cell.start, cell.end, sure=False)
            names = [
                Match("PERSON", n.start, n.end, 0.6, "table.name")
                for n in found
                if not any(w.casefold() in document.lower_words for w in n.words)
            ]
        yield from names
        return
    pattern = _PHONE_VALUE if kind == "PHONE" else _ID_VALUE
    for value in pattern.finditer(document.text, cell.start, cell.end):
        if kind == "PHONE":
            yield Match("PHONE", value.start(), value.end(), 0.75, "table.phone")
        elif value[0] == cell.text and (kind == "ID" or is_coded(value[0]) or " " in value[0]):
            yield Match("ID", value.start(), value.end(), 0.75, "table.id")
