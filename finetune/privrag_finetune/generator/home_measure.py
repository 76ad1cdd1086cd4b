"""A tuned generator asked the test split, beside its base and the tuned one that serves, if any.

Each of them answers every question once.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from privrag.generate import GenerateOptions
from privrag.generate.local import LocalGenerator
from privrag.generate.tuning import Tuning, check_base, tuned_prompts
from privrag.model_facts import is_adapter
from privrag.progress import progress_over
from privrag.rag import AsyncRag
from privrag.records import Draft, Hit
from privrag.registry import Check, ModelVersion, model_folder_of, read_registry
from privrag.versions import GAIN_BESIDE
from privrag_finetune.generator.home_gate import (
    Scored,
    Side,
    answers_of,
    checks_of,
    figures_of,
    gain_beside,
    hits_of,
)
from privrag_finetune.generator.home_work import Work
from privrag_finetune.generator.rows import PromptRow
from privrag_finetune.generator.train import TunedGenerator
from privrag_finetune.home_data import Order, now
from privrag_finetune.tracking.card import Sample


def check_served(home: Path, base: Path) -> None:
    """Raise ModelError, before anything is trained, if what serves could not be measured beside."""
    served = read_registry(home).serving("generator")
    if served is None:
        return
    folder = model_folder_of(home, served.kind, served.name)
    if is_adapter(folder):
        check_base(folder, base)


def opened(rag: AsyncRag, name: str, base: Path, folder: Path) -> LocalGenerator:
    """The tuned generator in this folder, under this name, and its base."""
    own = rag.serving.own.generate
    named = {"base_url": None, "model": str(base), "tuned": {name: str(folder)}}
    return LocalGenerator(own.model_copy(update=named), cache=rag.settings.cache.expanduser())


async def measured(
    rag: AsyncRag,
    order: Order,
    work: Work,
    trained: TunedGenerator,
    tuning: Tuning,
    tuned: LocalGenerator,
) -> ModelVersion:
    """The version with its figures on unseen documents, and what it was measured beside."""
    own, test = rag.settings.prompts, work.asked["test"]
    beside = read_registry(rag.home).all_serving()
    served = beside.get("generator")
    sides = 2 if served is None else 3
    found = await hits_of(rag, test)
    current: list[Scored] = []
    with progress_over(sides * len(test), "answers") as progress:
        if served is not None:
            current = await _served_answers(rag, served, work, found, progress)
        base, new = Side(tuned, own), Side(tuned, work.prompts, order.name)
        without, with_it = await answers_of(
            rag, test, found, (base, new), progress, done=len(current)
        )
    figures = figures_of(without, with_it)
    checks: tuple[Check, ...] = checks_of(figures, without, with_it)
    if served is not None:
        gain, no_worse = gain_beside(served, current, with_it)
        figures, checks = {**figures, GAIN_BESIDE: gain}, (*checks, *no_worse)
    return ModelVersion(
        kind="generator",
        name=order.name,
        created=now(),
        data=order.data,
        data_sha256="",
        base=work.base.name,
        seed=order.seed,
        examples=trained.rows,
        pairs=trained.rows,
        seconds=round(trained.seconds, 1),
        beside=beside,
        figures=figures,
        checks=checks,
        tuning=tuning,
    )


async def _served_answers(
    rag: AsyncRag,
    name: str,
    work: Work,
    found: Sequence[Sequence[Hit]],
    progress: Callable[[int], None],
) -> list[Scored]:
    """What answers now, with its own prompt."""
    test, folder = work.asked["test"], model_folder_of(rag.home, "generator", name)
    prompts = tuned_prompts(rag.settings.prompts, folder)
    generator = opened(rag, name, work.base, folder)
    try:
        side = Side(generator, prompts, name)
        return (await answers_of(rag, test, found, [side], progress))[0]
    finally:
        await generator.close()  # a model less in memory while the next one answers


async def samples_of(
    rows: Sequence[PromptRow], tuned: LocalGenerator, model: str
) -> tuple[Sample, ...]:
    """What it writes to questions that it was not trained on, for the card; the question alone."""
    options = GenerateOptions(temperature=0, model=model)
    found = []
    for row in rows:
        async with aclosing(tuned.stream(row.prompt, options)) as pieces:
            drafts = [piece async for piece in pieces if isinstance(piece, Draft)]
        found.append(Sample(row.prompt[-1].content, drafts[-1].text))
    return tuple(found)
