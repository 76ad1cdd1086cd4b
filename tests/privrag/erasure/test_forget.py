import asyncio
import json
import re
from dataclasses import asdict

import pytest

from privrag.audit import checkpoint_path
from privrag.audit import verify as verify_log
from privrag.erasure import forget, look
from privrag.erasure.certificate import verify
from privrag.errors import AuditError, IndexingError, SyncError, VaultError
from privrag.leak import scan
from privrag.restore import ERASED
from privrag.upkeep import sync_lock
from privrag_connectors.sync import sync_folders
from tests.privrag.erasure.homes import NAME, parts, pseudonym, texts, with_home, write_docs


class Rows:
    """A store of rows that a training package would keep; and one model made from them."""

    name = "rows"

    def __init__(self, *rows):
        self.rows = list(rows)

    def erase(self, pseudonyms):
        kept = [row for row in self.rows if not any(p in row for p in pseudonyms)]
        gone, self.rows = len(self.rows) - len(kept), kept
        return gone

    def models_with(self, pseudonyms):
        return ["reranker-1"] if any(p in row for row in self.rows for p in pseudonyms) else []

    def files(self):
        return []


@pytest.fixture
def docs(tmp_path):
    return write_docs(tmp_path)


def stands_in(folder, words):
    return [p.name for p in folder.rglob("*") if p.is_file() and words in p.read_bytes()]


def test_a_forgotten_person_leaves_the_index_the_vault_and_every_byte_of_the_shard(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        token = pseudonym(rag)
        done = await forget(rag.stores, NAME, parts(rag))
        found = [item.chunk async for item in rag.stores.index.scroll()]
        assert not any(token in chunk.text or token in chunk.placeholders for chunk in found)
        assert done.certificate.counts["chunks"] == 3
        assert rag.stores.vault.surface([token]) == {}
        assert stands_in(rag.home / "index", token.encode()) == []
        assert stands_in(rag.home, b"Lindqvist") == []
        return await texts(rag)

    first = with_home(tmp_path, work)[1]
    assert re.fullmatch(
        r"Room 0 belongs to a person. Ask PERSON_\w+ or write to an e-mail address.", first
    )


def test_sentences_keep_their_places_when_tokens_become_words(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        await forget(rag.stores, NAME, parts(rag))
        chunks = [item.chunk async for item in rag.stores.index.scroll()]
        return [chunk.text[s.safe_start : s.safe_end] for chunk in chunks for s in chunk.sentences]

    sentences = with_home(tmp_path, work)
    assert sorted(s for s in sentences if s.startswith("Room")) == [
        f"Room {n} belongs to a person." for n in range(3)
    ]


def test_the_log_and_the_leak_scan_are_clean_afterwards(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        await forget(rag.stores, NAME, parts(rag))
        report = await scan(rag.stores, rag.home, detector=None, sample=0)
        rag.stores.audit.checkpoint()
        checkpoints = checkpoint_path(rag.home, rag.settings.audit)
        (log,) = verify_log(rag.home, rag.stores.vault, checkpoints, tenant="default")
        return report.clean, log.records, rag.stores.audit.newest(1)[0]

    clean, records, last = with_home(tmp_path, work)
    assert (clean, records, last.action) == (True, 1, "forget")
    assert last.counts["chunks"] == 3


def test_a_later_sync_masks_the_person_for_good(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        await forget(rag.stores, NAME, parts(rag))
        entities = rag.stores.vault.count()
        assert (await sync_folders(rag, [docs])).unchanged == 4
        (docs / "0.txt").write_text(
            "Marta Lindqvist is back. Ms. Lindqvist sits with Femi Adeyemi."
        )
        (docs / "7.txt").write_text("Missed by the detector: Lindqvist, Marta and Ms. Lindqvist.")
        rag.detector._people = re.compile("Femi Adeyemi")
        await sync_folders(rag, [docs])
        assert rag.stores.vault.count() == entities
        return await texts(rag)

    found = " / ".join(with_home(tmp_path, work))
    assert "Lindqvist" not in found
    assert "Missed by the detector: a person and a person." in found
    assert "a person is back." in found


def test_a_later_sync_masks_the_other_order_and_half_of_a_double_surname(tmp_path, docs):
    people = "Zolta Quirm-Ashby|Quirm-Ashby Zolta|QUIRM-ASHBY Zolta|Zolta Ashby|QUIRM Zolta"

    async def work(rag):
        rag.detector._people = re.compile(people)
        (docs / "0.txt").write_text("Zolta Quirm-Ashby came.")
        await sync_folders(rag, [docs])
        await forget(rag.stores, "Zolta Quirm-Ashby", parts(rag))
        before = rag.stores.vault.count()
        (docs / "0.txt").write_text(
            "Quirm-Ashby Zolta; QUIRM-ASHBY Zolta; Zolta Ashby; QUIRM Zolta; zolta_ashby came."
        )
        await sync_folders(rag, [docs])
        return before, rag.stores.vault.count(), await texts(rag)

    before, after, found = with_home(tmp_path, work)
    assert after == before
    assert "a person; a person; a person; a person; a user name came." in found


def test_a_later_sync_masks_the_name_beside_a_longer_one(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        await forget(rag.stores, NAME, parts(rag))
        before = rag.stores.vault.count()
        rag.detector._people = re.compile("Marta A. Lindqvist|Marta Lindqvist|MARTA LINDQVIST")
        (docs / "0.txt").write_text("Marta Lindqvist called. Marta A. Lindqvist called.")
        (docs / "1.txt").write_text("MARTA LINDQVIST or Marta A. Lindqvist.")
        await sync_folders(rag, [docs])
        return before, rag.stores.vault.count(), await texts(rag)

    before, after, found = with_home(tmp_path, work)
    assert after == before
    assert {"a person called. a person called.", "a person or a person."} <= set(found)


def test_somebody_else_of_the_same_surname_is_not_masked(tmp_path, docs):
    async def work(rag):
        rag.detector._people = re.compile("(?:Marta|Karl) Lindqvist|Lindqvist")
        (docs / "8.txt").write_text("Karl Lindqvist came. Lindqvist left.")
        await sync_folders(rag, [docs])
        karl = pseudonym(rag, "Karl Lindqvist")
        done = await forget(rag.stores, NAME, parts(rag))
        assert karl not in done.certificate.pseudonyms
        (docs / "8.txt").write_text("Karl Lindqvist came back. Lindqvist left again.")
        await sync_folders(rag, [docs])
        return karl, await texts(rag)

    karl, found = with_home(tmp_path, work)
    assert f"{karl} came back. {karl}_B left again." in found


def test_a_question_about_the_person_becomes_bare_words_and_finds_nobody_by_id(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        await forget(rag.stores, NAME, parts(rag))
        return await rag.safe_question("Which room belongs to Marta Lindqvist?")

    assert with_home(tmp_path, work) == "Which room belongs to a person?"


def test_a_token_that_still_stands_in_an_answer_says_erased(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        rag.stores.vault.erase(pseudonym(rag))  # as if killed before the index was written anew
        return await rag.search("Room 1 belongs to", k=1, viewer=rag.owner)

    (hit,) = with_home(tmp_path, work)
    assert ERASED in hit.shown and "Lindqvist" not in hit.shown.replace("marta.lindqvist@", "")


def test_the_report_names_the_source_files_that_still_hold_the_person(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        (docs / "1.txt").write_text("Room 1 is empty.")
        (docs / "2.txt").unlink()
        return await forget(rag.stores, NAME, parts(rag))

    done = with_home(tmp_path, work)
    assert done.sources == ((docs / "0.txt").as_uri(),)
    assert str(docs) not in done.certificate.text()


def test_a_file_of_the_home_that_is_not_ours_is_named(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        (rag.home / "own.log").write_text("asked for Marta Lindqvist")
        return await forget(rag.stores, NAME, parts(rag))

    assert with_home(tmp_path, work).in_home == ("own.log",)


def test_further_rows_are_erased_and_models_named(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        rows = Rows(f"{pseudonym(rag)} has a room", "nobody")
        return await forget(rag.stores, NAME, parts(rag, rows)), rows.rows

    done, rows = with_home(tmp_path, work)
    assert (done.certificate.models, done.certificate.counts["rows"]) == (("reranker-1",), 1)
    assert rows == ["nobody"]


def test_unknown_ambiguous_and_forgotten_names_are_refused(tmp_path, docs):
    async def work(rag):
        rag.detector._people = re.compile("(?:Marta|Karl) Lindqvist")
        (docs / "8.txt").write_text("Karl Lindqvist came.")
        await sync_folders(rag, [docs])
        with pytest.raises(VaultError, match="knows nobody.* privrag vault list --all"):
            await look(rag.stores, "Nora Nobody")
        with pytest.raises(VaultError, match=r"fits 2 entities.*PERSON_\w+, PERSON_\w+"):
            await look(rag.stores, "Lindqvist")
        token = pseudonym(rag)
        await forget(rag.stores, token, parts(rag))
        with pytest.raises(VaultError, match="already"):
            await forget(rag.stores, NAME, parts(rag))
        with pytest.raises(VaultError, match="already"):
            await forget(rag.stores, token, parts(rag))

    with_home(tmp_path, work)


def test_merged_people_go_together(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        femi = pseudonym(rag, "Femi Adeyemi")
        rag.stores.vault.merge(pseudonym(rag), femi)
        done = await forget(rag.stores, "Femi Adeyemi", parts(rag))
        assert femi in done.certificate.pseudonyms
        return await texts(rag)

    assert not any("PERSON_" in text for text in with_home(tmp_path, work))


class KilledError(Exception):
    pass


def _kill(monkeypatch, rag, step):
    """Let one step of the store fail, before or after it did its work."""
    owner, name, after = {
        "suppress": (rag.stores.vault, "suppress_people", False),
        "upsert": (rag.stores.index, "upsert", False),
        "purge": (rag.stores.index, "purge", True),
        "titles": (rag.stores.manifest, "swap", False),
        "erase": (rag.stores.vault, "erase", False),
        "erased": (rag.stores.vault, "erase", True),
        "log": (rag.stores.vault, "finish_erasing", False),
        "audit": (rag.stores.audit, "append", False),
        "drop": (rag.stores.manifest, "drop_mark", False),
    }[step]
    real = getattr(owner, name)

    def sync_step(*args, **options):
        if after:
            real(*args, **options)
        raise KilledError

    async def async_step(*args, **options):
        if after:
            await real(*args, **options)
        raise KilledError

    monkeypatch.setattr(owner, name, async_step if asyncio.iscoroutinefunction(real) else sync_step)


@pytest.mark.parametrize(
    "step",
    ["suppress", "upsert", "purge", "titles", "erase", "erased", "log", "audit", "drop"],
)
def test_a_kill_at_any_step_is_finished_by_running_it_again(tmp_path, docs, monkeypatch, step):
    (docs / f"{NAME}.txt").write_text("A file whose title is a name.")

    async def killed(rag):
        await sync_folders(rag, [docs])
        token = pseudonym(rag)
        _kill(monkeypatch, rag, step)
        with pytest.raises(KilledError):
            await forget(rag.stores, NAME, parts(rag))
        return token

    token = with_home(tmp_path, killed)

    async def again(rag):
        done = await forget(rag.stores, NAME, parts(rag))
        assert token in done.certificate.pseudonyms
        assert done.certificate.counts == {"chunks": 3, "titles": 1, "entities": 2}
        assert len(done.sources) == 4
        assert rag.stores.vault.erased([token]) == {token}
        assert not any(token in entry.title for entry in rag.documents())
        assert stands_in(rag.home / "index", token.encode()) == []
        assert rag.stores.manifest.mark("forgetting") is None
        assert [r.action for r in rag.stores.audit.newest(9)].count("forget") == 1
        assert rag.stores.vault.verify().damaged == ()

    with_home(tmp_path, again)


def test_while_a_sync_runs_nothing_is_forgotten(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        with sync_lock(rag.home), pytest.raises(SyncError, match="another sync of this home"):
            await forget(rag.stores, NAME, parts(rag))

    with_home(tmp_path, work)


def test_a_certificate_that_was_changed_is_refused(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        return await forget(rag.stores, NAME, parts(rag))

    done = with_home(tmp_path, work)
    assert verify(done.path) == done.certificate
    assert done.path.stat().st_mode & 0o777 == 0o600
    changed = json.loads(done.path.read_text()) | {"suppressed_forms": 0}
    done.path.write_text(json.dumps(changed))
    with pytest.raises(AuditError, match="changed since it was signed"):
        verify(done.path)


def test_a_certificate_is_verified_as_the_command_printed_it(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        done = await forget(rag.stores, NAME, parts(rag))
        printed = tmp_path / "cert.json"
        printed.write_text(json.dumps({"certificate": asdict(done.certificate), "sources": []}))
        assert verify(printed) == done.certificate
        changed = asdict(done.certificate) | {"purged": 0}
        printed.write_text(json.dumps({"certificate": changed}))
        with pytest.raises(AuditError, match="is no certificate"):
            verify(printed)
        printed.write_text("[]")
        with pytest.raises(AuditError, match="is no certificate"):
            verify(printed)

    with_home(tmp_path, work)


def test_a_rebuild_of_the_index_that_was_killed_is_finished_at_the_next_opening(tmp_path, docs):
    async def work(rag):
        await sync_folders(rag, [docs])
        return await texts(rag)

    before = with_home(tmp_path, work)
    index = tmp_path / "home" / "index"
    (index / "shard").rename(index / "shard.rebuilt")
    (index / "shard").mkdir()  # the old one, half deleted

    async def count(rag):
        return await texts(rag)

    assert with_home(tmp_path, count) == before
    assert not (index / "shard.rebuilt").exists()


def test_a_closed_index_cannot_be_purged(tmp_path):
    async def work(rag):
        await rag.stores.index.close()
        with pytest.raises(IndexingError, match="closed"):
            await rag.stores.index.purge()

    with_home(tmp_path, work)
