"""Questions for one measurement: made like a data set, but of no home, and nothing stays."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from privrag.errors import TrainingError
from privrag.intake import Stores
from privrag.pipeline import Models
from privrag.records import Chunk
from privrag.synthesis import WrittenQuestion, WrittenQuestions
from privrag_finetune.questions.causes import none_kept
from privrag_finetune.questions.make import aim_of, kept_rows, write_all, writer_for
from privrag_finetune.questions.recipe import load_recipe
from privrag_finetune.questions.sample import plan
from privrag_finetune.questions.store import JOURNAL, Journal


async def write_questions(
    stores: Stores,
    models: Models,
    chunks: Sequence[Chunk],
    *,
    limit: int,
    folder: Path,
    recipe: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> WrittenQuestions:
    """See `privrag.synthesis.Synthesizer`."""
    started = time.monotonic()
    own = load_recipe(recipe)
    aim = await aim_of(stores, models.generator, own, limit=limit, seed=None)
    tasks = await asyncio.to_thread(plan, chunks, aim, orders=stores.settings.quarantine)
    if not tasks:
        raise TrainingError(f"none of the {len(chunks)} passages has text enough to ask about")
    journal = Journal(folder / JOURNAL)
    writer = writer_for(stores, models.generator, aim)
    await write_all(stores, models, tasks, journal, writer, progress=progress)
    rows, dropped = await kept_rows(stores, models, tasks, journal, aim)
    if not rows:
        raise TrainingError(none_kept(dropped, aim.style))
    return WrittenQuestions(
        questions=tuple(WrittenQuestion(row.id, row.question, row.chunk) for row in rows),
        asked=len(tasks),
        dropped=dropped,
        model=aim.model,
        seconds=round(time.monotonic() - started, 1),
    )
