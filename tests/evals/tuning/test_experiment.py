"""Tuning is measured on documents that nobody tuned on; tiny random models, invented colours."""

import asyncio
import json
import sys
from dataclasses import replace

import pytest

from privrag.embed import EmbedSettings, LocalEmbedder
from privrag.errors import MissingExtraError
from privrag.gate.fusion import DENSE_SHARES
from privrag.gate.ranking import mean_ndcg_at_10
from privrag.records import Draft, SafeText, Usage
from privrag.retrieve import RetrieveSettings
from privrag.settings import Settings
from privrag_evals.retrieval.evaluate import rank_all
from privrag_evals.retrieval.systems import System
from privrag_evals.scratch_home import Parts, filled
from privrag_evals.suites import Asked, Suite, document_of
from privrag_evals.tuning.choose import best_correction, best_weights
from privrag_evals.tuning.examples import examples_of, search_each, served_examples
from privrag_evals.tuning.experiment import tune
from privrag_evals.tuning.halves import halves_of
from privrag_evals.tuning.questions import Synthetic, known
from tests.fakes import HashEmbedder, ScriptedGenerator, WordListDetector

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
            found = await search_each(home, await known(home, QUESTIONS[:2]), RetrieveSettings())
            return await examples_of(home, found, for_reranker=True)

    first, second = asyncio.run(made())
    assert (first.group, first.question) == ("yard", "Where is the red door?")
    assert {c.text for c in first.candidates} == {f"The {c} door of the yard." for c in COLOURS}
    assert [c.text for c in second.candidates if c.gain > 0] == ["The blue door of the yard."]
    assert max(second.candidates, key=lambda c: c.score).gain == 1.0


def in_a_home(work):
    parts = Parts(Settings(), WordListDetector(()), CountingEmbedder())

    async def run():
        async with filled(SUITE, parts) as home:
            return await work(home)

    return asyncio.run(run())


class CountingEmbedder(HashEmbedder):
    """Says how many questions it was asked for, one at a time."""

    asked = 0

    def embed(self, texts):
        self.asked += len(texts) == 1
        return super().embed(texts)


def test_what_a_reranker_is_served_has_no_answer_that_was_not_found():
    async def work(home):
        return await search_each(home, await known(home, QUESTIONS[:4]), RetrieveSettings())

    found = in_a_home(work)
    served = served_examples(found, 2)
    assert [[c.id for c in e.candidates] for e in served] == [
        [hit.chunk.id for hit in one.hits[:2]] for one in found
    ]


class Colours:
    """Knows the colour that is asked for; what it was shown is kept."""

    def __init__(self):
        self.shown = []

    async def score(self, question, passages):
        self.shown.append(len(passages))
        return [float(question.split()[3] in passage) for passage in passages]

    async def close(self):
        pass


def test_a_correction_is_chosen_over_what_is_reranked_when_served():
    plain = RetrieveSettings(dense_weight=0.0)

    async def work(home):
        found = await search_each(home, await known(home, QUESTIONS), plain)
        flat = [[replace(hit, score=0.5) for hit in one.hits[::-1]] for one in found]
        turned = [replace(one, hits=tuple(h)) for one, h in zip(found, flat, strict=True)]
        few, all_of_them = Colours(), Colours()
        return (
            await best_correction(turned, few, candidates=1, scale=2.0),
            await best_correction(turned, all_of_them, candidates=30, scale=2.0),
            set(few.shown),
        )

    few, all_of_them, shown = in_a_home(work)
    assert (few, shown) == (0.0, {1}), "the first alone cannot be put into another order"
    assert all_of_them == 0.125, "the smallest that helps, over the scale"


def test_weights_are_chosen_as_if_every_system_were_asked_but_each_question_is_searched_once():
    own = RetrieveSettings()

    async def work(home):
        best = await best_weights(home, await known(home, QUESTIONS), own)
        asked = home.models.embedder.asked
        shares = [
            own.model_copy(update={"dense_weight": s, "sparse_weight": round(1 - s, 2)})
            for s in DENSE_SHARES
        ]
        ranked = await rank_all(home, QUESTIONS, [System(str(n), s) for n, s in enumerate(shares)])
        return best, asked, shares, list(ranked.values())

    best, asked, shares, ranked = in_a_home(work)
    gains = [one.gains for one in QUESTIONS]
    scores = [mean_ndcg_at_10([[d for d, _ in r] for r in one.rankings], gains) for one in ranked]
    assert best == shares[scores.index(max(scores))]
    assert asked == len(QUESTIONS)


def test_a_trainer_that_is_missing_is_told_before_anything_is_taken_in(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    parts = Parts(Settings(), None, None)
    with pytest.raises(MissingExtraError):
        asyncio.run(tune(SUITE, parts, out=tmp_path, seed=0))


@pytest.mark.slow
def test_every_system_is_asked_the_test_half_and_says_what_was_chosen(tmp_path, tiny_embedder):
    embed = EmbedSettings(model=str(tiny_embedder), precision="fp32")
    parts = Parts(Settings(embed=embed), WordListDetector(()), LocalEmbedder(embed))
    found = asyncio.run(tune(SUITE, parts, out=tmp_path, seed=0))
    assert list(found["systems"]) == [
        *("bm25", "dense", "hybrid", "hybrid+late", "hybrid+reranker"),
        *(
            "tuned dense",
            "tuned hybrid",
            "tuned fusion",
            "tuned fusion+late",
            "tuned fusion+reranker",
        ),
    ]
    test = found["questions"]["test"]
    assert {figures["queries"] for figures in found["systems"].values()} == {test}
    assert sum(found["questions"].values()) == len(QUESTIONS)
    assert found["trained"]["embedder"]["steps"] > 0
    assert 0 <= found["chosen"]["correction"] <= 2
    assert found["seconds"] > 0 < found["peak_memory_mb"]
    assert "door" not in json.dumps(found)


class Tagger(ScriptedGenerator):
    """Continues a text by asking where what it names is."""

    async def complete(self, prompts, options):
        said = []
        for prompt in prompts:
            text = prompt.rpartition("Text: ")[2].partition("\n")[0]
            colour = next(colour for colour in COLOURS if colour in text)
            said.append(Draft(SafeText(f"the {colour} door stand in the town?"), "stop", Usage()))
        return said

    async def models(self):
        return ["tagger"]


RECIPE = """
style = "complete"
questions_per_chunk = 1
categories = [{name = "where", description = "a place", openings = ["Where does"]}]
difficulties = [{name = "easy", description = "one sentence"}]
[filters]
min_question_support = 0.4
min_passage_words = 2
"""


@pytest.mark.slow
def test_written_questions_train_and_choose_and_people_s_are_the_test(tmp_path, tiny_embedder):
    embed = EmbedSettings(model=str(tiny_embedder), precision="fp32")
    long = {
        name: document_of(name, "", f"The {name.split('-')[1]} door of the {site} is in the town.")
        for name, site in ((n, n.split("-")[0]) for n in DOCUMENTS)
    }
    suite = replace(SUITE, documents=long)
    parts = Parts(Settings(embed=embed), WordListDetector(()), LocalEmbedder(embed), Tagger(""))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)
    found = asyncio.run(
        tune(
            suite, parts, out=tmp_path / "out", seed=0,
            synthetic=Synthetic(40, recipe), test_limit=5,
        )
    )  # fmt: skip
    halves = found["questions"]
    assert halves["test"] == 5
    assert found["written"]["kept"] == halves["train"] + halves["validation"]
    assert found["written"]["asked"] <= len(DOCUMENTS) - len(halves_of(suite, seed=0).test)
    assert "tuned fusion+reranker" in found["systems"]
