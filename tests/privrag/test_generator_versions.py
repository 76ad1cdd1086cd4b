"""A generator serves only with a gain above 0 and every check passed."""

import json

import pytest
from pydantic import ValidationError

from privrag.errors import ModelError
from privrag.registry import Check, ModelVersion, promote, read_registry, register, rollback
from tests.generators import figure, generator_version
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
    assert json.loads(promoted.stdout) == {"kind": "generator", "serves": "tuned", "set_aside": []}
    (row,) = json.loads(privrag("models", "list", "--json", home=tmp_path).stdout)
    assert (row["serves"], row["refusal"], row["gate"]) == (True, None, None)
    assert row["tuning"]["method"] == "lora"
    back = privrag("models", "rollback", "generator", "--json", home=tmp_path)
    assert json.loads(back.stdout)["serves"] is None
