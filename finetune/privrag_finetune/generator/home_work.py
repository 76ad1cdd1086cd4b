"""What the tuning of a home's generator begins with: rows by split, canaries, the base."""

import asyncio
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag.generate.local import LocalGenerator
from privrag.model_facts import inspect_model
from privrag.prompts import PromptSettings
from privrag.rag import AsyncRag
from privrag.registry import FOLDER, model_folder_of
from privrag_finetune.generator.audit import LEAST_CANARIES
from privrag_finetune.generator.base import load_tokenizer
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.home_privacy import Planted, plant, scanned
from privrag_finetune.generator.home_rows import Passages, home_rows, prompt_settings
from privrag_finetune.generator.home_units import Owners, Unit, owners_of, providers_of
from privrag_finetune.generator.private import Privacy, check_budgets
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import EncodedRows, PromptRow, encode
from privrag_finetune.generator.train import GeneratorTraining
from privrag_finetune.home_data import Asked, Order, asked_of
from privrag_finetune.lengths import longest_row
from privrag_finetune.questions.split import Split
from privrag_finetune.questions.store import read_rows

_DOUBTED = "the detector takes a word for an identity"


@dataclass(frozen=True, slots=True)
class Rows:
    """Of one split."""

    prompts: tuple[PromptRow, ...]
    encoded: EncodedRows
    skipped: dict[str, int]

    @property
    def fitting(self) -> list[PromptRow]:
        """Without those that are too long: as many as were encoded, in their order."""
        left_out = set(self.encoded.too_long)
        return [row for row in self.prompts if row.id not in left_out]

    def without(self, doubted: Container[str]) -> "Rows":
        """Without rows in which the detector takes a word for an identity; they are counted."""
        prompts = tuple(row for row in self.prompts if row.id not in doubted)
        rows = tuple(row for row in self.encoded.rows if row.id not in doubted)
        encoded = replace(self.encoded, rows=rows)
        out = len(self.prompts) - len(prompts)
        return Rows(prompts, encoded, self.skipped | ({_DOUBTED: out} if out else {}))

    def with_(self, other: "Rows") -> tuple[Sequence[PromptRow], Sequence[Encoded]]:
        """Those of both splits, as they were made and as they were encoded."""
        encoded = [*self.encoded.rows, *other.encoded.rows]
        return [*self.fitting, *other.fitting], encoded


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that a training begins with."""

    recipe: GeneratorRecipe
    base: Path
    prompts: PromptSettings
    tokenizer: Any
    most: int
    """Tokens of a row that fit recipe and base."""
    asked: Mapping[Split, Sequence[Asked]]
    learnt: Rows
    validation: Rows
    planted: Planted
    training: GeneratorTraining
    owners: Owners


async def prepared(
    rag: AsyncRag, order: Order, recipe: GeneratorRecipe, base: Path, privacy: Privacy | None
) -> Work:
    rows = read_rows(rag.home, order.data)
    asked = await asked_of(rag, order.data, rows, needed=("train", "validation", "test"))
    if privacy is not None and not privacy.audit:
        providers = providers_of(rag, (one.row.document for one in asked["train"]))
        await asyncio.to_thread(check_budgets, privacy, providers, models=rag.home / FOLDER)
    tokenizer = await asyncio.to_thread(load_tokenizer, base)
    unit: Unit = "document" if privacy is None else privacy.unit
    beside = passages_beside(None if privacy is None else unit)
    most = longest_row(recipe.max_tokens, inspect_model(base).context, tokenizer)
    learnt, validation = [
        await rows_of(rag, asked[split], recipe, tokenizer, order.seed, beside, most=most)
        for split in ("train", "validation")
    ]
    read = (*learnt.fitting, *validation.fitting)
    scan = await asyncio.to_thread(scanned, rag, read)
    learnt, validation = [part.without(scan.doubted) for part in (learnt, validation)]
    for split, part in (("train", learnt), ("validation", validation)):
        if not part.encoded.rows:
            raise TrainingError(_nothing_left(split, part, most))
    prompts = prompt_settings(rag.settings.prompts, recipe)
    planted = await asyncio.to_thread(
        plant,
        scan.without_doubted(),
        learnt.encoded.rows,
        recipe,
        prompts,
        tokenizer,
        seed=order.seed,
        least_canaries=LEAST_CANARIES if privacy is not None and privacy.audit else 0,
        private=privacy is not None,
    )
    out = model_folder_of(rag.home, "generator", order.name)
    training = GeneratorTraining(
        base, out, recipe, planted.rows, validation.encoded.rows, order.seed
    )
    owners = await asyncio.to_thread(owners_of, rag, learnt.fitting, unit)
    return Work(
        recipe, base, prompts, tokenizer, most, asked, learnt, validation, planted, training, owners
    )


def passages_beside(unit: str | None) -> Passages:
    """What rows may show: nothing of another unit; a search stays in a collection anyway."""
    return "own" if unit == "document" else "any"


def _nothing_left(split: str, part: Rows, most: int) -> str:
    left_out = [f"{name} {n}" for name, n in part.skipped.items()]
    if not part.encoded.too_long:
        why = ", ".join(left_out) or "it has no question"
        return f"no row of {split} is left ({why}); make a larger data set"
    why = ", ".join([*left_out, f"longer than {most} tokens {len(part.encoded.too_long)}"])
    return (
        f"no row of {split} is left ({why}); raise max_tokens in the recipe if the base reads "
        "more, or show less: prompts.passages, prompts.sentences"
    )


async def rows_of(
    rag: AsyncRag,
    asked: Sequence[Asked],
    recipe: GeneratorRecipe,
    tokenizer: Any,  # noqa: ANN401 - of transformers
    seed: int,
    passages: Passages,
    *,
    most: int,
) -> Rows:
    """Rows of more than `most` tokens are left out and counted, never cut."""
    made = await home_rows(rag, asked, recipe, seed=seed, passages=passages)
    encoded = await asyncio.to_thread(encode, made.rows, tokenizer, most=most)
    return Rows(made.rows, encoded, made.skipped)


def base_folder(rag: AsyncRag) -> Path:
    """The folder of the model that is tuned: `generate.model`, else the embedded default.

    Raises TrainingError where that names a model on a server.
    """
    settings = rag.serving.own.generate
    if settings.model and not Path(settings.model).expanduser().is_dir():
        raise TrainingError(
            f"generate.model names {settings.model!r}, which is no folder here; tuning takes a "
            "folder with weights: set generate.model to one"
        )
    return LocalGenerator(settings, cache=rag.settings.cache.expanduser()).folder()
