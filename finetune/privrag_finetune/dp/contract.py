"""What each provider allows over all runs together: its contract.

It is agreed once, lowered freely, and raised by nobody who was not asked to raise it. Every change
is a line of the ledger's file, and the last one counts.
"""

import math
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from privrag.errors import TrainingError

SCHEMA = """
CREATE TABLE IF NOT EXISTS contracts (
    provider TEXT NOT NULL, epsilon REAL NOT NULL CHECK (epsilon > 0), agreed TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A budget as it was set, lowered or raised."""

    epsilon: float
    agreed: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Of one provider."""

    provider: str
    changes: tuple[Agreed, ...]
    """Oldest first; never empty."""

    @property
    def epsilon(self) -> float:
        """What all runs together may cost."""
        return self.changes[-1].epsilon

    @property
    def raised(self) -> tuple[str, ...]:
        """In words, each time that it was."""
        return tuple(
            f"raised from {before.epsilon:g} to {after.epsilon:g} on {after.agreed}"
            for before, after in zip(self.changes, self.changes[1:], strict=False)
            if after.epsilon > before.epsilon
        )


def provider_of(tenant: str, collection: str) -> str:
    """Who a collection's data is counted for."""
    return f"{tenant}/{collection}"


def contracts(db: sqlite3.Connection) -> dict[str, Contract]:
    """Of every provider that has one."""
    found: dict[str, list[Agreed]] = {}
    for provider, epsilon, agreed in db.execute(
        "SELECT provider, epsilon, agreed FROM contracts ORDER BY rowid"
    ):
        found.setdefault(provider, []).append(Agreed(epsilon, agreed))
    return {provider: Contract(provider, tuple(some)) for provider, some in found.items()}


def agree(
    db: sqlite3.Connection, provider: str, epsilon: float | None, *, raising: bool = False
) -> Contract:
    """The contract, after `epsilon` was set or lowered to; with `raising` it may rise, too.

    None: as it stands. Raises TrainingError where `allowed` does.
    """
    before = contracts(db).get(provider)
    after = allowed(before, provider, epsilon, raising=raising)
    if before is not None and after == before.epsilon:
        return before
    now = datetime.now(UTC).isoformat(timespec="seconds")
    db.execute("INSERT INTO contracts VALUES (?, ?, ?)", (provider, after, now))
    return contracts(db)[provider]


def allowed(
    before: Contract | None, provider: str, epsilon: float | None, *, raising: bool = False
) -> float:
    """What the contract would come to, without a word written.

    Raises TrainingError where there would be none, or it would be raised without being asked to.
    """
    if epsilon is None:
        if before is None:
            raise TrainingError(
                f"nobody has said what the data of {provider} may cost over all runs; say it "
                f"once: privrag train budget --set EPSILON --provider {provider}"
            )
        return before.epsilon
    if not 0 < epsilon < math.inf:
        raise TrainingError(f"a budget of {epsilon:g} is none; it is a number above 0")
    if before is not None and epsilon > before.epsilon and not raising:
        raise TrainingError(
            f"the budget of {provider} is {before.epsilon:g}, agreed on "
            f"{before.changes[-1].agreed}; {epsilon:g} would raise it, which is written down and "
            "shown in every report after it: "
            f"privrag train budget --set {epsilon:g} --provider {provider} --raise"
        )
    return epsilon
