"""A version is registered when all that tells of it is written: killed, it is repeated."""

import pytest

from privrag.errors import ModelError
from privrag.registry import ModelVersion, read_registry
from privrag_finetune.home_data import Order
from privrag_finetune.home_record import Made, begun, kept
from privrag_finetune.questions.store import read_manifest
from tests.finetune.questions.made import with_rooms
from tests.finetune.test_home_reranker import with_all_splits
from tests.finetune.tracking.test_store import runs

ORDER = Order("rooms", "first")


def version():
    gate = {"questions": 9, "documents": 3, "without": 0.4, "with_it": 0.5, "difference": 0.1}
    return ModelVersion(
        kind="embedder", name="first", created="2026-11-22", data="rooms", data_sha256="ab",
        base="small", seed=1, examples=1, pairs=1, seconds=1.0, gate=gate | {"ci95": (0.05, 0.2)},
    )  # fmt: skip


def test_what_cannot_be_registered_is_written_down_and_may_be_repeated(tmp_path):
    made = Made(base=tmp_path, recipe={}, seconds=1.0, validation={"loss": 0.5})

    async def work(rag):
        await with_all_splits(rag)
        data = read_manifest(rag.home, "rooms")
        folder = rag.home / "models" / "embedder" / "first"
        folder.mkdir(parents=True)
        in_the_way = rag.home / "models" / "registry.json"
        in_the_way.mkdir()
        with pytest.raises(ModelError), begun(rag, "embedder", ORDER, data) as run:
            kept(rag, run, version(), made)
        states = [one.state for one in runs(rag.home)]
        noted = read_manifest(rag.home, "rooms").models, (folder / "card.md").is_file()
        in_the_way.rmdir()
        with begun(rag, "embedder", ORDER, data) as run:
            kept(rag, run, version(), made)
        return states, noted, [one.name for one in read_registry(rag.home).versions]

    states, noted, registered = with_rooms(tmp_path, work)
    assert states == ["finished"]
    assert noted == (("first",), True)
    assert registered == ["first"]
