"""Whether tuning changes what a generator says, and whether it says the same where it serves."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from privrag.rag import AsyncRag
from privrag.registry import Check
from privrag.served_alike import Trial, TrialRow, change_check, not_asked, served_alike
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.leaks.reading import CausalReader, open_readers
from privrag_finetune.machine import release_gpu

_ROWS = 8
"""A hundred tokens or so, whose mean difference is told to a hundredth of a nat."""


async def alike_checks(
    rag: AsyncRag,
    name: str,
    rows: Sequence[Encoded],
    *,
    base: Path,
    folder: Path,
    ask_serving: bool,
) -> tuple[Check, ...]:
    """Over some of these rows, which it did not learn; `ask_serving`: start what would serve it."""
    trial = await asyncio.to_thread(_trial, name, rows[:_ROWS], base, folder, rag.home)
    release_gpu()  # vLLM asks for most of it
    if not ask_serving:
        return (change_check(trial), *not_asked("check_serving = false in the recipe"))
    return (change_check(trial), *await served_alike(trial, rag.settings))


def _trial(name: str, rows: Sequence[Encoded], base: Path, folder: Path, home: Path) -> Trial:
    tuned, plain = (_likely(reader, rows) for reader in open_readers(base, folder))
    told = zip(rows, tuned, plain, strict=True)
    found = tuple(TrialRow(row.input_ids, own, before) for row, own, before in told)
    return Trial(name, base, folder, home, found)


def _likely(reader: CausalReader, rows: Sequence[Encoded]) -> list[tuple[float, ...]]:
    return [tuple((-one.losses).tolist()) for one in reader.nll(rows)]
