"""Texts with marked identities: our own line format, and two public ones converted to it.

    {"id": "7", "text": "Ann Lee called.", "spans": [{"start": 0, "end": 7, "label": "PERSON",
     "entity": "a", "identifier": "DIRECT"}]}

`entity` (mentions of one entity share it) and `identifier` (DIRECT, QUASI or NO_MASK) may be
absent: then a mention is an entity of its own that is to be masked.

Such texts name real people: they are held in memory only, and no message repeats a word of them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from privrag.errors import EvaluationError
from privrag_evals.pii.labels import our_label
from privrag_evals.whole_text import refuse_half_characters

Identifier = Literal["DIRECT", "QUASI", "NO_MASK"]


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """One marked mention, half-open character offsets."""

    start: int
    end: int
    label: str
    entity: str | None = None
    identifier: Identifier | None = None

    @property
    def to_mask(self) -> bool:
        """Whether it must not stay."""
        return self.identifier != "NO_MASK"


@dataclass(frozen=True, slots=True)
class Gold:
    """A text with its marked mentions (raw)."""

    id: str
    text: str = field(repr=False)
    spans: tuple[GoldSpan, ...]
    """In order of start; of two that start together the longer one first."""


def read_gold(path: Path, *, data_format: str | None = None) -> list[Gold]:
    """Read a file of marked texts in one of `FORMATS`; its first bytes tell which, if nobody does.

    Types are ours where we have one for them. Raises EvaluationError, naming file and line, for
    anything else.
    """
    if data_format is not None and data_format not in FORMATS:
        raise EvaluationError(f"--format is one of {', '.join(FORMATS)}; found {data_format!r}")
    golds = list(FORMATS[data_format or _format_of(path)](path))
    if not golds:
        raise EvaluationError(f"{path.name} holds no texts")
    if len({gold.id for gold in golds}) < len(golds):
        raise EvaluationError(f"{path.name}: two texts have the same id; make each one unique")
    return golds


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number from 1, object) of a JSON Lines file. Raises EvaluationError."""
    for number, line in enumerate(_text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise EvaluationError(f"{path.name}, line {number}: expected one JSON object a line")
        refuse_half_characters(row, f"{path.name}, line {number}")
        yield number, row


def without_overlap(spans: Sequence[GoldSpan]) -> list[GoldSpan]:
    """The longer of two that overlap, in order of start."""
    kept: list[GoldSpan] = []
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        if all(span.end <= k.start or k.end <= span.start for k in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)


def _text_of(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise EvaluationError(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EvaluationError(f"{path.name} is not UTF-8 text") from None
    if not text.strip():
        raise EvaluationError(f"{path.name} is empty; expected one JSON object a line")
    return text


def _format_of(path: Path) -> str:
    if _text_of(path).lstrip().startswith("["):
        return "presidio"
    _, row = next(read_lines(path))
    return "tab" if "entities" in row else "privrag"


def _ours(path: Path) -> Iterator[Gold]:
    for number, row in read_lines(path):
        with_row = f"{path.name}, line {number}"
        yield _gold(with_row, str(row.get("id", number)), row.get("text"), row.get("spans"))


def _tab(path: Path) -> Iterator[Gold]:
    """Text Anonymization Benchmark (arXiv 2202.00443), one annotator a document."""
    for number, row in read_lines(path):
        spans = [
            {
                "start": e.get("start_offset"),
                "end": e.get("end_offset"),
                "label": e.get("entity_type"),
                "entity": e.get("entity_id"),
                "identifier": e.get("identifier_type"),
            }
            for e in row.get("entities", ())
            if isinstance(e, dict)
        ]
        yield _gold(f"{path.name}, line {number}", str(number), row.get("text"), spans)


def _presidio(path: Path) -> Iterator[Gold]:
    """presidio-evaluator's synthetic sentences: one JSON list."""
    try:
        rows = json.loads(_text_of(path))
    except ValueError:
        raise EvaluationError(f"{path.name} is not JSON; expected one list of texts") from None
    refuse_half_characters(rows, path.name)
    for number, row in enumerate(rows, 1):
        place = f"{path.name}, text {number}"
        try:
            spans = [
                {"start": s["start_position"], "end": s["end_position"], "label": s["entity_type"]}
                for s in row["spans"]
            ]
            text = row["full_text"]
        except (KeyError, TypeError):
            raise EvaluationError(
                f"{place}: expected `full_text`, and `spans` with start_position, end_position "
                "and entity_type"
            ) from None
        yield _gold(place, str(number), text, spans)


FORMATS: dict[str, Callable[[Path], Iterator[Gold]]] = {
    "privrag": _ours,
    "tab": _tab,
    "presidio": _presidio,
}
"""Name of a file format -> its reader."""


def _gold(place: str, name: str, text: object, spans: object) -> Gold:
    if not isinstance(text, str):
        raise EvaluationError(f"{place}: `text` is missing or no string")
    if not isinstance(spans, list):
        raise EvaluationError(f"{place}: `spans` is missing or no list")
    marked = sorted((_span(place, text, span) for span in spans), key=lambda s: (s.start, -s.end))
    return Gold(name, text, tuple(marked))


def _span(place: str, text: str, span: object) -> GoldSpan:
    if not isinstance(span, dict) or not isinstance(span.get("label"), str):
        raise EvaluationError(f"{place}: a span needs start, end and label")
    start, end = span.get("start"), span.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise EvaluationError(f"{place}: a span has no place in the text; expected start < end")
    entity = span.get("entity")
    return GoldSpan(
        start,
        end,
        our_label(span["label"]),
        None if entity is None else str(entity),
        _identifier(place, span.get("identifier")),
    )


def _identifier(place: str, value: object) -> Identifier | None:
    if value is None:
        return None
    for known in get_args(Identifier):
        if str(value).upper() == known:
            return cast("Identifier", known)
    raise EvaluationError(f"{place}: `identifier` is DIRECT, QUASI or NO_MASK")
