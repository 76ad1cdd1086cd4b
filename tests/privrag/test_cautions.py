"""What is said of a tuned generator that serves."""

import asyncio

import pytest

from privrag.cautions import cautions
from privrag.doctor import check
from privrag.registry import Check, promote, read_registry, register
from privrag.settings import load_settings
from tests.generators import generator_version

COMPARED = Check(name="vllm", passed=True, detail="they differ by 0.02")
NOT_ASKED = Check(name="vllm", passed=True, asked=False, detail="no vLLM here")
OTHER_PROMPT = {"prompts": {"passages": 6}}


def said(home, overrides=None, *, in_vllm=False):
    return cautions(load_settings(home, overrides), read_registry(home), in_vllm=in_vllm)


@pytest.fixture
def home(tmp_path):
    """`tuned` serves."""
    register(tmp_path, generator_version("tuned", checks=(NOT_ASKED,)))
    promote(tmp_path, "tuned")
    return tmp_path


def test_another_prompt_is_told_while_it_serves(home):
    assert said(home) == []
    (told,) = said(home, OTHER_PROMPT)
    assert told.startswith("tuned was tuned and measured with other settings of [prompts]")
    named = {"generate": {"answer_model": "embedded"}}
    assert said(home, OTHER_PROMPT | named) == [], "it does not answer"


@pytest.mark.parametrize(
    ("checks", "is_told"), [((COMPARED,), False), ((NOT_ASKED,), True), (None, True)]
)
def test_in_vllm_one_that_was_never_compared_there_is_told(tmp_path, checks, is_told):
    own = {} if checks is None else {"checks": checks}
    register(tmp_path, generator_version("tuned", **own))
    promote(tmp_path, "tuned")
    assert bool(said(tmp_path, in_vllm=True)) is is_told
    assert said(tmp_path) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_doctor_tells_it_and_calls_nothing_broken(home):
    (home / "privrag.toml").write_text("[prompts]\npassages = 6\n")
    found = {one.part: one for one in asyncio.run(check(home))}
    assert found["generator"].ok
    assert "other settings of [prompts]" in found["generator"].message
