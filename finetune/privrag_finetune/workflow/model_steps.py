"""Steps that make a model: train, evaluate, report, gate."""

import asyncio
import hashlib
from typing import Any

from privrag.registry import ModelVersion, Registry, model_folder_of, promote, read_registry
from privrag_finetune.fit import FINISHED
from privrag_finetune.generator.private import Privacy
from privrag_finetune.home_data import Order, gates_of
from privrag_finetune.questions.recipe import hashed
from privrag_finetune.workflow.ledger import Output
from privrag_finetune.workflow.recipe import file_sha256
from privrag_finetune.workflow.report import read_report, write_report
from privrag_finetune.workflow.work import DIGITS, Step, Work, nothing_else


async def _training(work: Work) -> dict[str, str]:
    """Rows show what retrieval finds, and the generator's what serving would show."""
    own, recipe = work.rag.serving.own, work.recipe
    base = own.generate.model if recipe.kind == "generator" else own.embed.model
    registry = read_registry(work.rag.home)
    serves = registry.all_serving()
    retrieval = [own.embed, own.retrieve, own.rerank, own.choose]
    beside = _made_elsewhere(registry, recipe.name) if recipe.kind == "generator" else ""
    return {
        "kind": recipe.kind,
        "beside": beside,
        "training": file_sha256(recipe.training),
        "seed": str(recipe.seed),
        "base": base or "",
        "serves": hashed({k: n for k, n in serves.items() if k not in (recipe.kind, "generator")}),
        "retrieval": hashed([settings.model_dump(mode="json") for settings in retrieval]),
        "prompts": hashed(own.prompts.model_dump(mode="json")),
        **({} if recipe.dp is None else {"dp": hashed(recipe.dp.model_dump(mode="json"))}),
    }


def _made_elsewhere(registry: Registry, name: str) -> str:
    """The generator that answers, or would had this workflow never made any.

    Beside another one it has to be measured, and so trained, anew; beside its own it was.
    """
    version = registry.serving("generator")
    while version is not None and version.name.startswith(f"{name}-"):
        before = version.beside.get("generator")
        version = None if before is None else registry.version(before)
    return "" if version is None else version.name


async def _train(work: Work, key: str) -> Output:
    name = f"{work.recipe.name}-{key[:DIGITS]}"
    if _registered(work, name) is None:  # else killed behind its evaluation
        figures = await _trained(work, name, measure=False)
    else:
        figures = {}
    return Output(name, _weights_sha256(work, name), figures)


def _weights_now(work: Work, before: Output) -> Output | None:
    folder = model_folder_of(work.rag.home, work.recipe.kind, before.name)
    if not (folder / FINISHED).is_file():
        return None
    return Output(before.name, _weights_sha256(work, before.name), before.figures)


async def _evaluate(work: Work, _key: str) -> Output:
    name = work.made["train"].name
    if _registered(work, name) is None:
        await _trained(work, name, measure=True)
    return _version(work, name)


async def _trained(work: Work, name: str, *, measure: bool) -> dict[str, Any]:
    """A private run that is whole goes on from its last checkpoint, and spends nothing more."""
    recipe, dp = work.recipe, work.recipe.dp
    order = Order(work.made["feedback"].name, name, recipe.training, recipe.seed)
    train = work.trainers[recipe.kind]
    if dp is None:
        return await train(work.rag, order, measure=measure)
    privacy = Privacy(dp.epsilon, dp.delta, unit=dp.unit)
    return await train(work.rag, order, measure=measure, privacy=privacy, say=work.say)


def _version_now(work: Work, before: Output) -> Output | None:
    return None if _registered(work, before.name) is None else _version(work, before.name)


def _registered(work: Work, name: str) -> ModelVersion | None:
    versions = read_registry(work.rag.home).versions
    return next((version for version in versions if version.name == name), None)


def _version(work: Work, name: str) -> Output:
    version = read_registry(work.rag.home).version(name)
    figures: dict[str, Any] = {key: g.model_dump() for key, g in gates_of(version).items()}
    figures["checks"] = [check.model_dump() for check in version.checks]
    return Output(name, hashed(version.model_dump(mode="json")), figures)


def _weights_sha256(work: Work, name: str) -> str:
    whole = hashlib.sha256()
    folder = model_folder_of(work.rag.home, work.recipe.kind, name)
    for path in (folder / FINISHED, *sorted(folder.rglob("*.safetensors"))):
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


async def _report(work: Work, _key: str) -> Output:
    version = read_registry(work.rag.home).version(work.made["evaluate"].name)
    sha256 = write_report(work.rag.home, version, {str(k): one for k, one in work.made.items()})
    return Output(version.name, sha256)


def _report_now(work: Work, before: Output) -> Output | None:
    sha256 = read_report(work.rag.home, before.name)
    return None if sha256 is None else Output(before.name, sha256)


async def _promotes(work: Work) -> dict[str, str]:
    return {"promote": str(work.recipe.promote)}


async def _gate(work: Work, _key: str) -> Output:
    """Whether it may serve; a model that may not is an outcome, not a failure."""
    name = work.made["evaluate"].name
    refusal = read_registry(work.rag.home).version(name).refusal
    if refusal is None and work.recipe.promote:
        await asyncio.to_thread(promote, work.rag.home, name)
    said = {
        "passed": refusal is None,
        "promoted": refusal is None and work.recipe.promote,
        "why": refusal or "",
    }
    return Output(name, hashed(said), said)


def _as_it_was(_work: Work, before: Output) -> Output:
    return before


MODEL_STEPS: tuple[Step, ...] = (
    Step("train", ("feedback",), _training, _train, _weights_now),
    Step("evaluate", ("feedback", "train"), nothing_else, _evaluate, _version_now),
    Step("report", ("split", "filter", "evaluate"), nothing_else, _report, _report_now),
    Step("gate", ("evaluate", "report"), _promotes, _gate, _as_it_was),
)
"""In the order in which they run."""
