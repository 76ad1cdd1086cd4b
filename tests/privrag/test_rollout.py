"""A candidate answers its share of the users, or unseen; what is kept of it is figures."""

import asyncio
import collections
import json
import re
import stat

import pytest
from pydantic import ValidationError

from privrag.errors import GeneratorError, GeneratorUnavailableError, ModelError
from privrag.records import Answer, Citation, Found, Question, SafeText, Trace, Viewer
from privrag.registry import Check, promote, read_registry, register, with_promoted
from privrag.rollout import (
    FILE,
    RolloutSettings,
    agreement,
    figures_of,
    gets_candidate,
    kept,
    summary,
)
from privrag.settings import load_settings
from privrag_connectors.sync import sync_folders
from tests.fakes import ScriptedGenerator
from tests.generators import generator_version
from tests.opened import open_small
from tests.test_cli import privrag

OWNER = Viewer("owner", owner=True, reveal=True)
QUESTION = "When is the rent for Marta Lindqvist paid?"


def share(percent, users=2000):
    settings = RolloutSettings(candidate="tuned", percent=percent)
    return {n for n in range(users) if gets_candidate(settings, Viewer(f"user{n}"))}


def test_the_share_is_kept_and_grows_without_anybody_going_back():
    assert share(0) == set()
    assert len(share(100)) == 2000
    ten, thirty = share(10), share(30)
    assert 150 < len(ten) < 250
    assert ten < thirty


def test_tenants_are_drawn_apart():
    settings = RolloutSettings(candidate="tuned", percent=50)
    one, other = (
        [gets_candidate(settings, Viewer(f"user{n}", tenant=t)) for n in range(200)]
        for t in ("acme", "umbrella")
    )
    assert one != other


@pytest.mark.parametrize("without", [{"percent": 5.0}, {"shadow": True}])
def test_both_need_a_candidate(without):
    with pytest.raises(ValidationError, match=r"need rollout\.candidate"):
        RolloutSettings(**without)


def made(*cited, refused=False):
    question = Question(SafeText("when?"), frozenset())
    return Trace(Found(question, ()), SafeText("text"), refused, frozenset(cited))


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (made("a", "b"), made("b", "c"), 1 / 3),
        (made("a"), made("a"), 1.0),
        (made("a"), made(refused=True), 0.0),
        (made(refused=True), made(refused=True), 1.0),
        (made(), made(refused=True), 0.0),
    ],
)
def test_agreement_is_the_share_of_passages_that_both_cite(one, other, share):
    assert agreement(one, other) == pytest.approx(share)


class Answering(ScriptedGenerator):
    """Copies the passage, its name too, and says which model was asked; `torn` fails."""

    def __init__(self):
        super().__init__("")
        self.models_asked = []
        self.names = ["scripted"]

    async def models(self):
        return self.names

    async def stream(self, messages, options):
        self.models_asked.append(options.model)
        (name, *_) = re.findall(r"PERSON_\w+", messages[0].content)
        self._answers = [f"The rent for {name} is paid on the first of every month. [1]"]
        if options.model == "torn":
            raise GeneratorError("broke off")
        async for piece in super().stream(messages, options):
            yield piece


def answered(tmp_path, rollout, *, questions=1, candidate="tuned", viewer=None, look=None):
    """(models asked, lines kept) of questions to a home in which `first` serves.

    `look` is given the home before it closes.
    """

    async def work():
        rag = await open_small(home, overrides={"rollout": {"candidate": candidate, **rollout}})
        rag.generator = Answering()
        try:
            await sync_folders(rag, [folder])
            for _ in range(questions):
                await rag.ask(QUESTION, viewer=viewer)
                await asyncio.wait(set(rag._shadow._tasks))
            if look is not None:
                await look(rag)
            return rag.generator.models_asked
        finally:
            await rag.close()

    home, folder = tmp_path / "home", tmp_path / "docs"
    home.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir()
    text = "The rent for Marta Lindqvist is paid on the first of every month."
    (folder / "lease.txt").write_text(text)
    for name in {"first", candidate}:
        register(home, generator_version(name))
    promote(home, "first")
    return asyncio.run(work()), kept(home)


def test_in_the_shadow_it_answers_unseen_and_leaves_figures_only(tmp_path):
    asked, lines = answered(tmp_path, {"shadow": True}, questions=2)
    assert asked == ["first", "tuned"] * 2
    for line in lines:
        assert (line.by_candidate, line.agreement, line.failed) == (False, 1.0, None)
        assert line.shadow.citations == line.shown.citations == 1
    file = tmp_path / "home" / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for text in ("rent", "Marta", "lease", "owner", "PERSON"):
        assert text not in file.read_text()


@pytest.mark.parametrize("viewer", [Viewer("anna"), OWNER])
def test_in_the_shadow_nobody_asks_and_nothing_is_searched_again(tmp_path, viewer):
    counted = []

    async def look(rag):
        counted.append(collections.Counter(one.action for one in rag.stores.audit.newest(50)))

    for folder in ("with", "without"):
        (tmp_path / folder).mkdir()
    asked, lines = answered(tmp_path / "with", {"shadow": True}, viewer=viewer, look=look)
    answered(tmp_path / "without", {"percent": 0.0}, viewer=viewer, look=look)
    assert asked == ["first", "tuned"]
    assert counted[0] == counted[1], "the audit log tells of the answer that was shown"
    assert counted[0]["reveal" if viewer.owner else "asked"] == 1
    assert lines[0].agreement == 1.0


def test_figures_that_cannot_be_kept_are_told_by_type_alone(tmp_path, caplog):
    (tmp_path / "home" / FILE).mkdir(parents=True)

    with pytest.raises(ModelError, match="cannot be read"):
        answered(tmp_path, {"shadow": True})
    assert "figures of a candidate were not kept (IsADirectoryError)" in caplog.text


def test_a_candidate_that_answers_nobody_is_no_model_that_one_may_name(tmp_path):
    async def look(rag):
        rag.generator.names = ["embedded", "first", "tuned"]
        found.append(await rag.models())
        with pytest.raises(GeneratorUnavailableError, match="answers nobody"):
            async for _ in rag.chat([("user", "Hello")], model="tuned", viewer=OWNER, options={}):
                pass

    found = []
    answered(tmp_path, {"shadow": True}, look=look)
    assert found == [["embedded", "first"]]


def test_a_candidate_that_answers_some_is_listed(tmp_path):
    async def look(rag):
        rag.generator.names = ["embedded", "first", "tuned"]
        found.append(await rag.models())

    found = []
    answered(tmp_path, {"percent": 5}, look=look)
    assert found == [["embedded", "first", "tuned"]]


def test_a_shadow_that_fails_harms_nobody_and_is_counted(tmp_path):
    asked, lines = answered(tmp_path, {"shadow": True}, candidate="torn")
    assert asked == ["first", "torn"]
    assert [(line.shadow, line.failed) for line in lines] == [(None, "GeneratorError")]
    assert summary(lines)["failed"] == 1


def test_whom_it_answers_it_answers_alone(tmp_path):
    asked, lines = answered(tmp_path, {"percent": 100, "shadow": True})
    assert asked == ["tuned"]
    assert [(line.by_candidate, line.shadow) for line in lines] == [(True, None)]


def test_one_that_failed_its_checks_is_watched_but_not_shown(tmp_path):
    failed = (Check(name="abstention", passed=False, detail="it refused 3 of 20"),)
    register(tmp_path, generator_version("weak", checks=failed))
    shown = load_settings(tmp_path, {"rollout": {"candidate": "weak", "percent": 5}})
    with pytest.raises(ModelError, match="weak must not answer: the check 'abstention' failed"):
        with_promoted(shown, tmp_path, read_registry(tmp_path))
    unseen = load_settings(tmp_path, {"rollout": {"candidate": "weak", "shadow": True}})
    served = with_promoted(unseen, tmp_path, read_registry(tmp_path)).generate
    assert (served.answer_model, list(served.tuned)) == (None, ["weak"])


def test_an_unknown_candidate_is_named(tmp_path):
    settings = load_settings(tmp_path, {"rollout": {"candidate": "gone", "shadow": True}})
    with pytest.raises(ModelError, match="no model is called 'gone'"):
        with_promoted(settings, tmp_path, read_registry(tmp_path))


def test_the_command_tells_both_sides(tmp_path):
    _, lines = answered(tmp_path, {"shadow": True})
    home = tmp_path / "home"
    assert privrag("models", "rollout", home=home).returncode == 2
    named = {"PRIVRAG_ROLLOUT__CANDIDATE": "tuned"}
    told = json.loads(privrag("models", "rollout", "--json", home=home, **named).stdout)
    assert told["serving"]["answers"] == told["shadow"]["answers"] == 1
    assert told["agreement"]["mean"] == 1.0
    assert told == {"candidate": "tuned", **json.loads(json.dumps(summary(lines)))}
    assert (
        "shadow: 1 answers, refused 0.0%" in privrag("models", "rollout", home=home, **named).stdout
    )


def test_figures_of_an_answer():
    cited = [Citation("[1]", "file:///a", "A", 1, s, s + 9, "q", 0.8) for s in (1, 2)]
    found = figures_of(Answer("text", tuple(cited), False, timings_ms={"total": 40.0}))
    assert (found.refused, found.citations, found.total_ms) == (False, 2, 40.0)
