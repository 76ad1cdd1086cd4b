"""The second detector: independent code, invented people, no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from privrag.errors import ModelError
from privrag.second_opinion import Finding, SecondOpinion, _parts, _without_overlap

TEXT = (
    "Please write to Mr Lindqvist at marta.lindqvist@example.org. "
    "Femi Adeyemi signed the lease on 12 March 2024."
)


def test_of_two_findings_that_overlap_the_surer_stays():
    weak = Finding("DATE", 0, 10, 0.5, "a")
    sure = Finding("CARD", 4, 8, 1.0, "b")
    apart = Finding("PERSON", 12, 20, 0.4, "c")
    assert _without_overlap([apart, weak, sure]) == [sure, apart]


def test_a_long_text_is_cut_between_words_and_no_character_is_lost():
    text = "word " * 9000
    parts = list(_parts(text))
    assert "".join(part for part, _ in parts) == text
    assert all(text[at : at + len(part)] == part for part, at in parts)
    assert all(part.endswith(" ") for part, _ in parts)
    assert "".join(part for part, _ in _parts("x" * 45_000)) == "x" * 45_000


def test_it_shares_no_code_with_the_detector_it_judges():
    source = (Path(__file__).parents[2] / "privrag" / "second_opinion.py").read_text()
    assert "import privrag.pseudonymize" not in source
    assert "from privrag.pseudonymize" not in source


@pytest.mark.slow
def test_a_model_that_is_not_there_is_named_and_not_downloaded():
    with pytest.raises(ModelError, match="no_such_model"):
        SecondOpinion("no_such_model").find(TEXT)


@pytest.mark.slow
def test_it_finds_by_itself_and_reaches_nothing(tmp_path):
    watch = shutil.copytree(Path(__file__).parents[1] / "egress_watch", tmp_path / "watch")
    script = (
        "from privrag.second_opinion import SecondOpinion\n"
        f"for f in SecondOpinion().find({TEXT!r}): print(f.label, f.start, f.end, f.score >= .8)\n"
    )
    paths = [str(watch), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert not (watch / "egress.log").exists()
    found = done.stdout.splitlines()
    assert "PERSON 16 28 True" in found
    assert "EMAIL 32 59 True" in found
    assert "DATE 94 107 True" in found
    assert "Lindqvist" not in done.stderr
