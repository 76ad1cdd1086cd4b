"""Rows of a home: what serving shows, and what is right to write about it."""

from dataclasses import replace

import pytest

from privrag.prompts import PromptSettings
from privrag.records import SafeText
from privrag_finetune.generator.home_rows import _may_stand_beside, home_rows, prompt_settings
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.generator.rows import prompt_of
from privrag_finetune.home_data import Asked, asked_of
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.rows import Row
from privrag_finetune.questions.store import read_rows
from tests.finetune.questions.made import chunk, with_rooms
from tests.finetune.test_home_reranker import with_all_splits

ALWAYS = GeneratorRecipe(abstain=1.0)
NEVER = GeneratorRecipe(abstain=0.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    neighbours = []

    async def work(rag):
        await with_all_splits(rag)
        asked = await asked_of(rag, "rooms", read_rows(rag.home, "rooms"), needed=())
        found = await home_rows(rag, asked["train"], ALWAYS, seed=1)
        own = await home_rows(rag, asked["train"], ALWAYS, seed=1, passages="own")
        some = ALWAYS.model_copy(update={"abstain": 0.5})
        whole = (await home_rows(rag, asked["train"], some, seed=1)).rows
        gone = whole[0].owner
        left = [one for one in asked["train"] if one.row.document != gone]
        neighbours.extend([whole, (await home_rows(rag, left, some, seed=1)).rows])
        return rag.settings.prompts, asked["train"], found, own, neighbours

    return with_rooms(tmp_path_factory.mktemp("rows"), work)


def test_an_answer_names_the_passage_that_holds_it(made):
    prompts, asked, found, *_ = made
    answers = {one.row.id: one.row for one in asked}
    rows = [row for row in found.rows if not row.abstains]
    assert rows
    for row in rows:
        said, _, marker = row.answer.rpartition(" ")
        assert said == answers[row.id].answer
        system = row.prompt[0].content
        assert row.prompt[-1].content == answers[row.id].question
        (passage,) = [line for line in system.splitlines() if line.startswith(marker)]
        assert set(said.split()) <= set(passage.replace(".", " ").split())
        assert prompts.examples.splitlines()[1] not in system, "a tuned model needs no examples"


def test_a_passage_that_serving_would_not_show_takes_the_last_place_and_is_counted(tmp_path):
    async def work(rag):
        await with_all_splits(rag)
        rows = read_rows(rag.home, "rooms")
        record_splits(rag.home, {row.document: row.split for row in rows})
        asked = await asked_of(rag, "rooms", rows, needed=())
        one, other, *_ = asked["train"]
        away = replace(one, row=one.row.model_copy(update={"question": other.row.question}))
        return (await home_rows(rag, [one, away], NEVER, seed=1)).rows

    own = {"prompts": {"passages": 1, "sentences": 0}}
    shown, placed = with_rooms(tmp_path, work, overrides=own)
    assert (shown.placed_last, placed.placed_last) == (False, True)


def test_without_its_document_the_right_answer_is_to_refuse(made):
    prompts, asked, found, *_ = made
    documents = {one.row.id: one.chunk.text for one in asked}
    rows = [row for row in found.rows if row.abstains]
    assert rows
    for row in rows:
        assert row.answer == prompts.refusal
        assert documents[row.id.removesuffix("-without")] not in row.prompt[0].content


def test_rows_of_one_owner_hold_passages_of_one_owner(made):
    _, asked, _, own, _ = made
    texts = {one.row.document: one.chunk.text for one in asked}
    for row in own.rows:
        for document, text in texts.items():
            shown = text.splitlines()[0] in row.prompt[0].content
            assert not shown or document == row.owner


def test_a_document_less_changes_no_row_of_the_others(made):
    *_, (whole, without) = made
    assert [row for row in whole if row.owner != whole[0].owner] == list(without)
    asked = {row.id.removesuffix("-without") for row in without}
    assert 0 < sum(row.abstains for row in without) < len(asked), "a draw decides"


def test_a_word_between_passages_is_the_same_in_every_call_and_another_for_every_row():
    settings = PromptSettings(marking="boundary")
    one, same = (prompt_of("a", SafeText("Why?"), ["x"], settings) for _ in range(2))
    assert one == same != prompt_of("b", SafeText("Why?"), ["x"], settings)


@pytest.mark.parametrize(
    ("acl", "split", "may"),
    [
        (("*",), {}, True),
        (("group:hr",), {}, True),
        (("group:hr", "group:it"), {}, True),
        (("group:it",), {}, False),
        (("*",), {"other": "test"}, False),
        (("*",), {"other": "train"}, True),
    ],
)
def test_what_may_stand_beside_a_passage(acl, split, may):
    row = Row.model_construct(split="train", acl=("group:hr",), document="own")
    one = Asked(row, chunk("The gate opens at nine.", document="own"))
    other = chunk("The gate closes at five.", document="other")
    other = replace(other, source=replace(other.source, acl=acl))
    assert _may_stand_beside(other, one, split) is may


def test_the_recipe_changes_the_prompt_only_where_it_says_so(made):
    prompts, *_ = made
    own = prompt_settings(prompts, GeneratorRecipe(instructions="Answer.", examples=None))
    assert (own.instructions, own.examples) == ("Answer.", prompts.examples)
    assert own.model_copy(update={"instructions": prompts.instructions}) == prompts
