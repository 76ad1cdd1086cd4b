"""Detection beside Presidio: who reads what, in which turn, and the shape of the report."""

import json
from types import SimpleNamespace

import pytest

from privrag.pseudonymize import DetectSettings
from privrag_evals import cli, detect_bench
from privrag_evals.corpus import NothingToMeasureError
from privrag_evals.detect_bench import bench_detect, measure, report, texts_of
from privrag_evals.ingest_bench import speed_of


def test_every_side_reads_every_text_and_nobody_is_always_first():
    turns = []
    sides = {name: (lambda some, name=name: turns.append((name, tuple(some)))) for name in "abc"}
    measure(sides, ["1", "22", "333", "4444", "55555"])
    slices = [turn for turn in turns if "Jane" not in turn[1][0]]
    read = {name: sorted(t for who, some in slices for t in some if who == name) for name in "abc"}
    assert all(texts == ["1", "22", "333", "4444", "55555"] for texts in read.values())
    assert [name for name, _ in slices[::3]] == ["a", "b", "c", "a"]


def test_the_report_holds_three_speeds_and_two_ratios():
    speeds = {
        "privrag": speed_of(600, 2, 1.0),
        "presidio": speed_of(600, 2, 4.0),
        "presidio_batch": speed_of(600, 2, 3.0),
    }
    result = report(speeds)
    assert set(result) == {*speeds, "ratio", "ratio_batch"}
    assert (result["ratio"], result["ratio_batch"]) == (4.0, 3.0)
    assert result["presidio"]["chars_per_second"] == 150.0


def test_texts_come_from_folders_and_labelled_files(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("The garage is open.")
    data = tmp_path / "gold.jsonl"
    data.write_text(json.dumps({"id": "1", "text": "Zolta Quirm left.", "spans": []}))
    assert texts_of(tmp_path / "docs", data, data_format="privrag") == [
        "Zolta Quirm left.",
        "The garage is open.",
    ]
    with pytest.raises(NothingToMeasureError):
        texts_of(tmp_path / "nothing", None, data_format="privrag")


@pytest.mark.parametrize(
    "labelled",
    [
        json.dumps([{"full_text": "Zolta Quirm left.", "spans": []}]),
        json.dumps({"id": "1", "text": "Zolta Quirm left.", "spans": []}),
    ],
)
def test_the_command_tells_the_format_by_the_file(tmp_path, monkeypatch, labelled):
    read = []
    speeds = dict.fromkeys(("privrag", "presidio", "presidio_batch"), speed_of(600, 2, 1.0))
    monkeypatch.setattr(
        detect_bench, "bench_detect", lambda texts, settings: read.extend(texts) or report(speeds)
    )
    data = tmp_path / "labelled"
    data.write_text(labelled)
    cli.detect(SimpleNamespace(obj=tmp_path), data=data, texts=5)
    assert read == ["Zolta Quirm left."]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_both_sides_run():
    texts = [f"Zolta Quirm wrote letter {n} to Mika Aaltokorpi in Lyon." for n in range(5)]
    result = bench_detect(texts, settings=DetectSettings(workers=1))
    assert result["privrag"]["characters"] == sum(map(len, texts))
    assert min(result["ratio"], result["ratio_batch"]) > 0
