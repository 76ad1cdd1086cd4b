import json
import stat

import pytest

from privrag.erasure import forget
from privrag.errors import SyncError, TrainingError
from privrag.leak import scan
from privrag.upkeep import sync_lock
from privrag_connectors.sync import sync_folders
from privrag_finetune.questions.checks import REASONS
from privrag_finetune.questions.erase import erasable_sets
from privrag_finetune.questions.recorded import recorded_splits
from privrag_finetune.questions.stale import check_rows
from privrag_finetune.questions.store import (
    note_model,
    read_manifest,
    read_rows,
    set_folder,
    set_names,
    write_manifest,
)
from privrag_finetune.questions.synthesize import Order, synthesize
from tests.finetune.questions.made import (
    RECIPE,
    ROOMS,
    Scribe,
    honest,
    pair,
    with_rooms,
    write_rooms,
)
from tests.privrag.erasure.homes import parts

OFTEN = RECIPE.model_copy(update={"questions_per_chunk": 4})


def order(**changes):
    return Order(**{"out": "rooms", "limit": 10, "recipe": RECIPE, **changes})


def files_of(rag, name="rooms"):
    return sorted(path.name for path in set_folder(rag.home, name).iterdir())


def test_a_data_set_says_where_each_row_comes_from_and_what_was_dropped(tmp_path):
    async def work(rag):
        made = await synthesize(rag, order(), Scribe(honest))
        rows = read_rows(rag.home, "rooms")
        chunks = {item.chunk.id: item.chunk async for item in rag.stores.index.scroll()}
        return made, rows, chunks, read_manifest(rag.home, "rooms")

    made, rows, chunks, manifest = with_rooms(tmp_path, work)
    assert set(made["dropped"]) == set(REASONS)
    assert made["rows"] == 10 == made["kept"] + sum(made["dropped"].values())
    assert made["kept"] == len(rows) == sum(made["splits"].values()) > 5
    assert manifest.sha256 == made["sha256"]
    for row in rows:
        chunk = chunks[row.chunk]
        assert (row.document, row.version) == (chunk.source.document, chunk.source.version)
        assert (row.start, row.end, row.acl) == (chunk.start, chunk.end, ("*",))
        assert set(row.entities) == chunk.placeholders != set()
        assert row.rank == 1
    assert {row.document: row.split for row in rows} == dict(
        {(row.document, row.split) for row in rows}
    )


def test_what_the_generator_says_badly_is_dropped_for_its_reason(tmp_path):
    said = [
        None,
        pair("What does Marta Lindqvist paint?", "walls"),
        pair("What does it say in this passage?", "walls"),
        pair("Whom can I write to?", "linh@corp.com"),
    ]

    def say(task):
        return said[task.number] if task.number < len(said) else honest(task)

    async def work(rag):
        made = await synthesize(rag, order(), Scribe(say))
        return made["dropped"]

    dropped = with_rooms(tmp_path, work)
    assert (dropped["unreadable"], dropped["unsafe"], dropped["not_self_contained"]) == (1, 2, 1)


def test_nothing_raw_stands_in_any_file_and_the_files_are_private(tmp_path):
    def say(task):
        return pair("Where does Marta Lindqvist sit?") if task.number == 1 else honest(task)

    async def work(rag):
        with pytest.raises(KeyboardInterrupt):
            await synthesize(
                rag, order(out="half", limit=40, recipe=OFTEN), Scribe(say, fail_after=16)
            )
        await synthesize(rag, order(), Scribe(say))
        folder = rag.home / "training"
        data = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*.json*")}
        report = await scan(rag.stores, rag.home, detector=None, sample=0)
        return files_of(rag, "half"), files_of(rag), data, modes, folder.stat().st_mode, report

    half, whole, data, modes, mode, report = with_rooms(tmp_path, work)
    assert (half, whole) == (["journal.jsonl"], ["manifest.json", "rows.jsonl"])
    assert b"Adeyemi" not in data
    assert b"Lindqvist" not in data
    assert b"PERSON_" in data
    assert (modes, stat.S_IMODE(mode), report.clean) == ({0o600}, 0o700, True)


def test_a_killed_run_goes_on_and_ends_as_one_that_was_not(tmp_path):
    async def work(rag):
        whole = await synthesize(rag, order(out="whole", limit=40, recipe=OFTEN), Scribe(honest))
        with pytest.raises(KeyboardInterrupt):
            await synthesize(rag, order(limit=40, recipe=OFTEN), Scribe(honest, fail_after=16))
        with (set_folder(rag.home, "rooms") / "journal.jsonl").open("a") as journal:
            journal.write('{"task": "torn')
        second = Scribe(honest)
        resumed = await synthesize(rag, order(limit=40, recipe=OFTEN), second)
        return whole, resumed, len(second.asked)

    whole, resumed, asked = with_rooms(tmp_path, work)
    assert whole["rows"] > 16
    assert asked == whole["rows"] - 16
    assert whole["sha256"] == resumed["sha256"]


def test_a_finished_data_set_is_never_written_again(tmp_path):
    async def work(rag):
        await synthesize(rag, order(), Scribe(honest))
        with pytest.raises(TrainingError, match="rooms exists and never changes"):
            await synthesize(rag, order(), Scribe(honest))
        path = set_folder(rag.home, "rooms") / "rows.jsonl"
        path.write_bytes(path.read_bytes().replace(b"colour", b"color", 1))
        with pytest.raises(TrainingError, match="were changed since"):
            read_rows(rag.home, "rooms")

    with_rooms(tmp_path, work)


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", ".hidden"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    async def work(rag):
        with pytest.raises(TrainingError, match="small letters"):
            await synthesize(rag, order(out=name), Scribe(honest))

    with_rooms(tmp_path, work, sync=False)


def test_a_data_set_is_not_called_after_a_person(tmp_path):
    async def work(rag):
        with pytest.raises(TrainingError, match="not called after a person"):
            await synthesize(rag, order(out="femi-adeyemi"), Scribe(honest))

    with_rooms(tmp_path, work)


def test_passages_of_other_readers_are_left_out_and_never_mixed_unasked(tmp_path):
    async def work(rag):
        write_rooms(tmp_path / "docs" / "hr", [f"{room}wood" for room in ROOMS])
        await sync_folders(rag, [tmp_path / "docs"])
        await synthesize(rag, order(out="all", limit=40), Scribe(honest))
        await synthesize(rag, order(out="hr", limit=40, acl=["group:hr"]), Scribe(honest))
        await synthesize(rag, order(out="mixed", limit=40, across_acl=True), Scribe(honest))
        with pytest.raises(TrainingError, match="group:legal"):
            await synthesize(rag, order(out="none", acl=["group:legal"]), Scribe(honest))
        names = ("all", "hr", "mixed")
        acls = [{row.acl for row in read_rows(rag.home, name)} for name in names]
        return acls, [read_manifest(rag.home, name).acl for name in names]

    few = {"sync": {"acl": {"hr/*": ["group:hr"]}}}
    acls, said = with_rooms(tmp_path, work, overrides=few)
    assert acls == [{("*",)}, {("group:hr",)}, {("*",), ("group:hr",)}]
    assert said == [("*",), ("group:hr",), ()]


def test_a_document_keeps_its_split_when_another_copy_of_it_comes(tmp_path):
    async def work(rag):
        await synthesize(rag, order(limit=40), Scribe(honest))
        folder = tmp_path / "docs"
        for path in sorted(folder.glob("*.txt")):
            for copy in range(3):
                path.with_name(f"{path.stem}-{copy}.txt").write_text(path.read_text())
        await sync_folders(rag, [folder])
        await synthesize(rag, order(out="more", limit=400), Scribe(honest))
        noted = (rag.home / "training" / "splits.json").read_text()
        return read_rows(rag.home, "rooms"), read_rows(rag.home, "more"), noted, rag.home

    before, after, noted, home = with_rooms(tmp_path, work)
    first = {row.document: row.split for row in before}
    assert recorded_splits(home, first) == first
    assert not any(row.document in noted for row in after)
    of_a_text = {row.chunk_sha256: row.split for row in before}
    again = [row for row in after if row.chunk_sha256 in of_a_text]
    assert again  # of one of the copies, whichever it is
    assert all(of_a_text[row.chunk_sha256] == row.split for row in again)
    (home / "training" / "splits.json").write_text("{")
    with pytest.raises(TrainingError, match="cannot be read; restore it"):
        recorded_splits(home, [])


def test_an_empty_home_is_refused_and_leaves_the_name_free(tmp_path):
    async def work(rag):
        with pytest.raises(TrainingError, match="privrag sync"):
            await synthesize(rag, order(), Scribe(honest))
        await sync_folders(rag, [write_rooms(tmp_path / "docs")])
        return await synthesize(rag, order(), Scribe(honest))

    assert with_rooms(tmp_path, work, sync=False)["kept"] > 0


def test_where_nothing_is_kept_the_reasons_are_said_and_the_same_command_asks_anew(tmp_path):
    async def work(rag):
        with pytest.raises(TrainingError, match=r"none of 10 .*unreadable 10.*asks anew"):
            await synthesize(rag, order(), Scribe(lambda _: None))
        better = Scribe(honest)
        made = await synthesize(rag, order(), better)
        return made, len(better.asked)

    made, asked = with_rooms(tmp_path, work)
    assert (made["rows"], asked) == (10, 10)
    assert made["kept"] > 0


def test_what_was_written_is_not_asked_anew(tmp_path):
    async def work(rag):
        long = Scribe(lambda task: pair("What " + "colour " * 40 + "?"))
        with pytest.raises(TrainingError, match=r"length 10.*style = 'chat'.*change the recipe"):
            await synthesize(rag, order(), long)
        again = Scribe(honest)
        with pytest.raises(TrainingError, match="length 10"):
            await synthesize(rag, order(), again)
        return again.asked

    assert with_rooms(tmp_path, work) == []


def test_no_erasure_runs_beside_it(tmp_path):
    async def work(rag):
        with sync_lock(rag.home), pytest.raises(SyncError):
            await synthesize(rag, order(), Scribe(honest))

    with_rooms(tmp_path, work)


def test_forgetting_takes_the_rows_out_and_the_certificate_names_the_set_and_its_models(tmp_path):
    async def work(rag):
        await sync_folders(rag, [write_rooms(tmp_path / "more", ["oak", "yew"], "Linh Pham")])
        await synthesize(rag, order(limit=30), Scribe(honest))
        before = read_manifest(rag.home, "rooms")
        note_model(rag.home, "rooms", "reranker-1")
        done = await forget(rag.stores, "Linh Pham", parts(rag, *erasable_sets(rag.home)))
        return before, read_manifest(rag.home, "rooms"), read_rows(rag.home, "rooms"), done

    before, after, rows, done = with_rooms(tmp_path, work)
    gone = done.certificate.counts["training/rooms"]
    assert gone == before.rows - after.rows == after.erased > 0
    assert done.certificate.models == ("reranker-1",)
    assert (after.first_sha256, len(rows)) == (before.sha256, after.rows)
    tokens = set(done.certificate.pseudonyms)
    assert tokens.isdisjoint(token for row in rows for token in row.entities)
    assert sum(after.splits.values()) == after.rows


def test_forgetting_takes_the_lines_of_an_unfinished_set_out_too(tmp_path):
    async def work(rag):
        with pytest.raises(KeyboardInterrupt):
            await synthesize(rag, order(limit=40, recipe=OFTEN), Scribe(honest, fail_after=16))
        done = await forget(rag.stores, "Femi Adeyemi", parts(rag, *erasable_sets(rag.home)))
        left = (set_folder(rag.home, "rooms") / "journal.jsonl").read_text()
        return done.certificate, left

    certificate, left = with_rooms(tmp_path, work)
    assert certificate.counts["training/rooms"] > 0
    assert not any(token in left for token in certificate.pseudonyms)


@pytest.mark.parametrize("step", ["noted", "written"])
def test_an_erasure_killed_half_way_is_finished_by_the_next(tmp_path, step):
    async def work(rag):
        await synthesize(rag, order(), Scribe(honest))
        (one,) = erasable_sets(rag.home)
        tokens = read_rows(rag.home, "rooms")[0].entities
        path = set_folder(rag.home, "rooms") / "rows.jsonl"
        rows, before = path.read_bytes(), read_manifest(rag.home, "rooms")
        one.erase(tokens)
        after, left = read_manifest(rag.home, "rooms"), path.read_bytes()
        noted = {"sha256": after.sha256, "rows": after.rows, "erased": after.erased}
        write_manifest(rag.home, before.model_validate({**before.model_dump(), "rewrite": noted}))
        path.write_bytes(left if step == "written" else rows)
        one.erase(tokens)
        return after, read_manifest(rag.home, "rooms"), path.read_bytes() == left

    after, again, same = with_rooms(tmp_path, work)
    assert same
    assert after == again


def test_rows_whose_document_changed_or_went_are_stale(tmp_path):
    async def work(rag):
        await synthesize(rag, order(), Scribe(honest))
        rows = read_rows(rag.home, "rooms")
        assert (await check_rows(rag.stores, rows)).stale == {}
        names = sorted({row.document for row in rows})
        (tmp_path / "docs" / "alder.txt").unlink()
        (tmp_path / "docs" / "birch.txt").write_text("Nothing is left of the room here.")
        await sync_folders(rag, [tmp_path / "docs"])
        found = await check_rows(rag.stores, rows)
        assert names
        return rows, found

    rows, found = with_rooms(tmp_path, work)
    assert sorted(found.stale.values()) == ["document gone", "passage gone"]
    assert len(found.fresh) == len(rows) - 2


def test_only_safe_text_is_sent_and_every_question_is_asked_of_the_set_generator(tmp_path):
    recipe = RECIPE.model_copy(update={"style": "chat"})

    async def work(rag):
        rag.generator._answers = [
            'Sure: {"question": "How are the walls painted?", "answer": "yellow"} Good luck!'
        ]
        made = await synthesize(rag, order(recipe=recipe))
        sent = json.dumps([[m.content for m in some] for some in rag.generator.asked])
        return made, sent, len(rag.generator.asked), set_names(rag.home)

    made, sent, asked, names = with_rooms(tmp_path, work)
    assert (asked, names, made["model"]) == (10, ["rooms"], "scripted")
    assert "Adeyemi" not in sent
    assert "PERSON_" in sent
    assert made["dropped"]["near_duplicate"] + made["dropped"]["round_trip"] == 9


def test_what_was_asked_before_is_not_searched_for_again(tmp_path):
    recipe = RECIPE.model_copy(update={"style": "chat"})

    async def work(rag):
        said = '{"question": "How are the walls painted?", "answer": "yellow"}'
        rag.generator._answers = [said]
        limits = recipe.filters.model_copy(update={"found_among": 100})
        every = recipe.model_copy(update={"filters": limits})
        return await synthesize(rag, order(recipe=every))

    made = with_rooms(tmp_path, work)
    assert (made["kept"], made["dropped"]["round_trip"]) == (1, 0)
    assert made["dropped"]["near_duplicate"] == 9


def test_two_runs_at_once_of_one_name_are_refused(tmp_path):
    from privrag_finetune.questions.store import making

    with making(tmp_path, "rooms"), pytest.raises(TrainingError, match="another run"):  # noqa: SIM117
        with making(tmp_path, "rooms"):
            pass
