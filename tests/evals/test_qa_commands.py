"""Exit status and streams of `privrag eval qa`, `runs`, `compare` and `report`."""

import json

import pytest

from privrag.rollout import RolloutSettings
from privrag.settings import load_settings
from privrag_evals.qa.ask import NO_ROLLOUT
from tests.evals.kept import ONES, ZEROS, keep
from tests.test_cli import privrag

LINE = {"id": "1", "question": "Where do visitors park?", "answers": ["deck C"]}


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def refused(done, words):
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert words in done.stderr
    if done.stdout:
        assert set(json.loads(done.stdout)) == {"error"}


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", (), "is empty"),
        ("{}", (), "line 1"),
        (json.dumps(LINE) + "\n" + json.dumps(LINE), (), "2 times"),
        (json.dumps(LINE), (), "no documents"),
        (json.dumps(LINE), ("--split", "dev"), "no split"),
        (json.dumps(LINE | {"question": "x" * 200_000}), (), "200000 characters"),
        (json.dumps(LINE), ("--out", "none/out.jsonl"), "cannot be written"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(tmp_path, home, text, options, words):
    data = tmp_path / "q.jsonl"
    data.write_text(text)
    refused(privrag("eval", "qa", "--data", data, *options, "--json", home=home), words)


def test_runs_are_listed_compared_and_reported_as_one_json_value(tmp_path, home):
    from privrag.settings import Settings
    from privrag_evals.runs import RunStore

    cache = {"PRIVRAG_CACHE": str(tmp_path / "cache")}
    own = Settings(cache=tmp_path / "cache")
    runs = RunStore(home, own)
    listed = privrag("eval", "runs", "--json", home=home, **cache)
    assert (listed.returncode, json.loads(listed.stdout)) == (0, [])
    refused(privrag("eval", "compare", "--json", home=home, **cache), "no two runs")
    refused(privrag("eval", "report", "--out", tmp_path / "out", home=home, **cache), "no runs")
    first = keep(runs, own, {"a": {"ndcg_at_10": ZEROS}})
    second = keep(runs, own, {"a": {"ndcg_at_10": ONES}})
    listed = privrag("eval", "runs", "--json", home=home, **cache)
    assert [row["id"] for row in json.loads(listed.stdout)] == [first.id, second.id]
    compared = privrag("eval", "compare", "--json", home=home, **cache)
    found = json.loads(compared.stdout)["systems"]["a"]["figures"]["ndcg_at_10"]
    assert found["verdict"] == "better"
    said = privrag("eval", "compare", second.id, first.id, home=home, **cache)
    assert "worse" in said.stdout
    refused(privrag("eval", "compare", first.id, home=home, **cache), "name two runs")
    refused(privrag("eval", "compare", "x", "y", home=home, **cache), "privrag eval runs")
    out = tmp_path / "deep" / "out"
    report = privrag("eval", "report", "--out", out, "--json", home=home, **cache)
    assert json.loads(report.stdout)["runs"] == [second.id]
    assert sorted(path.name for path in out.iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
    ]


def test_what_serves_is_measured_and_no_answer_of_it_is_a_figure_of_the_candidate(tmp_path):
    (tmp_path / "privrag.toml").write_text(
        '[rollout]\ncandidate = "tuned"\npercent = 100\nshadow = true\n'
    )
    assert load_settings(tmp_path).rollout.percent == 100
    assert load_settings(tmp_path, NO_ROLLOUT).rollout == RolloutSettings()
