"""What lets a tuned generator serve, on figures made by hand."""

import pytest

from privrag_finetune.generator.home_gate import Scored, checks_of, figures_of, gain_beside
from tests.generators import generator_version


def scored(n, *, f1=0.5, precision=1.0, cites=True, refused=False, abstained=True, took=100.0):
    return [
        Scored(f"document-{d}", f1, cites, precision, refused, abstained, took) for d in range(n)
    ]


def failed(before, after):
    figures = figures_of(before, after)
    return [check.name for check in checks_of(figures, before, after) if not check.passed]


def test_figures_are_means_and_paired_differences():
    before, after = scored(8, f1=0.25, abstained=False), scored(8, f1=0.75)
    figures = figures_of(before, after)
    f1 = figures["answer_f1"]
    assert (f1.without, f1.with_it, f1.difference, f1.ci95) == (0.25, 0.75, 0.5, (0.5, 0.5))
    assert (figures["abstention"].without, figures["abstention"].with_it) == (0.0, 1.0)
    assert figures["answer_f1"].documents == 8


def test_precision_counts_the_questions_that_either_cites():
    before = scored(4, cites=False, precision=0.0) + scored(4)
    after = scored(4, precision=1.0) + scored(4, cites=False, precision=0.0)
    silent = scored(2, cites=False, precision=0.0)
    precision = figures_of(before + silent, after + silent)["citation_precision"]
    assert (precision.questions, precision.without, precision.with_it) == (8, 0.5, 0.5)


def test_questions_that_could_not_be_hidden_do_not_count():
    before, after = scored(3, abstained=None), scored(3, abstained=None)
    assert "abstention" not in figures_of(before, after)
    assert failed(before, after) == ["abstention"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, []),
        ({"abstained": False}, ["abstention"]),
        ({"precision": 0.2}, ["citations"]),
        ({"refused": True}, ["refusals"]),
        ({"took": 151.0}, ["latency"]),
        ({"took": 149.0}, []),
    ],
)
def test_what_got_worse_is_named(change, names):
    assert failed(scored(10), scored(10, **change)) == names


@pytest.mark.parametrize(("documents", "is_enough"), [(1, False), (5, False), (6, True)])
def test_a_gain_and_abstaining_count_from_six_documents_on(documents, is_enough):
    before, after = scored(documents, f1=0.25), scored(documents, f1=0.75)
    gain = figures_of(before, after)["answer_f1"]
    assert (gain.ci95, gain.passed) == ((0.5, 0.5), is_enough), "one has an interval of no width"
    assert failed(before, after) == ([] if is_enough else ["abstention"])
    refusal = generator_version("tuned", answer_f1=gain).refusal
    assert refusal is None if is_enough else "make a larger data set" in refusal


def test_what_serves_has_to_be_beaten_too_and_no_answer_may_get_worse():
    current = scored(8, f1=0.6)
    gain, checks = gain_beside("good", current, scored(8, f1=0.5, refused=True))
    assert (gain.difference, gain.passed) == (-0.1, False)
    assert {check.name: check.passed for check in checks} == {
        "citations beside good": True,
        "refusals beside good": False,
        "latency beside good": True,
    }
    better, checks = gain_beside("good", current, scored(8, f1=0.7))
    assert better.passed
    assert all(check.passed for check in checks)
