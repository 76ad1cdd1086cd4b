"""`privrag train runs`, `show` and `export`, as users call them."""

import json
import re
import sqlite3
from contextlib import closing

import pytest
import typer
from typer.testing import CliRunner

from privrag.errors import TrainingError
from privrag_finetune import runs_cli
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import read_rows
from privrag_finetune.tracking.export import check_place, write_chats
from privrag_finetune.tracking.noted import noted
from privrag_finetune.tracking.records import DataSet
from privrag_finetune.tracking.reporter import Reporter
from privrag_finetune.tracking.store import Tracking
from tests.finetune.questions.made import with_rooms
from tests.finetune.test_home_reranker import with_all_splits

DATA = DataSet("rooms", "ab" * 32, 10, {"train": 8, "test": 2})


def called(home, *arguments):
    app = typer.Typer()

    @app.callback()
    def root(context: typer.Context):
        context.obj = home

    runs_cli.register(app)
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


@pytest.fixture
def home(tmp_path):
    with noted(
        tmp_path, kind="generator", name="first", data=DATA, seed=12, base="b", recipe={"rank": 8}
    ) as run:
        with Reporter(tmp_path / "models/generator/first/events.jsonl", what="first") as report:
            report.on_step(1, 2, epoch=0.5, loss=2.0)
            report.on_step(2, 2, epoch=1.0, validation_loss=1.5)
        run.done(figures={"answer_f1": {"difference": 0.1}})
    return tmp_path


def test_runs_are_listed_with_their_state(home):
    with (
        pytest.raises(TrainingError),
        noted(home, kind="fusion", name="second", data=DATA, seed=1, base="b"),
    ):
        raise TrainingError("there is no row")
    second, first = called(home, "runs").splitlines()
    assert re.search(r"fusion-\w+  second on rooms: failed \(there is no row\)", second)
    assert first.endswith("first on rooms: finished")
    (_, row) = json.loads(called(home, "runs", "--json"))
    assert row["data"]["splits"] == {"train": 8, "test": 2}
    assert "process" not in row


def test_a_home_without_runs_says_how_to_begin(tmp_path):
    assert "nothing was trained" in called(tmp_path, "runs")
    assert json.loads(called(tmp_path, "runs", "--json")) == []


def test_a_run_is_shown_with_its_losses(home):
    shown = called(home, "show", "first")
    assert "data rooms (train 8, test 2), sha256 abab" in shown
    assert "recipe rank: 8" in shown
    assert "lowest validation loss 1.500 at step 2" in shown
    events = json.loads(called(home, "show", "first", "--json"))["events"]
    assert [event["state"] for event in events] == ["", "", "finished"]


def test_a_run_that_was_killed_names_no_end(tmp_path):
    with closing(Tracking(tmp_path)) as tracking:
        own = {"recipe": {}, "versions": {}, "machine": {}, "folder": "models/fusion/first"}
        tracking.begin(kind="fusion", name="first", data=None, seed=1, **own)
    with closing(sqlite3.connect(tmp_path / "models" / "tracking.sqlite")) as db, db:
        db.execute("UPDATE runs SET process = ''")
    shown = called(tmp_path, "show", "first")
    assert "fusion first, killed" in shown
    assert "to a time that nobody noted" in shown


def test_a_run_is_followed_line_by_line(home):
    assert called(home, "show", "first", "--follow").splitlines()[0] == (
        "step 1/2, epoch 0.50, loss 2.000"
    )
    lines = called(home, "show", "first", "--follow", "--json").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2, 2]


def test_a_data_set_is_exported_as_chats_of_safe_text(tmp_path):
    async def work(rag):
        await with_all_splits(rag)
        rows = read_rows(rag.home, "rooms")
        record_splits(rag.home, {row.document: row.split for row in rows})
        chats = [
            await runs_cli.chats_of(rag, "rooms", name, None, 12) for name in ("train", "test")
        ]
        return [row.answer for row in rows if row.split == "train"], *chats

    answers, train, test = with_rooms(tmp_path, work)
    assert len(train) > len(test) > 0
    out = tmp_path / "chats.jsonl"
    assert write_chats(out, train) == len(train)
    assert out.stat().st_mode & 0o777 == 0o600
    chats = [json.loads(line)["messages"] for line in out.read_text().splitlines()]
    assert all([m["role"] for m in chat] == ["system", "user", "assistant"] for chat in chats)
    told = [chat[-1]["content"] for chat in chats]
    assert any(one.startswith(answer) for one in told for answer in answers)
    assert "PERSON_" in out.read_text()
    assert "Femi" not in out.read_text()


def test_an_export_goes_outside_the_home_with_a_yes_only(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    out = tmp_path / "chats.jsonl"
    with pytest.raises(TrainingError, match=r"chats.jsonl lies outside the home.*add --yes"):
        called(home, "export", "--data", "rooms", "--out", out)
    check_place(home, out, allowed=True)
    check_place(home, home / "chats.jsonl", allowed=False)
    out.touch()
    with pytest.raises(TrainingError, match="chats.jsonl exists; name another --out"):
        check_place(home, out, allowed=True)
    with pytest.raises(TrainingError, match="folder of chats.jsonl does not exist"):
        check_place(home, tmp_path / "none" / "chats.jsonl", allowed=True)
    with pytest.raises(TrainingError, match="nothing to write"):
        write_chats(tmp_path / "empty.jsonl", [])


def test_a_split_or_a_format_that_is_not_there_is_refused(tmp_path):
    for wrong in (("--split", "all"), ("--format", "alpaca")):
        with pytest.raises(TrainingError, match="--format is chat, --split is"):
            called(tmp_path, "export", "--data", "rooms", "--out", tmp_path / "x", *wrong)
