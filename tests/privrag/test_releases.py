"""Each promotion and rollback is a release; one step back without a kind is the one before."""

import json

import pytest

from privrag.errors import ModelError
from privrag.registry import (
    Gate,
    ModelVersion,
    promote,
    read_registry,
    register,
    rollback,
    rollback_release,
    write_registry,
)
from tests.generators import generator_version
from tests.test_cli import privrag

GATE = Gate(questions=40, documents=9, without=0.6, with_it=0.7, difference=0.1, ci95=(0.02, 0.2))


def reranker(name):
    return ModelVersion(
        kind="reranker", name=name, created="2026-11-22T08:00:00+00:00", data="questions",
        data_sha256="0" * 64, base="tiny", seed=1, examples=200, pairs=1000, seconds=60.0,
        correction=0.25, gate=GATE,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path):
    """With a reranker `first` and generators `tuned` and `better`, none promoted."""
    register(tmp_path, reranker("first"))
    register(tmp_path, generator_version("tuned"))
    register(tmp_path, generator_version("better", beside="tuned"))
    return tmp_path


def bundles(home):
    return [(one.number, one.cause, one.serves) for one in read_registry(home).releases]


def test_every_change_is_numbered_with_the_whole_bundle(home):
    promote(home, "first")
    promote(home, "tuned")
    rollback(home, "reranker")
    assert bundles(home) == [
        (0, "before the first release", {}),
        (1, "promote first", {"reranker": "first"}),
        (2, "promote tuned", {"reranker": "first", "generator": "tuned"}),
        (3, "rollback reranker", {"generator": "tuned"}),
    ]


def test_promoting_what_serves_makes_no_release(home):
    promote(home, "tuned")
    promote(home, "tuned")
    assert [number for number, _, _ in bundles(home)] == [0, 1]


def test_one_step_back_after_the_other_leads_to_the_beginning(home):
    for name in ("first", "tuned", "better"):
        promote(home, name)
    found = []
    for _ in range(3):
        release = rollback_release(home)
        found.append((release.number, release.serves, read_registry(home).all_serving()))
    both = {"reranker": "first", "generator": "tuned"}
    assert found == [
        (4, both, both),
        (5, {"reranker": "first"}, {"reranker": "first"}),
        (6, {}, {}),
    ]
    with pytest.raises(ModelError, match="no release to go back to"):
        rollback_release(home)


def test_after_a_step_back_and_a_promotion_the_way_back_is_what_served_then(home):
    for name in ("first", "tuned"):
        promote(home, name)
    rollback_release(home)
    promote(home, "better")
    assert rollback_release(home).serves == {"reranker": "first"}


def test_another_embedder_is_not_gone_back_to_by_the_way(home):
    promote(home, "tuned")
    registry = read_registry(home)
    embedder = ModelVersion.model_validate(
        {**reranker("other").model_dump(), "kind": "embedder", "name": "other"}
    )
    now = registry.model_copy(
        update={
            "versions": (*registry.versions, embedder),
            "promoted": {**registry.promoted, "embedder": ("other",)},
            "index": "other-1",
        }
    )
    write_registry(home, now.with_release(registry, "promote other", "embedder", prompt=""))
    with pytest.raises(ModelError, match="privrag models rollback embedder"):
        rollback_release(home)
    assert read_registry(home).index == "other-1"


def test_the_prompt_of_each_release_is_noted(home):
    promote(home, "first")
    (home / "privrag.toml").write_text('[prompts]\ndomain = "the leases of one firm"\n')
    rollback(home, "reranker")
    one, other = (release.prompt_sha256 for release in read_registry(home).releases[1:])
    assert one != other


def test_the_commands_show_releases_and_go_one_back(home):
    def said(*words):
        done = privrag("models", *words, home=home)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "no release was made" in said("releases")
    assert "tuned is the generator from the next request on (release 1)" in said("promote", "tuned")
    assert "  promote tuned: generator tuned, prompt " in said("releases").splitlines()[-1]
    assert json.loads(said("releases", "--json"))[-1]["serves"] == {"generator": "tuned"}
    assert json.loads(said("rollback", "--json")) == {
        "kind": "generator", "serves": None, "set_aside": [], "release": 2,
    }  # fmt: skip
    refused = privrag("models", "rollback", home=home)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no release to go back to" in refused.stderr


def test_a_home_from_before_releases_names_the_kinds(home):
    registry = read_registry(home)
    write_registry(home, registry.model_copy(update={"promoted": {"reranker": ("first",)}}))
    with pytest.raises(ModelError, match=r"rollback reranker\|embedder"):
        rollback_release(home)
    again = privrag("models", "promote", "first", "--json", home=home)
    assert json.loads(again.stdout)["release"] is None, again.stderr
    promote(home, "tuned")
    assert rollback_release(home).serves == {"reranker": "first"}
