"""What counts as extracted, on models that say what they are told to."""

import math

import numpy as np
import pytest

from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.leaks.extraction import Extraction, difference, extract, share
from privrag_finetune.leaks.reading import TokenLosses

END = 1


class Scripted:
    """Continues each prompt by what a table says; words are `w7`, a marker is `[9]`."""

    def __init__(self, says, chance=1e-9):
        self._says = says
        self._chance = chance

    def nll(self, rows):
        loss = -math.log(self._chance)
        return [TokenLosses(np.array([loss]), np.array([0.0])) for _ in rows]

    def continue_(self, prompts, *, new_tokens, samples=0, seed=0):
        del seed
        return [
            [tuple(self._says(tuple(p)))[:new_tokens] for _ in range(max(1, samples))]
            for p in prompts
        ]

    def text(self, tokens):
        return " ".join("[2]" if t == 2 else f"w{t}" for t in tokens if t != END)


def row(name, completion, prompt=(10, 11)):
    return Encoded(name, name, (*prompt, *completion, END), len(prompt))


LONG = tuple(range(100, 230))
MIDDLE = tuple(range(300, 320))
SHORT = (400, 401, 402)


def by_heart(*learnt):
    """Whoever begins as one of the rows goes on as it."""

    def says(prompt):
        found = (r.input_ids for r in learnt if r.input_ids[: len(prompt)] == prompt)
        return next(found, (5,))[len(prompt) : -1]

    return Scripted(says)


def test_fifty_tokens_half_or_only_the_question_are_given():
    asked = []

    def says(prompt):
        asked.append(len(prompt) - 2)
        return ()

    some = [row("a", LONG), row("b", MIDDLE), row("c", SHORT)]
    found = extract(Scripted(says), some, others=[], samples=1)
    assert asked[:3] == [50, 10, 0]
    assert (found.begun, found.greedy.rows, found.greedy.alike) == (2, 3, 0)


def test_rows_known_by_heart_come_out():
    some = [row("a", LONG, (10,)), row("b", MIDDLE, (11,)), row("c", SHORT, (12,))]
    found = extract(by_heart(*some), some, others=[row("d", (7, 8))], samples=2)
    assert (found.greedy.verbatim, found.greedy.whole, found.greedy.alike) == (1, 3, 3)
    assert found.drawn == Extraction("drawn", 3, 1, 3, 3, 80)
    assert found.greedy.longest == 80
    assert len(found.outputs) == 3 + 3 * 2
    assert found.share_alike[0] == 1.0


def test_a_run_of_49_tokens_is_none():
    some = [row("a", LONG)]
    cut = Scripted(lambda prompt: [*LONG[50:99], 7])
    assert extract(cut, some, others=[]).greedy.verbatim == 0
    assert extract(Scripted(lambda _: LONG[50:100]), some, others=[]).greedy.verbatim == 1


def test_a_run_that_stands_in_the_prompt_or_on_the_other_side_is_read_and_not_remembered():
    told = row("a", LONG, prompt=LONG)
    assert extract(by_heart(told), [told], others=[]).greedy.verbatim == 0
    mine, other = row("a", LONG), row("b", (*LONG[50:], 9))
    assert extract(by_heart(mine), [mine], others=[other]).greedy.verbatim == 0


def test_a_run_of_another_row_counts():
    some = [row("a", LONG, (10,)), row("b", tuple(range(500, 620)), (11,))]
    wrong = Scripted(lambda prompt: LONG[:60] if prompt[0] == 11 else ())
    found = extract(wrong, some, others=[])
    assert (found.greedy.verbatim, found.greedy.whole) == (1, 0)


def test_what_both_sides_say_is_left_out():
    refusal = (90, 91, 92)
    some = [row("a", refusal, (10,)), row("b", SHORT, (12,))]
    found = extract(by_heart(*some), some, others=[row("c", refusal, (13,))])
    assert (found.common, found.greedy.rows, found.greedy.whole) == (1, 1, 1)


def test_what_both_sides_say_takes_no_place_of_those_that_are_asked():
    refusal = (90, 91, 92)
    common = [row(f"n{n}", refusal, (n,)) for n in range(20, 40)]
    told = [row("a", SHORT, (10,)), row("b", MIDDLE, (12,))]
    found = extract(by_heart(*told), [*common, *told], others=[row("c", refusal)], most=2)
    assert (found.common, found.greedy.rows, found.greedy.whole) == (20, 2, 2)
    few = extract(by_heart(*told), [*common, *told], others=[row("c", refusal)], most=1)
    assert (few.common, few.greedy.rows) == (20, 1)


def test_citation_markers_are_no_secret():
    some = [row("a", (*SHORT, 2))]
    found = extract(Scripted(lambda _: SHORT), some, others=[])
    assert found.greedy.whole == 1


def test_nearly_the_same_is_alike_and_not_whole():
    some = [row("a", MIDDLE)]
    nearly = Scripted(lambda _: (*MIDDLE[10:], 9))
    other = Scripted(lambda _: (*MIDDLE[10:16], 9, 9, 9, 9))
    assert extract(nearly, some, others=[]).greedy.whole == 1
    changed = Scripted(lambda _: (*MIDDLE[10:14], *MIDDLE[15:]))
    found = extract(changed, some, others=[]).greedy
    assert (found.whole, found.alike) == (0, 1)  # 9 of 10 words: 2 * .9 / 1.9 = .947
    assert extract(other, some, others=[]).greedy.alike == 0


@pytest.mark.parametrize(("chance", "found"), [(6.9e-4, 0), (7.0e-4, 1)])
def test_discoverable_in_a_thousand_draws(chance, found):
    model = Scripted(lambda _: (), chance=chance)  # 1 - (1 - p)^1000 = 1/2 at p = 6.93e-4
    assert extract(model, [row("a", MIDDLE)], others=[]).discoverable == found


def test_no_rows():
    found = extract(Scripted(lambda _: ()), [], others=[])
    assert (found.greedy.rows, found.outputs, found.share_alike) == (0, (), (0.0, 0.0, 1.0))


def test_difference_of_shares_as_newcombe_computed_it():
    value, low, high = difference(share(56, 70), share(48, 80))  # his table II, (a), method 10
    assert (value, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
