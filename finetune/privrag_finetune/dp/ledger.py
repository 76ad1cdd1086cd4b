"""What every provider's data has cost so far, over all runs of a home: `models/epsilon.sqlite`.

A run reserves all of its steps before the first one, and settles for those it took in the end. What
is killed between the two stays counted in full, until it is gone on with or given up. So the
ledger may count too much for a while, and never too little. Costs are composed, not added up, by
the accountant, over runs of the same unit: what protects a document says nothing of an owner.

A provider is a collection, `TENANT/COLLECTION`. What a run spent from a whole tenant (ledgers of
schema 1 know no other) counts for each of its collections.
"""

import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from privrag.errors import TrainingError
from privrag.sqlite_file import SqliteFile, told_as
from privrag_finetune.dp.accountant import Mechanism, Spent, epsilon_spent
from privrag_finetune.dp.contract import SCHEMA as _CONTRACTS
from privrag_finetune.dp.contract import Contract, agree, allowed, contracts
from privrag_finetune.dp.planner import Plan

FILE = "epsilon.sqlite"
_SCHEMA_VERSION = 2
_SCHEMA = f"""{_CONTRACTS}
CREATE TABLE IF NOT EXISTS spending (
    run TEXT NOT NULL, provider TEXT NOT NULL, data_sha256 TEXT NOT NULL, unit TEXT NOT NULL,
    units INTEGER NOT NULL, noise REAL NOT NULL, rate REAL NOT NULL, delta REAL NOT NULL,
    planned INTEGER NOT NULL, kept INTEGER NOT NULL DEFAULT 0, again INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'settled', 'given up')),
    created TEXT NOT NULL, PRIMARY KEY (run, provider)
) STRICT;
"""
State = Literal["reserved", "settled", "given up"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One run over the data of one provider."""

    run: str
    provider: str
    data_sha256: str
    unit: str
    units: int
    noise: float
    rate: float
    delta: float
    planned: int
    """Steps."""
    kept: int
    """Steps whose outcome was written: a checkpoint, or the finished model."""
    again: int
    """Steps that were taken a second time from an older checkpoint, and cost a second time."""
    state: State
    created: str
    """UTC, ISO 8601."""

    @property
    def mechanism(self) -> Mechanism:
        """All that it counts for."""
        steps = self.planned if self.state == "reserved" else self.kept
        return Mechanism(self.noise, self.rate, steps + self.again)


class Ledger:
    """One file (mode 0600), safe for several processes. Every call raises TrainingError.

    Put `HOME/models/epsilon.sqlite` where it is: a ledger that was deleted has forgotten, and
    `refuse_if_lost` alone notices.
    """

    def __init__(self, path: Path) -> None:
        """Open or create it; one of schema 1 gets a place for contracts, and has none yet."""

        def unusable(name: str) -> TrainingError:
            return TrainingError(
                f"the ledger {path.name} cannot be used ({name}), so nothing is trained with "
                "privacy; put it back from a backup, or make room on the disk"
            )

        with told_as(unusable):
            _bring_up_to_date(path)
        self._file = SqliteFile(
            path,
            _SCHEMA,
            version=_SCHEMA_VERSION,
            unusable=unusable,
            of_another_version=lambda found: TrainingError(
                f"{path.name} has schema {found}, this privrag reads {_SCHEMA_VERSION}; use the "
                "version of privrag that wrote it"
            ),
            pragmas=("synchronous = EXTRA",),
        )

    def reserve(
        self,
        run: str,
        plan: Plan,
        budgets: Mapping[str, float | None],
        *,
        data_sha256: str = "",
    ) -> "Reservation":
        """Count the whole run for each provider in `budgets`, or refuse it for all of them.

        A budget that is given becomes the provider's contract, unless it would raise it; None: as
        it was agreed. The same run with the same plan gets the reservation it has: it is gone on
        with. All is on disk when this returns. Raises TrainingError where a budget would be
        overdrawn or is missing; then nothing is changed.
        """
        if not budgets:
            raise TrainingError("the run names no provider, so there is nothing to spend from")
        if not math.isfinite(plan.spent.epsilon) or plan.is_broken:
            raise TrainingError(
                f"this run would cost epsilon {plan.spent.epsilon:g} and claims {plan.wanted:g}; "
                "it can be audited, but not be counted as private"
            )
        with self._file.writing() as db:
            for provider, epsilon in budgets.items():
                agree(db, provider, epsilon)
            mine = [entry for entry in _entries(db) if entry.run == run]
            if mine:
                _refuse_another_run(run, mine, plan, budgets, data_sha256)
                return Reservation(self, run, plan)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            what = (data_sha256, plan.unit, plan.units, plan.noise, plan.rate, plan.delta)
            for provider in budgets:
                db.execute(
                    "INSERT INTO spending VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 'reserved', ?)",
                    (run, provider, *what, plan.steps, now),
                )
            _refuse_overdrawn(db, budgets)
        return Reservation(self, run, plan)

    def agree(
        self, providers: Iterable[str], epsilon: float, *, raising: bool = False
    ) -> dict[str, Contract]:
        """Set or lower what each of them allows, or with `raising` raise it: for all, or for none.

        Raises TrainingError.
        """
        with self._file.writing() as db:
            return {one: agree(db, one, epsilon, raising=raising) for one in providers}

    def allowed(self, budgets: Mapping[str, float | None]) -> float:
        """The least contract there would be for a run with these; nothing is written.

        Raises TrainingError where one is missing or would be raised.
        """
        before = self.contracts()
        return min(allowed(before.get(one), one, epsilon) for one, epsilon in budgets.items())

    def contracts(self) -> dict[str, Contract]:
        """By provider."""
        with self._file.reading() as db:
            return contracts(db)

    def refuse_if_lost(self, claiming: Iterable[str]) -> None:
        """Raise TrainingError where runs that came to an end with an epsilon are not in it."""
        known = {entry.run for entry in self.entries()}
        if missing := sorted(set(claiming) - known):
            raise TrainingError(
                f"the model {missing[0]} claims an epsilon that the ledger does not know, so the "
                "ledger was lost or is an older copy, and what was spent cannot be told; put "
                f"models/{FILE} back from a backup"
            )

    def entries(self, provider: str | None = None) -> list[Entry]:
        """Oldest first."""
        with self._file.reading() as db:
            return [e for e in _entries(db) if provider is None or _counts_for(e, provider)]

    def spent(self, provider: str, delta: float | None = None) -> Spent:
        """All its runs composed, at `delta` (None: the smallest of the runs); 0 without runs."""
        return _composed(self.entries(provider), delta)

    def give_up(self, run: str) -> None:
        """A killed run is never gone on with: it counts for the steps that it wrote down.

        Raises TrainingError for a run that is not reserved.
        """
        self._update(run, "state = 'given up'", ())

    def _update(
        self, run: str, change: str, values: Sequence[object], *, spends: bool = False
    ) -> None:
        """Of a run that is reserved; if it `spends`, no budget may be overdrawn by it."""
        with self._file.writing() as db:
            ((found,),) = db.execute(
                "SELECT count(*) FROM spending WHERE run = ? AND state = 'reserved'", (run,)
            )
            if not found:
                raise TrainingError(f"the run {run} is over or unknown; start one by another name")
            db.execute(f"UPDATE spending SET {change} WHERE run = ?", (*values, run))  # noqa: S608 - our own words
            if spends:
                _refuse_overdrawn(db, [e.provider for e in _entries(db) if e.run == run])


class Reservation:
    """What a run may spend; `train_privately` keeps it true."""

    def __init__(self, ledger: Ledger, run: str, plan: Plan) -> None:
        self.run = run
        self.plan = plan
        self._ledger = ledger

    @property
    def kept_steps(self) -> int:
        """Of so many the outcome is, or was, on disk."""
        return self._own()[0].kept

    def goes_on_from(self, step: int) -> None:
        """Before steps are taken: those written down after `step` will be taken, and cost, again.

        Raises TrainingError where a budget does not allow it, or the run is over.
        """
        more = max(self.kept_steps - step, 0)
        if more or self._own()[0].state != "settled":
            change = "again = again + ?, kept = kept - ?"
            self._ledger._update(self.run, change, (more, more), spends=True)

    def keeps(self, step: int) -> None:
        """The outcome of so many steps is about to be on disk."""
        self._ledger._update(self.run, "kept = max(kept, ?)", (step,))

    def settle(self, steps: int) -> None:
        """The run is over after so many: it counts for them, no longer for all planned."""
        if self._own()[0].state != "settled":
            change = "kept = max(kept, ?), state = 'settled'"
            self._ledger._update(self.run, change, (steps,))

    def history(self) -> list[Mechanism]:
        """What this run costs by itself."""
        return [self._own()[0].mechanism]

    def _own(self) -> list[Entry]:
        return [entry for entry in self._ledger.entries() if entry.run == self.run]


def _entries(db: sqlite3.Connection) -> list[Entry]:
    names = ", ".join(Entry.__dataclass_fields__)
    rows = db.execute(f"SELECT {names} FROM spending ORDER BY created, rowid")  # noqa: S608 - our own words
    return [Entry(*row) for row in rows]


def _composed(entries: Sequence[Entry], delta: float | None) -> Spent:
    at = delta or min((entry.delta for entry in entries), default=0.5)
    return epsilon_spent([entry.mechanism for entry in entries], at)


def _refuse_another_run(
    run: str,
    mine: Sequence[Entry],
    plan: Plan,
    budgets: Iterable[str],
    data_sha256: str,
) -> None:
    before = {(e.noise, e.rate, e.planned, e.delta, e.unit, e.data_sha256) for e in mine}
    now = (plan.noise, plan.rate, plan.steps, plan.delta, plan.unit, data_sha256)
    given_up = any(entry.state == "given up" for entry in mine)
    if given_up or before != {now} or {entry.provider for entry in mine} != set(budgets):
        raise TrainingError(
            f"a run {run} is in the ledger already, with another plan or other data, or it was "
            "given up; choose another name"
        )


def _counts_for(entry: Entry, provider: str) -> bool:
    return entry.provider in (provider, provider.partition("/")[0])


def _refuse_overdrawn(db: sqlite3.Connection, providers: Iterable[str]) -> None:
    """At the smallest delta of a provider's runs: a larger one would make earlier runs cheaper."""
    entries = _entries(db)
    for provider in providers:
        own = [entry for entry in entries if _counts_for(entry, provider)]
        if len({entry.unit for entry in own}) > 1:
            raise TrainingError(
                f"the data of {provider} was protected by another unit before, and the two cannot "
                "be counted together; take the same unit again"
            )
        most, spent = agree(db, provider, None).epsilon, _composed(own, None)
        if spent.epsilon > most:
            raise TrainingError(
                f"epsilon of {provider} would come to {spent.epsilon:.3g} over all runs, and its "
                f"budget is {most:g}; ask for less --epsilon, give up a run that was killed "
                "(privrag train budget --give-up RUN), or agree on more: privrag train budget "
                f"--set EPSILON --provider {provider} --raise"
            )


def _bring_up_to_date(path: Path) -> None:
    if not path.is_file():
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        ((found,),) = db.execute("PRAGMA user_version")
        if found == 1:
            db.executescript(
                f"BEGIN IMMEDIATE; {_CONTRACTS}; PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT"
            )
