"""The words of the vault, a person's apart from everybody else's: read once, in memory only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from privrag.erasure.halves import Halves, LoneParts
from privrag.erasure.rows import Striker
from privrag.erasure.subject import halves_in, people_in, shares_surname
from privrag.intake import Stores
from privrag.leak import KnownValues
from privrag.pseudonym import label as label_of

Row = tuple[str, str]
"""A pseudonym and words."""


@dataclass(frozen=True, slots=True)
class Surfaces:
    """(label, words) of one person and of everybody else."""

    own: list[tuple[str, str]] = field(repr=False)
    others: list[tuple[str, str]] = field(repr=False)
    halves: Halves

    def striker(self, stores: Stores, pseudonyms: Collection[str]) -> Striker:
        """For this person, with all that the vault (still) knows."""
        return Striker(
            stores,
            pseudonyms,
            KnownValues([*self.own, *self.halves.values(sure=True)]),
            doubtful=KnownValues(self.halves.values(sure=False)),
            alone=LoneParts(people_in(self.own), people_in(self.others)),
            initials=not shares_surname(self.own, self.others),
        )


def apart(everything: Sequence[Row], pseudonyms: Collection[str]) -> Surfaces:
    """What the vault knows, divided."""
    own = [(label_of(p), words) for p, words in everything if p in pseudonyms]
    others = [(label_of(p), words) for p, words in everything if p not in pseudonyms]
    return Surfaces(own, others, halves_in(own, others))
