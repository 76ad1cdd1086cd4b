"""What was spent, over runs, kills and copies: never less than what it was."""

import math
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from functools import cache

import pytest

from privrag.errors import TrainingError
from privrag_finetune.dp.accountant import Mechanism, Spent, epsilon_spent
from privrag_finetune.dp.ledger import Ledger
from tests.finetune.dp.tiny import plan

SOME = Spent(1.0, "prv")
"""What a plan says of itself; the ledger counts anew."""
PLAN = plan(100, steps=10, noise=2.0, rate=0.1, spent=SOME)
WIDE = {"clinic": 1000.0}


@cache
def cost(steps):
    return epsilon_spent([Mechanism(2.0, 0.1, steps)], PLAN.delta).epsilon


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "models" / "epsilon.sqlite")


def spent(ledger, provider="clinic"):
    return ledger.spent(provider).epsilon


def test_only_its_owner_may_read_it(ledger, tmp_path):
    ledger.reserve("a", PLAN, WIDE)
    file = tmp_path / "models" / "epsilon.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_run_counts_in_full_before_its_first_step_and_over_runs(ledger, tmp_path):
    assert spent(ledger) == 0
    ledger.reserve("a", PLAN, WIDE)
    assert spent(ledger) == pytest.approx(cost(10))
    ledger.reserve("b", PLAN, WIDE)
    again = Ledger(tmp_path / "models" / "epsilon.sqlite")
    assert spent(again) == pytest.approx(cost(20))
    assert cost(10) < cost(20) < 2 * cost(10)
    assert spent(again, "other") == 0


def test_what_would_overdraw_a_budget_is_refused_whole(ledger):
    ledger.reserve("a", PLAN, {"clinic": cost(20), "lab": cost(10)})
    ledger.reserve("b", PLAN, {"clinic": None})
    for budgets in ({"clinic": None, "lab": None}, {"clinic": cost(15), "lab": cost(9)}):
        with pytest.raises(TrainingError, match="epsilon of (clinic|lab) would come to"):
            ledger.reserve("c", PLAN, budgets)
    with pytest.raises(TrainingError, match=f"its budget is {cost(10):g}; .* --provider lab"):
        ledger.reserve("c", PLAN, {"lab": None})
    assert [entry.run for entry in ledger.entries()] == ["a", "a", "b"]
    assert spent(ledger) == pytest.approx(cost(20))
    kept = {name: one.epsilon for name, one in ledger.contracts().items()}
    assert kept == {"clinic": cost(20), "lab": cost(10)}, "a refused run lowers nothing"


def test_a_larger_delta_does_not_make_earlier_runs_cheaper(ledger):
    ledger.reserve("a", PLAN, {"clinic": cost(20) + 0.01})
    loose = replace(PLAN, delta=0.05)
    assert epsilon_spent([Mechanism(2.0, 0.1, 40)], 0.05).epsilon < cost(20)
    with pytest.raises(TrainingError, match="would come to"):
        ledger.reserve("b", replace(loose, steps=30), {"clinic": None})
    ledger.reserve("b", loose, {"clinic": None})
    assert spent(ledger) == pytest.approx(cost(20))


def test_nothing_is_spent_where_nobody_said_how_much_may_be(ledger):
    words = "nobody has said .* privrag train budget --set EPSILON --provider clinic"
    for ask in (ledger.allowed, lambda budgets: ledger.reserve("a", PLAN, budgets)):
        with pytest.raises(TrainingError, match=words):
            ask({"clinic": None})
    assert ledger.entries() == []


def test_a_contract_outlives_the_run_that_named_it(ledger, tmp_path):
    ledger.reserve("a", PLAN, {"clinic": cost(20)})
    again = Ledger(tmp_path / "models" / "epsilon.sqlite")
    for ask in (again.allowed, lambda budgets: again.reserve("b", PLAN, budgets)):
        with pytest.raises(TrainingError, match="would raise it, .* --set 1000 --provider clinic"):
            ask({"clinic": 1000.0})
    assert again.allowed({"clinic": cost(19)}) == cost(19)
    assert again.allowed({"clinic": None}) == cost(20), "to ask writes nothing"


def test_it_is_lowered_freely_and_raised_on_the_record(ledger):
    ledger.agree(["clinic", "lab"], 8.0)
    ledger.agree(["clinic"], 3.0)
    with pytest.raises(TrainingError, match="would raise it"):
        ledger.agree(["lab", "clinic"], 8.0)
    raised = ledger.agree(["clinic"], 5.0, raising=True)["clinic"]
    assert [one.epsilon for one in raised.changes] == [8.0, 3.0, 5.0]
    assert raised.raised == (f"raised from 3 to 5 on {raised.changes[-1].agreed}",)
    ledger.agree(["clinic"], 5.0)
    assert ledger.contracts()["clinic"] == raised
    assert ledger.contracts()["lab"].raised == ()
    for nothing in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(TrainingError, match="is a number above 0"):
            ledger.agree(["clinic"], nothing, raising=True)


def test_a_lowered_budget_stops_a_run_that_was_killed(ledger):
    reserved = ledger.reserve("a", PLAN, WIDE)
    reserved.keeps(4)
    ledger.agree(["clinic"], cost(4))
    with pytest.raises(TrainingError, match="would come to"):
        ledger.reserve("a", PLAN, {"clinic": None}).goes_on_from(4)
    ledger.give_up("a")
    assert spent(ledger) == pytest.approx(cost(4))


def test_what_a_whole_tenant_spent_counts_for_each_of_its_collections(ledger):
    ledger.reserve("a", PLAN, {"default": cost(10)})
    assert spent(ledger, "default/hr") == pytest.approx(cost(10))
    assert spent(ledger, "other/hr") == 0
    with pytest.raises(TrainingError, match="epsilon of default/hr would come to"):
        ledger.reserve("b", PLAN, {"default/hr": cost(15)})
    ledger.reserve("b", PLAN, {"default/hr": cost(20)})
    assert spent(ledger, "default/it") == pytest.approx(cost(10))


def test_a_finished_run_counts_for_the_steps_it_took(ledger):
    reserved = ledger.reserve("a", PLAN, WIDE)
    reserved.settle(10)
    assert spent(ledger) == pytest.approx(cost(10))
    with pytest.raises(TrainingError, match="over or unknown"):
        ledger.give_up("a")


def test_a_ledger_that_lost_a_run_is_noticed(ledger):
    ledger.reserve("a", PLAN, WIDE)
    ledger.refuse_if_lost(["a"])
    with pytest.raises(TrainingError, match="the model b claims .* back from a backup"):
        ledger.refuse_if_lost(["a", "b"])


def test_a_killed_run_counts_in_full_until_it_is_given_up(ledger):
    ledger.reserve("a", PLAN, WIDE).keeps(4)
    assert spent(ledger) == pytest.approx(cost(10))
    ledger.give_up("a")
    assert spent(ledger) == pytest.approx(cost(4))
    with pytest.raises(TrainingError, match="was given up"):
        ledger.reserve("a", PLAN, WIDE)


def test_going_on_costs_nothing_and_going_on_from_an_older_copy_costs_its_steps_again(ledger):
    first = ledger.reserve("a", PLAN, WIDE)
    first.keeps(6)
    same = ledger.reserve("a", PLAN, WIDE)
    same.goes_on_from(6)
    assert spent(ledger) == pytest.approx(cost(10))
    same.goes_on_from(2)
    assert spent(ledger) == pytest.approx(cost(14))
    same.settle(10)
    assert spent(ledger) == pytest.approx(cost(14))


def test_an_older_copy_is_no_way_around_the_budget(ledger):
    tight = {"clinic": cost(10)}
    reserved = ledger.reserve("a", PLAN, tight)
    reserved.keeps(6)
    with pytest.raises(TrainingError, match="would come to"):
        reserved.goes_on_from(0)
    reserved.settle(10)
    with pytest.raises(TrainingError, match="over or unknown"):
        ledger.reserve("a", PLAN, tight).goes_on_from(0)
    ledger.reserve("a", PLAN, tight).goes_on_from(10)
    assert spent(ledger) == pytest.approx(cost(10))


def test_a_name_means_one_run(ledger):
    ledger.reserve("a", PLAN, WIDE, data_sha256="1")
    for other, data, budgets in [
        (plan(100, steps=11, noise=2.0, rate=0.1, spent=SOME), "1", WIDE),
        (PLAN, "2", WIDE),
        (PLAN, "1", {"lab": 9.0}),
    ]:
        with pytest.raises(TrainingError, match="another plan or other data"):
            ledger.reserve("a", other, budgets, data_sha256=data)


def test_units_are_not_mixed(ledger):
    ledger.reserve("a", PLAN, WIDE)
    with pytest.raises(TrainingError, match="another unit before"):
        ledger.reserve("b", plan(100, noise=2.0, rate=0.1, unit="owner", spent=SOME), WIDE)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_a_run_that_claims_less_than_it_costs_is_not_counted_as_private(ledger, noise):
    with pytest.raises(TrainingError, match="not be counted as private"):
        ledger.reserve("a", plan(100, noise=noise, wanted=0.01), WIDE)
    assert ledger.entries() == []


def test_without_a_provider_there_is_nothing_to_spend(ledger):
    with pytest.raises(TrainingError, match="names no provider"):
        ledger.reserve("a", PLAN, {})


def test_kill_9_in_a_run_leaves_all_of_it_counted(ledger, tmp_path):
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys, signal; from pathlib import Path; "
            "from privrag_finetune.dp.ledger import Ledger; "
            "from tests.finetune.dp.test_ledger import PLAN; "
            "Ledger(Path(sys.argv[1])).reserve('a', PLAN, {'clinic': 1000.0}).keeps(3); "
            "os.kill(os.getpid(), signal.SIGKILL)",
            tmp_path / "models" / "epsilon.sqlite",
        ],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert killed.returncode == -9
    assert spent(ledger) == pytest.approx(cost(10))


def test_a_damaged_ledger_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "epsilon.sqlite"
    path.write_bytes(b"no database at all, " * 100)
    with pytest.raises(TrainingError, match=r"epsilon\.sqlite cannot be used .* backup"):
        Ledger(path)
    assert path.read_bytes().startswith(b"no database")


def test_a_ledger_without_contracts_is_taken_over_with_all_that_was_spent(ledger, tmp_path):
    ledger.reserve("a", PLAN, WIDE)
    path = tmp_path / "models" / "epsilon.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TABLE contracts; PRAGMA user_version = 1")
    again = Ledger(path)
    assert spent(again) == pytest.approx(cost(10))
    with pytest.raises(TrainingError, match="nobody has said"):
        again.reserve("b", PLAN, {"clinic": None})
    again.reserve("b", PLAN, WIDE)
    assert spent(Ledger(path)) == pytest.approx(cost(20))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_ledger_of_a_later_version_is_refused(tmp_path):
    path = tmp_path / "epsilon.sqlite"
    Ledger(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(TrainingError, match="has schema 9"):
        Ledger(path)
