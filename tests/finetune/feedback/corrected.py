"""A home of rooms whose answers were corrected, for the tests of what is learnt from that."""

from zlib import crc32

from privrag.feedback import Opinion
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import read_rows
from tests.finetune.questions.made import with_rooms
from tests.finetune.test_home_reranker import with_all_splits

AGREED = {"feedback": {"consent": True}, "cite": {"min_relevance": -1}}
RIGHT = "Behind the {room} stairs lies the room {room}."


async def correct(rag, room, text=RIGHT, *, accept=True, viewer=None):
    """Ask about a room, say what the answer should have been, and let a reviewer decide.

    `accept` None rejects; False leaves it waiting.
    """
    viewer = viewer or rag.owner
    answer_id = f"about-{room}-{crc32(text.encode())}-{viewer.user}"
    await rag.ask(f"Behind which stairs lies {room}?", answer_id=answer_id, viewer=viewer)
    opinion = Opinion(thumb="down", correction=text.format(room=room), reason="wrong")
    given = await rag.give_feedback(answer_id, opinion, viewer=viewer)
    if accept is not False:
        rag.feedback.review(given.id, "accepted" if accept else "rejected", "rita")
    return given


def rooms_in(rag, name="rooms"):
    """Rooms by split, of the rows of a data set."""
    found = {"train": [], "validation": [], "test": []}
    for row in read_rows(rag.home, name):
        found[row.split].append(row.question.split()[-1].rstrip("?"))
    return found


def with_rows(tmp_path, work, **overrides):
    """Do the work in a home with the data set `rooms`; its documents are split as its rows are."""

    async def main(rag):
        await with_all_splits(rag)
        record_splits(rag.home, {r.document: r.split for r in read_rows(rag.home, "rooms")})
        return await work(rag)

    return with_rooms(tmp_path, main, overrides={**AGREED, **overrides})
