"""Ask for the questions of some tasks, check what comes, and look each up: what `synthesize` does.

(ask a batch -> second look -> journal)* -> checks -> round trip
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from privrag.choose import is_copy
from privrag.generate import Generator
from privrag.generate.local import LocalGenerator
from privrag.intake import Stores
from privrag.pipeline import Models, search
from privrag.pseudonym import placeholders
from privrag.pseudonymize import Detecting
from privrag.records import Chunk, Question, SafeText, Viewer
from privrag_finetune.questions.alike import AskedBefore
from privrag_finetune.questions.checks import REASONS, first_fault
from privrag_finetune.questions.prompt import Pair
from privrag_finetune.questions.readers import readers_of
from privrag_finetune.questions.recipe import Recipe, Style
from privrag_finetune.questions.rows import Line, Row
from privrag_finetune.questions.sample import Aim, Task, chunk_sha256
from privrag_finetune.questions.second_look import unsafe
from privrag_finetune.questions.store import Journal
from privrag_finetune.questions.write import Writer, open_writer

_BATCH = 16


async def aim_of(
    stores: Stores, generator: Generator, recipe: Recipe, *, limit: int, seed: int | None
) -> Aim:
    """What the tasks are made for; the recipe's style and seed where none is named."""
    settings = stores.settings.generate
    embedded = settings.base_url is None
    style: Style = "complete" if embedded and settings.model is None else "chat"
    if recipe.style != "auto":
        style = recipe.style
    if isinstance(generator, LocalGenerator):
        model = (await asyncio.to_thread(generator.folder)).name
    else:
        model = settings.model or (await generator.models())[0]
    return Aim(
        recipe=recipe,
        style=style,
        model=model,
        limit=limit,
        seed=recipe.seed if seed is None else seed,
        key=split_key(stores),
    )


def split_key(stores: Stores) -> str:
    """Secret of the home by which its documents are split."""
    return stores.vault.blind("training-split", stores.settings.tenant)


def writer_for(stores: Stores, generator: Generator, aim: Aim) -> Writer:
    """A server is told a salt, which keeps tenants apart in its prefix cache."""
    here = stores.settings.generate.base_url is None
    salt = None if here else stores.vault.blind("cache-salt", stores.settings.tenant)
    return open_writer(generator, aim.recipe, aim.style, seed=aim.seed, salt=salt)


async def write_all(
    stores: Stores,
    models: Models,
    tasks: Sequence[Task],
    journal: Journal,
    writer: Writer,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Batch by batch, what is not in the journal yet."""
    for start in range(0, len(tasks), _BATCH):
        batch = [t for t in tasks[start : start + _BATCH] if t.id not in journal.lines]
        if batch:
            pairs = await writer.write(batch)
            lines = await asyncio.to_thread(_lines, stores, models.detector, batch, pairs)
            await asyncio.to_thread(journal.add, lines)
        progress(min(start + _BATCH, len(tasks)))


def _lines(
    stores: Stores, detector: Detecting, tasks: Sequence[Task], pairs: Sequence[Pair | None]
) -> list[Line]:
    """What may be kept of a batch."""
    found = [pair for pair in pairs if pair is not None]
    verdicts = iter(unsafe(found, stores, detector))
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
                entities=entities_of(task.chunk, pair),
            )
            lines.append(line)
    return lines


def entities_of(chunk: Chunk, pair: Pair) -> tuple[str, ...]:
    """Pseudonyms in question, answer and passage."""
    written = placeholders(f"{pair.question}\n{pair.answer}\n{chunk.context}")
    return tuple(sorted(written | chunk.placeholders))


async def kept_rows(
    stores: Stores, models: Models, tasks: Sequence[Task], journal: Journal, aim: Aim
) -> tuple[list[Row], dict[str, int]]:
    """The rows, and how many were dropped for each reason.

    Every collection is searched by itself: the same question may be asked of each.
    """
    limits = aim.recipe.filters
    dropped = Counter(dict.fromkeys(REASONS, 0))
    asked_before: defaultdict[str, AskedBefore]
    asked_before = defaultdict(lambda: AskedBefore(limits.max_likeness))
    rows: list[Row] = []
    for task in tasks:
        line = journal.lines[task.id]
        if line.question is None or line.answer is None:
            dropped[line.state] += 1
            continue
        pair, before = Pair(line.question, line.answer), asked_before[task.chunk.source.collection]
        reason = first_fault(pair, task.shown, limits)
        rank = 0
        if reason is None and not before.is_new(pair.question):
            reason = "near_duplicate"  # a look-up, and it spares a search
        if reason is None:
            rank = await rank_of(stores, models, task.chunk, pair.question, limits.found_among)
            reason = "round_trip" if rank == 0 else None
        if reason is not None:
            dropped[reason] += 1
            continue
        before.keep(pair.question)
        rows.append(_row(task, pair, line.entities, aim, rank))
    return rows, dict(dropped)


async def rank_of(stores: Stores, models: Models, chunk: Chunk, asked: SafeText, k: int) -> int:
    """At which the question finds its passage, a copy of it or another of its document.

    0: none of these is among `k`. Retrieval gives one of several copies, whichever document it is.
    """
    question = Question(asked, placeholders(asked))
    viewer = Viewer("owner", tenant=stores.settings.tenant, owner=True)
    source = chunk.source
    hits = await search(stores, question, models, viewer=viewer, collection=source.collection, k=k)
    found = (
        rank
        for rank, hit in enumerate(hits, 1)
        if hit.chunk.source.document == source.document or is_copy(chunk, hit.chunk)
    )
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
