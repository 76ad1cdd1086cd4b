"""Figures small enough to check in the head."""

import pytest

from privrag.errors import SettingsError
from privrag_finetune.recipe import read_recipe
from privrag_finetune.texts.measure import (
    Answered,
    Tuned,
    batches,
    label_figures,
    macro_f1,
    writing_figures,
)
from privrag_finetune.texts.recipe import TextRecipe


def test_macro_f1_counts_each_label_once():
    assert macro_f1(["a", "a", "b"], ["a", "a", "b"]) == 1
    assert macro_f1(["a", "a", "b"], ["a", "a", "a"]) == pytest.approx((0.8 + 0) / 2)
    assert macro_f1(["a"], ["c"]) == 0
    assert macro_f1([], []) == 0


def test_what_is_written_is_scored_against_the_best_target():
    answered = [
        Answered("he go home", ("he goes home", "he went home"), "he  went home"),
        Answered("the end", ("the end",), "nothing"),
    ]
    figures = writing_figures(answered)
    assert figures["token_f1"]["mean"] == 0.5
    assert figures["exact_match"]["mean"] == 0.5
    assert figures["token_f1_of_the_text_itself"]["mean"] == pytest.approx(
        (2 / 3 + 1) / 2, abs=1e-4
    )
    assert {figure["cases"] for figure in figures.values()} == {2}


def test_what_is_written_at_most_goes_by_the_prompt_and_not_by_its_neighbours():
    recipe = TextRecipe(batch_size=2, answer_tokens=10)
    lengths = [30, 5, 28, 6, 7]
    causal = Tuned("causal", None, None, recipe, ())
    assert list(batches(causal, lengths, 32)) == [(2, (0,)), (4, (2,)), (10, (1, 3)), (10, (4,))]
    other = Tuned("encoder-decoder", None, None, recipe, ())
    assert {room for room, _ in batches(other, lengths, 32)} == {10}


def test_labels_stand_beside_the_most_frequent_one():
    answered = [Answered("x", ("a",), "a"), Answered("y", ("b",), "a"), Answered("z", ("a",), "a")]
    figures = label_figures(answered, "b")
    assert figures["accuracy"]["mean"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["macro_f1"]["mean"] == pytest.approx((0.8 + 0) / 2)
    assert figures["accuracy_of_the_most_frequent"]["mean"] == pytest.approx(1 / 3, abs=1e-4)
    low, high = figures["accuracy"]["ci95"]
    assert 0 < low < 2 / 3 < high < 1


def test_the_shipped_recipe_loads_and_says_nothing_of_passages(tmp_path):
    assert read_recipe(TextRecipe, "text", None).method == "lora"
    own = tmp_path / "own.toml"
    for line, says in (
        ('template = "fix it"', "no {text}"),
        ("abstain = 0.3", "abstain: for answers from passages"),
        ("labels = 1", "labels"),
        ("canaries = 8", "canaries: for a generator's privacy report"),
        ('report = "full"', "report: for a generator's privacy report"),
        ("private_epochs = 3", "private_epochs: for a generator's privacy report and --dp"),
    ):
        own.write_text(line)
        with pytest.raises(SettingsError, match=says):
            read_recipe(TextRecipe, "text", own)
