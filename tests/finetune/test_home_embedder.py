"""An embedder and weights of fusion from a home's own data set: measured, promoted, serving."""

import asyncio

import pytest

from privrag.errors import ModelError, TrainingError
from privrag.reembed import promote_embedder
from privrag.registry import read_registry, write_registry
from privrag.serving import embedder_of
from privrag_finetune.home_data import Order
from privrag_finetune.home_embedder import train_home_embedder
from privrag_finetune.home_fusion import train_home_fusion, without_promoted_reranker
from privrag_finetune.questions.store import read_manifest, read_rows
from tests.fakes import HashEmbedder
from tests.finetune.questions.made import with_rooms
from tests.finetune.test_home_reranker import overrides, with_all_splits
from tests.finetune.test_training import EMBEDDER, recipe


def with_gate(home, name, low):
    """The registry with another interval of this version's gate, as of a data set large enough."""
    registry = read_registry(home)
    found = [
        v.model_copy(
            update={
                "gate": v.gate.model_copy(
                    update={"questions": 20, "documents": 10, "ci95": (low, 1.0)}
                )
            }
        )
        if v.name == name
        else v
        for v in registry.versions
    ]
    write_registry(home, registry.model_copy(update={"versions": tuple(found)}))


@pytest.mark.slow
def test_an_embedder_is_trained_measured_refused_promoted_and_found_with(tmp_path, tiny_embedder):
    order = Order("rooms", "tuned", recipe(tmp_path, EMBEDDER))

    async def work(rag):
        await with_all_splits(rag)
        before = rag.parts
        made = await train_home_embedder(rag, order)
        with pytest.raises(TrainingError, match="'tuned' exists already"):
            await train_home_embedder(rag, order)
        version = read_registry(rag.home).version("tuned")
        own, home = rag.serving.own, rag.home
        with_gate(home, "tuned", -0.1)
        with pytest.raises(ModelError, match="tuned is not promoted"):
            await promote_embedder(rag.stores, own, home, "tuned", embedder_of(home, own, version))
        assert rag.parts is before, "what is refused changes nothing"
        with_gate(home, "tuned", 0.1)
        await promote_embedder(rag.stores, own, home, "tuned", embedder_of(home, own, version))
        row = read_rows(home, "rooms")[0]
        found = await asyncio.gather(*(rag.search(row.question) for _ in range(3)))  # noqa: TID251
        status = await rag.status()
        return made, version, found, status, rag.embedder, rag.weigher, rag.settings.retrieve

    made, version, found, status, embedder, weigher, served = with_rooms(
        tmp_path, work, overrides=overrides(tiny_embedder)
    )
    assert {"run", "model", "loss", "seconds", "tokens_per_second", "epsilon"} <= set(made)
    assert made["gate"]["questions"] == 2
    assert made["tokens_per_second"] > 0
    assert version.base == str(tiny_embedder)
    assert version.beside == {}
    assert len(version.sha256) == 64
    assert version.weights.model_dump() == made["weights"]
    assert served.dense_weight == version.weights.dense_weight
    assert found[0] and [h.chunk.id for h in found[0]] == [h.chunk.id for h in found[2]]
    assert status["models"]["embedder"].startswith(f"tuned@{version.sha256[:12]}")
    assert status["chunks"] == 10
    assert embedder.identity.model == f"tuned@{version.sha256[:12]}"
    assert weigher.identity.model == str(tiny_embedder), "thresholds of [cite] are its own"
    assert read_manifest(tmp_path / "home", "rooms").models == ("tuned",)


def test_late_interaction_is_measured_with_the_embedder_that_it_would_read_with(tmp_path):
    async def work(rag):
        other = HashEmbedder(32)
        _, models = without_promoted_reranker(rag, rag.settings.retrieve, other)
        _, same = without_promoted_reranker(rag, rag.settings.retrieve, rag.embedder)
        assert models.embedder is other
        assert same.reranker is rag.reranker
        asked, own = [], other.token_vectors
        other.token_vectors = lambda texts: asked.append(texts) or own(texts)
        await models.reranker.score("why", ["because"])
        return asked

    late = {"rerank": {"kind": "late-interaction"}}
    assert with_rooms(tmp_path, work, overrides=late) == [["why", "because"]]


def test_weights_of_fusion_are_chosen_and_measured(tmp_path):
    async def work(rag):
        await with_all_splits(rag)
        made = await train_home_fusion(rag, Order("rooms", "weights"))
        return made, read_registry(rag.home).version("weights")

    made, version = with_rooms(tmp_path, work)
    assert made["gate"]["questions"] == 2
    assert made["model"] is None
    assert made["weights"] == version.weights.model_dump()
    assert version.kind == "fusion"
    # what serves now ranks the one question for validation first: of equals it stays
    assert made["weights"] == {
        "dense_weight": 1.0, "sparse_weight": 1.0, "id_weight": 0.5, "exact_weight": 0.25,
    }  # fmt: skip
    assert made["gate"]["difference"] == 0.0
    assert made["gate"]["passed"] is False, "an interval that touches 0 is not above it"


def test_settings_with_weights_of_their_own_leave_nothing_to_choose(tmp_path):
    async def work(rag):
        await with_all_splits(rag)
        with pytest.raises(TrainingError, match="the settings name weights of fusion"):
            await train_home_fusion(rag, Order("rooms", "weights"))

    with_rooms(tmp_path, work, overrides={"retrieve": {"dense_weight": 0.7}})
