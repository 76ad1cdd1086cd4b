import os
from pathlib import Path

import pytest

from privrag.records import Viewer
from privrag.vault import Mention
from privrag_connectors.plan import acl_of
from privrag_connectors.settings import SyncSettings
from privrag_connectors.sync import sync_folders
from tests.connectors.syncing import counts, names, run, sync, texts


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.txt").write_text(f"Room {number} belongs to Marta Lindqvist.")
    return folder


def of_guest(tmp_path, **settings):
    """File names that somebody of no group finds."""

    async def work(rag):
        hits = await rag.search("Room belongs", k=50, viewer=Viewer("guest"))
        return sorted({hit.uri.rsplit("/", 1)[1] for hit in hits})

    return run(tmp_path, work, **settings)


HR = {"sync": {"acl": {"hr/*": ["group:hr"]}}}


@pytest.fixture
def personnel(docs):
    """One more file, in a folder for the few."""
    (docs / "hr").mkdir()
    (docs / "hr" / "pay.txt").write_text("Room 9 belongs to the payroll.")
    return docs


@pytest.mark.parametrize("again", [".", "hr", "hr/pay.txt"])
def test_who_may_read_a_file_does_not_depend_on_the_folder_that_is_named(
    tmp_path, personnel, again
):
    for path in (personnel, personnel / again):
        report = run(tmp_path, lambda rag, p=path: sync_folders(rag, [p]), **HR)
        assert "pay.txt" not in of_guest(tmp_path)
    assert counts(report)[1] == 0


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [("hr/*", True), ("pay.txt", True), ("*.txt", True), ("r/*", False), ("/hr/*", False)],
)
def test_a_pattern_fits_the_end_of_a_path(pattern, covered):
    settings = SyncSettings(acl={pattern: ("group:hr",)})
    acl = acl_of(Path("/srv/docs/hr/pay.txt"), settings)
    assert acl == (("group:hr",) if covered else ("*",))


def test_an_absolute_pattern_fits_the_whole_path():
    settings = SyncSettings(acl={"/srv/docs/*": ("group:hr",)})
    assert acl_of(Path("/srv/docs/a/b.txt"), settings) == ("group:hr",)
    assert acl_of(Path("/backup/srv/docs/a/b.txt"), settings) == ("*",)


def test_a_file_that_cannot_be_read_is_withdrawn_when_fewer_may_read_it(tmp_path, personnel):
    sync(tmp_path, personnel)
    assert "pay.txt" in of_guest(tmp_path)
    (personnel / "hr" / "pay.txt").write_text("broken")
    report = run(tmp_path, lambda rag: sync_folders(rag, [personnel]), **HR)
    assert any("withdrawn from the index" in failure.error for failure in report.failed)
    assert "pay.txt" not in of_guest(tmp_path)
    assert "pay.txt" not in names(tmp_path)


def test_a_folder_that_cannot_be_read_is_withdrawn_when_fewer_may_read_it(
    tmp_path, personnel, monkeypatch
):
    sync(tmp_path, personnel)
    real = os.scandir

    def scandir(path):
        if str(path).endswith("hr"):
            raise PermissionError(13, "denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = run(tmp_path, lambda rag: sync_folders(rag, [personnel]), **HR)
    assert counts(report) == (0, 0, 0, 6, 2)
    assert "pay.txt" not in names(tmp_path)


def test_a_file_that_cannot_be_read_stays_when_more_may_read_it(tmp_path, personnel):
    run(tmp_path, lambda rag: sync_folders(rag, [personnel]), **HR)
    (personnel / "hr" / "pay.txt").write_text("broken")
    report = sync(tmp_path, personnel)
    assert "last good version stays" in report.failed[0].error
    assert "pay.txt" in names(tmp_path)
    assert "pay.txt" not in of_guest(tmp_path)


def test_a_document_in_which_a_known_name_cannot_be_hidden_is_withdrawn(tmp_path, docs):
    (docs / "0.txt").write_text("Ask Berit Solhaug about room 0.")
    sync(tmp_path, docs)
    (docs / "0.txt").write_text("broken")

    async def learn(rag):
        mention = Mention("PERSON", "Berit Solhaug", "berit solhaug", ("solhaug",))
        rag.stores.vault.assign([mention], version="elsewhere")
        return await sync_folders(rag, [docs])

    report = run(tmp_path, learn)
    assert [("withdrawn" in f.error) for f in report.failed] == [False, True]
    assert not any("Solhaug" in text for text in texts(tmp_path))
    assert "0.txt" not in names(tmp_path)
    (docs / "0.txt").write_text("Ask Berit Solhaug about room 0, please.")
    assert counts(sync(tmp_path, docs)) == (1, 0, 0, 5, 0)
    assert not any("Solhaug" in text for text in texts(tmp_path))
