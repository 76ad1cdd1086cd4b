"""Make a data set of a home: plan, ask, check, freeze. Killed at any point, the same call goes on.

chunks -> plan -> write_all -> kept_rows -> freeze
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag.rag import AsyncRag
from privrag.records import Chunk
from privrag.upkeep import sync_lock
from privrag_finetune.names import refuse_a_telling_name
from privrag_finetune.questions.causes import likely_cause, none_kept
from privrag_finetune.questions.make import aim_of, kept_rows, write_all, writer_for
from privrag_finetune.questions.readers import EVERYBODY, chosen_chunks, current_chunks, readers_of
from privrag_finetune.questions.recipe import Recipe
from privrag_finetune.questions.recorded import record_splits, recorded_splits
from privrag_finetune.questions.rows import Row, SetManifest
from privrag_finetune.questions.sample import Aim, Divided, Task, divide, plan
from privrag_finetune.questions.split import SPLITS
from privrag_finetune.questions.store import JOURNAL, Journal, freeze, making, rewrite_journal
from privrag_finetune.questions.write import Writer


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    out: str
    limit: int
    recipe: Recipe
    seed: int | None = None
    """None: the recipe's."""
    acl: Sequence[str] = EVERYBODY
    across_acl: bool = False
    collection: str | None = None
    progress: Callable[[int], None] = field(default=lambda _: None)
    """Is told how many questions were written."""


async def synthesize(rag: AsyncRag, order: Order, writer: Writer | None = None) -> dict[str, Any]:
    """Make the data set and give the report.

    Raises TrainingError where there is nothing to ask about, nothing is kept, or the name is taken;
    SyncError while a sync or an erasure runs (and neither can begin meanwhile).
    """
    started = time.monotonic()
    await asyncio.to_thread(refuse_a_telling_name, rag, order.out, "data set", "--out")
    with sync_lock(rag.home), making(rag.home, order.out) as folder:
        aim, tasks, journal = await _asked(rag, order, folder, writer)
        rows, dropped = await kept_rows(rag.stores, rag.parts, tasks, journal, aim)
        if not rows:
            rewrite_journal(folder / JOURNAL, lambda line: line.state != "unreadable")
            raise TrainingError(none_kept(dropped, aim.style))
        seconds = round(time.monotonic() - started, 1)
        made = freeze(rag.home, _manifest(rag, order, aim, rows, dropped, seconds), rows)
    return {**report(made), "likely_cause": likely_cause(made.dropped, made.asked, aim.style)}


async def ask(rag: AsyncRag, order: Order, writer: Writer | None = None) -> dict[str, int]:
    """Only ask: `synthesize` with the same order then checks and freezes what was written.

    Gives how many tasks were planned, and how many answers are in each state. Raises as it does.
    """
    await asyncio.to_thread(refuse_a_telling_name, rag, order.out, "data set", "--out")
    with sync_lock(rag.home), making(rag.home, order.out) as folder:
        _, tasks, journal = await _asked(rag, order, folder, writer)
        states = Counter(journal.lines[task.id].state for task in tasks)
    return {"asked": len(tasks), **{str(state): n for state, n in states.items()}}


async def _asked(
    rag: AsyncRag, order: Order, folder: Path, writer: Writer | None
) -> tuple[Aim, list[Task], Journal]:
    """Every question that is planned, with its line in the journal."""
    stores, models = rag.stores, rag.parts
    aim = await aim_of(stores, models.generator, order.recipe, limit=order.limit, seed=order.seed)
    every = await current_chunks(stores)
    chunks = chosen_chunks(
        every, acl=order.acl, across_acl=order.across_acl, collection=order.collection
    )
    divided = await asyncio.to_thread(divide_documents, rag.home, every, aim)
    orders = stores.settings.quarantine
    tasks = await asyncio.to_thread(plan, chunks, aim, divided, orders=orders)
    if not tasks:
        raise TrainingError(f"none of the {len(chunks)} passages has text enough to ask about")
    journal = Journal(folder / JOURNAL)
    writer = writer or writer_for(stores, models.generator, aim)
    await write_all(stores, models, tasks, journal, writer, progress=order.progress)
    return aim, tasks, journal


def divide_documents(home: Path, chunks: Sequence[Chunk], aim: Aim) -> Divided:
    """All documents of the home, whoever may read them; where they are is kept."""
    documents = {chunk.source.document for chunk in chunks}
    divided = divide(chunks, aim, recorded_splits(home, documents))
    record_splits(home, divided.split_of)
    return divided


def report(made: SetManifest) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "rows": made.asked,
        "kept": made.rows,
        "dropped": made.dropped,
        "seconds": made.seconds,
        "model": made.model,
        "out": made.name,
        "splits": made.splits,
        "by_category": made.by_category,
        "by_difficulty": made.by_difficulty,
        "sha256": made.sha256,
    }


def _manifest(
    rag: AsyncRag,
    order: Order,
    aim: Aim,
    rows: Sequence[Row],
    dropped: dict[str, int],
    seconds: float,
) -> SetManifest:
    recipe, identity = order.recipe, rag.embedder.identity
    splits = Counter(row.split for row in rows)
    return SetManifest(
        name=order.out,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        tenant=rag.settings.tenant,
        sha256="",
        rows=len(rows),
        asked=len(rows) + sum(dropped.values()),
        dropped=dropped,
        splits={name: splits[name] for name in SPLITS},
        by_category=_counts([row.category for row in rows], [c.name for c in recipe.categories]),
        by_difficulty=_counts([r.difficulty for r in rows], [d.name for d in recipe.difficulties]),
        acl=() if order.across_acl else readers_of(order.acl),
        collections=tuple(sorted({row.collection for row in rows})),
        seed=aim.seed,
        style=aim.style,
        recipe_sha256=recipe.sha256(),
        prompt_version=recipe.prompt_version(aim.style),
        model=aim.model,
        embedder=f"{identity.model} ({identity.precision}, {identity.dimensions})",
        seconds=seconds,
    )


def _counts(found: Sequence[str], names: Sequence[str]) -> dict[str, int]:
    counted = Counter(found)
    return {name: counted[name] for name in names}
