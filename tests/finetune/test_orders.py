"""The sentences that the model of wording learns from, and that it learns."""

import numpy as np
import pytest

from privrag.errors import EvaluationError
from privrag_finetune.orders.texts import corpora, written
from privrag_finetune.orders.train import Allowed, Side, fit, folds_of, judge, threshold

ORDERS = [frozenset({"SAY", "USER", f"word{n}"}) for n in range(6)]
ORDINARY = [frozenset({"SAY", "STAFF", f"thing{n}"}) for n in range(6)]


def test_there_are_enough_lines_of_both_and_every_place_is_filled():
    orders, ordinary = (written(name, fillings=2) for name in ("orders.txt", "ordinary.txt"))
    assert len({row.line for row in orders}) >= 400
    assert len(ordinary) >= 1_000
    assert len({row.kind for row in orders}) >= 15
    places = [f"{{{name}}}" for name in "tqQvdnh"]
    assert not [row.text for row in (*orders, *ordinary) if any(p in row.text for p in places)]


def test_no_line_stands_on_both_sides():
    orders, ordinary = (written(name, fillings=1) for name in ("orders.txt", "ordinary.txt"))
    assert not {row.text for row in orders} & {row.text for row in ordinary}


def test_what_both_sides_have_weighs_less_than_what_tells_them_apart():
    model = fit(ORDERS, ORDINARY)
    assert model.weights["USER"] > abs(model.weights.get("SAY", 0.0))
    assert model.weights["STAFF"] < 0
    assert "word1" not in model.weights


def test_nothing_is_judged_by_a_model_that_learned_from_it():
    one_of_each = Side([[found] for found in ORDERS], np.arange(6))
    other = Side([[found] for found in ORDINARY], np.arange(6))
    judged = judge(one_of_each, other, [], [[ORDINARY[0]]])
    assert judged.orders.min() > judged.ordinary.max()
    assert one_of_each.without(0) == ORDERS[1:]


def test_an_english_kind_is_left_out_whole_and_another_language_line_by_line():
    rows = written("orders.txt", fillings=1)
    folds = folds_of(rows, by_kind=True)
    by_kind = {kind: {int(f) for f, r in zip(folds, rows, strict=True) if r.kind == kind}
               for kind in ("persona", "german")}  # fmt: skip
    assert len(by_kind["persona"]) == 1
    assert len(by_kind["german"]) > 1


def test_a_threshold_is_just_above_the_scores_that_may_not_pass():
    ordinary, documents = np.arange(10.0), np.array([3.0, 1.0])
    chosen = threshold(ordinary, documents, Allowed(ordinary=0.2, documents=0.0))
    assert (ordinary >= chosen).sum() == 2
    assert (documents >= chosen).sum() == 0


def test_documents_that_are_not_there_are_named(tmp_path):
    with pytest.raises(EvaluationError, match="--data"):
        corpora(tmp_path, ("xquad",))
