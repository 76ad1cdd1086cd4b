"""Names that a spaCy model finds, in the sentences that can hold one.

The model is 90 % of the time of detection, so it sees as little as possible: no parser, tagger or
lemmatizer; table cells and sentences only where a capitalised word is not an ordinary one; each
distinct sentence once per document.
"""

import importlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from privrag.errors import MissingExtraError, ModelError
from privrag.pinned import check_weights
from privrag.pseudonymize.lexicon import (
    LETTER,
    NEVER_NAMES,
    OCCUPATIONS,
    PUBLIC_BODY_WORDS,
    TITLE,
    UPPER,
    is_given_name,
    is_never_name,
)
from privrag.pseudonymize.matches import NER, BlockSpan, DocumentText, Match
from privrag.pseudonymize.names.reading import Name, is_cased_like_code, read_name, stands_as_name
from privrag.pseudonymize.remembered import Remembered

if TYPE_CHECKING:
    from spacy.language import Language

_UNUSED_PIPES = (
    "tok2vec",
    "tagger",
    "parser",
    "lemmatizer",
    "attribute_ruler",
    "senter",
    "morphologizer",
)
_SENTENCE_END = re.compile(
    rf"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[{UPPER}])|\n[ \t]*\n|\n(?=[ \t]*[-*•|>#]|"
    rf"[ \t]*\d+[.)])"
)
_ABBREVIATION = re.compile(rf"(?:\b(?:{TITLE}|No|Nos|St|Nr|vs|e\.g|i\.e|[{UPPER}])\.)\Z")
_CAPITALISED = re.compile(rf"(?<![{LETTER}\d_])[{UPPER}][{LETTER}'’-]+")
_MAX_UNIT, _BATCH, _ZONE = 1000, 64, 512
_REMEMBERED = 100_000
"""Sentences and marks, about 200 bytes each."""
_CODE = re.compile(r"[\d_@/\\=<>{}#$%^~`|+]")
_CODE_AFTER, _CODE_BEFORE = frozenset("_/@="), frozenset("/@_.#`$")
_PLACE_BEFORE = re.compile(r"(?:\d[A-Za-z]?|#)[ \t]+\Z")
_NUMBER_AFTER = re.compile(r"[ \t]{1,3}\d")
_RUN = re.compile(
    rf"(?<![{LETTER}\d_@./\\-])[{UPPER}][{LETTER}'’-]{{1,40}}"
    rf"(?:[ ][{UPPER}][{LETTER}'’-]{{1,40}}){{1,2}}"
    rf"(?![{LETTER}\d_@/\\=(-]|[ ][{UPPER}\d])"
)
_ACRONYM = re.compile(rf"[{UPPER}]{{1,5}}")
_ENUMERATED = re.compile(rf"\n[{UPPER}]\.[ \t]+[{UPPER}][{LETTER}]+(?![ \t]+[{UPPER}])")
_GOES_ON = re.compile(
    r"[ ](?:[a-z]+s|[a-z]+ed|will|can|may|must|and|had|might|could|should|for the)\b"
    r"|, (?:our|the|an?|who|your|head|from|chair|my)\b"
)
_IN_SENTENCE = re.compile(rf"[{LETTER}][,;]?[ \n]\Z")
_COMPANY = re.compile(
    rf"(?<![{LETTER}&-])((?:[{UPPER}][{LETTER}&-]{{1,40}}[ ]){{0,2}}"
    rf"[{UPPER}][{LETTER}&-]{{1,40}}),?[ ]"
    r"(?:GmbH|AG|KG|Ltd|Limited|LLC|Inc|Corp|PLC|plc|SE|SA|BV|NV|SpA|ApS|A/S|AS|AB)\b"
)
_OFTEN_NAMES = frozenset({"ORG", "GPE", "PRODUCT", "WORK_OF_ART", "NORP", "FAC", "LOC", "MISC"})
"""What the model makes of names that it has not seen."""
_COMMON = " ".join(
    form
    for word in sorted(NEVER_NAMES | PUBLIC_BODY_WORDS | OCCUPATIONS)
    for form in (word, word.capitalize())
)
"""Words of every document, learnt before the first: what the model learns of a document's own is
freed with it, and learning these anew each time took a tenth of the time."""
LABELS = {
    "PER": "PERSON",
    "PRS": "PERSON",
    "persName": "PERSON",
    "placeName": "LOC",
    "geogName": "LOC",
    "GPE_LOC": "GPE",
    "GPE_ORG": "GPE",
    "orgName": "ORG",
}
"""Other languages' spaCy models' labels in the words of the English ones; the rest stay."""
_MANY = 1000
_OWNER = re.compile(
    rf"((?:[{UPPER}][{LETTER}.'’-]{{0,40}}?[ \t]){{1,3}}[{UPPER}][{LETTER}-]{{1,40}})['’]s\b"
)
_IS_TITLE_CASE = re.compile(
    rf"(?:[^{LETTER}]*[{UPPER}][{LETTER}'’-]*(?:[ \t]+(?:and|of|the|for|to|in|with|a|"
    rf"&))*)+[^{LETTER}]*\Z"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A stretch of a sentence and the model's name for it, e.g. `GPE`."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model marked in a document, sentence by sentence."""

    places: dict[str, list[int]] = field(repr=False)
    """Sentence, line or cell -> where it stands in the document."""
    found: dict[str, list[Marked]] = field(repr=False)
    """The same texts -> what is marked in them."""


class NameModel:
    """A spaCy model with nothing in it but its named-entity recognizer."""

    def __init__(self, model: str) -> None:
        """Load the package or folder `model`. Raises MissingExtraError or ModelError."""
        self._nlp = _load(model)
        self._nlp.make_doc(_COMMON)
        self._seen: Remembered[list[Marked]] = Remembered(most=_REMEMBERED)

    def read(
        self,
        document: DocumentText,
        *,
        every_capital: bool = False,
        before: Reading | None = None,
        remember: bool = False,
    ) -> Reading:
        """Mark the sentences that may hold a person's name; with `every_capital` any name.

        What was read `before` is not read again, and is part of the result; with `remember`,
        neither is what stood in another document.
        """
        places: dict[str, list[int]] = {}
        for start, end in _units(document, every_capital=every_capital):
            places.setdefault(document.text[start:end], []).append(start)
        found = {} if before is None else dict(before.found)
        new = [unit for unit in places if unit not in found]
        found |= self._recall(new) if remember else self._recognize(new)
        return Reading(places, found)

    def _recall(self, units: list[str]) -> dict[str, list[Marked]]:
        keys = {unit: self._seen.key_of([unit]) for unit in units}
        found = {unit: self._seen.get(key) for unit, key in keys.items()}
        read = self._recognize([unit for unit in units if found[unit] is None])
        for unit, marks in read.items():
            self._seen.put(keys[unit], marks, weight=1 + len(marks))
        return {unit: read[unit] if marks is None else marks for unit, marks in found.items()}

    def _recognize(self, units: list[str]) -> dict[str, list[Marked]]:
        """Entities of each text; everything the model remembers of it is freed afterwards."""
        found: dict[str, list[Marked]] = {}
        for start in range(0, len(units), _ZONE):
            part = units[start : start + _ZONE]
            with self._nlp.memory_zone():
                for unit, doc in zip(part, self._nlp.pipe(part, batch_size=_BATCH), strict=True):
                    found[unit] = [
                        Marked(LABELS.get(e.label_, e.label_), e.start_char, e.end_char)
                        for e in doc.ents
                    ]
        return found


def find_people(document: DocumentText, reading: Reading) -> Iterator[Match]:
    """People whom the model sees and nothing speaks against."""
    places, found = reading.places, reading.found
    votes = _votes(found)
    for company in _COMPANY.finditer(document.text):
        votes.setdefault(company[1], Counter())["OTHER"] = _MANY * _MANY
    yield from _unknown_names(document, places, found, votes)
    for unit, entities in found.items():
        for start in places[unit]:
            for entity in entities:
                if entity.label == "PERSON":
                    yield from _accept(document, start + entity.start, start + entity.end, votes)
                else:
                    yield from _owner(document, start + entity.start, start + entity.end)


def _load(model: str) -> "Language":
    try:
        import spacy
    except ImportError as error:
        raise MissingExtraError("spacy", "local") from error
    try:
        if Path(model).is_dir():
            nlp = spacy.load(model, exclude=list(_UNUSED_PIPES))
        else:
            check_weights(model)
            nlp = importlib.import_module(model).load(exclude=list(_UNUSED_PIPES))
    except (ImportError, AttributeError, OSError, ValueError) as error:
        raise ModelError(
            f"no spaCy model `{model}`: set pseudonymize.model to an installed package or a folder"
        ) from error
    if "ner" not in nlp.pipe_names:
        raise ModelError(f"the spaCy model `{model}` has no named-entity recognizer (`ner`)")
    return nlp


def _units(document: DocumentText, *, every_capital: bool) -> Iterator[tuple[int, int]]:
    """Sentences, lines and cells in which a name may stand."""
    for block in document.blocks:
        if block.kind == "code":
            continue
        for start, end in _split(document.text, block):
            if (
                _CAPITALISED.search(document.text, start, end)
                if every_capital
                else _may_hold_name(document, start, end)
            ):
                yield start, end


def _split(text: str, block: BlockSpan) -> Iterator[tuple[int, int]]:
    if block.kind == "table":
        for cell in re.compile(r"[^|\n]+").finditer(text, block.start, block.end):
            yield cell.span()
        return
    at = block.start
    for gap in _SENTENCE_END.finditer(text, block.start, block.end):
        if (
            _ABBREVIATION.search(text, max(at, gap.start() - 12), gap.start())
            and "\n" not in gap[0]
        ):
            continue
        yield from _pieces(text, at, gap.start())
        at = gap.end()
    yield from _pieces(text, at, block.end)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span in pieces that the model takes in one go, cut at spaces."""
    while end - start > _MAX_UNIT:
        cut = text.rfind(" ", start + _MAX_UNIT // 2, start + _MAX_UNIT)
        cut = start + _MAX_UNIT if cut < 0 else cut
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _may_hold_name(document: DocumentText, start: int, end: int) -> bool:
    return any(
        _is_candidate(document, word[0])
        for word in _CAPITALISED.finditer(document.text, start, end)
    )


def _is_candidate(document: DocumentText, word: str) -> bool:
    word = word.removesuffix("'s").removesuffix("’s")
    if is_never_name(word) or is_cased_like_code(word):
        return False
    return word.casefold() not in document.lower_words or is_given_name(word)


def _votes(found: dict[str, list[Marked]]) -> dict[str, Counter[str]]:
    """How often the model gave each surface each label, over the whole document."""
    votes: dict[str, Counter[str]] = {}
    for unit, entities in found.items():
        for entity in entities:
            surface = unit[entity.start : entity.end].strip()
            votes.setdefault(surface, Counter())[
                "PERSON" if entity.label == "PERSON" else "OTHER"
            ] += 1
    return votes


def _accept(
    document: DocumentText, start: int, end: int, votes: dict[str, Counter[str]]
) -> Iterator[Match]:
    """The name in what the model marked, unless its words or the rest of the document object."""
    surface = document.text[start:end].strip()
    if votes[surface]["OTHER"] > votes[surface]["PERSON"] or _CODE.search(surface):
        return
    line_end = document.text.find("\n", start, end)
    name = read_name(document.text, start, end if line_end < 0 else line_end)
    if name is not None and _is_plausible(document, name):
        yield Match(
            "PERSON", name.start, name.end, 0.85 if len(name.words) > 1 else 0.6, "spacy", NER
        )


def _unknown_names(
    document: DocumentText,
    places: dict[str, list[int]],
    found: dict[str, list[Marked]],
    votes: dict[str, Counter[str]],
) -> Iterator[Match]:
    """Two or three capitalised words in a sentence that neither the model nor the document knows.

    The model misses names that its training text did not hold; ordinary words would also stand in
    lower case somewhere, and most companies and places it does mark.
    """
    for unit, starts in places.items():
        for run in _RUN.finditer(unit):
            over = [e for e in found[unit] if e.start < run.end() and run.start() < e.end]
            if any((e.start, e.end) != run.span() or e.label not in _OFTEN_NAMES for e in over):
                continue
            if votes.get(run[0], Counter())["OTHER"] > _MANY:
                continue
            for start in starts:
                name = read_name(document.text, start + run.start(), start + run.end())
                if name and name.end - name.start == len(run[0]) and _is_unknown(document, name):
                    yield Match("PERSON", name.start, name.end, 0.4, "unknown_name", NER)


def _is_unknown(document: DocumentText, name: Name) -> bool:
    text = document.text
    block = document.block_at(name.start)
    if block.kind != "paragraph" or any(len(w.rstrip(".")) < 3 or w.isupper() for w in name.words):
        return False
    begins = not _IN_SENTENCE.search(text, max(block.start, name.start - 40), name.start)
    if begins and not _GOES_ON.match(text, name.end):
        return False
    return stands_as_name(text, name.start, name.start + 3) and _is_plausible(document, name)


def _owner(document: DocumentText, start: int, end: int) -> Iterator[Match]:
    """`Ann Lee` in a title such as `Ann Lee's Cautionary Tales`, which the model takes whole."""
    owner = _OWNER.match(document.text, start, end)
    name = owner and read_name(document.text, start, owner.end(1))
    if name and name.start == start and len(name.words) > 1 and _is_plausible(document, name):
        yield Match("PERSON", name.start, name.end, 0.5, "spacy.owner", NER)


def _is_plausible(document: DocumentText, name: Name) -> bool:
    text = document.text
    if (
        text[name.end : name.end + 1] in _CODE_AFTER
        or text[name.start - 1 : name.start] in _CODE_BEFORE
    ):
        return False
    if any(is_cased_like_code(word) for word in name.words) or _ENUMERATED.match(
        text, name.start - 1
    ):
        return False
    if name.has_given_name:
        return len(name.words) > 1 or not name.words[0].isupper()
    if _PLACE_BEFORE.search(text, max(0, name.start - 12), name.start) or _NUMBER_AFTER.match(
        text, name.end
    ):
        return False
    if any(word.casefold() in document.lower_words for word in name.words):
        return False
    block = document.block_at(name.start)
    if len(name.words) == 1:
        if block.kind in {"heading", "table"} or _ACRONYM.fullmatch(name.words[0]):
            return False
        return stands_as_name(text, name.start, name.end)
    return block.kind != "heading" or not _IS_TITLE_CASE.match(text, block.start, block.end)
