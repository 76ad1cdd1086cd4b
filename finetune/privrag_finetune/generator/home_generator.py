"""Tune the generator on a data set of this home, and measure it on documents kept from it.

rows -> prompts -> train -> answers with and without it, on test -> checks -> registry
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.generate.tuning import BASE_FILE, Tuning, weights_sha256
from privrag.generate.tuning import template_sha256 as folder_template_sha256
from privrag.generate.tuning import tokenizer_sha256 as folder_tokenizer_sha256
from privrag.prompts import prompt_sha256
from privrag.rag import AsyncRag
from privrag.registry import FOLDER, ModelVersion, read_registry
from privrag.upkeep import sync_lock
from privrag_finetune.disk import writing_into
from privrag_finetune.dp.ledger import FILE as LEDGER_FILE
from privrag_finetune.dp.ledger import Ledger
from privrag_finetune.dp.train import NOT_COVERED
from privrag_finetune.generator.audit import audit_and_tell
from privrag_finetune.generator.home_alike import alike_checks
from privrag_finetune.generator.home_measure import check_served, measured, opened, samples_of
from privrag_finetune.generator.home_privacy import (
    Bare,
    check_of,
    effort_of,
    report_on,
)
from privrag_finetune.generator.home_rows import prompt_settings
from privrag_finetune.generator.home_work import (
    Work,
    base_folder,
    passages_beside,
    prepared,
    rows_of,
)
from privrag_finetune.generator.private import (
    Privacy,
    PrivateRun,
    canaries_in,
    has_checkpoints,
    in_words,
    remove_checkpoints,
    train_private,
    units_for,
)
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.train import (
    TunedGenerator,
    is_fresh,
    train_generator,
)
from privrag_finetune.home_data import Order, check_name
from privrag_finetune.home_record import Made, begun, kept
from privrag_finetune.leaks.lineage import lineage_of
from privrag_finetune.leaks.subject import Claim
from privrag_finetune.questions.rows import SetManifest
from privrag_finetune.questions.store import read_manifest, write_whole
from privrag_finetune.recipe import read_recipe
from privrag_finetune.tracking import events
from privrag_finetune.tracking.curve import write_curve
from privrag_finetune.tracking.reporter import Reporter

if TYPE_CHECKING:
    from privrag_finetune.leaks.report import Report


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
    unit alone; with `privacy.audit` the report is that of an audit, and nothing is kept.

    Raises TrainingError where there is too little to learn from or to measure on or the name is
    taken, ModelError where the generator that serves was tuned from another base, SyncError while
    a sync or an erasure runs (and neither can begin meanwhile).
    """
    await check_name(rag, order.name)
    recipe = read_recipe(GeneratorRecipe, "generator", order.recipe)
    data = read_manifest(rag.home, order.data)
    base = await asyncio.to_thread(base_folder, rag)
    await asyncio.to_thread(check_served, rag.home, base)
    if privacy is not None and privacy.audit:
        with sync_lock(rag.home):
            work = await prepared(rag, order, recipe, base, privacy)
            return await asyncio.to_thread(_audited, work, privacy, say)
    if privacy is not None:
        await asyncio.to_thread(_refuse_a_lost_ledger, rag.home)
    noting = begun(
        rag, "generator", order, data, base=base.name, recipe=recipe.model_dump(mode="json")
    )
    with sync_lock(rag.home), noting as run:
        work = await prepared(rag, order, recipe, base, privacy)
        out = work.training.out
        with writing_into(out):
            out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        trained, private = await asyncio.to_thread(_train, rag, work, data.sha256, privacy, say)
        claim = None if private is None else private.claim
        tuning = await asyncio.to_thread(_tuning, rag, base, out, recipe)
        tuning = tuning.model_copy(update={"epsilon": claim and claim.spent})
        write_whole(out / BASE_FILE, tuning.model_dump_json(indent=1).encode() + b"\n")
        if not measure:
            return {"loss": trained.losses, "seconds": round(trained.seconds, 1)}
        tuned = opened(rag, order.name, base, out)
        try:
            version = await measured(rag, order, work, trained, tuning, tuned)
            shown = () if private else work.validation.prompts[: recipe.samples]
            samples = await samples_of(shown, tuned, order.name)
        finally:
            await tuned.close()  # before the report, which opens base and adapter itself
        report = await _reported(rag, order, work, data, version, claim)
        alike = await alike_checks(
            rag,
            order.name,
            work.validation.encoded.rows,
            base=base,
            folder=out,
            ask_serving=recipe.check_serving,
        )
        checks = (*version.checks, *alike, check_of(report))
        version = version.model_copy(update={"checks": checks, "data_sha256": data.sha256})
        made = Made(
            base,
            recipe.model_dump(mode="json"),
            trained.seconds,
            {"loss_start": trained.loss_start, "loss": trained.loss},
            samples=samples,
            lengths=_lengths_in_words(work),
            privacy="" if claim is None else in_words(claim),
        )
        kept(rag, run, version, made)
        if private is not None:
            remove_checkpoints(out)
    told = _report(version, trained, work)
    return told if private is None else {**told, "privacy": _promised(private)}


def _audited(work: Work, privacy: Privacy, say: Callable[[str], None]) -> dict[str, Any]:
    encode_row = Bare(work.tokenizer, work.prompts).encode
    canaries = work.planted.canaries
    return audit_and_tell(
        work.training, work.learnt.prompts, canaries, encode_row, privacy, work.owners, say
    )


def _refuse_a_lost_ledger(home: Path) -> None:
    """Raise TrainingError where a registered model claims what the ledger does not know."""
    private = [v for v in read_registry(home).versions if v.tuning and v.tuning.epsilon is not None]
    if private:
        Ledger(home / FOLDER / LEDGER_FILE).refuse_if_lost(version.name for version in private)


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


async def _reported(
    rag: AsyncRag,
    order: Order,
    work: Work,
    data: SetManifest,
    version: ModelVersion,
    claim: Claim | None,
) -> "Report | None":
    """The privacy report; held-out rows are those of validation and of test."""
    recipe, tuning = work.recipe, version.tuning
    if recipe.report == "none" or tuning is None:
        return None
    beside = passages_beside(None if claim is None else claim.unit)
    test = await rows_of(
        rag, work.asked["test"], recipe, work.tokenizer, order.seed, beside, most=work.most
    )
    learnt = work.learnt.fitting
    return await asyncio.to_thread(
        report_on,
        rag,
        work.planted,
        (learnt, work.learnt.encoded.rows),
        work.validation.with_(test),
        name=order.name,
        base=work.base,
        folder=work.training.out,
        lineage=lineage_of(
            [work.owners.unit_of(row.owner) for row in learnt],
            data=data.name,
            splits=data.splits,
            seed=order.seed,
            hashes=_hashes(tuning, data.sha256),
        ),
        claim=claim,
        figures=version.figures,
        settings=work.prompts,
        tokenizer=work.tokenizer,
        effort=effort_of(recipe),
    )


def _train(
    rag: AsyncRag,
    work: Work,
    data_sha256: str,
    privacy: Privacy | None,
    say: Callable[[str], None],
) -> tuple[TunedGenerator, PrivateRun | None]:
    """The training, reported as it goes on."""
    training = work.training
    out = training.out
    fresh = is_fresh(training) if privacy is None else not has_checkpoints(out)
    with Reporter(out / events.FILE, what=f"generator {out.name}", fresh=fresh) as reporter:
        if privacy is None:
            trained = train_generator(training, on_log=reporter.on_log)
            write_curve(out, title=f"generator {out.name}: loss")
            return trained, None
        private = train_private(
            training,
            units_for(training, work.learnt.prompts, work.owners),
            privacy,
            canaries=canaries_in(training, work.learnt.prompts),
            run=out.name,
            providers=work.owners.providers,
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


def _hashes(tuning: Tuning, data_sha256: str) -> dict[str, str]:
    told = tuning.model_dump()
    names = ("base", "template", "tokenizer", "prompt")
    return {"data": data_sha256, **{name: told[f"{name}_sha256"] for name in names}}


def _promised(private: PrivateRun) -> dict[str, Any]:
    return {**asdict(private.claim), "units": private.units, "not_covered": list(NOT_COVERED)}


def _lengths_in_words(work: Work) -> str:
    parts = {"train": work.learnt, "validation": work.validation}
    left_out = ", ".join(f"{name} {len(p.encoded.too_long)}" for name, p in parts.items())
    return f"rows longer than {work.most} tokens, which were left out: {left_out}"


def _report(version: ModelVersion, trained: TunedGenerator, work: Work) -> dict[str, Any]:
    parts = {"train": work.learnt, "validation": work.validation}
    return {
        "run": version.name,
        "model": f"models/generator/{version.name}",
        "loss": trained.losses,
        "seconds": version.seconds,
        "tokens_per_second": trained.tokens_per_second,
        "epsilon": version.tuning.epsilon if version.tuning else None,
        "rows": {name: len(part.encoded.rows) for name, part in parts.items()},
        "placed_last": {n: sum(r.placed_last for r in p.prompts) for n, p in parts.items()},
        "abstaining": {n: sum(r.abstains for r in part.prompts) for n, part in parts.items()},
        "too_long": {name: len(part.encoded.too_long) for name, part in parts.items()},
        "most_tokens": work.most,
        "skipped": {name: part.skipped for name, part in parts.items()},
        "figures": {name: gate.model_dump() for name, gate in version.figures.items()},
        "checks": [check.model_dump() for check in version.checks],
        "promotable": version.refusal is None,
        "refusal": version.refusal,
    }
