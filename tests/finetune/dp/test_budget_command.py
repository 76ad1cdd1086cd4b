"""What providers have spent, as `privrag train budget` tells it."""

import json

import pytest
import typer
from typer.testing import CliRunner

from privrag.errors import SettingsError, TrainingError
from privrag_finetune import budget_cli
from privrag_finetune.dp.accountant import Mechanism, Spent, epsilon_spent
from privrag_finetune.dp.ledger import FILE, Ledger
from tests.finetune.dp.tiny import plan

PLAN = plan(100, steps=10, noise=2.0, rate=0.1, spent=Spent(1.0, "prv"))


@pytest.fixture
def told(tmp_path):
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context):
        context.obj = tmp_path

    budget_cli.register(app)

    def call(*arguments):
        done = CliRunner().invoke(app, ["budget", *arguments])
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return call


def test_a_home_without_private_trainings_has_spent_nothing(told, tmp_path):
    assert json.loads(told("--json")) == []
    assert "nothing was trained" in told()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_counts_in_full_until_it_is_given_up(told, tmp_path):
    held = Ledger(tmp_path / "models" / FILE).reserve("a", PLAN, {"clinic": 1000.0})
    held.keeps(4)
    (before,) = json.loads(told("--json"))
    (after,) = json.loads(told("--give-up", "a", "--json"))
    in_full, kept = (
        epsilon_spent([Mechanism(2.0, 0.1, steps)], PLAN.delta).epsilon for steps in (10, 4)
    )
    assert before["epsilon"] == pytest.approx(in_full)
    assert after["epsilon"] == pytest.approx(kept)
    assert [run["state"] for run in (*before["runs"], *after["runs"])] == ["reserved", "given up"]
    assert "a: given up, 4 steps" in told()


def test_where_nothing_was_spent_there_is_no_run_to_give_up(told, tmp_path):
    with pytest.raises(TrainingError, match="so there is no run a to give up"):
        told("--give-up", "a")
    assert list(tmp_path.iterdir()) == []


def test_a_budget_is_set_lowered_and_raised_with_a_record(told, tmp_path):
    told("--set", "3", "--provider", "hr", "--provider", "other/hr")
    assert "default/hr: epsilon 0 over 0 runs, budget 3" in told()
    with pytest.raises(TrainingError, match="--set 8 --provider default/hr --raise"):
        told("--set", "8", "--provider", "hr")
    told("--set", "2", "--provider", "hr")
    found = json.loads(told("--set", "8", "--provider", "default/hr", "--raise", "--json"))
    assert [(one["provider"], one["budget"]) for one in found] == [
        ("default/hr", 8.0),
        ("other/hr", 3.0),
    ]
    assert found[0]["raised"][0].startswith("raised from 2 to 8 on 20")
    assert f"  budget {found[0]['raised'][0]}\n" in told()
    assert Ledger(tmp_path / "models" / FILE).contracts()["default/hr"].epsilon == 8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--set", "8"], "--set needs --provider"),
        (["--provider", "hr"], "are of --set"),
        (["--raise"], "are of --set"),
        (["--set", "0", "--provider", "hr"], "--set is 0"),
        (["--set", "nan", "--provider", "hr"], "--set is nan"),
        (["--set", "8", "--provider", "Human Resources"], "is no collection"),
    ],
)
def test_a_budget_that_is_none_or_nobodys_is_refused(told, tmp_path, given, message):
    with pytest.raises(SettingsError, match=message):
        told(*given)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", ["a", "unknown"])
def test_only_a_killed_run_can_be_given_up(told, tmp_path, run):
    Ledger(tmp_path / "models" / FILE).reserve("a", PLAN, {"clinic": 1000.0}).settle(10)
    with pytest.raises(TrainingError, match=f"the run {run} is over or unknown"):
        told("--give-up", run)
