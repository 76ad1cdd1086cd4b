"""The measuring itself: what both sides are given, the statistics, and the shape of the reports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from privrag.gate.figures import percentile
from privrag_evals.bench import machine, tables
from privrag_evals.corpus import NothingToMeasureError, questions_from, staged
from privrag_evals.ingest_bench import Speed, median_of, speed_of
from privrag_evals.ingest_bench import report as ingest_report
from privrag_evals.peer import replace_spans
from privrag_evals.rerank_bench import bench_rerank
from privrag_evals.search_bench import bench_search
from privrag_evals.search_bench import report as search_report
from privrag_evals.side import Job, Searched, SideError, search
from privrag_evals.vault_bench import bench_vault

SENTENCES = (
    "The charging station in the north hall gives eleven kilowatts.",
    "Every employee has thirty days of paid leave in each year.",
    "The rent for the Aarhus depot is due on the first of each month.",
)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([3.0], 0.5, 3.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 0.95, 4.0),
        ([5.0, 1.0, 3.0], 0.5, 3.0),
        ([float(n) for n in range(1, 101)], 0.5, 50.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
        ([1.0, 2.0], 0.0, 1.0),
        ([1.0, 2.0], 1.0, 2.0),
    ],
)
def test_a_percentile_is_the_value_of_nearest_rank(values, share, expected):
    assert percentile(values, share) == expected


def test_a_speed_is_characters_over_seconds():
    assert speed_of(1000, 2, 4.0) == Speed(250.0, 1000, 2, 4.0)


def test_of_several_runs_the_one_of_median_speed_is_reported():
    runs = [speed_of(100, 1, seconds) for seconds in (1.0, 4.0, 2.0)]
    assert median_of(runs) == speed_of(100, 1, 2.0)
    assert median_of(runs[:2]) == speed_of(100, 1, 4.0)
    assert median_of(runs[:1]) == runs[0]


def test_the_ingest_report_holds_exactly_both_speeds_and_their_ratio():
    assert ingest_report(speed_of(900, 3, 3.0), speed_of(900, 3, 9.0)) == {
        "privrag": {
            "chars_per_second": 300.0,
            "characters": 900,
            "documents": 3,
            "seconds": 3.0,
        },
        "peer": {"chars_per_second": 100.0, "characters": 900, "documents": 3, "seconds": 9.0},
        "ratio": 3.0,
    }


def searched(scale: float) -> Searched:
    return Searched(
        whole_ms=[2 * scale, 6 * scale, 4 * scale],
        without_pseudonymization_ms=[1 * scale, 1 * scale, 2 * scale],
        points=7,
    )


def test_the_search_report_puts_privrag_on_top_and_the_peer_beside_each_ratio():
    report = search_report(searched(1), searched(5))
    assert (report["p50_ms"], report["p95_ms"], report["points"]) == (4, 6, 7)
    assert report["without_pseudonymization"] == {"p50_ms": 1, "p95_ms": 2, "ratio": 5}
    assert report["peer"] == {
        "p50_ms": 20,
        "p95_ms": 30,
        "points": 7,
        "without_pseudonymization": {"p50_ms": 5, "p95_ms": 10},
    }
    assert report["ratio"] == 5
    assert report["questions"] == 3


def test_without_a_peer_there_is_no_ratio():
    report = search_report(searched(1), None)
    assert report["peer"] is report["ratio"] is report["without_pseudonymization"]["ratio"] is None


def test_spans_are_replaced_by_their_type_and_the_surer_of_two_stays():
    text = "Jane Miller at jane@example.org"
    spans = [(0, 11, "PERSON", 0.85), (20, 31, "URL", 0.5), (15, 31, "EMAIL", 1.0)]
    assert replace_spans(text, spans) == "<PERSON> at <EMAIL>"
    assert replace_spans(text, []) == text


def test_both_sides_get_copies_of_the_text_files_and_nothing_else(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.MD").write_text("Grüße")
    (tmp_path / "b.txt").write_text("two")
    (tmp_path / "blank.txt").write_text(" \n")
    (tmp_path / ".hidden.txt").write_text("hidden")
    (tmp_path / "latin.txt").write_bytes("Grüße".encode("latin-1"))
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.7")
    with staged([tmp_path]) as corpus:
        copies = sorted(path for path in corpus.folder.rglob("*") if path.is_file())
        assert [path.name for path in copies] == ["b.txt", "a.MD"]
        assert corpus.texts == {str(path): path.read_text() for path in copies}
        assert corpus.characters == 8
    assert not corpus.folder.exists()


def test_a_folder_without_text_files_is_refused(tmp_path):
    with pytest.raises(NothingToMeasureError, match="no text file"), staged([tmp_path]):
        pass
    gone = tmp_path / "gone"
    with pytest.raises(NothingToMeasureError, match="no file or folder"), staged([gone]):
        pass


def test_questions_differ_and_the_same_texts_give_the_same_ones():
    texts = ["\n\n".join(SENTENCES)]
    questions = questions_from(texts, 3)
    assert len(set(questions)) == 3
    assert questions == questions_from(texts, 3)
    assert "eleven kilowatts" in questions[0]
    assert questions[1].startswith("Where is it written that Every employee")
    assert len(questions_from(texts, 50)) == 3
    assert len(questions_from(texts, 1)) == 1


def test_markup_is_no_part_of_a_question():
    page = "The **rent** for the [Aarhus depot](https://example.org/x) is due on the <b>first</b>."
    assert questions_from([page], 1) == [
        "What do the documents say about The rent for the Aarhus depot is due on the first?"
    ]


def test_texts_without_a_sentence_are_refused():
    with pytest.raises(NothingToMeasureError, match="no sentence"):
        questions_from(["a b c", ""], 5)


def test_a_home_that_was_never_filled_is_refused_and_left_alone(tmp_path):
    with pytest.raises(NothingToMeasureError, match="run privrag sync"):
        bench_search(None, home=tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_what_goes_wrong_in_a_side_is_one_sentence_here(tmp_path):
    (tmp_path / "privrag.toml").write_text("[chunk]\nsize = 1\n")
    with pytest.raises(SideError, match=r"the privrag side failed: chunk\.size"):
        search(Job(side="privrag", work="search", folder=None, home=tmp_path, questions=["why"]))


def test_the_tables_show_both_speeds_beside_each_ratio():
    measured = {
        "tiny": {
            "ingest": ingest_report(speed_of(900, 3, 3.0), speed_of(900, 3, 9.0)),
            "search": search_report(searched(1), searched(5)),
        }
    }
    ingest, found = tables(measured)
    assert [list(column.cells) for column in ingest.columns] == [
        ["tiny"],
        ["900"],
        ["300"],
        ["100"],
        ["3.00"],
    ]
    assert [next(iter(column.cells)) for column in found.columns] == [
        "tiny", "7", "4.0", "6.0", "20.0", "30.0", "5.00",
    ]  # fmt: skip


def test_the_machine_says_what_the_figures_depend_on():
    facts = machine()
    assert facts["cores"] >= 1
    assert set(facts) >= {"cpu", "cpu_flags", "load_average", "python", "versions"}
    assert facts["versions"]["privrag"]
    json.dumps(facts)


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number, sentence in enumerate(SENTENCES):
        (folder / f"{number}.md").write_text(f"# Note\n\nMarta Lindqvist writes. {sentence}\n")
    return folder


def bench(*arguments, scratch: Path):
    """The command, its scratch folders where we can look into them."""
    scratch.mkdir()
    command = [sys.executable, "-m", "privrag", "bench", *map(str, arguments), "--json"]
    done = subprocess.run(
        command,
        env=os.environ | {"TMPDIR": str(scratch), "PRIVRAG_HOME": str(scratch.parent / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert [path.name for path in scratch.glob("privrag-*")] == []
    assert not (scratch.parent / "home").exists()
    return json.loads(done.stdout)


@pytest.mark.slow
def test_bench_ingest_measures_both_sides_on_the_same_files(documents, tmp_path):
    report = bench("ingest", documents, scratch=tmp_path / "scratch")
    assert set(report) == {"privrag", "peer", "ratio"}
    characters = sum(len(path.read_text()) for path in documents.iterdir())
    for side in (report["privrag"], report["peer"]):
        assert set(side) == {"chars_per_second", "characters", "documents", "seconds"}
        assert (side["characters"], side["documents"]) == (characters, 3)
        assert side["chars_per_second"] > 0
    assert report["ratio"] > 0


@pytest.mark.slow
def test_bench_search_measures_both_sides_with_the_same_questions(documents, tmp_path):
    report = bench("search", documents, "--questions", 2, scratch=tmp_path / "scratch")
    assert set(report) >= {"p50_ms", "p95_ms", "points", "peer", "ratio"}
    assert set(report["peer"]) >= {"p50_ms", "p95_ms", "points"}
    assert report["points"] >= 3
    assert report["peer"]["points"] >= 3
    assert report["questions"] == 2


def test_the_vault_bench_reports_import_size_and_both_look_ups(tmp_path):
    report = bench_vault(tmp_path, entities=400, lookups=100)
    assert report["entities"] == 400
    assert report["bytes"] == (tmp_path / "vault.db").stat().st_size
    for look_up in ("find", "surface"):
        assert set(report[look_up]) == {"cold", "warm"}
        assert all(0 < t["p50_ms"] <= t["p99_ms"] for t in report[look_up].values())


@pytest.mark.slow
def test_bench_rerank_measures_both_sides_on_the_same_pairs():
    found = bench_rerank(passages=3, tokens=32, rounds=2)
    assert (found["passages"], found["tokens"], found["rounds"]) == (3, 32, 2)
    assert found["ratio"] == pytest.approx(
        found["peer"]["p50_ms"] / found["privrag"]["p50_ms"], rel=0.05
    )
    assert found["precision"] in {"fp32", "bf16"}
