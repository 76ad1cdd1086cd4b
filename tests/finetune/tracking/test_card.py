"""Model cards: what they say, and what they never say."""

from pathlib import Path

import pytest

from privrag.registry import Check
from privrag_finetune.tracking.card import (
    Card,
    Figure,
    Sample,
    card_text,
    forget_samples,
    licence_of,
    write_card,
)
from privrag_finetune.tracking.erase import ErasableCards
from privrag_finetune.tracking.records import DataSet

MARTA, FEMI = "PERSON_4SD2GZD3", "PERSON_K7M2QX4C"


def card(**own):
    given = {
        "kind": "generator",
        "name": "first",
        "run": "generator-1a",
        "base": "gemma",
        "base_sha256": "ef" * 32,
        "licence": "Apache-2.0",
        "data": DataSet("rooms", "ab" * 32, 10, {"train": 8, "test": 2}),
        "recipe": {"rank": 16, "learning_rate": 0.0002},
        "figures": [Figure("answer F1, difference", 0.125, (0.05, 0.2), 40)],
        "machine": {"cores": 2},
        "versions": {"torch": "2.13.0"},
        "seconds": 12.34,
        "seed": 12,
    }
    return Card(**given | own)


def test_a_card_says_base_data_recipe_figures_privacy_use_and_limits():
    text = card_text(card())
    for said in (
        "# first",
        f"gemma, sha256 `{'ef' * 32}`",
        "Apache-2.0",
        f"`rooms`, 10 rows (train 8, test 2), sha256 `{'ab' * 32}`",
        "| rank | 16 |",
        "| answer F1, difference | 0.125 | 0.050 to 0.200 | 40 |",
        "## Intended use",
        "## Limits",
        "the weights may hold what single rows said",
        "seed 12, 12.3 s",
    ):
        assert said in text
    assert "## Sample answers" not in text


def test_a_check_that_was_not_asked_is_seen():
    missing = Check(name="vllm", passed=True, asked=False, detail="no vLLM here")
    assert "| vllm | not asked | no vLLM here |" in card_text(card(checks=(missing,)))


def test_a_private_model_says_its_epsilon():
    text = card_text(card(epsilon=4.0, privacy="unit: document, delta 1e-05"))
    assert "epsilon 4; unit: document, delta 1e-05." in text
    assert "may hold what single rows said" not in text


def test_samples_hold_pseudonyms_and_no_identity_that_the_model_invents():
    samples = [Sample(f"Who sells cards? {MARTA}?", f"{MARTA} does, ask anna.lee@example.org.")]
    text = card_text(card(samples=samples))
    assert MARTA in text
    assert "anna.lee@example.org" not in text
    assert "(e-mail address removed)" in text


def test_samples_stay_text_whatever_they_say():
    text = card_text(card(samples=[Sample("q", "# Head\n### Sample 9\n\n```")]))
    assert "    ### Sample 9" in text
    assert "\n### Sample 9" not in text


@pytest.mark.parametrize("form", [MARTA, f"{MARTA}_B"])
def test_forgetting_somebody_takes_the_samples_about_them_out(tmp_path, form):
    folder = tmp_path / "models" / "generator" / "first"
    folder.mkdir(parents=True)
    samples = [
        Sample("Who sells cards?", f"{form} does."),
        Sample("Who opens?", f"{FEMI} opens."),
        Sample(f"Is {form} there?", "Yes."),
    ]
    write_card(folder, card(samples=samples))
    path = folder / "card.md"
    cards = ErasableCards(tmp_path)
    assert cards.erase([MARTA]) == 2
    text = path.read_text()
    assert MARTA not in text
    assert f"{FEMI} opens." in text
    assert text.startswith("# first")
    assert cards.erase([MARTA]) == 0
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_card_without_samples_is_left_as_it_is(tmp_path):
    write_card(tmp_path, card())
    path = tmp_path / "card.md"
    before = path.read_bytes()
    assert forget_samples(path, [MARTA]) == 0
    assert path.read_bytes() == before


def test_the_licence_is_what_the_base_says(tmp_path):
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    assert licence_of(tmp_path) == "mit"
    (tmp_path / "README.md").unlink()
    assert licence_of(tmp_path).startswith("unknown")
    (tmp_path / "LICENSE.txt").write_text("\n  Some Terms\nmore\n")
    assert licence_of(tmp_path) == "see LICENSE.txt of the base: Some Terms"
    (tmp_path / "LICENSE.txt").write_text("\n \n")
    assert licence_of(tmp_path) == "see LICENSE.txt of the base"
    assert licence_of(Path("/models/gemma-3-270m-bf16-v1")).startswith("Gemma Terms of Use")
