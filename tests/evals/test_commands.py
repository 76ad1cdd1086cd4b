"""Exit status and streams of `privrag eval` and `privrag bench`, and of `make bench`."""

import sys

import pytest

from privrag.cli import BAD_INPUT
from privrag.errors import EvaluationError
from privrag_evals import bench, cli, leak_bench
from privrag_evals.out_file import made_folder, refuse_unwritable
from tests.test_cli import privrag

LEAKED = {
    "floor": {"leaked": ["EMAIL"]},
    "v1": {"verdict": "LEAK OR CHECK FAILED", "checks": 5, "checks_passed": 4},
    "v2": {
        "outcome": "fail",
        "cases": 32,
        "cases_inconclusive": 0,
        "leak_rate": {"single": 0.5, "adversarial": 0.5},
        "fidelity_rate": 1.0,
        "partial_emissions": 0,
        "splits": 9,
    },
}


def test_a_leak_found_is_refused_in_one_line_not_unexpected(monkeypatch, capsys):
    import typer

    monkeypatch.setattr(leak_bench, "bench_leaks", lambda: LEAKED)
    with pytest.raises(typer.Exit) as ended:
        cli.leaks(as_json=True)
    told = capsys.readouterr()
    assert ended.value.exit_code == BAD_INPUT == 2
    assert (told.err.count("\n"), told.out.count("\n")) == (1, 1)
    assert "not passed" in told.err


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path):
    refuse_unwritable(None)
    refuse_unwritable(tmp_path / "report.json")
    for path in (tmp_path, tmp_path / "none" / "report.json"):
        with pytest.raises(EvaluationError, match="cannot be written"):
            refuse_unwritable(path)


def test_an_output_that_is_there_and_may_not_be_written_is_refused(tmp_path, monkeypatch):
    (tmp_path / "report.json").touch()
    monkeypatch.setattr("os.access", lambda path, _: path.is_dir())  # root may write all
    with pytest.raises(EvaluationError, match="cannot be written"):
        refuse_unwritable(tmp_path / "report.json")
    with pytest.raises(EvaluationError, match="cannot be made"):
        made_folder(tmp_path / "report.json")


def test_make_bench_refuses_with_status_2(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", "--out", str(tmp_path / "none" / "bench.json")])
    with pytest.raises(SystemExit) as ended:
        bench.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("bench", "vault", "--folder", "none"),
        ("eval", "privacy-cost"),
        ("eval", "privacy-cost", "--out", "none/cost.json"),
        ("eval", "pii-estimate", "--data", "none.jsonl"),
        ("eval", "linking", "--data", "none.jsonl"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(arguments, tmp_path):
    done = privrag(*arguments, home=tmp_path / "home")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
