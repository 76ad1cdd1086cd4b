"""A training of retrieval in a home, written down: run, version, card."""

import logging
from contextlib import AbstractContextManager
from typing import Any

from privrag.embed import model_folder
from privrag.errors import MissingExtraError, TrainingError
from privrag.rag import AsyncRag
from privrag.registry import Kind, ModelVersion, model_folder_of, register
from privrag.tuning import Trained
from privrag_finetune.home_data import Order
from privrag_finetune.questions.rows import SetManifest
from privrag_finetune.questions.store import note_model
from privrag_finetune.tracking import events
from privrag_finetune.tracking.card import Card, Figure, licence_of, write_card
from privrag_finetune.tracking.curve import curve_of, in_words
from privrag_finetune.tracking.events import read_events
from privrag_finetune.tracking.noted import Noted, machine, noted, versions
from privrag_finetune.tracking.records import DataSet
from privrag_finetune.tracking.settings import TrackingSettings

_log = logging.getLogger(__name__)


def begun(
    rag: AsyncRag, kind: Kind, order: Order, data: SetManifest
) -> AbstractContextManager[Noted]:
    """The run that begins; leave it with `kept` behind you."""
    return noted(
        rag.home,
        kind=kind,
        name=order.name,
        data=data_set_of(data),
        seed=order.seed,
        base=rag.serving.own.embed.model,
    )


def kept(rag: AsyncRag, run: Noted, version: ModelVersion, trained: Trained | None = None) -> None:
    """Register the version, and note what came out; weights alone have no card."""
    note_model(rag.home, version.data, version.name)
    register(rag.home, version)
    recipe = {} if trained is None else trained.recipe
    run.done(figures=_figures(version, trained), recipe=recipe, sha256=version.sha256)
    if trained is not None:
        _write_card(rag, run, version, trained)
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
    return DataSet(data.name, data.sha256, data.rows, data.splits)


def _figures(version: ModelVersion, trained: Trained | None) -> dict[str, Any]:
    gate = {} if version.gate is None else version.gate.model_dump(mode="json")
    if trained is None:
        return {"gate": gate}
    loss = {"validation_start": trained.loss_start, "validation": trained.loss}
    ndcg = {"validation_start": trained.ndcg_start, "validation": trained.ndcg}
    return {"gate": gate, "loss": loss, "ndcg@10": ndcg, "seconds": round(trained.seconds, 1)}


def _write_card(rag: AsyncRag, run: Noted, version: ModelVersion, trained: Trained) -> None:
    from privrag_finetune.questions.store import read_manifest

    folder = model_folder_of(rag.home, version.kind, version.name)
    curve = curve_of(read_events(folder / events.FILE))
    own = rag.serving.own.embed.model
    figures = [
        Figure("nDCG@10 on validation, before", trained.ndcg_start),
        Figure("nDCG@10 on validation", trained.ndcg),
    ]
    if (gate := version.gate) is not None:
        figures += [
            Figure("nDCG@10 on test, without it", gate.without, cases=gate.questions),
            Figure("nDCG@10 on test, with it", gate.with_it, cases=gate.questions),
            Figure("difference", gate.difference, gate.ci95, gate.questions),
        ]
    write_card(
        folder,
        Card(
            kind=version.kind,
            name=version.name,
            run=run.id,
            base=version.base,
            base_sha256="",
            licence=licence_of(model_folder(own)),
            data=data_set_of(read_manifest(rag.home, version.data)),
            recipe=trained.recipe,
            figures=figures,
            machine=machine(),
            versions=versions(),
            seconds=trained.seconds,
            seed=version.seed,
            loss=in_words(curve, alike=False) if curve.validation else "",
        ),
    )
