"""A generator serves only with a gain above 0 and every check passed."""

import asyncio
import json

import pytest
from pydantic import ValidationError

from privrag.errors import ModelError
from privrag.prompts import PromptSettings, prompt_sha256
from privrag.registry import (
    Check,
    ModelVersion,
    promote,
    read_registry,
    register,
    rollback,
    with_promoted,
)
from privrag.settings import load_settings
from privrag_connectors.sync import sync_folders
from tests.fakes import ScriptedGenerator
from tests.generators import figure, generator_version
from tests.opened import open_small
from tests.test_cli import privrag


def serving(home):
    found = read_registry(home).serving("generator")
    return found and found.name


def test_it_serves_once_promoted_and_one_step_back_is_the_base(tmp_path):
    register(tmp_path, generator_version("tuned"))
    assert serving(tmp_path) is None
    promote(tmp_path, "tuned")
    assert serving(tmp_path) == "tuned"
    rollback(tmp_path, "generator")
    assert serving(tmp_path) is None


def test_a_failed_check_is_named_with_its_figures(tmp_path):
    leak = Check(name="privacy report", passed=False, detail="3 of 20 canaries were written out")
    register(tmp_path, generator_version("leaky", checks=(leak,)))
    with pytest.raises(
        ModelError, match="leaky is not promoted: the check 'privacy report' failed: 3 of 20"
    ):
        promote(tmp_path, "leaky")
    assert serving(tmp_path) is None


@pytest.mark.parametrize("low", [-0.01, 0.0])
def test_without_a_gain_for_sure_it_does_not_serve(tmp_path, low):
    register(tmp_path, generator_version("weak", answer_f1=figure(low, 0.2)))
    with pytest.raises(ModelError, match=r"its gain of \+0\.100 answer_f1 \[.*not above 0"):
        promote(tmp_path, "weak")


def test_other_figures_may_fall_within_their_checks(tmp_path):
    fewer = {"wrongly_refused": figure(-0.1, -0.01), "abstention": figure(-0.02, 0.02)}
    register(tmp_path, generator_version("tuned", **fewer))
    promote(tmp_path, "tuned")
    assert serving(tmp_path) == "tuned"


def test_one_that_was_not_measured_does_not_serve(tmp_path):
    unmeasured = generator_version("tuned").model_copy(update={"figures": {}})
    register(tmp_path, unmeasured)
    with pytest.raises(ModelError, match="its answer_f1 was not measured"):
        promote(tmp_path, "tuned")


def test_beside_another_than_it_was_measured_with_it_does_not_serve(tmp_path):
    for version in (
        generator_version("good"),
        generator_version("rival"),
        generator_version("better", beside="good"),
    ):
        register(tmp_path, version)
    promote(tmp_path, "good")
    with pytest.raises(
        ModelError,
        match="rival is not promoted: it was measured beside no generator, and good serves now; "
        "train again: privrag train generator",
    ):
        promote(tmp_path, "rival")
    assert serving(tmp_path) == "good"
    promote(tmp_path, "better")
    rollback(tmp_path, "generator")
    rollback(tmp_path, "generator")
    promote(tmp_path, "better")
    assert serving(tmp_path) == "better", "it was measured beside its base, too"


@pytest.mark.parametrize(
    ("gain", "why"),
    [
        (figure(-0.1, 0.1), r"gain of \+0\.100 answer_f1 over good \[-0\.100, .*not above 0"),
        (None, "its answer_f1 over good was not measured"),
    ],
)
def test_a_gain_over_the_base_is_not_enough_where_another_served(tmp_path, gain, why):
    worse = generator_version("worse", beside="good")
    figures = {"answer_f1": figure()} | ({} if gain is None else {"answer_f1_beside": gain})
    register(tmp_path, worse.model_copy(update={"figures": figures}))
    with pytest.raises(ModelError, match=why):
        promote(tmp_path, "worse")
    assert serving(tmp_path) is None


def asked_with(prompts, **own):
    """A version that was measured with these settings of `[prompts]`, its own prompt among them."""
    tuning = generator_version("tuned").tuning
    changed = tuning.model_copy(update={"prompt_sha256": prompt_sha256(prompts), **own})
    return generator_version("tuned", tuning=changed)


@pytest.mark.parametrize(
    "line",
    ["passages = 6", "sentences = 9", "marking = 'boundary'", "domain = 'x'", "refusal = 'No.'"],
)
def test_on_another_prompt_than_it_was_measured_with_it_does_not_serve(tmp_path, line):
    register(tmp_path, asked_with(PromptSettings()))
    (tmp_path / "privrag.toml").write_text(f"[prompts]\n{line}\n")
    with pytest.raises(ModelError, match=r"tuned is not promoted: .* settings of \[prompts\]"):
        promote(tmp_path, "tuned")
    (tmp_path / "privrag.toml").unlink()
    promote(tmp_path, "tuned")
    assert serving(tmp_path) == "tuned"


def test_what_its_own_prompt_says_may_change_in_the_settings(tmp_path):
    own = {"instructions": "Answer.", "examples": ""}
    register(tmp_path, asked_with(PromptSettings(**own), **own))
    (tmp_path / "privrag.toml").write_text("[prompts]\ninstructions = 'Be brief.'\n")
    promote(tmp_path, "tuned")
    assert serving(tmp_path) == "tuned"


@pytest.mark.parametrize("missing", ["checks", "tuning"])
def test_one_without_checks_or_origin_cannot_be_registered(missing):
    whole = generator_version("tuned").model_dump(exclude={missing})
    with pytest.raises(ValidationError, match="a generator has a tuning and checks"):
        ModelVersion.model_validate(whole)


def test_the_commands_know_the_kind(tmp_path):
    register(tmp_path, generator_version("tuned"))
    listed = privrag("models", "list", home=tmp_path).stdout
    assert listed == "tuned: generator of rows, answer_f1 +0.100 [+0.020, +0.180]\n"
    promoted = privrag("models", "promote", "tuned", "--json", home=tmp_path)
    told = {"kind": "generator", "serves": "tuned", "set_aside": [], "release": 1}
    assert json.loads(promoted.stdout) == told
    (row,) = json.loads(privrag("models", "list", "--json", home=tmp_path).stdout)
    assert (row["serves"], row["refusal"], row["gate"]) == (True, None, None)
    assert row["tuning"]["method"] == "lora"
    back = privrag("models", "rollback", "generator", "--json", home=tmp_path)
    assert json.loads(back.stdout)["serves"] is None


def test_an_open_home_goes_over_with_its_next_request_and_back(tmp_path):
    class Remembering(ScriptedGenerator):
        def __init__(self):
            super().__init__("The rent is paid monthly. [1]")
            self.models_asked = []

        async def stream(self, messages, options):
            self.models_asked.append(options.model)
            async for piece in super().stream(messages, options):
                yield piece

    async def work():
        rag = await open_small(tmp_path / "home")
        rag.generator = Remembering()
        try:
            await sync_folders(rag, [folder])
            before = await rag.ask("When is the rent paid?")
            register(rag.home, generator_version("tuned"))
            promote(rag.home, "tuned")
            await rag.ask("When is the rent paid?")
            tuned = dict(rag.generator.settings.tuned)
            rollback(rag.home, "generator")
            after = await rag.ask("When is the rent paid?")
            named = rag.generator.settings
            return before, after, rag.generator.models_asked, tuned, named
        finally:
            await rag.close()

    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "lease.txt").write_text("The rent is paid on the first day of every month.")
    before, after, asked, tuned, named = asyncio.run(work())
    assert asked == [None, "tuned", None]
    assert tuned["tuned"].endswith("models/generator/tuned")
    assert (before.text, before.citations) == (after.text, after.citations)
    assert (named.tuned, named.answer_model) == ({}, None)


def test_settings_that_name_who_answers_keep_it(tmp_path):
    register(tmp_path, generator_version("tuned"))
    promote(tmp_path, "tuned")
    own = load_settings(tmp_path, {"generate": {"answer_model": "embedded"}})
    assert with_promoted(own, tmp_path, read_registry(tmp_path)) == own
    server = {"generate": {"base_url": "http://127.0.0.1:1/v1", "model": "base"}}
    served = with_promoted(
        load_settings(tmp_path, server), tmp_path, read_registry(tmp_path)
    ).generate
    assert (served.model, served.answer_model) == ("base", "tuned")
