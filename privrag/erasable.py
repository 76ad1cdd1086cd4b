"""Stores of rows beyond the core's own: training sets, evaluation sets, models made from them.

Whoever keeps such rows announces a factory in the entry-point group `privrag.erasable`: a call
with the home gives an `Erasable`, or a list of them. Forgetting and the leak scan then reach them,
too; the certificate counts each by its name.
"""

from collections.abc import Collection, Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol


class Erasable(Protocol):
    """A store of rows that may hold pseudonyms."""

    name: str

    def erase(self, pseudonyms: Collection[str]) -> int:
        """Drop or rewrite every row that holds one; gives their number. Again: none are left."""

    def models_with(self, pseudonyms: Collection[str]) -> list[str]:
        """Model versions that were trained on rows with one of them."""

    def files(self) -> Iterable[Path]:
        """Files outside the home that a leak scan should read."""


def erasables(home: Path) -> list[Erasable]:
    """Every announced store of this home, by name."""
    found = sorted(entry_points(group="privrag.erasable"), key=lambda entry: entry.name)
    made = [entry.load()(home) for entry in found]
    return [each for some in made for each in (some if isinstance(some, list) else [some])]
