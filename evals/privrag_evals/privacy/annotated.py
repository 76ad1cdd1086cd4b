"""Texts in which people marked every identity: the TAB format or that of `privrag eval pii`.

    {"text", "entities": [{"start_offset", "end_offset", "entity_type", "entity_id", ...}]}   TAB
    {"id", "text", "spans": [{"start", "end", "label", "entity", "identifier"}]}              ours

The texts name real people. They are held in memory only, and nothing derived from them but counts
may be printed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privrag.errors import PrivragError
from privrag.pseudonym import TYPE_WORDS

_LABELS = {
    "DATETIME": "DATE",
    "LOC": "LOCATION",
    "DEM": "GROUP",
    "CODE": "ID",
    "QUANTITY": "AMOUNT",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "US_SSN": "SSN",
    "IBAN_CODE": "IBAN",
    "ORGANIZATION": "ORG",
}
"""Names that others give to our types; any further one counts as MISC."""


class DataError(PrivragError):
    """A data file is not what the command expects; names file and line, never content."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A span that a person marked as identifying."""

    start: int
    end: int
    label: str
    entity: str
    """Coreference id inside its text; empty if the file has none."""
    masked: bool
    """False where the annotator saw no need to mask it (TAB's NO_MASK)."""


@dataclass(frozen=True, slots=True)
class AnnotatedText:
    """One text with its marks, in order of start."""

    id: str
    text: str = field(repr=False)
    marks: tuple[Marked, ...]


def read_annotated(path: Path) -> list[AnnotatedText]:
    """Every text of the file. Raises DataError that names the line."""
    texts = []
    for number, row in read_lines(path):
        try:
            spans = row["entities"] if "entities" in row else row["spans"]
            marks = sorted((_mark(span) for span in spans), key=lambda m: (m.start, -m.end))
            name = str(row.get("id") or row.get("metadata", {}).get("data_id") or number)
            texts.append(AnnotatedText(name, str(row["text"]), tuple(marks)))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DataError(
                f"{path.name}, line {number}: expected `text` with `entities` (TAB) or `spans` "
                "with start, end and label"
            ) from None
    return texts


def read_lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """(line number from 1, object) of a JSON Lines file. Raises DataError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{str(path)!r} cannot be read ({type(error).__name__})") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise DataError(f"{path.name}, line {number}: expected one JSON object a line")
        rows.append((number, row))
    if not rows:
        raise DataError(f"{path.name} is empty; expected one JSON object a line")
    return rows


def _mark(span: Mapping[str, Any]) -> Marked:
    tab = "start_offset" in span
    kind = str(span["entity_type" if tab else "label"])
    label = kind if kind in TYPE_WORDS else _LABELS.get(kind, "MISC")
    identifier = span.get("identifier_type" if tab else "identifier")
    return Marked(
        int(span["start_offset" if tab else "start"]),
        int(span["end_offset" if tab else "end"]),
        label,
        str(span.get("entity_id" if tab else "entity") or ""),
        masked=identifier != "NO_MASK",
    )
