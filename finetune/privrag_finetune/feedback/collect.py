"""Accepted corrections as a data set: beside a part of the rows that were there before.

    accepted corrections, none of outliers -> rows, or why not
    -> none that is tested with, none twice -> all earlier rows from feedback
    -> a share of the written rows -> freeze

A model is trained on it from its base, not on top of the last one: what it was trained on is then
what the data set says, and nothing else.
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag.feedback import Queued
from privrag.rag import AsyncRag
from privrag.records import Chunk
from privrag.upkeep import sync_lock
from privrag_finetune.feedback import LEAST_REPLAYED, MOST_REPLAYED
from privrag_finetune.feedback.outliers import outliers
from privrag_finetune.feedback.rows import REASONS, Ground, row_of
from privrag_finetune.home_data import now
from privrag_finetune.names import refuse_a_telling_name
from privrag_finetune.questions.alike import AskedBefore
from privrag_finetune.questions.make import split_key
from privrag_finetune.questions.readers import current_chunks
from privrag_finetune.questions.recipe import Recipe, load_recipe
from privrag_finetune.questions.rows import Row, SetManifest
from privrag_finetune.questions.sample import Aim
from privrag_finetune.questions.split import SPLITS
from privrag_finetune.questions.stale import freshness
from privrag_finetune.questions.store import (
    freeze,
    is_frozen,
    making,
    read_manifest,
    read_rows,
    set_names,
)
from privrag_finetune.questions.synthesize import divide_documents

_MOST_ACCEPTED = 100_000


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    data: str
    """The data set that is gone on from."""
    out: str
    replay: float = MOST_REPLAYED
    """Share of its written training rows that come along (0.2-0.5)."""
    seed: int = 12
    recipe: Recipe | None = field(default=None, repr=False)
    """Limits for rows; None: the shipped recipe's."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows from feedback, and why corrections gave none."""

    rows: tuple[Row, ...] = field(repr=False)
    accepted: int
    dropped: dict[str, int]


async def collect(rag: AsyncRag, order: Order) -> dict[str, Any]:
    """Make the data set and give the report; `out` is None, and nothing written, without a row.

    Raises TrainingError for a share out of its range or a name that is taken, SyncError while a
    sync or an erasure runs.
    """
    started = time.monotonic()
    if not LEAST_REPLAYED <= order.replay <= MOST_REPLAYED:
        raise TrainingError(
            f"replay is a share from {LEAST_REPLAYED} to {MOST_REPLAYED}, found {order.replay:g}"
        )
    await asyncio.to_thread(refuse_a_telling_name, rag, order.out, "data set", "--out")
    before = read_manifest(rag.home, order.data)
    old = read_rows(rag.home, order.data)
    recipe = order.recipe or load_recipe()
    with sync_lock(rag.home):
        chunks = await current_chunks(rag.stores)
        found = await _gathered(rag, order.seed, recipe, before, old, chunks)
        made: SetManifest | None = None
        if found.rows:
            fresh = freshness(chunks, old).fresh
            kept = [row for row in old if row.id in fresh]
            rows = [*_replayed(kept, found.rows, order, recipe), *found.rows]
            with making(rag.home, order.out):
                seconds = round(time.monotonic() - started, 1)
                made = freeze(rag.home, _manifest(before, order, rows, found, seconds), rows)
    return {
        "accepted": found.accepted,
        "kept": len(found.rows),
        "dropped": found.dropped,
        "replayed": made.splits["train"] - made.feedback if made else 0,
        "out": made.name if made else None,
        "rows": made.rows if made else 0,
        "splits": made.splits if made else {},
        "sha256": made.sha256 if made else "",
    }


async def judged(rag: AsyncRag) -> tuple[list[Queued], frozenset[str]]:
    """Accepted corrections, and the ids of those among them that are of outliers."""
    accepted = await asyncio.to_thread(rag.feedback.queued, "accepted", limit=_MOST_ACCEPTED)
    odd = outliers(await asyncio.to_thread(rag.feedback.verdicts))
    return accepted, frozenset(one.feedback.id for one in accepted if one.feedback.user in odd)


async def _gathered(
    rag: AsyncRag,
    seed: int,
    recipe: Recipe,
    before: SetManifest,
    old: Sequence[Row],
    every: Sequence[Chunk],
) -> Gathered:
    """Every row from feedback, newest verdict first, and those that earlier data sets hold."""
    accepted, doubted = await judged(rag)
    aim = Aim(recipe, "chat", "people", 0, seed, split_key(rag.stores))
    divided = await asyncio.to_thread(divide_documents, rag.home, every, aim)
    ground = Ground(
        stores=rag.stores,
        models=rag.parts,
        chunks={chunk.id: chunk for chunk in every},
        split_of=divided.split_of,
        readers=before.acl,
        limits=recipe.filters,
    )
    dropped = Counter(dict.fromkeys(REASONS, 0))
    dropped["outlier"] = len(doubted)
    made: list[Row] = []
    believed = [one for one in accepted if one.feedback.id not in doubted]
    for one in sorted(believed, key=lambda one: -one.feedback.reviewed):
        row = await row_of(one, ground)
        if isinstance(row, Row):
            made.append(row)
        else:
            dropped[row] += 1
    known = doubted | {row.id for row in made}
    stored = await asyncio.to_thread(_all_rows, rag.home)
    earlier = {r.id: r for r in stored if r.origin == "feedback" and r.id not in known}
    fresh = freshness(every, list(earlier.values())).fresh
    made += [r for r in earlier.values() if r.id in fresh and before.acl in ((), r.acl)]
    tested = [row for row in (*old, *stored) if row.split == "test"]
    rows = _once_each(made, tested, recipe.filters.max_likeness, dropped)
    return Gathered(tuple(rows), len(accepted), dict(dropped))


def _once_each(
    rows: Iterable[Row], tested: Iterable[Row], likeness: float, dropped: Counter[str]
) -> list[Row]:
    """Without questions that a test asks, and of like ones the first."""
    in_test: defaultdict[str, AskedBefore] = defaultdict(lambda: AskedBefore(likeness))
    before: defaultdict[str, AskedBefore] = defaultdict(lambda: AskedBefore(likeness))
    for row in tested:
        in_test[row.collection].keep(row.question)
    kept = []
    for row in rows:
        if not in_test[row.collection].is_new(row.question):
            dropped["asked_in_test"] += 1
        elif not before[row.collection].is_new(row.question):
            dropped["near_duplicate"] += 1
        else:
            before[row.collection].keep(row.question)
            kept.append(row)
    return kept


def _replayed(old: Sequence[Row], new: Sequence[Row], order: Order, recipe: Recipe) -> list[Row]:
    """The share of the written training rows that nobody corrected, and all to measure with."""
    likeness = recipe.filters.max_likeness
    corrected: defaultdict[str, AskedBefore] = defaultdict(lambda: AskedBefore(likeness))
    for row in new:
        corrected[row.collection].keep(row.question)
    train = [r for r in old if r.split == "train" and r.origin == "written"]
    count = max(1, round(order.replay * len(train))) if train else 0
    free = [row for row in train if corrected[row.collection].is_new(row.question)]
    drawn = random.Random(order.seed).sample(free, min(count, len(free)))  # noqa: S311 - a sample, no secret
    chosen = {row.id for row in drawn}
    return [row for row in old if row.split != "train" or row.id in chosen]


def _all_rows(home: Path) -> list[Row]:
    """Of every data set: a row may have come along from one to the next."""
    names = [name for name in set_names(home) if is_frozen(home, name)]
    return [row for name in names for row in read_rows(home, name)]


def _manifest(
    before: SetManifest, order: Order, rows: Sequence[Row], found: Gathered, seconds: float
) -> SetManifest:
    splits = Counter(row.split for row in rows)
    return before.model_copy(
        update={
            "name": order.out,
            "created": now(),
            "sha256": "",
            "rows": len(rows),
            "asked": found.accepted,
            "dropped": found.dropped,
            "splits": {name: splits[name] for name in SPLITS},
            "by_category": dict(Counter(row.category for row in rows)),
            "by_difficulty": dict(Counter(row.difficulty for row in rows)),
            "collections": tuple(sorted({row.collection for row in rows})),
            "seed": order.seed,
            "seconds": seconds,
            "erased": 0,
            "first_sha256": "",
            "models": (),
            "rewrite": None,
            "goes_on_from": before.name,
            "feedback": sum(row.origin == "feedback" for row in rows),
        }
    )
