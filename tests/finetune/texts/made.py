"""Texts that a tiny model can learn; everybody is invented."""

import csv
from pathlib import Path

from privrag_finetune.texts.store import TextRow

PLACES = ["gate", "tower", "bridge", "harbour", "garden", "station", "library", "market"]


def write_csv(file: Path, rows, header=("text", "target")) -> Path:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([header, *rows])
    return file


def sentences(number: int) -> list[tuple[str, str]]:
    """Each says when a place opens; the target says the place and that it is open or shut."""
    return [
        (f"The {PLACES[n % 8]} opens at {n} today.", f"{PLACES[n % 8]} {_state(n)}")
        for n in range(number)
    ]


def states(number: int) -> list[tuple[str, str]]:
    """The same with one of two labels, which the place decides."""
    return [(text, target.split()[1]) for text, target in sentences(number)]


def rows_of(pairs) -> list[TextRow]:
    return [
        TextRow.model_validate(
            {"id": f"r{n}", "group": f"g{n}", "text": text, "target": target, "entities": ()}
        )
        for n, (text, target) in enumerate(pairs)
    ]


def _state(n: int) -> str:
    return "open" if n % 2 else "shut"
