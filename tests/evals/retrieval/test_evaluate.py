"""Systems are compared over the same questions, by the code of production. Invented people."""

import asyncio
import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from privrag.errors import EvaluationError
from privrag.generate import GenerateSettings
from privrag.rerank import RerankSettings
from privrag.retrieve import RetrieveSettings
from privrag.serving import untuned
from privrag.settings import Settings
from privrag_evals.retrieval.evaluate import measure, opened_parts, rankings_of, report
from privrag_evals.retrieval.systems import refuse_what_is_not_given, systems_of
from privrag_evals.retrieval.trec import write_run
from privrag_evals.scratch_home import Parts
from privrag_evals.suites import Asked, Suite, document_of, read_written_out
from tests.fakes import HashEmbedder, ScriptedGenerator, WordListDetector

TEXTS = {
    "a": "Marta Lindqvist leads the yard in the north harbour and opens the gate at seven.",
    "b": "Femi Adeyemi leads the mill beside the river and counts the sacks every evening.",
    "c": "The lighthouse on the cliff was painted white and red in the year of the storm.",
    "d": "The gate at seven steps of the lighthouse is never opened in the year of the storm.",
}
DOCUMENTS = {name: document_of(name, "", text) for name, text in TEXTS.items()}
QUESTIONS = [
    Asked("1", "When does Marta Lindqvist open the gate?", {"a": 1.0}, traits={"category": "x"}),
    Asked("2", "What was painted white and red on the cliff?", {"c": 1.0}),
    Asked("3", "zzz qqq", {"b": 1.0}),
]


def measured(suite, *, names=None, settings=None, generator=None, reranker=None, **options):
    settings = settings or Settings()
    detector = WordListDetector(("Marta Lindqvist", "Femi Adeyemi"))
    parts = Parts(settings, detector, HashEmbedder(), generator, reranker)
    systems = systems_of(names, settings)
    return asyncio.run(measure(suite, systems, parts, **options))


def test_each_system_has_every_figure_over_all_judged_questions():
    found = report(measured(Suite("houses", DOCUMENTS, QUESTIONS)))
    assert list(found["systems"]) == ["bm25", "dense", "hybrid"]
    for figures in found["systems"].values():
        assert figures["queries"] == 3
        assert set(figures["ci95"]) >= {"ndcg_at_10", "mrr_at_10", "recall_at_5", "recall_at_10"}
    bm25 = found["systems"]["bm25"]
    assert bm25["recall_at_5"] == pytest.approx(2 / 3, abs=1e-4), "no hit counts 0"
    assert found["systems"]["bm25"]["by"]["category"]["x"]["queries"] == 1
    assert found["paired"]["dense - bm25"]["recall_at_5"]["cases"] == 3
    assert not any(word in json.dumps(found) for word in ("Marta", "lighthouse", "gate"))


@pytest.mark.parametrize("pseudonymize", [True, False])
@pytest.mark.parametrize("site", ["West Side", "東京", "Terms of the yard " * 9])
def test_a_question_with_a_group_finds_documents_of_it_alone(site, pseudonymize):
    others = {"West Side": "west-side", "東京": "大阪"}
    groups = {"a": site, "b": others.get(site, f"{site}2"), "c": "East", "d": "East"}
    asked = Asked("1", "When is the gate opened?", {"a": 1.0}, group=site)
    found = measured(Suite("houses", DOCUMENTS, [asked], groups), pseudonymize=pseudonymize)
    for ranked in rankings_of(found).values():
        assert [document for document, _ in ranked["1"]] == ["a"]


class Backwards:
    """Prefers what retrieval found last."""

    async def score(self, question, passages):
        return [float(n) for n in range(len(passages))]

    async def close(self):
        pass


def test_reranked_documents_stand_in_the_order_of_the_hits(tmp_path):
    rerank = RerankSettings(model="here", candidates=2)
    found = measured(
        Suite("houses", DOCUMENTS, QUESTIONS[:1]),
        names=["hybrid", "hybrid+rerank"],
        settings=Settings(rerank=rerank),
        reranker=Backwards(),
    )
    ranked = rankings_of(found)
    plain = [document for document, _ in ranked["hybrid"]["1"]]
    again = [document for document, _ in ranked["hybrid+rerank"]["1"]]
    assert again[:2] == plain[1::-1]
    write_run(tmp_path / "out.trec", {"s": ranked["hybrid+rerank"]})
    scores = [np.float32(r.split()[4]) for r in (tmp_path / "out.trec").read_text().splitlines()]
    assert len(scores) >= 2
    assert all(a > b for a, b in itertools.pairwise(scores))


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"rerank": RerankSettings(model="m", url="http://198.51.100.7:8002", allow_remote=True)},
        {"generate": GenerateSettings(base_url="http://198.51.100.7:8001", allow_remote=True)},
    ],
)
def test_raw_text_goes_to_no_server_outside_this_machine(elsewhere):
    settings = Settings(**elsewhere)
    parts = Parts(
        settings, WordListDetector(()), HashEmbedder(), ScriptedGenerator(), reranker=Backwards()
    )
    suite = Suite("houses", DOCUMENTS, QUESTIONS)
    systems = systems_of(["bm25"], settings)
    with pytest.raises(EvaluationError, match="outside this machine and would see raw text"):
        asyncio.run(measure(suite, systems, parts, pseudonymize=False))
    unused = Parts(settings, parts.detector, parts.embedder)
    assert asyncio.run(measure(suite, systems, unused, pseudonymize=False)).ranked


def test_one_leg_is_as_deep_as_the_run_and_hybrid_is_the_homes_own():
    own = Settings(retrieve=RetrieveSettings(candidates=7))
    depths = {system.name: system.retrieve.candidates for system in systems_of(None, own)}
    assert depths == {"bm25": 400, "dense": 400, "hybrid": 7}
    found = report(measured(Suite("houses", DOCUMENTS, QUESTIONS)))["systems"]
    assert found["dense"]["latency_ms"] == {"p50": None, "p95": None}
    assert found["hybrid"]["latency_ms"]["p50"] > 0
    assert found["dense"]["cost"] == {"tokens": None, "seconds": None, "money": None}
    assert found["hybrid"]["cost"]["seconds"] > 0


def test_raw_text_is_ranked_by_the_same_systems():
    found = report(measured(Suite("houses", DOCUMENTS, QUESTIONS[:2]), pseudonymize=False))
    assert found["systems"]["hybrid"]["recall_at_5"] == 1.0


def test_a_corpus_of_one_document_finds_it():
    suite = Suite("house", {"a": DOCUMENTS["a"]}, QUESTIONS[:1])
    assert report(measured(suite))["systems"]["hybrid"]["ndcg_at_10"] == 1.0


def test_the_run_is_what_trec_eval_reads_and_has_no_equal_scores(tmp_path):
    found = measured(Suite("houses", DOCUMENTS, QUESTIONS), names=["hybrid", "bm25"])
    write_run(tmp_path / "out.trec", rankings_of(found))
    rows = [line.split() for line in (tmp_path / "out.trec").read_text().splitlines()]
    assert {len(row) for row in rows} == {6}
    assert {row[5] for row in rows} == {"hybrid", "bm25"}
    of_one = [row for row in rows if row[0] == "1" and row[5] == "hybrid"]
    scores = [float(row[4]) for row in of_one]
    assert scores == sorted(set(scores), reverse=True)
    assert [int(row[3]) for row in of_one] == list(range(1, len(of_one) + 1))


@pytest.mark.parametrize("start", [0.5, 12.5, 0.0, -7.25])
def test_equal_and_rising_scores_are_written_apart_in_32_bits(tmp_path, start):
    ranking = [("b", start), ("a", start), ("c", start), ("d", start + 9)]
    write_run(tmp_path / "out.trec", {"dense": {"q": ranking}})
    lines = (tmp_path / "out.trec").read_text().splitlines()
    scores = [np.float32(line.split()[4]) for line in lines]
    assert scores[0] > scores[1] > scores[2] > scores[3]


def test_white_space_in_an_id_breaks_no_column(tmp_path):
    write_run(tmp_path / "out.trec", {"dense": {"q 1": [("notes\tof may/ä.txt", 1.0)]}})
    (line,) = (tmp_path / "out.trec").read_text().splitlines()
    assert line.split() == ["q%201", "Q0", "notes%09of%20may/ä.txt", "1", "1", "dense"]


@pytest.mark.parametrize(("names", "said"), [(["bm26"], "known are"), (["hybrid+rerank"], "set")])
def test_a_system_that_cannot_be_had_is_refused(names, said):
    with pytest.raises(EvaluationError, match=said):
        systems_of(names, Settings())


def test_whoever_reads_again_is_opened_and_closed():
    settings = Settings(
        rerank=RerankSettings(model="m", url="http://127.0.0.1:9"),
        generate=GenerateSettings(base_url="http://127.0.0.1:9/v1"),
    )

    async def opened(*readers):
        async with opened_parts(untuned(settings), readers=readers) as parts:
            found = [one for one in (parts.reranker, parts.generator) if one is not None]
            assert not any(one._client.is_closed for one in found)
        return [one._client.is_closed for one in found]

    assert asyncio.run(opened("reranker", "generator", None)) == [True, True]
    assert asyncio.run(opened(None)) == []


class Reader(ScriptedGenerator):
    """Holds a question the likelier, the more of its words stand in the text."""

    async def log_likelihoods(self, pairs):
        return [
            float(sum(word in first for word in second.split())) - len(second)
            for first, second in pairs
        ]


def test_a_language_model_reads_the_hits_again_and_is_asked_for_by_name():
    settings = Settings()
    assert "hybrid+llm" not in [system.name for system in systems_of(None, settings)]
    found = measured(
        Suite("houses", DOCUMENTS, QUESTIONS[:2]), names=["hybrid+llm"], generator=Reader("")
    )
    assert report(found)["systems"]["hybrid+llm"]["mrr_at_10"] == 1.0
    with pytest.raises(EvaluationError, match="probabilities"):
        measured(
            Suite("houses", DOCUMENTS, QUESTIONS),
            names=["hybrid+llm"],
            generator=ScriptedGenerator(""),
        )


FOLLOWED = [
    Asked("k<::>1", "Who opens the gate at seven?", {"a": 1.0}, conversation="k"),
    Asked(
        "k<::>2",
        "And the mill?",
        {"b": 1.0},
        history=(("user", "Who counts the sacks every evening?"), ("assistant", "Femi Adeyemi.")),
        conversation="k",
    ),
    Asked("m<::>1", "What was painted white?", {"c": 1.0}, conversation="m"),
]


def test_a_follow_up_is_searched_with_its_turns_by_hybrid_alone():
    names = ["bm25", "hybrid", "last-turn", "all-turns", "given"]
    suite = Suite("houses", DOCUMENTS, [replace(FOLLOWED[1], text="And what else?")])
    found = measured(suite, names=names, given={"k<::>2": "What was painted white and red?"})
    first = {name: ranking["k<::>2"][:1] for name, ranking in rankings_of(found).items()}
    best = {name: ranked[0][0] if ranked else None for name, ranked in first.items()}
    assert best["hybrid"] == best["all-turns"] == "b"
    assert best["bm25"] is None, "none of its words is anywhere"
    assert best["given"] == "c"


def test_turns_of_one_conversation_are_drawn_together():
    found = report(measured(Suite("houses", DOCUMENTS, FOLLOWED), names=["hybrid", "last-turn"]))
    assert found["paired"]["last-turn - hybrid"]["ndcg_at_10"]["groups"] == 2
    assert "ci95_groups" in found["systems"]["hybrid"]


def test_a_conversation_is_in_one_half():
    suite = Suite("houses", DOCUMENTS, FOLLOWED)
    halves = [suite.half(which, seed=0).questions for which in ("first", "second")]
    assert sorted(map(len, halves)) == [1, 2]
    assert {a.id for some in halves for a in some} == {a.id for a in FOLLOWED}
    assert suite.half("all", seed=0) == suite


def test_written_out_questions_must_be_there(tmp_path):
    lines = tmp_path / "given.jsonl"
    lines.write_text('{"_id": "k<::>1", "text": "Who opens it?"}\n')
    suite = Suite("houses", DOCUMENTS, FOLLOWED)
    with pytest.raises(EvaluationError, match=r"lacks 1 follow-up questions, the first is 'k<::>2"):
        read_written_out(lines, suite)
    with pytest.raises(EvaluationError, match="given needs --given"):
        refuse_what_is_not_given(systems_of(["given"], Settings()), None)
