"""Better, worse or undecided, on differences that can be checked in the head."""

import json

import pytest

from privrag.errors import EvaluationError
from privrag_evals.compare import compare, earlier_run, last_two, verdict
from privrag_evals.report.content import content_of
from tests.evals.kept import DATA, NAN, ONES, ZEROS, keep, store_in

OTHER = {**DATA, "name": "mills", "sha256": "cd" * 32}


@pytest.mark.parametrize(
    ("name", "ci95", "cases", "expected"),
    [
        ("f1", [0.1, 0.3], 12, "better"),
        ("f1", [-0.3, -0.1], 12, "worse"),
        ("f1", [-0.1, 0.3], 12, "undecided"),
        ("f1", [0.0, 0.3], 12, "undecided"),
        ("f1", [0.1, 0.3], 6, "better"),
        ("f1", [0.3, 0.3], 5, "undecided"),
        ("f1", [None, None], 0, "undecided"),
        ("latency_ms", [0.1, 0.3], 12, "worse"),
        ("latency_ms", [-3.0, -1.0], 12, "better"),
        ("wrongly_refused", [-0.3, -0.1], 12, "better"),
        ("tokens", [1.0, 2.0], 12, "worse"),
    ],
)
def test_the_side_of_zero_on_which_the_interval_lies_decides(name, ci95, cases, expected):
    assert verdict(name, ci95, cases) == expected


def test_a_system_is_compared_with_itself_of_the_earlier_run_case_by_case(tmp_path):
    runs, own = store_in(tmp_path)
    first = keep(runs, own, {"hybrid": {"f1": ZEROS, "em": ONES}, "dense": {"f1": ONES}})
    second = keep(runs, own, {"hybrid": {"f1": ONES, "em": ONES}})
    found = compare(first, second)
    assert list(found["systems"]) == ["hybrid"]
    f1 = found["systems"]["hybrid"]["figures"]["f1"]
    assert f1 == {
        "before": 0.0, "after": 1.0, "difference": 1.0, "ci95": [1.0, 1.0], "cases": 12,
        "lower_is_better": False, "verdict": "better",
    }  # fmt: skip
    assert found["systems"]["hybrid"]["figures"]["em"]["verdict"] == "undecided"
    back = compare(second, first)["systems"]["hybrid"]["figures"]["f1"]
    assert (back["difference"], back["verdict"]) == (-1.0, "worse")


def test_only_cases_in_both_count_and_only_those_that_have_the_figure_in_both(tmp_path):
    runs, own = store_in(tmp_path)
    first = keep(runs, own, {"a": {"f1": [0.0, 0.0, NAN, 0.0]}}, ids=["q1", "q2", "q3", "x"])
    second = keep(runs, own, {"a": {"f1": [1.0, NAN, 1.0, 1.0]}}, ids=["q3", "q2", "q1", "y"])
    found = compare(first, second)
    assert found["cases"] == 3
    f1 = found["systems"]["a"]["figures"]["f1"]
    assert (f1["cases"], f1["before"], f1["after"], f1["verdict"]) == (1, 0.0, 1.0, "undecided")


def test_slices_and_changed_settings_stand_beside_the_whole(tmp_path):
    runs, own = store_in(tmp_path)
    traits = [{"category": "cars" if n < 6 else "people"} for n in range(12)]
    first = keep(runs, own, {"a": {"f1": ZEROS}}, traits=traits)
    _, changed = store_in(tmp_path, retrieve={"candidates": 77})
    second = keep(runs, changed, {"a": {"f1": [1.0] * 6 + [0.0] * 6}}, traits=traits)
    found = compare(first, second)
    by = found["systems"]["a"]["by"]["category"]
    assert by["cars"]["f1"]["verdict"] == "better"
    assert by["people"]["f1"]["verdict"] == "undecided"
    usual = own.retrieve.candidates
    assert found["settings"] == {"retrieve.candidates": {"before": usual, "after": 77}}


def test_single_systems_of_different_names_are_compared_and_several_are_refused(tmp_path):
    runs, own = store_in(tmp_path)
    one = keep(runs, own, {"bm25": {"f1": ZEROS}})
    other = keep(runs, own, {"dense": {"f1": ONES}})
    assert list(compare(one, other)["systems"]) == ["bm25 -> dense"]
    several = keep(runs, own, {"hybrid": {"f1": ONES}, "more": {"f1": ONES}})
    with pytest.raises(EvaluationError, match="no system is in both"):
        compare(one, several)


def test_other_data_is_refused_unless_wanted_and_some_cases_are_the_same(tmp_path):
    runs, own = store_in(tmp_path)
    one = keep(runs, own, {"a": {"f1": ZEROS}})
    other = keep(runs, own, {"a": {"f1": ONES}}, data=OTHER)
    with pytest.raises(EvaluationError, match=r"different data.*--anyway"):
        compare(one, other)
    found = compare(one, other, anyway=True)
    assert (found["same_data"], found["cases"]) == (False, 12)
    strange = keep(runs, own, {"a": {"f1": ONES}}, data=OTHER, ids=[f"z{n}" for n in range(12)])
    with pytest.raises(EvaluationError, match="no case in common"):
        compare(one, strange, anyway=True)
    answers = keep(runs, own, {"a": {"f1": ONES}}, kind="qa")
    with pytest.raises(EvaluationError, match="one kind"):
        compare(one, answers, anyway=True)


def test_without_names_the_newest_run_that_has_an_earlier_one_is_taken(tmp_path):
    runs, own = store_in(tmp_path)
    with pytest.raises(EvaluationError, match="no two runs"):
        last_two(runs)
    first = keep(runs, own, {"a": {"f1": ZEROS}})
    for _ in range(2):
        keep(runs, own, {"a": {"f1": ONES}}, data=OTHER)
    newest = keep(runs, own, {"a": {"f1": ONES}})
    keep(runs, own, {"a": {"f1": ONES}}, kind="qa")
    assert [run.id for run in last_two(runs)] == [first.id, newest.id]
    assert earlier_run(runs, newest) == first
    assert earlier_run(runs, first) is None


def test_copies_of_a_case_in_one_group_decide_nothing(tmp_path):
    """Seven questions to one document became better; of six documents that is one."""
    runs, own = store_in(tmp_path)
    groups = ["long", *["long"] * 6, *"abcde"]
    better = [1.0] * 7 + [0.0] * 5
    first = keep(runs, own, {"a": {"f1": ZEROS}, "b": {"f1": better}}, groups=groups)
    second = keep(runs, own, {"a": {"f1": better}}, groups=groups)
    alone = compare(keep(runs, own, {"a": {"f1": ZEROS}}), keep(runs, own, {"a": {"f1": better}}))
    assert alone["systems"]["a"]["figures"]["f1"]["verdict"] == "better"
    found = compare(first, second)
    f1 = found["systems"]["a"]["figures"]["f1"]
    assert (f1["verdict"], f1["groups"], found["groups"]) == ("undecided", 6, 6)
    (pair,) = content_of(first, runs)["baselines"]
    assert pair["figures"]["f1"]["verdict"] == "undecided"
    assert pair["figures"]["f1"]["ci95"][0] == 0.0
    assert "long" not in json.dumps(first.result)
