"""Accepted corrections as rows: grounded, never of what is tested with, beside old rows."""

import pytest

from privrag.errors import TrainingError
from privrag.feedback import Verdicts
from privrag.records import SafeText, Viewer
from privrag_finetune.feedback.collect import Order, collect
from privrag_finetune.feedback.outliers import outliers
from privrag_finetune.questions.erase import erasable_sets
from privrag_finetune.questions.rows import Rewrite
from privrag_finetune.questions.store import (
    freeze,
    is_frozen,
    read_manifest,
    read_rows,
    write_manifest,
)
from tests.finetune.feedback.corrected import correct, rooms_in, with_rows
from tests.finetune.questions.made import with_rooms


def test_an_accepted_correction_is_a_row_with_its_lineage(tmp_path):
    async def work(rag):
        room, waiting = rooms_in(rag)["train"][:2]
        given = await correct(rag, room)
        await correct(rag, waiting, accept=False)
        made = await collect(rag, Order("rooms", "rooms-2"))
        chunks = {item.chunk.id: item.chunk async for item in rag.stores.index.scroll()}
        return given, made, read_rows(rag.home, "rooms"), read_rows(rag.home, "rooms-2"), chunks

    given, made, old, rows, chunks = with_rows(tmp_path, work)
    [row] = [row for row in rows if row.origin == "feedback"]
    chunk = chunks[row.chunk]
    where = (row.id, row.split, row.category, row.difficulty)
    assert where == (given.id, "train", "feedback", "wrong")
    assert row.answer == given.correction
    assert (row.document, row.version) == (chunk.source.document, chunk.source.version)
    assert chunk.placeholders <= set(row.entities)
    assert made["accepted"] == made["kept"] == 1
    assert made["replayed"] == round(0.5 * sum(r.split == "train" for r in old))
    assert {r.id for r in old if r.split != "train"} <= {r.id for r in rows}, "to measure with"
    assert {r.id for r in rows} - {given.id} <= {r.id for r in old}


def test_what_an_erasure_is_about_to_write_is_of_the_old_set_alone(tmp_path):
    async def work(rag):
        await correct(rag, rooms_in(rag)["train"][0])
        old = read_manifest(rag.home, "rooms")
        rewrite = Rewrite(sha256=old.sha256, rows=old.rows, erased=0)
        write_manifest(rag.home, old.model_copy(update={"rewrite": rewrite}))
        await collect(rag, Order("rooms", "rooms-2"))
        return read_manifest(rag.home, "rooms-2")

    assert with_rows(tmp_path, work).rewrite is None


def test_what_is_tested_with_is_not_learnt(tmp_path):
    async def work(rag):
        places = rooms_in(rag)
        await correct(rag, places["test"][0])
        await correct(rag, places["validation"][0])
        rows = read_rows(rag.home, "rooms")
        (tested, *_) = [r for r in rows if r.split == "test"]
        asked = SafeText(f"Behind which stairs lies {places['train'][0]}?")
        same = tested.model_copy(update={"id": "same", "question": asked})
        freeze(rag.home, read_manifest(rag.home, "rooms"), [*rows, same])
        await correct(rag, places["train"][0])
        return await collect(rag, Order("rooms", "rooms-2")), is_frozen(rag.home, "rooms-2")

    made, frozen = with_rows(tmp_path, work)
    dropped = {name: n for name, n in made["dropped"].items() if n}
    assert dropped == {"kept_for_measuring": 2, "asked_in_test": 1}
    assert (made["out"], made["kept"], frozen) == (None, 0, False)


def test_a_correction_that_no_passage_holds_gives_no_row(tmp_path):
    async def work(rag):
        first, second = rooms_in(rag)["train"][:2]
        await correct(rag, first, "The room {room} was sold for 900 dollars to a baker.")
        await correct(rag, second, "Linh Pham hangs the key of {room} on a hook.")
        return (await collect(rag, Order("rooms", "rooms-2")))["dropped"]

    dropped = with_rows(tmp_path, work)
    assert dropped["answer_not_grounded"] == 1
    assert dropped["placeholder_lost"] == 1, "the passage does not name her"


def test_an_accepted_correction_of_somebody_who_is_mostly_rejected_is_not_learnt(tmp_path):
    async def work(rag):
        rooms = rooms_in(rag)["train"]
        mallory = Viewer("mallory", tenant=rag.settings.tenant)
        odd = await correct(rag, rooms[0], viewer=mallory)
        before = await collect(rag, Order("rooms", "rooms-2"))
        for trade in ("baker", "tailor", "weaver", "potter"):
            text = f"The room {{room}} was sold to a {trade}."
            await correct(rag, rooms[0], text, accept=None, viewer=mallory)
        alone = await collect(rag, Order("rooms", "rooms-3"))
        good = await correct(rag, rooms[1])
        for wood in ("oak", "pine", "maple", "walnut", "cherry", "poplar"):
            await correct(rag, rooms[2], f"{{room}} lies behind the stairs of {wood}.")
        made = await collect(rag, Order("rooms", "rooms-4"))
        learnt = [
            {row.id for row in read_rows(rag.home, name) if row.origin == "feedback"}
            for name in ("rooms-2", "rooms-3", "rooms-4")
        ]
        return odd.id, good.id, before["dropped"], alone["dropped"], made["dropped"], learnt

    odd, good, before, alone, dropped, learnt = with_rows(tmp_path, work)
    assert (before["outlier"], alone["outlier"]) == (0, 0), "nobody to compare with"
    assert dropped["outlier"] == 1
    assert learnt[:2] == [{odd}, {odd}]
    assert good in learnt[2]
    assert odd not in learnt[2], "it does not come along from earlier sets either"


@pytest.mark.parametrize(
    ("theirs", "others", "odd"),
    [
        ((1, 7), (9, 1), True),  # .88 from .53 on; .10 up to .40
        ((1, 7), (3, 0), False),  # 0 of 3 may be up to .56
        ((0, 3), (9, 1), False),  # too few verdicts
        ((4, 4), (2, 8), False),  # everybody is rejected more often
        ((6, 5), (10, 0), False),  # less than half
        ((1, 7), (0, 0), False),  # nobody else
    ],
)
def test_an_outlier_is_surely_rejected_more_often_than_everybody_else(theirs, others, odd):
    verdicts = {"u": Verdicts(*theirs), "v": Verdicts(*others)}
    assert ("u" in outliers(verdicts)) is odd


def test_rows_of_earlier_feedback_come_along_unless_a_newer_one_says_the_same(tmp_path):
    async def work(rag):
        first, second = rooms_in(rag)["train"][:2]
        old = await correct(rag, first)
        await collect(rag, Order("rooms", "rooms-2"))
        with rag.feedback._store()._file.writing() as db:  # as if it were too old to be kept
            db.execute("DELETE FROM answers")
        new = await correct(rag, second)
        made = await collect(rag, Order("rooms", "rooms-3"))
        better = await correct(rag, first, "The room {room} lies behind the {room} stairs.")
        last = await collect(rag, Order("rooms", "rooms-4"))
        ids = [
            {r.id for r in read_rows(rag.home, name) if r.origin == "feedback"}
            for name in ("rooms-3", "rooms-4")
        ]
        return {old.id, new.id}, {better.id, new.id}, ids, made["accepted"], last["dropped"]

    both, newer, ids, accepted, dropped = with_rows(tmp_path, work)
    assert ids == [both, newer]
    assert accepted == 1
    assert dropped["near_duplicate"] == 1


def test_forgetting_somebody_reaches_rows_from_feedback(tmp_path):
    async def work(rag):
        await correct(rag, rooms_in(rag)["train"][0])
        await collect(rag, Order("rooms", "rooms-2"))
        (femi,) = rag.stores.vault.matching([("PERSON", "femi adeyemi")])
        gone = {s.name: s.erase([femi]) for s in erasable_sets(rag.home)}
        return gone, read_rows(rag.home, "rooms-2")

    gone, rows = with_rows(tmp_path, work)
    assert gone["training/rooms-2"] > 0
    assert rows == [], "every room names him"


@pytest.mark.parametrize("replay", [0.1, 0.6])
def test_a_share_out_of_its_range_is_refused(tmp_path, replay):
    async def work(rag):
        with pytest.raises(TrainingError, match=r"from 0\.2 to 0\.5"):
            await collect(rag, Order("rooms", "rooms-2", replay))

    with_rooms(tmp_path, work, sync=False)
