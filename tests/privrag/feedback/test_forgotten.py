"""Forgetting somebody reaches what people said; the leak scan reads the file."""

import json
import sqlite3
from contextlib import closing

from privrag.erasure import forget
from privrag.feedback.erase import erasable_feedback
from privrag.feedback.store import FILE
from privrag.leak import scan
from tests.privrag.erasure.homes import parts
from tests.privrag.feedback.said import (
    LINH,
    RIGHT,
    ask,
    down,
    give,
    pseudonym,
    with_answers,
)


def test_forgetting_somebody_takes_what_names_them(tmp_path):
    async def work(rag):
        await ask(rag, "of-femi")
        await give(rag, down(RIGHT), "of-femi")
        await ask(rag, "of-linh", question=LINH)
        await give(rag, down("Behind the old clock in the hall."), "of-linh")
        femi = pseudonym(rag)
        erasable = erasable_feedback(rag.home)
        done = await forget(rag.stores, "Femi Adeyemi", parts(rag, erasable))
        again = erasable.erase([femi])
        return femi, done.certificate.counts, again, rag.feedback.queued(None)

    femi, counts, again, left = with_answers(tmp_path, work)
    assert (counts["feedback"], again) == (2, 0)
    assert [q.answer.id for q in left] == ["of-linh"]
    files = list((tmp_path / "home").glob(f"{FILE}*"))
    assert femi.encode() not in b"".join(f.read_bytes() for f in files)


def test_a_home_without_feedback_has_nothing_to_forget(tmp_path):
    erasable = erasable_feedback(tmp_path)
    assert erasable.erase(["PERSON_4SD2GZD3"]) == 0
    assert erasable.models_with(["PERSON_4SD2GZD3"]) == []
    assert list(erasable.files()) == []
    assert not (tmp_path / FILE).exists()


def test_the_leak_scan_reads_it(tmp_path):
    async def work(rag):
        await ask(rag)
        await give(rag, down(RIGHT))
        clean = await scan(rag.stores, rag.home, detector=None, sample=0)
        raw = json.dumps(["Femi Adeyemi"])
        with closing(sqlite3.connect(rag.home / FILE)) as db, db:
            db.execute("UPDATE answers SET models = ?", (raw,))
        return clean, await scan(rag.stores, rag.home, detector=None, sample=0)

    clean, leaking = with_answers(tmp_path, work)
    assert clean.certain == []
    assert any(found.place.startswith(FILE) for found in leaking.certain)
