from pathlib import Path

import pytest

from privrag.errors import SettingsError
from privrag_finetune.questions.recipe import load_recipe

RECIPES = Path(__file__).parents[3] / "examples" / "recipes"


@pytest.mark.parametrize(
    ("name", "cells"), [(None, 18), ("privacy_policies", 30), ("short_answers", 18)]
)
def test_a_shipped_recipe_loads_and_its_examples_keep_its_own_rules(name, cells):
    from privrag_finetune.questions.checks import first_fault
    from tests.finetune.questions.made import chunk, pair

    recipe = load_recipe(name and RECIPES / f"{name}.toml")
    assert len(recipe.categories) * len(recipe.difficulties) == cells
    for example in recipe.examples:
        passage = chunk(example.text)
        fault = first_fault(pair(example.question, example.answer), passage, recipe.filters)
        assert fault is None, (example.question, fault)


def test_a_recipe_says_only_what_differs(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('domain = "timber"\n[filters]\nmax_words = 12\n')
    own, shipped = load_recipe(path), load_recipe()
    assert (own.domain, own.filters.max_words, own.filters.min_words) == ("timber", 12, 4)
    assert own.categories == shipped.categories
    assert own.sha256() != shipped.sha256()
    assert own.prompt_version("chat") != shipped.prompt_version("chat")


def test_limits_do_not_change_the_prompt_version(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text("[filters]\nmax_words = 12\n")
    assert load_recipe(path).prompt_version("chat") == load_recipe().prompt_version("chat")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("domian = 'timber'", "recipe.domian"),
        ("[filters]\nmax_word = 3", "recipe.filters.max_word"),
        (
            "[[categories]]\nname = 'a'\ndescription = 'b'\nopening = 'c'",
            "recipe.categories.opening: there is no such setting",
        ),
        ("[splits]\ntrain = 0.9", "must add up to 1"),
        ("[filters]\nmin_words = 31", "filters.min_words"),
        ("seed = ", "is not valid TOML"),
        (
            "[[categories]]\nname = 'a'\ndescription = 'b'\n" * 2,
            "two of the categories have the same name",
        ),
    ],
)
def test_a_wrong_recipe_is_refused_and_the_key_named(tmp_path, text, words):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_recipe(path)


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load_recipe(tmp_path / "none.toml")
