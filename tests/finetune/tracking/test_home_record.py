"""A generator tuned in a home leaves a run, events, a curve and a card behind."""

import json
from contextlib import closing

import pytest

from privrag.errors import TrainingError
from privrag.registry import read_registry, write_registry
from privrag_finetune.generator.home_generator import train_home_generator
from privrag_finetune.home_data import Order
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import read_rows
from privrag_finetune.tracking.erase import ErasableCards
from privrag_finetune.tracking.events import read_events
from privrag_finetune.tracking.store import Tracking
from tests.finetune.questions.made import with_rooms
from tests.finetune.test_home_reranker import with_all_splits

RECIPE = """
rank = 4
epochs = 1
batch_size = 4
max_tokens = 256
instructions = "Answer."
samples = 1
check_serving = false
"""


SERVES = {"generator": ("first",)}


@pytest.mark.slow
def test_a_tuned_generator_is_written_down(tmp_path, tiny_generator):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)

    async def work(rag):
        await with_all_splits(rag)
        rows = read_rows(rag.home, "rooms")
        record_splits(rag.home, {row.document: row.split for row in rows})
        made = await train_home_generator(rag, Order("rooms", "first", recipe))
        with pytest.raises(TrainingError, match="'first' exists already"):
            await train_home_generator(rag, Order("rooms", "first", recipe))
        registry = read_registry(rag.home)
        write_registry(rag.home, registry.model_copy(update={"promoted": SERVES}))
        await rag.follow()
        await train_home_generator(rag, Order("rooms", "second", recipe, seed=5))
        return made

    overrides = {
        "generate": {"model": str(tiny_generator), "stop": []},
        "prompts": {"passages": 1, "sentences": 2, "instructions": "Answer.", "examples": ""},
    }
    made = with_rooms(tmp_path, work, overrides=overrides)
    home = tmp_path / "home"
    first, second = (read_registry(home).version(name) for name in ("first", "second"))
    assert (first.beside, "answer_f1_beside" in first.figures) == ({}, False)
    gain = second.figures["answer_f1_beside"]
    assert (second.beside, gain.without) == (
        {"generator": "first"},
        first.figures["answer_f1"].with_it,
    ), "what serves answers as it did when it was measured"
    assert gain.with_it == second.figures["answer_f1"].with_it
    names = {check.name: check.state for check in second.checks}
    assert {f"{what} beside first" for what in ("citations", "refusals", "latency")} <= set(names)
    assert names["vllm"] == "not asked"
    folder = home / made["model"]
    with closing(Tracking(home)) as tracking:
        *_, run = tracking.runs()
        model = next(one for one in tracking.models() if one.name == "first")
    assert (run.name, run.state, run.data.name) == ("first", "finished", "rooms")
    assert run.recipe["rank"] == 4
    assert run.figures["answer_f1"] == made["figures"]["answer_f1"] | {
        "ci95": list(made["figures"]["answer_f1"]["ci95"])
    }
    assert (model.run, model.base) == (run.id, tiny_generator.name)
    events = read_events(folder / "events.jsonl")
    assert events[-1].state == "finished"
    assert any(event.validation_loss for event in events)
    assert "<svg" in (folder / "curve.svg").read_text()
    card = (folder / "card.md").read_text()
    assert run.data.sha256 in card
    assert json.loads((folder / "base.json").read_text())["base_sha256"] in card
    assert "### Sample 1" in card
    assert made["most_tokens"] == 256
    assert f"longer than 256 tokens, which were left out: train {made['too_long']['train']}" in card
    assert "Femi" not in card
    assert ErasableCards(home).erase(["PERSON_AAAAAAAA"]) == 0
