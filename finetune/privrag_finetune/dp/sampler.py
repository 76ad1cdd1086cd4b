"""Rows by the unit that privacy is counted for, and Poisson sampling over the units."""

from collections.abc import Collection, Mapping, Sequence

from privrag.errors import TrainingError
from privrag_finetune.dp.randomness import SecureRandom
from privrag_finetune.generator.encoded import Encoded

NAME = "poisson"
"""Of the only sampler there is."""
Units = Mapping[str, tuple[Encoded, ...]]


def units_of(
    rows: Sequence[Encoded], *, holds: Mapping[str, Collection[str]] | None = None
) -> Units:
    """The rows of each unit: of each `Encoded.owner`.

    `holds` tells for the id of a row which `Encoded.owner`s its text comes from, passages beside
    the right one included. Raises TrainingError where the text of a row is of more than one unit
    (then no bound on one unit's gradient bounds what it changes), or a row is of none.
    """
    units: dict[str, list[Encoded]] = {}
    for row in rows:
        if not row.owner:
            raise TrainingError(
                "a row has no owner, so its privacy cannot be counted; name the document it is "
                "made of"
            )
        if others := {*(holds or {}).get(row.id, ())} - {row.owner}:
            raise TrainingError(
                f"row {row.id} holds text of {len(others) + 1} owners, and privacy is counted for "
                "one: take the other passages from the same owner or from public text, and pack no "
                "owners together"
            )
        units.setdefault(row.owner, []).append(row)
    return {unit: tuple(own) for unit, own in units.items()}


class PoissonSampler:
    """Each step every unit is drawn with probability `rate`, whatever else is drawn."""

    def __init__(
        self, units: Units, *, rate: float, rows_per_unit: int, random: SecureRandom
    ) -> None:
        self._units = [units[name] for name in sorted(units)]
        self._rate = rate
        self._rows_per_unit = rows_per_unit
        self._random = random

    def draw(self) -> list[tuple[Encoded, ...]]:
        """The units of one step, each with its rows that count; may be empty."""
        drawn = self._random.chances(len(self._units), self._rate)
        return [
            self._random.some(rows, self._rows_per_unit)
            for rows, is_drawn in zip(self._units, drawn, strict=True)
            if is_drawn
        ]
