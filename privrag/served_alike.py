"""Whether a tuned generator says elsewhere what it says in this process, before it may serve there.

Whoever serves generators announces how to ask one in the entry-point group `privrag.served_alike`:
a call with a `Trial` and the settings gives a `Check`. Where nothing of it is on this machine that
check says so, and was not `asked`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from statistics import fmean

from privrag.registry import Check
from privrag.settings import Settings

Ask = Callable[["Trial", Settings], Awaitable[Check]]

_LEAST_CHANGE = 1e-3
"""Nats. An adapter that was never trained, or is not worn, changes nothing at all."""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A prompt with its answer, and how likely the answer's tokens are in this process."""

    tokens: tuple[int, ...] = field(repr=False)
    """Ids of prompt and answer."""
    tuned: tuple[float, ...] = field(repr=False)
    """Log-probability of each token of the answer, the last ones, in nats."""
    base: tuple[float, ...] = field(repr=False)
    """The same of the model that was tuned."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A tuned generator and what it is asked."""

    name: str
    base: Path
    folder: Path
    """Of the adapter, or of the whole model."""
    home: Path
    """A log may lie there."""
    rows: tuple[TrialRow, ...]

    @property
    def change(self) -> float:
        """Mean absolute difference that the tuning makes to a token of an answer, in nats."""
        return self.distance([row.base for row in self.rows])

    def distance(self, found: list[tuple[float, ...]]) -> float:
        """The same between this process and what somebody else gives the rows' answers."""
        pairs = zip(self.rows, found, strict=True)
        return fmean(
            abs(ours - theirs)
            for row, own in pairs
            for ours, theirs in zip(row.tuned, own, strict=True)
        )


def change_check(trial: Trial) -> Check:
    """Whether the tuning changes what the base says at all."""
    return Check(
        name="changes answers",
        passed=trial.change >= _LEAST_CHANGE,
        detail=f"a token of an answer is {trial.change:.3g} nats more or less likely than without "
        f"the tuning; {_LEAST_CHANGE:g} are asked for",
    )


async def served_alike(trial: Trial, settings: Settings) -> list[Check]:
    """What every announced way to serve gives, by name."""
    asks: list[Ask] = [entry.load() for entry in _announced()]
    return [await ask(trial, settings) for ask in asks]


def not_asked(why: str) -> list[Check]:
    """The same where none was asked."""
    return [unasked_check(entry.name, why) for entry in _announced()]


def unasked_check(name: str, why: str) -> Check:
    """It stands in nobody's way, and is seen wherever checks are."""
    return Check(name=name, passed=True, asked=False, detail=why)


def _announced() -> list[EntryPoint]:
    return sorted(entry_points(group="privrag.served_alike"), key=lambda entry: entry.name)
