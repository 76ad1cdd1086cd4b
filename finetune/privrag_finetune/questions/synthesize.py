"""Make a data set: plan, ask, check, freeze. Killed at any point, the same call goes on.

chunks -> plan -> (ask a batch -> second look -> journal)* -> checks -> round trip -> freeze
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag.generate.local import LocalGenerator
from privrag.pipeline import search
from privrag.pseudonym import placeholders
from privrag.rag import AsyncRag
from privrag.records import Chunk, Question
from privrag.upkeep import sync_lock
from privrag_finetune.names import refuse_a_telling_name
from privrag_finetune.questions.alike import AskedBefore
from privrag_finetune.questions.checks import REASONS, first_fault
from privrag_finetune.questions.prompt import Pair
from privrag_finetune.questions.readers import EVERYBODY, chosen_chunks, current_chunks, readers_of
from privrag_finetune.questions.recipe import Recipe, Style
from privrag_finetune.questions.recorded import record_splits, recorded_splits
from privrag_finetune.questions.rows import Line, Row, SetManifest
from privrag_finetune.questions.sample import Aim, Divided, Task, chunk_sha256, divide, plan
from privrag_finetune.questions.second_look import unsafe
from privrag_finetune.questions.split import SPLITS
from privrag_finetune.questions.store import JOURNAL, Journal, freeze, making
from privrag_finetune.questions.write import Writer, open_writer

_BATCH = 16


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
    aim = await _aim(rag, order)
    if writer is None:
        salt = rag.stores.vault.blind("cache-salt", rag.settings.tenant)
        here = rag.settings.generate.base_url is None
        writer = open_writer(
            rag.generator, order.recipe, aim.style, seed=aim.seed, salt=None if here else salt
        )
    with sync_lock(rag.home), making(rag.home, order.out) as folder:
        every = await current_chunks(rag.stores)
        chunks = chosen_chunks(
            every, acl=order.acl, across_acl=order.across_acl, collection=order.collection
        )
        divided = await asyncio.to_thread(_divide, rag.home, every, aim)
        tasks = await asyncio.to_thread(plan, chunks, aim, divided)
        if not tasks:
            message = f"none of the {len(chunks)} passages has text enough to ask about"
            raise TrainingError(message)
        journal = Journal(folder / JOURNAL)
        await _write_all(rag, tasks, journal, writer, order.progress)
        rows, dropped = await _kept(rag, order, aim, tasks, journal)
        if not rows:
            why = ", ".join(f"{name} {n}" for name, n in dropped.items() if n)
            raise TrainingError(f"none of {len(tasks)} questions was kept ({why})")
        seconds = round(time.monotonic() - started, 1)
        made = freeze(rag.home, _manifest(rag, order, aim, rows, dropped, seconds), rows)
    return report(made)


def _divide(home: Path, chunks: Sequence[Chunk], aim: Aim) -> Divided:
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


async def _aim(rag: AsyncRag, order: Order) -> Aim:
    settings = rag.settings.generate
    embedded = settings.base_url is None
    style: Style = "complete" if embedded and settings.model is None else "chat"
    if order.recipe.style != "auto":
        style = order.recipe.style
    generator = rag.generator
    if isinstance(generator, LocalGenerator):
        model = (await asyncio.to_thread(generator.folder)).name
    else:
        model = settings.model or (await generator.models())[0]
    return Aim(
        recipe=order.recipe,
        style=style,
        model=model,
        limit=order.limit,
        seed=order.recipe.seed if order.seed is None else order.seed,
        key=rag.stores.vault.blind("training-split", rag.settings.tenant),
    )


async def _write_all(
    rag: AsyncRag,
    tasks: Sequence[Task],
    journal: Journal,
    writer: Writer,
    progress: Callable[[int], None],
) -> None:
    """Batch by batch, what is not in the journal yet."""
    for start in range(0, len(tasks), _BATCH):
        batch = [t for t in tasks[start : start + _BATCH] if t.id not in journal.lines]
        if batch:
            pairs = await writer.write(batch)
            lines = await asyncio.to_thread(_lines, rag, batch, pairs)
            await asyncio.to_thread(journal.add, lines)
        progress(min(start + _BATCH, len(tasks)))


def _lines(rag: AsyncRag, tasks: Sequence[Task], pairs: Sequence[Pair | None]) -> list[Line]:
    """What may be kept of a batch."""
    found = [pair for pair in pairs if pair is not None]
    verdicts = iter(unsafe(found, rag.stores, rag.detector))
    lines = []
    for task, pair in zip(tasks, pairs, strict=True):
        if pair is None:
            lines.append(Line(task=task.id, state="unreadable"))
        elif next(verdicts):
            lines.append(Line(task=task.id, state="unsafe"))
        else:
            line = Line(
                task=task.id,
                state="written",
                question=pair.question,
                answer=pair.answer,
                entities=_entities(task, pair),
            )
            lines.append(line)
    return lines


def _entities(task: Task, pair: Pair) -> tuple[str, ...]:
    written = placeholders(f"{pair.question}\n{pair.answer}\n{task.chunk.context}")
    return tuple(sorted(written | task.chunk.placeholders))


async def _kept(
    rag: AsyncRag, order: Order, aim: Aim, tasks: Sequence[Task], journal: Journal
) -> tuple[list[Row], dict[str, int]]:
    """The rows, and how many were dropped for each reason."""
    limits = order.recipe.filters
    dropped = Counter(dict.fromkeys(REASONS, 0))
    asked_before = AskedBefore(limits.max_likeness)
    rows: list[Row] = []
    for task in tasks:
        line = journal.lines[task.id]
        if line.question is None or line.answer is None:
            dropped[line.state] += 1
            continue
        pair = Pair(line.question, line.answer)
        reason = first_fault(pair, task.chunk, limits)
        rank = 0
        if reason is None and not asked_before.is_new(pair.question):
            reason = "near_duplicate"  # a look-up, and it spares a search
        if reason is None:
            rank = await _rank(rag, task, pair, limits.found_among)
            reason = "round_trip" if rank == 0 else None
        if reason is not None:
            dropped[reason] += 1
            continue
        asked_before.keep(pair.question)
        rows.append(_row(task, pair, line.entities, aim, rank))
    return rows, dict(dropped)


async def _rank(rag: AsyncRag, task: Task, pair: Pair, k: int) -> int:
    """At which the question finds its passage or another of the document; 0: not among `k`."""
    question = Question(pair.question, placeholders(pair.question))
    viewer = replace(rag.owner, reveal=False)
    source = task.chunk.source
    hits = await search(
        rag.stores, question, rag.parts, viewer=viewer, collection=source.collection, k=k
    )
    found = (n for n, hit in enumerate(hits, 1) if hit.chunk.source.document == source.document)
    return next(found, 0)


def _row(task: Task, pair: Pair, entities: tuple[str, ...], aim: Aim, rank: int) -> Row:
    chunk = task.chunk
    return Row(
        id=task.id,
        question=pair.question,
        answer=pair.answer,
        split=task.split,
        category=task.category.name,
        difficulty=task.difficulty.name,
        chunk=chunk.id,
        chunk_sha256=chunk_sha256(chunk),
        document=chunk.source.document,
        version=chunk.source.version,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        collection=chunk.source.collection,
        acl=readers_of(chunk.source.acl),
        entities=entities,
        prompt_version=aim.recipe.prompt_version(aim.style),
        model=aim.model,
        rank=rank,
    )


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
