"""A home answers questions and is scored as the docstring of score.py says. Invented people."""

import asyncio
import json
import math
import stat
from dataclasses import replace

import pytest

from privrag.errors import ContextTooLongError, EvaluationError, GeneratorUnavailableError
from privrag.records import Answer, Citation, Usage
from privrag_evals.cost import Prices
from privrag_evals.qa.ask import Replied, ask_all, refuse_empty_home
from privrag_evals.qa.predictions import write_predictions
from privrag_evals.qa.score import answer_text, missing_documents, report
from privrag_evals.suites import Asked, Place
from tests.opened import open_small

GUIDE = "file:///d/hr/guide.pdf"
PAGE_2 = (Place("guide.pdf", 2),)


def said(text, *places, refused=False, support=0.5):
    citations = tuple(
        Citation(f"[{n}]", uri, "", page, 0, 1, "quote", support)
        for n, (uri, page) in enumerate(places, 1)
    )
    answer = Answer(text, citations, refused, Usage(100, 20))
    return Replied(answer, None, ((GUIDE, 1), (GUIDE, 2)), 40.0)


def asked(name, *answers, places=PAGE_2, **traits):
    return Asked(name, "Where?", {}, answers, traits=traits, places=places)


REFUSED = said("The documents do not say.", refused=True)
BROKEN = Replied(None, "ContextTooLongError", (), 9.0)
QUESTIONS = [
    asked("right", "deck C", category="cars"),
    asked("wrong page", "deck C", category="cars"),
    asked("refused", "deck C", category="cars"),
    asked("broken", "deck C", category="cars"),
    asked("unanswerable", places=(), category="people"),
    asked("made up", places=(), category="people"),
]
REPLIES = [
    said("Deck C. [1]", (GUIDE, 2), support=1.0),
    said("On the roof. [1] [2]", (GUIDE, 3), ("file:///d/x.md", None)),
    REFUSED,
    BROKEN,
    REFUSED,
    said("On deck D. [1]", (GUIDE, 2)),
]


def scored(questions=QUESTIONS, replies=REPLIES, **options):
    return report(questions, replies, uris=[GUIDE], **options)


def test_each_figure_is_taken_over_the_questions_it_has_a_meaning_for():
    found = scored()
    figures = found["systems"]["privrag"]
    assert figures["em"] == figures["holds_answer"] == 1 / 4
    assert figures["f1"] == 1 / 4
    bleu = (1 / 3 * 1 / 4 * 1 / 4) ** (1 / 3)  # "Deck C ." of "deck C"
    assert figures["bleu"] == pytest.approx(bleu / 4, abs=1e-4)
    assert figures["citation_precision"] == 1 / 2  # one right of one, none of two
    assert figures["citation_recall"] == 2 / 4
    assert figures["right_page_in_5"] == 3 / 4
    assert figures["support"] == pytest.approx((1.0 + 0.5 + 0.5) / 3, abs=1e-4)
    told = figures["abstention"]
    assert (told["refused_unanswerable"], told["wrongly_refused"]) == (1 / 2, 2 / 4)
    assert (told["unanswerable"], told["answerable"], figures["queries"]) == (2, 4, 6)
    assert (found["errors"], found["citations"]) == ({"ContextTooLongError": 1}, 4)
    assert figures["by"]["category"]["people"]["em"] is None
    assert figures["tokens"] == {"mean": 120.0, "prompt": 100.0, "completion": 20.0}
    assert figures["latency_ms"] == {"mean": 40.0, "p50": 40.0, "p95": 40.0}
    assert set(figures["ci95"]) >= {"em", "f1", "bleu", "bleu_corpus", "wrongly_refused", "tokens"}


def test_what_no_question_is_about_is_null_in_the_json_and_in_the_cases():
    found = scored([asked("u", places=())], [REFUSED])
    figures = found["systems"]["privrag"]
    for name in ("em", "bleu_corpus", "citation_precision", "right_page_in_5", "support"):
        assert figures[name] is None
        assert figures["ci95"][name] == [None, None]
    assert "NaN" not in json.dumps(found)
    assert found["cases"]["scores"]["privrag"][0]["em"] is None


def test_money_is_stated_only_where_a_price_is_known():
    assert scored()["systems"]["privrag"]["cost"]["money"] is None
    cost = scored(prices=Prices(2.0, 90.0))["systems"]["privrag"]["cost"]
    assert cost["money"] == pytest.approx(2.0 * 120 / 1000 + 90.0 * 0.04 / 3600)


def test_markers_are_no_words_of_an_answer():
    answer = REPLIES[1].answer
    assert answer is not None
    assert answer_text(answer) == "On the roof."


def test_the_run_keeps_no_word_of_an_answer_or_question():
    text = json.dumps(scored())
    assert not any(word in text for word in ("Deck", "roof", "Where", "quote", "guide"))


def test_a_document_that_the_home_lacks_is_counted():
    there = asked("a", "x"), asked("b", "x", places=(Place("gone.md"),))
    assert missing_documents(there, [GUIDE]) == ["gone.md"]


def test_answers_are_written_raw_for_this_user_alone(tmp_path):
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    out.chmod(0o644)
    write_predictions(out, QUESTIONS, REPLIES)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in rows] == [q.id for q in QUESTIONS]
    assert rows[1]["citations"][0]["page"] == 3
    assert (rows[3]["text"], rows[3]["error"]) == (None, "ContextTooLongError")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def in_home(tmp_path, questions, *answers, prepare=lambda _: None, **options):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "yard.md").write_text("Marta Lindqvist opens the gate of the yard at seven.")

    async def main():
        async with await open_small(tmp_path / "home", *answers) as rag:
            await rag.sync(folder)
            prepare(rag)
            return await ask_all(rag, questions, **options), rag.generator.asked

    return asyncio.run(main())


def test_a_home_is_asked_as_its_owner_and_the_turns_before_go_along(tmp_path):
    place = (Place("yard.md"),)
    turns = (("user", "Who is Marta Lindqvist?"), ("assistant", "The keeper."))
    gate = Asked("1", "When does Marta Lindqvist open the gate of the yard?", {}, ("seven",),
                 places=place, history=turns)  # fmt: skip
    (reply,), prompts = in_home(tmp_path, [gate], "The gate of the yard opens at seven. [1]")
    assert reply.answer is not None
    assert "seven" in reply.answer.text
    assert place[0].holds(*reply.found[0])
    assert any("The keeper." in message.content for message in prompts[0])
    assert not any("Marta" in message.content for message in prompts[0])
    figures = report([gate], [reply], uris=[reply.found[0][0]])["systems"]["privrag"]
    assert figures["holds_answer"] == figures["citation_recall"] == figures["right_page_in_5"] == 1


class Broken:
    """A generator that raises; `up`: its server still says which models it has."""

    asked: tuple[()] = ()

    def __init__(self, error, *, up=False):
        self.error = error
        self.up = up

    async def models(self):
        return ["slow"] if self.up else []

    async def stream(self, messages, options):
        raise self.error
        yield

    async def close(self):
        return None


def test_one_question_the_model_cannot_take_is_an_error_but_a_model_that_is_down_ends_it(tmp_path):
    gate = Asked("1", "When does the gate of the yard open?", {}, ("seven",))
    errors = [ContextTooLongError("too long"), GeneratorUnavailableError("down")]

    def with_error(error, *, up=False):
        def prepare(rag):
            rag.generator = Broken(error, up=up)

        return prepare

    (reply,), _ = in_home(tmp_path, [gate], prepare=with_error(errors[0]))
    assert (reply.answer, reply.error) == (None, "ContextTooLongError")
    assert not math.isnan(reply.milliseconds)
    (tmp_path / "again").mkdir()
    with pytest.raises(GeneratorUnavailableError):
        in_home(tmp_path / "again", [gate], prepare=with_error(errors[1]))
    (tmp_path / "slow").mkdir()
    (late,), _ = in_home(tmp_path / "slow", [gate], prepare=with_error(errors[1], up=True))
    assert late.error == "GeneratorUnavailableError", "it is there, and was too slow for this one"


def test_a_question_of_50_000_characters_is_asked(tmp_path):
    gate = Asked("1", "When does the gate open? " * 2000, {}, ("seven",))
    (reply,), _ = in_home(tmp_path, [gate])
    assert reply.answer is not None


def test_a_home_or_collection_without_documents_is_refused(tmp_path):
    async def main():
        async with await open_small(tmp_path / "home") as rag:
            with pytest.raises(EvaluationError, match="privrag sync"):
                refuse_empty_home(rag, None)

    asyncio.run(main())


def test_tokens_that_the_server_does_not_count_are_null_and_not_0():
    silent = replace(REPLIES[0], answer=replace(REPLIES[0].answer, usage=Usage(counted=False)))
    prices = Prices(per_1000_tokens=2.0)
    figures = report(QUESTIONS[:1], [silent], uris=[GUIDE], prices=prices)["systems"]["privrag"]
    assert figures["tokens"] == {"mean": None, "prompt": None, "completion": None}
    assert (figures["cost"]["tokens"], figures["cost"]["money"]) == (None, None)
    both = report(QUESTIONS[:2], [silent, REPLIES[1]], uris=[GUIDE])["systems"]["privrag"]
    assert both["tokens"] == {"mean": 120.0, "prompt": 100.0, "completion": 20.0}
