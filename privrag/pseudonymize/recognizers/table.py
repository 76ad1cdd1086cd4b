"""Columns and rows of tables: the header cell, or the cell to the left, says what a cell holds."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from itertools import islice

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
    is_ordinary_word,
    is_organisation_word,
    words_of,
)
from privrag.pseudonymize.matches import BlockSpan, DocumentText, Match
from privrag.pseudonymize.names.reading import read_list
from privrag.pseudonymize.recognizers.cells import Cell, rows_of, span_of
from privrag.pseudonymize.recognizers.column import held_by, is_whole_id, is_whole_name
from privrag.pseudonymize.recognizers.headers import (
    is_bare_name,
    is_held_open,
    is_of_people,
    is_of_things,
    is_person_of_words,
    is_plain_name,
    kind_of_header,
    stands_in_for_people,
)
from privrag.pseudonymize.recognizers.labelled import is_coded
from privrag.pseudonymize.recognizers.person import field_names
from privrag.pseudonymize.recognizers.register import find_in_register

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
        and any(kind_of_header(cell.text) for cell in header)
        and not any(kind_of_header(cell.text) for cell in first)
        and any(any(c.isdigit() for c in cell.text) for cell in first)
    )


def _columns(document: DocumentText, rows: list[list[Cell]]) -> Iterator[Match]:
    if not rows:
        return
    header = rows[0]
    kinds = [kind_of_header(cell.text) for cell in header]
    if "PERSON" in kinds:
        beside = [stands_in_for_people(cell.text) for cell in header]
        kinds = ["PERSON" if on else kind for kind, on in zip(kinds, beside, strict=True)]
    of_things, of_people = is_of_things(header), is_of_people(header)
    for index in range(len(header)):
        column = [row[index] for row in rows[1:] if len(row) == len(header)]
        yield from _last_first_column(document, column)
    yield from find_in_register(document, rows, of_people=of_people)
    for number, row in enumerate(rows):
        for index, cell in enumerate(row):
            kind = kinds[index] if number and len(row) == len(header) else None
            label = header[index].text if kind else ""
            under = kind is not None and not (of_things and is_bare_name(label))
            if kind == "PERSON" and not under and not _may_be_somebody(cell.text):
                kind = None
            in_pairs = number or (len(row) == 2 and not of_things)
            if kind is None and index and in_pairs and not any(kinds[1:]):
                kind, label = kind_of_header(row[index - 1].text), row[index - 1].text
            if not kind and _INITIALED.fullmatch(cell.text):
                yield Match("PERSON", cell.start, cell.end, 0.6, "table.initials")
            if kind:
                yield from _labelled(document, cell, kind, label, under, of_people)


def _may_be_somebody(cell: str) -> bool:
    """Whether a thing's name (`Bolt`) could be a person's: of several words, or a given one."""
    return " " in cell or "," in cell or is_given_name(cell)


def _labelled(
    document: DocumentText, cell: Cell, kind: str, label: str, under: bool, of_people: bool
) -> Iterator[Match]:
    """What a cell holds whose header, or neighbour, says of what kind it is."""
    if kind == "PERSON" and is_held_open(cell.text):
        return
    whole = list(_whole_cell(document, cell, kind, label))
    yield from whole or _cell(document, cell, kind, label)
    if kind == "PERSON" and is_person_of_words(cell.text, label, of_people=of_people):
        yield Match("PERSON", *span_of(document.text, cell), 0.85, "table.whole_name")
    elif kind == "PERSON" and _is_name_in_any_case(cell.text, label, under=under):
        yield Match("PERSON", cell.start, cell.end, 0.6, "table.any_case")


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
        return under and len(cell) > 1 and is_plain_name(label)
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
    """Cells that look like names in columns of which a third or more are people already.

    And `Octavian` in a cell of a table that has `Octavian Quirm` in another. A register is gone
    through twice, for its cells take far more room than its text.
    """
    people = {(match.start, match.end) for match in matches if match.label == "PERSON"}
    for block in document.blocks:
        if block.kind != "table":
            continue
        filled, known, given = Counter[int](), Counter[int](), set[str]()
        for index, span in _cells_of(document, block):
            filled[index] += 1
            if span in people:
                known[index] += 1
                first, *more = document.text[slice(*span)].split()
                given.update([first] if more and first.isalpha() else [])
        of_people = {index for index, count in known.items() if count * 3 >= filled[index]}
        for index, span in _cells_of(document, block) if known else ():
            word = document.text[slice(*span)]
            if span in people:
                continue
            if index in of_people:
                yield from _name_in(document, *span)
            if word in given and len(word) > 1 and word.casefold() not in document.lower_words:
                yield Match("PERSON", *span, 0.6, "table.given_name")


def _cells_of(document: DocumentText, block: BlockSpan) -> Iterator[tuple[int, tuple[int, int]]]:
    """(column, where its words stand) of each filled cell below the header."""
    for row in islice(rows_of(document.text, block), 1, None):
        for index, cell in enumerate(row):
            if cell.text:
                yield index, span_of(document.text, cell)


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


def _name_in(document: DocumentText, start: int, end: int) -> Iterator[Match]:
    for name in read_list(document.text, start, end, sure=False, single=True):
        ordinary = any(word.casefold() in document.lower_words for word in name.words)
        if (name.start, name.end) == (start, end) and not ordinary:
            yield Match("PERSON", start, end, 0.6, "table.column")


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
        if is_plain_name(label):
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
                and not (stands_in_for_people(label) and any(map(is_ordinary_word, n.words)))
            ]
        yield from names
        return
    pattern = _PHONE_VALUE if kind == "PHONE" else _ID_VALUE
    for value in pattern.finditer(document.text, cell.start, cell.end):
        if kind == "PHONE":
            yield Match("PHONE", value.start(), value.end(), 0.75, "table.phone")
        elif value[0] == cell.text and (kind == "ID" or is_coded(value[0]) or " " in value[0]):
            yield Match("ID", value.start(), value.end(), 0.75, "table.id")
