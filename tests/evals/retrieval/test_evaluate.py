"""Systems are compared over the same questions, by the code of production. Invented people."""

import asyncio
import json

import pytest

from privrag.errors import EvaluationError
from privrag.settings import Settings
from privrag_evals.retrieval.evaluate import measure, rankings_of, report
from privrag_evals.retrieval.systems import systems_of
from privrag_evals.retrieval.trec import write_run
from privrag_evals.scratch_home import Parts
from privrag_evals.suites import Asked, Suite, document_of
from tests.fakes import HashEmbedder, WordListDetector

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


def measured(suite, *, names=None, **options):
    settings = Settings()
    parts = Parts(settings, WordListDetector(("Marta Lindqvist", "Femi Adeyemi")), HashEmbedder())
    systems = systems_of(names, settings, depth=100)
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


def test_a_question_with_a_group_finds_documents_of_it_alone():
    groups = {"a": "West Side", "b": "west side 2", "c": "East", "d": "East"}
    asked = Asked("1", "When is the gate opened?", {"a": 1.0}, group="West Side")
    found = measured(Suite("houses", DOCUMENTS, [asked], groups))
    for ranked in rankings_of(found).values():
        assert [document for document, _ in ranked["1"]] == ["a"]


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


def test_equal_scores_are_written_apart(tmp_path):
    ranking = [("b", 0.5), ("a", 0.5), ("c", 0.5)]
    write_run(tmp_path / "out.trec", {"dense": {"q": ranking}})
    scores = [float(line.split()[4]) for line in (tmp_path / "out.trec").read_text().splitlines()]
    assert scores[0] > scores[1] > scores[2]


@pytest.mark.parametrize(("names", "said"), [(["bm26"], "known are"), (["hybrid+rerank"], "set")])
def test_a_system_that_cannot_be_had_is_refused(names, said):
    with pytest.raises(EvaluationError, match=said):
        systems_of(names, Settings(), depth=100)
