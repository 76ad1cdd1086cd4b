"""A reranker from a home's own data set: trained, measured where it was not, and registered."""

import json
from dataclasses import replace

import pytest

from privrag.errors import TrainingError
from privrag.records import Hit
from privrag.registry import read_registry
from privrag.rerank import LocalReranker, RerankSettings
from privrag_connectors.sync import sync_folders
from privrag_finetune.home_data import Order, Searched, example_of
from privrag_finetune.home_reranker import train_home_reranker
from privrag_finetune.questions.rows import Row
from privrag_finetune.questions.store import freeze, read_manifest, read_rows
from privrag_finetune.questions.synthesize import synthesize
from tests.fakes import HashEmbedder
from tests.finetune.questions.made import Scribe, chunk, honest, with_rooms, write_rooms
from tests.finetune.questions.test_synthesize import order as questions
from tests.finetune.test_training import RERANKER, recipe


async def with_all_splits(rag, name="rooms"):
    """A data set whose rows are in every split."""
    await synthesize(rag, questions(), Scribe(honest))
    rows = read_rows(rag.home, name)
    splits = ["train"] * (len(rows) - 3) + ["validation", "test", "test"]
    split = [row.model_copy(update={"split": s}) for row, s in zip(rows, splits, strict=True)]
    return freeze(rag.home, read_manifest(rag.home, name), split)


def overrides(tiny_embedder):
    return {"embed": {"model": str(tiny_embedder)}}


@pytest.mark.slow
def test_a_reranker_is_trained_measured_and_registered(tmp_path, tiny_embedder):
    order = Order("rooms", "colours", recipe(tmp_path, RERANKER))

    async def work(rag):
        await with_all_splits(rag)
        made = await train_home_reranker(rag, order)
        with pytest.raises(TrainingError, match="'colours' exists already"):
            await train_home_reranker(rag, order)
        model = LocalReranker(RerankSettings(model=str(rag.home / made["model"])))
        return made, await model.score("what", ["one", "two"]), read_manifest(rag.home, "rooms")

    made, scores, data = with_rooms(tmp_path, work, overrides=overrides(tiny_embedder))
    gate = made["gate"]
    assert made["cut"]["max_tokens"] == 160
    assert 0 == made["cut"]["pairs"] < made["cut"]["of"]
    card = (tmp_path / "home" / made["model"] / "card.md").read_text()
    assert f"0 of {made['cut']['of']} question-passage pairs are longer than the 160" in card
    assert {"run", "model", "loss", "seconds", "tokens_per_second", "epsilon"} <= set(made)
    assert made["questions"] == {"train": data.rows - 3, "validation": 1, "test": 2}
    assert gate["questions"] == 2
    # the one question for validation is right from the start: it must not get worse
    assert made["loss"]["validation"] <= made["loss"]["validation_start"] + 0.01
    assert made["tokens_per_second"] > 0
    assert gate["difference"] == pytest.approx(gate["with_it"] - gate["without"], abs=1e-3)
    assert gate["ci95"][0] <= gate["difference"] <= gate["ci95"][1]
    assert len(scores) == 2
    assert data.models == ("colours",), "forgetting somebody in the data set names the model"
    version = read_registry(tmp_path / "home").version("colours")
    assert (version.data, version.data_sha256) == ("rooms", data.sha256)
    assert version.base == HashEmbedder().identity.model
    assert version.gate.passed is made["gate"]["passed"]
    report = json.loads((tmp_path / "home" / made["model"] / "privacy.json").read_bytes())
    assert (report["kind"], report["verdict"]) == ("reranker", "INCOMPLETE"), "it is not attacked"
    assert report["lineage"]["rows"] == data.rows - 3
    assert report["pii_scan"]["rows"] > data.rows - 3, "passages and questions are read"


def test_without_questions_to_measure_on_nothing_is_trained(tmp_path):
    async def work(rag):
        await with_all_splits(rag)
        rows = [r for r in read_rows(rag.home, "rooms") if r.split != "test"]
        freeze(rag.home, read_manifest(rag.home, "rooms"), rows)
        with pytest.raises(TrainingError, match="rooms has no question left for test"):
            await train_home_reranker(rag, Order("rooms", "colours"))
        return read_registry(rag.home).versions

    assert with_rooms(tmp_path, work) == ()


def test_questions_whose_documents_changed_are_left_out(tmp_path):
    async def work(rag):
        await with_all_splits(rag)
        await sync_folders(rag, [write_rooms(tmp_path / "docs", who="Linh Pham")])
        with pytest.raises(TrainingError, match=r"no question left for train \(0 of"):
            await train_home_reranker(rag, Order("rooms", "colours"))

    with_rooms(tmp_path, work)


@pytest.mark.parametrize("name", ["Colours", "../x", "femi-adeyemi", ""])
def test_a_model_is_called_after_nobody(tmp_path, name):
    async def work(rag):
        await with_all_splits(rag)
        with pytest.raises(TrainingError, match="a model is"):
            await train_home_reranker(rag, replace(Order("rooms", "x"), name=name))

    with_rooms(tmp_path, work)


_BOILERPLATE = {
    "a": "Either side may end this contract with a notice of three months.",
    "b": "Either side may end this contract with a notice of three months.",
    "c": "Either side may end this contract with a notice of six months.",
}


def test_a_copy_of_the_passage_is_no_wrong_answer():
    answer, copy, other = (chunk(text, document=name) for name, text in _BOILERPLATE.items())
    row = Row.model_construct(id="q", chunk=answer.id, document=answer.source.document)
    hits = tuple(
        Hit(one, score, "fused")
        for one, score in zip((copy, answer, other), (3, 2, 1), strict=True)
    )
    made = example_of(Searched(row, answer, hits), "?", {h.chunk.id: h.chunk.id for h in hits})
    assert [(c.id, c.gain, c.score) for c in made.candidates] == [("a-0", 1, 2), ("c-0", 0, 1)]
