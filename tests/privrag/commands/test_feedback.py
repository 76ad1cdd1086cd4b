"""`privrag feedback`, with the real vault and audit log and a detector of names by list."""

import json

import pytest
import typer
from typer.testing import CliRunner

import privrag.pseudonymize
from privrag.commands import feedback
from privrag.errors import FeedbackError, SettingsError, UnknownAnswerError
from tests.fakes import WordListDetector
from tests.opened import PEOPLE
from tests.privrag.feedback.said import ANNA, RIGHT, ask, with_answers


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Two answers, of the owner and of Anna; the home is closed again."""

    async def work(rag):
        await ask(rag, "ours")
        await ask(rag, "hers", viewer=ANNA)

    with_answers(tmp_path, work)
    (tmp_path / "home" / "privrag.toml").write_text("[feedback]\nconsent = true\n")
    monkeypatch.setattr(privrag.pseudonymize, "Detector", lambda _: WordListDetector(PEOPLE))
    return tmp_path / "home"


def call(home, *words):
    """What the command printed; its error is raised."""
    app = typer.Typer()
    app.callback()(lambda: None)
    feedback.register(app)
    done = CliRunner().invoke(app, ["feedback", *words], obj=home)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_a_correction_is_given_read_and_accepted(home):
    given = json.loads(
        call(home, "add", "last", "--thumb", "down", "--correction", RIGHT, "--json")
    )
    assert (given["answer"], given["state"]) == ("ours", "pending")
    assert not {"user", "tenant", "same"} & given.keys()
    listed = call(home, "list")
    assert "Femi" not in listed
    assert "asked: Where does PERSON_" in listed
    assert "its giver: 0 accepted, 0 rejected" in listed
    said = call(home, "review", given["id"], "accept", "--reviewer", "rita")
    assert said == f"{given['id']}: accepted by rita\n"
    assert call(home, "list") == ""
    [done] = json.loads(call(home, "list", "--state", "accepted", "--json"))
    assert (done["reviewer"], done["to"]["id"]) == ("rita", "ours")


def test_a_thumb_needs_no_review(home):
    said = call(home, "add", "hers", "--thumb", "up", "--as", "anna")
    assert said.endswith(": counted\n")
    with pytest.raises(FeedbackError, match="is counted"):
        call(home, "review", said.split(":")[0], "reject")


def test_another_viewers_answer_is_unknown(home):
    with pytest.raises(UnknownAnswerError):
        call(home, "add", "hers", "--thumb", "up")


def test_a_reason_is_one_of_the_words(home):
    with pytest.raises(SettingsError, match=r"reason: Input should be 'wrong', 'incomplete'"):
        call(home, "add", "ours", "--thumb", "up", "--reason", "Femi Adeyemi")
