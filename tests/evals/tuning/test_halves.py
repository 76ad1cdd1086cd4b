"""No document serves training and test, whatever the questions share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.errors import EvaluationError
from privrag_evals.suites import Asked, Suite
from privrag_evals.tuning.halves import halves_of


def grouped(sizes):
    return [
        Asked(f"{group}-{n}", "Why?", {f"d{group}-{n}": 1.0}, group=f"site {group}")
        for group, size in enumerate(sizes)
        for n in range(size)
    ]


def parts(questions, seed=0):
    halves = halves_of(Suite("houses", {}, questions), seed=seed)
    return halves.train, halves.validation, halves.test


def test_groups_stay_whole_and_about_half_of_the_questions_are_for_test():
    train, validation, test = parts(grouped([10] * 10))
    assert [len(some) for some in (train, validation, test)] == [40, 10, 50]
    sides = [{asked.group for asked in some} for some in (train, validation, test)]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])


def test_the_same_seed_gives_the_same_halves():
    questions = grouped([3] * 12)
    assert parts(questions, 1) == parts(questions, 1)
    assert any(parts(questions, 1) != parts(questions, seed) for seed in range(2, 6))


@given(
    st.lists(st.sets(st.sampled_from("abcdefghijkl"), min_size=1, max_size=3), min_size=8),
    st.integers(0, 3),
)
def test_without_groups_no_document_is_on_two_sides(documents, seed):
    questions = [Asked(str(n), "Why?", dict.fromkeys(d, 1.0)) for n, d in enumerate(documents)]
    try:
        sides = parts(questions, seed)
    except EvaluationError:
        return
    assert all(sides)
    assert sum(map(len, sides)) == len(questions)
    seen = [{d for asked in some for d in asked.gains} for some in sides]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])


def test_what_cannot_be_divided_is_refused():
    with pytest.raises(EvaluationError, match="3 groups"):
        parts(grouped([5, 5, 5]))


def test_groups_that_share_a_document_and_questions_without_any_are_divided():
    questions = [Asked(f"{n}", "Why?", {f"d{n // 2}": 1.0}, group=f"g{n}") for n in range(16)]
    sides = parts([*questions, Asked("x", "Why?", {}), Asked("y", "Why?", {"z": 1.0}, group="")])
    seen = [{d for asked in some for d in asked.gains} for some in sides]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
