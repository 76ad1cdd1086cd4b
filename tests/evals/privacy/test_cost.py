"""Both halves of the privacy cost run over the same questions, and differences are paired."""

import pytest

from privrag.settings import Settings
from privrag_evals.privacy.cost import Case, _report, compared, privacy_cost
from privrag_evals.scratch_home import Parts
from privrag_evals.suites import Asked, Suite, document_of
from tests.fakes import HashEmbedder, ScriptedGenerator, WordListDetector

HEADS = {
    "a": "Marta Lindqvist leads the yard in the north harbour and opens the gate at seven.",
    "b": "Femi Adeyemi leads the mill beside the river and counts the sacks every evening.",
    "c": "The lighthouse on the cliff was painted white and red in the year of the storm.",
}
DOCUMENTS = {name: document_of(name, "", text) for name, text in HEADS.items()}
QUESTIONS = [
    Asked("1", "When does Marta Lindqvist open the gate?", {"a": 1.0}, ("seven",)),
    Asked("2", "What was painted white and red on the cliff?", {"c": 1.0}, ("the lighthouse",)),
]
SUITE = Suite("heads", DOCUMENTS, QUESTIONS)


def parts(*answers):
    detector = WordListDetector(("Marta Lindqvist", "Femi Adeyemi"))
    return Parts(Settings(), detector, HashEmbedder(), ScriptedGenerator(*answers))


def test_both_halves_are_reported_with_cases_intervals_and_the_paired_difference():
    said = ("Marta Lindqvist opens the gate at seven [1].",) * 8
    report = privacy_cost([SUITE], Suite("answers", DOCUMENTS, QUESTIONS), parts(*said), seed=0)
    assert set(report["suites"]) == {"heads", "answers"}
    for suite, metric in (("heads", "ndcg_at_10"), ("answers", "token_f1")):
        figures = report["suites"][suite]
        assert figures["cases"] == 2
        for side in ("raw", "pseudonymized", "difference"):
            assert figures[side][metric]["cases"] == 2
            assert len(figures[side][metric]["ci95"]) == 2
        assert figures["with_pseudonyms"]["cases"] == 1


def test_no_word_of_the_texts_or_questions_is_in_the_report():
    report = privacy_cost([SUITE], Suite("answers", DOCUMENTS, QUESTIONS), parts("No."), seed=0)
    assert not any(word in str(report) for word in ("Marta", "lighthouse", "gate"))


def test_a_difference_is_that_of_the_same_question_on_both_sides():
    raw, safe = [{"f1": 1.0}, {"f1": 0.0}], [{"f1": 0.5}, {"f1": 0.0}]
    figures = compared({"raw": raw, "pseudonymized": safe}, seed=0)
    assert figures["difference"]["f1"]["mean"] == pytest.approx(-0.25)
    assert figures["difference"]["f1"]["ci95"] == [-0.5, 0.0]


def test_questions_with_a_pseudonym_stand_apart_because_the_others_cannot_lose_by_it():
    cases = {
        "raw": [Case({"f1": 1.0}, 0), Case({"f1": 1.0}, 0)],
        "pseudonymized": [Case({"f1": 0.5}, 2), Case({"f1": 1.0}, 0)],
    }
    figures = _report(cases, seed=0)
    assert figures["difference"]["f1"]["mean"] == pytest.approx(-0.25)
    assert figures["with_pseudonyms"]["cases"] == 1
    assert figures["with_pseudonyms"]["difference"]["f1"]["mean"] == pytest.approx(-0.5)
    assert _report({"raw": [], "pseudonymized": []}, seed=0)["cases"] == 0
