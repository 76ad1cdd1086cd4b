"""Tune the generator on a data set of this home, and measure it on documents kept from it.

rows -> prompts -> train -> answers with and without it, on test -> checks -> registry
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.errors import TrainingError
from privrag.generate import GenerateOptions
from privrag.generate.local import LocalGenerator
from privrag.generate.tuning import BASE_FILE, Tuning, weights_sha256
from privrag.generate.tuning import template_sha256 as folder_template_sha256
from privrag.generate.tuning import tokenizer_sha256 as folder_tokenizer_sha256
from privrag.progress import progress_over
from privrag.prompts import prompt_sha256
from privrag.rag import AsyncRag
from privrag.records import Draft
from privrag.registry import FOLDER, ModelVersion, model_folder_of, read_registry
from privrag.upkeep import sync_lock
from privrag_finetune.checkpoints import last_checkpoint
from privrag_finetune.generator.audit import LEAST_CANARIES, audit_and_end
from privrag_finetune.generator.base import load_tokenizer
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.home_gate import answers_of, checks_of, figures_of
from privrag_finetune.generator.home_privacy import (
    Bare,
    check_of,
    lineage_of,
    plant,
    report_on,
    wants_full,
)
from privrag_finetune.generator.home_rows import HomeRows, Passages, home_rows, prompt_settings
from privrag_finetune.generator.private import (
    Privacy,
    PrivateRun,
    claim_of,
    train_private,
    units_for,
)
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import EncodedRows, PromptRow, encode
from privrag_finetune.generator.train import GeneratorTraining, TunedGenerator, train_generator
from privrag_finetune.home_data import Asked, Order, asked_of, check_name, now
from privrag_finetune.home_record import Made, begun, kept
from privrag_finetune.questions.store import read_manifest, read_rows, write_whole
from privrag_finetune.recipe import read_recipe
from privrag_finetune.tracking import events
from privrag_finetune.tracking.card import Sample
from privrag_finetune.tracking.curve import write_curve
from privrag_finetune.tracking.reporter import Reporter

if TYPE_CHECKING:
    from privrag_finetune.leaks.report import Report


@dataclass(frozen=True, slots=True)
class _Rows:
    """Of one split."""

    prompts: tuple[PromptRow, ...]
    encoded: EncodedRows
    skipped: dict[str, int]

    def both(self) -> tuple[Sequence[PromptRow], Sequence[Encoded]]:
        """As they were made and as they were encoded, without those that are too long."""
        left_out = set(self.encoded.too_long)
        return [row for row in self.prompts if row.id not in left_out], self.encoded.rows


async def train_home_generator(
    rag: AsyncRag,
    order: Order,
    *,
    measure: bool = True,
    privacy: Privacy | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Train, measure, register; the report. It serves once it is promoted.

    Without `measure` it ends with the weights; called again, it takes them as they are. With
    `privacy` the plan goes to `say` before anything is spent, and rows show passages of their own
    document alone.

    Raises TrainingError where there is too little to learn from or to measure on or the name is
    taken, SyncError while a sync or an erasure runs (and neither can begin meanwhile).
    """
    await check_name(rag, order.name)
    recipe = read_recipe(GeneratorRecipe, "generator", order.recipe)
    data, rows = read_manifest(rag.home, order.data), read_rows(rag.home, order.data)
    base = await asyncio.to_thread(base_folder, rag)
    out = model_folder_of(rag.home, "generator", order.name)
    noting = begun(
        rag, "generator", order, data, base=base.name, recipe=recipe.model_dump(mode="json")
    )
    with sync_lock(rag.home), noting as run:
        asked = await asked_of(rag, order.data, rows, needed=("train", "validation", "test"))
        beside: Passages = "any" if privacy is None else "own"
        learnt = await _rows(rag, asked["train"], recipe, base, order.seed, beside)
        validation = await _rows(rag, asked["validation"], recipe, base, order.seed, beside)
        held_out = await _rows(
            rag, [*asked["validation"], *asked["test"]], recipe, base, order.seed, beside
        )
        prompts = prompt_settings(rag.settings.prompts, recipe)
        tokenizer = await asyncio.to_thread(load_tokenizer, base)
        planted = await asyncio.to_thread(
            plant,
            rag,
            learnt.prompts,
            learnt.encoded.rows,
            recipe,
            prompts,
            tokenizer,
            seed=order.seed,
            least_canaries=LEAST_CANARIES if privacy is not None and privacy.audit else 0,
        )
        training = GeneratorTraining(
            base, out, recipe, planted.rows, validation.encoded.rows, order.seed
        )
        if privacy is not None and privacy.audit:
            bare = Bare(tokenizer, prompts)
            await asyncio.to_thread(
                audit_and_end, training, learnt.prompts, planted.canaries, bare.encode, privacy, say
            )
        out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        trained, private = await asyncio.to_thread(
            _train, rag, training, learnt, data.sha256, privacy, say
        )
        epsilon = None if private is None else private.private.spent
        tuning = await asyncio.to_thread(_tuning, rag, base, out, recipe)
        tuning = tuning.model_copy(update={"epsilon": epsilon and epsilon.epsilon})
        write_whole(out / BASE_FILE, tuning.model_dump_json(indent=1).encode() + b"\n")
        if not measure:
            return {"loss": _losses(trained), "seconds": round(trained.seconds, 1)}
        tuned = _opened(rag, order, base, out)
        version = await _measured(rag, order, asked["test"], base, trained, tuning, recipe, tuned)
        version = version.model_copy(update={"data_sha256": data.sha256})
        report: Report | None = None
        if recipe.report != "none":
            report = await asyncio.to_thread(
                report_on,
                rag,
                planted,
                learnt.both(),
                held_out.both(),
                name=order.name,
                base=base,
                folder=out,
                lineage=lineage_of(
                    learnt.prompts,
                    data=data.name,
                    splits=data.splits,
                    seed=order.seed,
                    hashes=_hashes(tuning, data.sha256),
                ),
                run=private,
                figures=version.figures,
                settings=prompts,
                tokenizer=tokenizer,
                full=wants_full(recipe),
            )
        version = version.model_copy(update={"checks": (*version.checks, check_of(report))})
        samples = await _samples(validation.prompts[: recipe.samples], tuned, order.name)
        await tuned.close()
        validated = {"loss_start": trained.loss_start, "loss": trained.loss}
        made = Made(
            base, recipe.model_dump(mode="json"), trained.seconds, validated, samples=samples
        )
        kept(rag, run, version, made)
    told = _report(version, trained, {"train": learnt, "validation": validation})
    return told if private is None else {**told, "privacy": claim_of(private)}


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


async def _rows(
    rag: AsyncRag,
    asked: Sequence[Asked],
    recipe: GeneratorRecipe,
    base: Path,
    seed: int,
    passages: Passages,
) -> _Rows:
    made: HomeRows = await home_rows(rag, asked, recipe, seed=seed, passages=passages)
    encoded = await asyncio.to_thread(
        encode, made.rows, load_tokenizer(base), most=recipe.max_tokens
    )
    if not encoded.rows:
        why = ", ".join(f"{name} {n}" for name, n in made.skipped.items()) or "no question"
        raise TrainingError(f"no row to train on is left ({why}); make a larger data set")
    return _Rows(made.rows, encoded, made.skipped)


def _tuning(rag: AsyncRag, base: Path, out: Path, recipe: GeneratorRecipe) -> Tuning:
    return Tuning(
        base=base.name,
        base_sha256=weights_sha256(base),
        template_sha256=folder_template_sha256(out),
        tokenizer_sha256=folder_tokenizer_sha256(out),
        prompt_sha256=prompt_sha256(prompt_settings(rag.serving.own.prompts, recipe)),
        instructions=recipe.instructions,
        examples=recipe.examples,
        rank=0 if recipe.method == "full" else recipe.rank,
        method=recipe.method,
    )


async def _measured(
    rag: AsyncRag,
    order: Order,
    test: Sequence[Asked],
    base: Path,
    trained: TunedGenerator,
    tuning: Tuning,
    recipe: GeneratorRecipe,
    tuned: LocalGenerator,
) -> ModelVersion:
    """The version with its figures: the base against the tuned model, on unseen documents."""
    settings = rag.settings
    prompts = prompt_settings(settings.prompts, recipe)
    with progress_over(2 * len(test), "answers") as progress:
        without = await answers_of(rag, test, rag.parts.generator, settings.prompts, progress)
        with_it = await answers_of(
            rag, test, tuned, prompts, progress, model=order.name, done=len(test)
        )
    figures = figures_of(without, with_it)
    return ModelVersion(
        kind="generator",
        name=order.name,
        created=now(),
        data=order.data,
        data_sha256="",
        base=base.name,
        seed=order.seed,
        examples=trained.rows,
        pairs=trained.rows,
        seconds=round(trained.seconds, 1),
        beside=read_registry(rag.home).all_serving(),
        figures=figures,
        checks=checks_of(figures, without, with_it),
        tuning=tuning,
    )


def _losses(trained: TunedGenerator) -> dict[str, float]:
    return {
        "validation_start": round(trained.loss_start, 4),
        "validation": round(trained.loss, 4),
        "train": round(trained.train_loss, 4),
    }


def _train(
    rag: AsyncRag,
    training: GeneratorTraining,
    learnt: _Rows,
    data_sha256: str,
    privacy: Privacy | None,
    say: Callable[[str], None],
) -> tuple[TunedGenerator, PrivateRun | None]:
    """The training, reported as it goes on."""
    out = training.out
    fresh = last_checkpoint(out.with_name(out.name + ".work")) is None
    with Reporter(out / events.FILE, what=f"generator {out.name}", fresh=fresh) as reporter:
        if privacy is None:
            trained = train_generator(training, on_log=reporter.on_log)
            write_curve(out, title=f"generator {out.name}: loss")
            return trained, None
        private = train_private(
            training,
            units_for(training, learnt.prompts),
            privacy,
            run=out.name,
            tenant=rag.settings.tenant,
            models=rag.home / FOLDER,
            data_sha256=data_sha256,
            say=say,
            on_step=lambda taken: reporter.on_step(
                taken.step,
                taken.steps,
                epoch=training.recipe.private_epochs * taken.step / taken.steps,
            ),
        )
    return private.tuned, private


def _opened(rag: AsyncRag, order: Order, base: Path, folder: Path) -> LocalGenerator:
    own = rag.serving.own.generate
    named = {"base_url": None, "model": str(base), "tuned": {order.name: str(folder)}}
    return LocalGenerator(own.model_copy(update=named), cache=rag.settings.cache.expanduser())


async def _samples(
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


def _hashes(tuning: Tuning, data_sha256: str) -> dict[str, str]:
    told = tuning.model_dump()
    names = ("base", "template", "tokenizer", "prompt")
    return {"data": data_sha256, **{name: told[f"{name}_sha256"] for name in names}}


def _report(
    version: ModelVersion, trained: TunedGenerator, parts: dict[str, _Rows]
) -> dict[str, Any]:
    return {
        "run": version.name,
        "model": f"models/generator/{version.name}",
        "loss": _losses(trained),
        "seconds": version.seconds,
        "tokens_per_second": trained.tokens_per_second,
        "epsilon": version.tuning.epsilon if version.tuning else None,
        "rows": {name: len(part.encoded.rows) for name, part in parts.items()},
        "abstaining": {n: sum(r.abstains for r in part.prompts) for n, part in parts.items()},
        "too_long": {name: len(part.encoded.too_long) for name, part in parts.items()},
        "skipped": {name: part.skipped for name, part in parts.items()},
        "figures": {name: gate.model_dump() for name, gate in version.figures.items()},
        "checks": [check.model_dump() for check in version.checks],
        "promotable": version.refusal is None,
        "refusal": version.refusal,
    }
