"""Tuning is measured on documents that nobody tuned on; tiny random models, invented colours."""

import asyncio
import json

import pytest

from privrag.embed import EmbedSettings, LocalEmbedder
from privrag.retrieve import RetrieveSettings
from privrag.settings import Settings
from privrag_evals.scratch_home import Parts, filled
from privrag_evals.suites import Asked, Suite, document_of
from privrag_evals.tuning.examples import examples_of
from privrag_evals.tuning.experiment import tune
from tests.fakes import HashEmbedder, WordListDetector

COLOURS = ("red", "blue", "green", "white")
SITES = ("yard", "mill", "shop", "barn", "dock", "farm")
DOCUMENTS = {
    f"{site}-{colour}": document_of(f"{site}-{colour}", "", f"The {colour} door of the {site}.")
    for site in SITES
    for colour in COLOURS
}
QUESTIONS = [
    Asked(name, f"Where is the {name.split('-')[1]} door?", {name: 1.0}, group=name.split("-")[0])
    for name in DOCUMENTS
]
SUITE = Suite("doors", DOCUMENTS, QUESTIONS, {name: name.split("-")[0] for name in DOCUMENTS})


def test_an_example_holds_what_retrieval_ranks_in_its_group_and_every_answer():
    parts = Parts(Settings(), WordListDetector(()), HashEmbedder())

    async def made():
        async with filled(SUITE, parts) as home:
            return await examples_of(home, QUESTIONS[:2], RetrieveSettings(), for_reranker=True)

    first, second = asyncio.run(made())
    assert (first.group, first.question) == ("yard", "Where is the red door?")
    assert {c.text for c in first.candidates} == {f"The {c} door of the yard." for c in COLOURS}
    assert [c.text for c in second.candidates if c.gain > 0] == ["The blue door of the yard."]
    assert max(second.candidates, key=lambda c: c.score).gain == 1.0


@pytest.mark.slow
def test_every_system_is_asked_the_test_half_and_says_what_was_chosen(tmp_path, tiny_embedder):
    embed = EmbedSettings(model=str(tiny_embedder), precision="fp32")
    parts = Parts(Settings(embed=embed), WordListDetector(()), LocalEmbedder(embed))
    found = asyncio.run(tune(SUITE, parts, out=tmp_path, seed=0))
    assert list(found["systems"]) == [
        *("bm25", "dense", "hybrid", "hybrid+reranker"),
        *("tuned dense", "tuned hybrid", "tuned fusion", "tuned fusion+reranker"),
    ]
    test = found["questions"]["test"]
    assert {figures["queries"] for figures in found["systems"].values()} == {test}
    assert sum(found["questions"].values()) == len(QUESTIONS)
    assert found["trained"]["embedder"]["steps"] > 0
    assert 0 <= found["chosen"]["correction"] <= 2
    assert "door" not in json.dumps(found)
