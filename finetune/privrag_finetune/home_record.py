"""A training in a home, written down: run, version, curve, card, and MLflow where it is named."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privrag.embed import model_folder
from privrag.errors import MissingExtraError, TrainingError
from privrag.rag import AsyncRag
from privrag.registry import Kind, ModelVersion, model_folder_of, register
from privrag.tuning import Cut, Trained
from privrag_finetune.home_data import Order, gates_of
from privrag_finetune.questions.rows import SetManifest
from privrag_finetune.questions.split import SPLITS
from privrag_finetune.questions.store import note_model, read_manifest
from privrag_finetune.tracking import events
from privrag_finetune.tracking.card import Card, Figure, Sample, licence_of, write_card
from privrag_finetune.tracking.curve import curve_of, in_words
from privrag_finetune.tracking.events import read_events
from privrag_finetune.tracking.noted import Noted, machine, noted, versions
from privrag_finetune.tracking.records import DataSet
from privrag_finetune.tracking.settings import TrackingSettings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """What a training says beside the version that came out of it."""

    base: Path
    """Its folder: what it says about its licence goes on."""
    recipe: Mapping[str, Any]
    seconds: float
    validation: Mapping[str, float]
    """Figures of validation by name: `loss_start`, `loss` and the like."""
    alike: bool = True
    """Loss in training and on validation measure the same."""
    samples: Sequence[Sample] = field(default=(), repr=False)
    lengths: str = ""
    """What was too long to be learnt whole, in words."""
    privacy: str = ""
    """What is promised beside epsilon, in words; with differential privacy alone."""

    @classmethod
    def of_ranking(cls, rag: AsyncRag, trained: Trained) -> "Made":
        """Of an embedder or a reranker: both come from the embedder of the settings."""
        names = ("loss_start", "loss", "ndcg_start", "ndcg")
        return cls(
            base=model_folder(rag.serving.own.embed.model),
            recipe=trained.recipe,
            seconds=trained.seconds,
            validation={name: getattr(trained, name) for name in names},
            alike=False,
            lengths="" if trained.cut is None else _cut_in_words(trained.cut),
        )


def _cut_in_words(cut: Cut) -> str:
    return (
        f"{cut.pairs} of {cut.of} question-passage pairs are longer than the {cut.max_tokens} "
        "tokens that it reads; the rest of each was cut off"
    )


def begun(
    rag: AsyncRag,
    kind: Kind,
    order: Order,
    data: SetManifest,
    *,
    base: str = "",
    recipe: Mapping[str, Any] | None = None,
) -> AbstractContextManager[Noted]:
    """The run that begins; say `kept` before it is left, unless nothing was measured."""
    return noted(
        rag.home,
        kind=kind,
        name=order.name,
        data=data_set_of(data),
        seed=order.seed,
        base=base or rag.serving.own.embed.model,
        recipe=recipe,
    )


def kept(rag: AsyncRag, run: Noted, version: ModelVersion, made: Made | None = None) -> None:
    """Note what came out, and register the version; weights of fusion alone have no card.

    Killed in the middle, the training may be repeated: a version is registered when all that tells
    of it is written.
    """
    note_model(rag.home, version.data, version.name)
    gates = {name: gate.model_dump(mode="json") for name, gate in gates_of(version).items()}
    epsilon = version.tuning.epsilon if version.tuning else None
    if made is None:
        run.done(figures=gates, epsilon=epsilon)
    else:
        _write_card(rag, run, version, made)
        own = {"validation": dict(made.validation), "seconds": round(made.seconds, 1)}
        run.done(
            figures={**gates, **own},
            epsilon=epsilon,
            recipe=made.recipe,
            sha256=version.sha256,
        )
    register(rag.home, version)
    hand_on(rag)


def hand_on(rag: AsyncRag) -> None:
    """To MLflow, where the settings name it. A warning if that fails: our own record is whole."""
    address = TrackingSettings.of(rag.settings).mlflow
    if address is None:
        return
    from privrag_finetune.tracking.mlflow_log import log_home

    try:
        log_home(rag.home, address)
    except (TrainingError, MissingExtraError) as error:
        _log.warning("privrag: %s", error)


def data_set_of(data: SetManifest) -> DataSet:
    """As it is noted."""
    splits: dict[str, int] = {name: data.splits[name] for name in SPLITS if name in data.splits}
    return DataSet(data.name, data.sha256, data.rows, splits)


def _write_card(rag: AsyncRag, run: Noted, version: ModelVersion, made: Made) -> None:
    folder = model_folder_of(rag.home, version.kind, version.name)
    curve = curve_of(read_events(folder / events.FILE))
    figures = [Figure(f"validation: {name}", value) for name, value in made.validation.items()]
    for name, gate in gates_of(version).items():
        figures += [
            Figure(f"test: {name} without it", gate.without, cases=gate.questions),
            Figure(f"test: {name} with it", gate.with_it, cases=gate.questions),
            Figure(f"test: {name}, difference", gate.difference, gate.ci95, gate.questions),
        ]
    write_card(
        folder,
        Card(
            kind=version.kind,
            name=version.name,
            run=run.id,
            base=version.base,
            base_sha256=version.tuning.base_sha256 if version.tuning else "",
            licence=licence_of(made.base),
            data=data_set_of(read_manifest(rag.home, version.data)),
            recipe=made.recipe,
            figures=figures,
            machine=machine(),
            versions=versions(),
            seconds=made.seconds,
            seed=version.seed,
            loss=in_words(curve, alike=made.alike) if curve.training or curve.validation else "",
            epsilon=version.tuning.epsilon if version.tuning else None,
            privacy=made.privacy,
            checks=version.checks,
            lengths=made.lengths,
            samples=made.samples,
        ),
    )
