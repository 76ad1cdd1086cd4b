import os
import re
import shutil
from collections import Counter

import pytest

from privrag import upkeep
from privrag.errors import IndexingError, MassDeleteError, SettingsError, SyncError
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.vault import Mention
from privrag_connectors.sync import sync_folders
from tests.connectors.syncing import counts, names, run, sync, texts


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(f"Room {number} belongs to Marta Lindqvist.")
    return folder


def test_only_what_changed_is_taken_in_again(tmp_path, docs):
    assert counts(sync(tmp_path, docs)) == (6, 0, 0, 0, 0)
    assert counts(sync(tmp_path, docs)) == (0, 0, 0, 6, 0)
    (docs / "0.txt").write_text("Room 0 is empty.")
    (docs / "7.txt").write_text("Room 7 is new.")
    (docs / "5.txt").unlink()
    assert counts(sync(tmp_path, docs)) == (1, 1, 1, 4, 0)
    assert names(tmp_path) == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "7.txt"]
    assert "Room 0 is empty." in texts(tmp_path)
    assert not any("Room 5" in text for text in texts(tmp_path))


def test_no_name_reaches_the_index(tmp_path, docs):
    sync(tmp_path, docs)
    assert all("Lindqvist" not in text and "PERSON_" in text for text in texts(tmp_path))


def test_a_dry_run_says_what_would_be_done_and_does_nothing(tmp_path, docs):
    sync(tmp_path, docs)
    (docs / "0.txt").unlink()
    (docs / "8.txt").write_text("New.")
    assert counts(sync(tmp_path, docs, dry_run=True)) == (1, 0, 1, 5, 0)
    assert len(names(tmp_path)) == 6


def test_the_brake_refuses_and_changes_nothing(tmp_path, docs):
    sync(tmp_path, docs)
    for number in range(3):
        (docs / f"{number}.txt").unlink()
    (docs / "9.txt").write_text("New.")
    with pytest.raises(MassDeleteError, match="3 of 6 known documents vanished.*mass-delete"):
        sync(tmp_path, docs)
    assert len(names(tmp_path)) == 6
    assert counts(sync(tmp_path, docs, allow_mass_delete=True)) == (1, 0, 3, 3, 0)


def test_exactly_a_third_may_vanish(tmp_path, docs):
    sync(tmp_path, docs)
    (docs / "0.txt").unlink()
    (docs / "1.txt").unlink()
    assert sync(tmp_path, docs).deleted == 2


def test_a_vanished_folder_is_braked_and_one_that_never_was_is_refused(tmp_path, docs):
    sync(tmp_path, docs)
    docs.rename(tmp_path / "unmounted")
    with pytest.raises(MassDeleteError):
        sync(tmp_path, docs)
    with pytest.raises(SyncError, match="no file or folder"):
        sync(tmp_path, tmp_path / "never")


def test_deletes_stay_under_the_given_paths(tmp_path, docs):
    other = tmp_path / "docs2"
    other.mkdir()
    (other / "x.txt").write_text("Room X.")
    sync(tmp_path, docs, other)
    (docs / "0.txt").unlink()
    assert counts(sync(tmp_path, other)) == (0, 0, 0, 1, 0)
    assert counts(sync(tmp_path)) == (0, 0, 1, 6, 0)


def test_without_paths_and_without_a_past_it_says_what_to_do(tmp_path):
    (tmp_path / "home").mkdir()
    with pytest.raises(SettingsError, match="name a folder"):
        sync(tmp_path)


def test_a_lost_index_is_filled_again(tmp_path, docs):
    sync(tmp_path, docs)
    before = texts(tmp_path)
    shutil.rmtree(tmp_path / "home" / "index")
    assert counts(sync(tmp_path, docs)) == (0, 6, 0, 0, 0)
    assert texts(tmp_path) == before


def test_a_name_known_from_one_document_is_hidden_in_every_other(tmp_path, docs):
    """The detector does not know this name; one document spells it out as a person's."""
    (docs / "0.txt").write_text("Ask Berit Solhaug about room 0.")
    sync(tmp_path, docs)
    assert any("Berit Solhaug" in text for text in texts(tmp_path))

    async def learn(rag):
        mention = Mention("PERSON", "Berit Solhaug", "berit solhaug", ("solhaug",))
        rag.stores.vault.assign([mention], version="elsewhere")
        return await sync_folders(rag, [docs])

    assert counts(run(tmp_path, learn)) == (0, 0, 0, 6, 0)
    assert not any("Solhaug" in text for text in texts(tmp_path))


def test_what_was_looked_at_is_not_looked_at_again_while_nobody_new_is_known(
    tmp_path, docs, monkeypatch
):
    (docs / "0.txt").write_text("Ask Berit Solhaug about room 0.")
    looked = []

    def watched(stores, texts, owners):
        looked.extend(owners)
        return named_in(stores, texts, owners)

    named_in = upkeep._named_in
    sync(tmp_path, docs)
    monkeypatch.setattr(upkeep, "_named_in", watched)
    run(tmp_path, learn_berit(docs))
    per_document = Counter(looked)
    assert len(per_document) == 7  # six documents, and the one that was written again
    assert set(per_document.values()) == {3}  # title, its words, one chunk


@pytest.mark.parametrize("form", ["berit_solhaug", "BeritSolhaug", "beritsolhaug", "berit.solhaug"])
def test_so_is_one_that_is_written_as_one_word(tmp_path, docs, form):
    (docs / "0.txt").write_text(f"Ask {form} about room 0.")
    sync(tmp_path, docs)
    assert any(form in text for text in texts(tmp_path))
    assert counts(run(tmp_path, learn_berit(docs))) == (0, 0, 0, 6, 0)
    assert not any(form in text for text in texts(tmp_path))


@pytest.mark.parametrize(
    "form", ["QmVyaXQgU29saGF1Zw==", "426572697420536f6c68617567", "Berit\\u0020Solhaug"]
)
def test_so_is_one_that_is_encoded(tmp_path, docs, form):
    (docs / "0.txt").write_text(f"Ask {form} about room 0.")
    sync(tmp_path, docs)
    assert any(form in text for text in texts(tmp_path))
    assert counts(run(tmp_path, learn_berit(docs))) == (0, 0, 0, 6, 0)
    assert not any(form in text for text in texts(tmp_path))


@pytest.mark.parametrize("form", ["berit solhaug", "Berit solhaug", "BERIT SOLHAUG"])
def test_so_is_one_in_lower_case_or_in_capitals(tmp_path, docs, form):
    (docs / "0.txt").write_text(f"please ask {form} about the rent. {form} signs.")
    sync(tmp_path, docs)
    assert any(form in text for text in texts(tmp_path))
    assert counts(run(tmp_path, learn_berit(docs))) == (0, 0, 0, 6, 0)
    assert not any(form in text for text in texts(tmp_path))


@pytest.mark.parametrize("stem", ["berit_solhaug_offer", "offer-berit-solhaug", "berit solhaug"])
def test_so_is_one_that_only_the_name_of_a_file_has(tmp_path, docs, stem):
    (docs / f"{stem}.txt").write_text("Nothing about anybody.")

    async def titles(rag):
        return [entry.title for entry in rag.documents()]

    sync(tmp_path, docs)
    assert stem in run(tmp_path, titles)
    assert counts(run(tmp_path, learn_berit(docs))) == (0, 0, 0, 7, 0)
    assert not any("berit" in title for title in run(tmp_path, titles))


def learn_berit(docs):
    """Make her known by another document, then sync."""

    async def learn(rag):
        mentions = mentions_of([("PERSON", "Berit Solhaug")], "elsewhere")
        rag.stores.vault.assign(mentions, version="elsewhere")
        return await sync_folders(rag, [docs])

    return learn


def test_one_bad_file_never_stops_the_rest(tmp_path, docs):
    (docs / "3.txt").write_text("broken beyond repair")
    report = sync(tmp_path, docs)
    assert counts(report) == (5, 0, 0, 0, 1)
    assert report.failed[0].uri.endswith("/3.txt")
    assert report.failed[0].error == "3.txt is broken"


def test_a_known_file_that_breaks_keeps_its_last_good_version(tmp_path, docs):
    sync(tmp_path, docs)
    (docs / "3.txt").write_text("broken beyond repair")
    report = sync(tmp_path, docs)
    assert counts(report) == (0, 0, 0, 5, 1)
    assert "last good version stays" in report.failed[0].error
    assert len(names(tmp_path)) == 6


def test_equal_bytes_at_two_places_are_two_documents(tmp_path, docs):
    (docs / "copy.txt").write_bytes((docs / "0.txt").read_bytes())
    assert sync(tmp_path, docs).added == 7


def test_a_changed_acl_is_an_update(tmp_path, docs):
    sync(tmp_path, docs)
    settings = {"sync": {"acl": {"0.txt": ["group:hr"]}}}
    report = run(tmp_path, lambda rag: sync_folders(rag, [docs]), **settings)
    assert counts(report) == (0, 1, 0, 5, 0)


def test_links_are_followed_inside_and_refused_outside_or_in_a_loop(tmp_path, docs):
    (docs / "sub").mkdir()
    os.symlink(docs, docs / "sub" / "loop")
    os.symlink("/etc/hostname", docs / "out.txt")
    os.symlink(docs / "0.txt", docs / "again.txt")
    os.symlink(docs / "nowhere", docs / "dangling.txt")
    report = sync(tmp_path, docs)
    assert report.added == 7
    reasons = {f.uri.rsplit("/", 1)[1]: f.error for f in report.failed}
    assert "loop" in reasons["loop"]
    assert "leaves the synced folder" in reasons["out.txt"]
    assert "no longer there" in reasons["dangling.txt"]


def test_an_unreadable_folder_does_not_delete_what_was_in_it(tmp_path, docs, monkeypatch):
    (docs / "sub").mkdir()
    (docs / "sub" / "kept.txt").write_text("Kept.")
    sync(tmp_path, docs)
    real = os.scandir

    def scandir(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = sync(tmp_path, docs)
    assert counts(report) == (0, 0, 0, 6, 1)
    assert "permission denied" in report.failed[0].error
    assert "kept.txt" in names(tmp_path)


def test_special_and_hidden_files(tmp_path, docs):
    os.mkfifo(docs / "pipe.txt")
    (docs / ".hidden.txt").write_text("hidden")
    (docs / "~$lock.docx").write_text("lock")
    report = sync(tmp_path, docs)
    assert report.added == 6
    assert [f.error for f in report.failed] == ["it is not a regular file"]


def test_a_second_sync_at_the_same_time_is_refused(tmp_path, docs):
    async def work(rag):
        import fcntl

        with (rag.home / "sync.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            await sync_folders(rag, [docs])

    with pytest.raises(SyncError, match="another sync"):
        run(tmp_path, work)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"mass_delete_share": 3}, r"sync\.mass_delete_share: .*less than or equal to 1"),
        ({"acl": {"a/*": ["hr"]}}, r"sync\.acl: .*'group:NAME'"),
        ({"colour": 1}, r"sync\.colour: "),
    ],
)
def test_wrong_settings_name_the_key(tmp_path, docs, table, message):
    with pytest.raises(SettingsError, match=message):
        run(tmp_path, lambda rag: sync_folders(rag, [docs]), sync=table)


def in_collections(tmp_path):
    async def work(rag):
        return {e.uri.rsplit("/", 1)[1]: e.collection for e in rag.documents()}

    return run(tmp_path, work)


def test_a_folder_stays_in_its_collection(tmp_path, docs):
    sync(tmp_path, docs, collection="secret")
    (docs / "new.txt").write_text("Room new.")
    sync(tmp_path)
    assert set(in_collections(tmp_path).values()) == {"secret"}
    (docs / "sub").mkdir()
    (docs / "sub" / "newer.txt").write_text("Room newer.")
    sync(tmp_path, docs / "sub")
    assert in_collections(tmp_path)["newer.txt"] == "secret"
    assert counts(sync(tmp_path, docs, collection="open")) == (0, 8, 0, 0, 0)
    assert set(in_collections(tmp_path).values()) == {"open"}


def test_a_folder_that_is_gone_for_good_does_not_stop_the_others(tmp_path, docs):
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.txt").write_text("Room X.")
    sync(tmp_path, docs, other)
    shutil.rmtree(other)
    with pytest.raises(MassDeleteError):
        sync(tmp_path, other)
    assert counts(sync(tmp_path, allow_mass_delete=True)) == (0, 0, 1, 6, 0)
    (docs / "0.txt").write_text("Room 0 is new.")
    assert counts(sync(tmp_path)) == (0, 1, 0, 5, 0)


def test_a_second_tenant_of_a_home_sees_and_counts_its_own(tmp_path, docs):
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.txt").write_text("Room X belongs to Marta Lindqvist.")
    sync(tmp_path, docs)

    async def work(rag):
        await sync_folders(rag, [other])
        index = rag.stores.index
        status = (await index.count(tenant="acme"), await index.count_documents(tenant="acme"))
        return status, [hit.uri.rsplit("/", 1)[1] for hit in await rag.search("Room belongs")]

    assert run(tmp_path, work, tenant="acme") == ((1, 1), ["x.txt"])
    assert len(names(tmp_path)) == 6


def test_a_lost_manifest_leaves_nothing_behind(tmp_path, docs):
    sync(tmp_path, docs)
    before = texts(tmp_path)
    for file in (tmp_path / "home").glob("manifest.db*"):
        file.unlink()
    assert counts(sync(tmp_path, docs)) == (6, 0, 0, 0, 0)
    assert texts(tmp_path) == before


def test_hardly_any_space_is_a_sentence_before_the_engine_finds_out(tmp_path, docs, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=5 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(IndexingError, match="only 5 MB are free"):
        sync(tmp_path, docs)


def test_a_name_that_became_known_later_leaves_the_bytes_of_the_index_too(tmp_path, docs):
    for path in docs.iterdir():
        path.unlink()
    (docs / "a.txt").write_text("Nora Quist has a key.")
    sync(tmp_path, docs)

    def standing():
        files = (tmp_path / "home" / "index").rglob("*")
        return any(b"Nora Quist" in p.read_bytes() for p in files if p.is_file())

    assert standing()  # nobody found it: it is in clear

    async def known_now(rag):
        rag.detector._people = re.compile("Nora Quist")
        (docs / "b.txt").write_text("The key is with Nora Quist.")
        return await sync_folders(rag, [docs])

    run(tmp_path, known_now)
    assert not standing()


def test_what_a_document_said_before_is_in_no_file_of_the_index(tmp_path, docs):
    """The engine keeps overwritten and deleted payloads; a sync gets rid of them."""

    def stands(words):
        files = [p for p in (tmp_path / "home" / "index").rglob("*") if p.is_file()]
        return any(words.encode() in p.read_bytes() for p in files)

    (docs / "0.txt").write_text("The kettle is turquoise.")
    (docs / "1.txt").write_text("The ladder is vermilion.")
    sync(tmp_path, docs)
    assert stands("turquoise")
    assert stands("vermilion")
    (docs / "0.txt").write_text("The kettle is grey.")
    (docs / "1.txt").unlink()
    assert counts(sync(tmp_path, docs)) == (0, 1, 1, 4, 0)
    assert not stands("turquoise")
    assert not stands("vermilion")
    assert stands("grey")
