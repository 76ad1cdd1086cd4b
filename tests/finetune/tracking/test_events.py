"""Events of a training: written line by line, followed while it runs, drawn when it ended."""

import io
import json
import threading
import xml.etree.ElementTree as ET

import pytest
from rich.console import Console

from privrag.errors import TrainingError
from privrag_finetune.tracking.curve import curve_of, drawn, in_words, write_curve
from privrag_finetune.tracking.events import Event, EventFile, follow, read_events
from privrag_finetune.tracking.reporter import Reporter


class Clock:
    """Says what it is told, one after the other."""

    def __init__(self, *times):
        self._times = iter(times)

    def __call__(self):
        return next(self._times)


def quiet():
    return Console(file=io.StringIO(), force_terminal=False)


def test_each_step_is_a_line_with_speed_and_time_left(tmp_path):
    path = tmp_path / "run" / "events.jsonl"
    with Reporter(path, what="tiny", console=quiet(), clock=Clock(0.0, 10.0, 20.0)) as report:
        report.on_begin()
        report.on_step(5, 20, epoch=0.25, loss=2.0, tokens=1000)
        report.on_step(10, 20, epoch=0.5, validation_loss=1.5, tokens=2000)
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["step"] for line in lines] == [5, 10, 10]
    assert [line["state"] for line in lines] == ["", "", "finished"]
    assert lines[0]["loss"] == 2.0
    assert lines[0]["validation_loss"] is None
    assert lines[0]["tokens_per_second"] == 100.0
    assert lines[0]["eta_seconds"] == 30.0, "15 of 20 steps are left, at 2 s each"
    assert lines[1]["eta_seconds"] == 20.0


def test_a_resumed_training_counts_speed_from_where_it_went_on(tmp_path):
    path = tmp_path / "events.jsonl"
    with Reporter(path, what="tiny", console=quiet(), clock=Clock(0.0, 4.0)) as report:
        report.on_begin(90, tokens=9000)
        report.on_step(100, 100, epoch=1, loss=1.0, tokens=9400)
    event = read_events(path)[0]
    assert event.tokens_per_second == 100.0
    assert event.eta_seconds == 0.0


def test_what_is_no_number_is_null_and_a_failure_is_said(tmp_path):
    path = tmp_path / "events.jsonl"
    with (
        pytest.raises(ZeroDivisionError),
        Reporter(path, what="tiny", console=quiet()) as report,
    ):
        report.on_step(1, 2, epoch=0.5, loss=float("nan"))
        raise ZeroDivisionError
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["loss"] is None
    assert lines[1]["state"] == "failed"


def test_a_torn_line_of_a_killed_training_is_taken_off(tmp_path):
    path = tmp_path / "events.jsonl"
    whole = Event("t", 1, 2, 0.5, loss=1.0)
    path.write_bytes(whole.line() + b'{"time": "t", "st')
    assert read_events(path) == [whole]
    file = EventFile(path)
    file.add(Event("t", 2, 2, 1.0, loss=0.5))
    file.close()
    assert [event.step for event in read_events(path)] == [1, 2]


def test_events_are_followed_while_they_are_written_and_their_folder_renamed(tmp_path):
    work, path = tmp_path / "m.work", tmp_path / "m.work" / "events.jsonl"
    seen, written = [], threading.Event()

    def read():
        for event in follow(path, alive=lambda: True, poll_seconds=0.01):
            seen.append((event.step, event.state))
            written.set()

    reader = threading.Thread(target=read)
    reader.start()
    with Reporter(path, what="tiny", console=quiet()) as report:
        report.on_step(1, 2, epoch=0.5, loss=1.0)
        assert written.wait(10), "a line is seen before the training ends"
        work.rename(tmp_path / "m")
        report.on_step(2, 2, epoch=1, loss=0.5)
    reader.join(10)
    assert not reader.is_alive()
    assert seen == [(1, ""), (2, ""), (2, "finished")]


def test_following_a_killed_training_ends(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(Event("t", 1, 2, 0.5).line())
    assert [event.step for event in follow(path, alive=lambda: False)] == [1]
    assert list(follow(tmp_path / "none.jsonl", alive=lambda: False)) == []


def test_a_run_is_followed_past_what_an_earlier_one_left(tmp_path):
    path = tmp_path / "events.jsonl"
    earlier = [Event("1", 1, 2, 0.5), Event("1", 2, 2, 1.0, state="finished")]
    path.write_bytes(b"".join(event.line() for event in earlier))
    looks = iter([True, False])

    def alive():
        there = next(looks)
        if not there:  # the new one writes over it behind the first look
            file = EventFile(path, fresh=True)
            file.add(Event("2", 1, 9, 0.1))
            file.close()
        return there

    seen = follow(path, alive=alive, since="2", poll_seconds=0)
    assert [(event.time, event.steps) for event in seen] == [("2", 9)]


def test_an_events_file_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="events.jsonl cannot be written"):
        EventFile(tmp_path / "file" / "events.jsonl")


@pytest.mark.parametrize(("terminal", "shown"), [(True, True), (False, False)])
def test_a_bar_is_shown_on_a_terminal_only(tmp_path, terminal, shown):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=terminal, width=80)
    with Reporter(tmp_path / "events.jsonl", what="tiny", console=console) as report:
        report.on_step(3, 4, epoch=0.75, loss=1.25)
    assert ("tiny" in screen.getvalue()) is shown
    assert ("1.250" in screen.getvalue()) is shown


def losses():
    return [
        Event("t", 1, 4, 0.5, loss=3.0),
        Event("t", 2, 4, 1.0, loss=2.0, validation_loss=2.6),
        Event("t", 3, 4, 1.5, loss=1.0),
        Event("t", 4, 4, 2.0, loss=1.0),
        Event("t", 4, 4, 2.0, validation_loss=2.8),
    ]


def test_the_gap_is_validation_less_training_since_validation_before():
    curve = curve_of(losses())
    assert curve.best == (2, 2.6)
    assert curve.gap(2) == pytest.approx(0.1)
    assert curve.gap(4) == pytest.approx(1.8)
    assert in_words(curve) == (
        "lowest validation loss 2.600 at step 2; 2.800 at the last, step 4; gap to training +0.100 "
        "there; gap to training +1.800 at the last"
    )
    assert "says nothing" in in_words(curve, alike=False)
    assert "+" not in in_words(curve, alike=False)


def test_a_step_that_was_done_again_after_a_kill_counts_once():
    again = [*losses(), Event("t", 3, 4, 1.5, loss=1.5)]
    assert curve_of(again).training == ((1, 3.0), (2, 2.0), (3, 1.5))
    assert curve_of(again).validation == ((2, 2.6),)


def test_a_training_that_begins_anew_writes_over_the_old_one_once_it_reports(tmp_path):
    path = tmp_path / "events.jsonl"
    with Reporter(path, what="old", console=quiet()) as report:
        report.on_step(1, 2, epoch=0.5, loss=9.0)
    with Reporter(path, what="nothing to do", console=quiet(), fresh=True):
        pass
    assert [event.loss for event in read_events(path)] == [9.0, None]
    with Reporter(path, what="new", console=quiet(), fresh=True) as report:
        report.on_step(1, 3, epoch=0.5, loss=2.0)
        report.on_step(2, 3, epoch=0.5, loss=1.0)
    assert [event.loss for event in read_events(path)] == [2.0, 1.0, None]


def test_the_curve_is_a_picture_that_loads_nothing(tmp_path):
    file = EventFile(tmp_path / "events.jsonl")
    for event in losses():
        file.add(event)
    file.close()
    write_curve(tmp_path, title="tiny <b>")
    picture = ET.parse(tmp_path / "curve.svg").getroot()  # noqa: S314 - our own
    lines = [e.get("points").split() for e in picture.iter() if e.tag.endswith("polyline")]
    assert [len(points) for points in lines] == [4, 2]
    (first, second) = (float(point.split(",")[1]) for point in lines[0][:2])
    assert first < second, "a lower loss stands lower"
    text = (tmp_path / "curve.svg").read_text()
    assert "tiny &lt;b&gt;" in text
    assert "href" not in text
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text


def test_without_a_loss_no_curve_is_drawn(tmp_path):
    write_curve(tmp_path, title="tiny")
    assert not (tmp_path / "curve.svg").exists()


def test_one_loss_alone_can_be_drawn():
    assert "<svg" in drawn(curve_of([Event("t", 1, 1, 1.0, loss=2.0)]), title="one")


def test_the_callback_reports_what_a_trainer_logs(tmp_path, tiny_llama):
    import torch
    from transformers import PrinterCallback, Trainer, TrainingArguments

    model, _ = tiny_llama
    rows = [{"input_ids": torch.tensor([5, 6, 7]), "labels": torch.tensor([5, 6, 7])}] * 4
    path = tmp_path / "events.jsonl"
    with Reporter(path, what="tiny", console=quiet()) as report:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(
                output_dir=str(tmp_path / "out"),
                per_device_train_batch_size=2,
                num_train_epochs=1,
                learning_rate=0.0,
                logging_steps=1,
                eval_strategy="epoch",
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=True,
            ),
            train_dataset=rows,
            eval_dataset=rows,
            callbacks=[report.callback()],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    events = read_events(path)
    assert [(e.step, e.steps, e.state) for e in events] == [
        *((1, 2, ""), (2, 2, ""), (2, 2, ""), (2, 2, "finished")),
    ]
    assert all(e.loss > 0 for e in events[:2])
    assert events[2].validation_loss == pytest.approx(events[1].loss, rel=1e-3)
