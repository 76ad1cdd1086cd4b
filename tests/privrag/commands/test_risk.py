"""`privrag risk` as it is called: the words it found, bounded, and what would lower the score."""

import json

import pytest

from tests.test_cli import privrag

PAGE = (
    "The charging station of Zolta Werke was installed on 3 May 2019. When the cable is removed "
    "the station stops and the lock opens again. The display shows a green light while it "
    "charges. A red light means that the fault must be looked at before anything else is tried. "
    "The service hatch stays closed at all times, whatever the weather, and the seal is renewed "
    "every year by the operator. The connector has two phases. Nothing else needs to be done "
    "while the light is green, and the door of the cabinet stays shut as long as it shows.\n"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("risk")
    (folder / "docs").mkdir()
    (folder / "docs" / "station.md").write_text(PAGE, encoding="utf-8")
    letter = "Marta Lindqvist lives in Ribe since 7 June 2021.\n"
    (folder / "docs" / "letter.md").write_text(letter, encoding="utf-8")
    done = privrag("sync", str(folder / "docs"), home=folder / "home")
    assert done.returncode == 0, done.stderr
    return folder / "home"


@pytest.mark.slow
def test_the_words_found_are_shown_and_bounded_and_none_is_a_name_that_was_replaced(home):
    rows = json.loads(privrag("risk", "--json", "--words", "2", home=home).stdout)
    station = next(row for row in rows if row["uri"].endswith("station.md"))
    assert {"words": "3 may 2019", "bits": 1.58} in station["left"]["DATE"]["found"]
    assert (len(station["left"]["RARE"]["found"]), station["left"]["RARE"]["items"] > 2) == (
        2,
        True,
    )
    assert "lindqvist" not in json.dumps(rows)
    shown = privrag("risk", "--document", "station.md", home=home).stdout
    assert "zolta werke" in shown
    assert "letter.md" not in shown


@pytest.mark.slow
def test_a_suggestion_followed_gives_the_score_that_was_computed(home):
    told = json.loads(privrag("risk", "--suggest", "--json", home=home).stdout)
    best = told["suggestions"][0]
    assert best["toml"] == '[pseudonymize]\nquasi = "always"'
    (home / "privrag.toml").write_text(best["toml"], encoding="utf-8")
    done = privrag("sync", str(home.parent / "docs"), home=home)
    assert done.returncode == 0, done.stderr
    rows = json.loads(privrag("risk", "--json", home=home).stdout)
    then = {one["uri"]: one["would_be"] for one in best["documents"]}
    assert {row["uri"]: row["score"] for row in rows} == pytest.approx(then, abs=0.01)


@pytest.mark.slow
def test_a_document_that_is_not_there_is_refused(home):
    done = privrag("risk", "--document", "nowhere", home=home)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
