"""A file is replaced whole or not at all, and its owner alone may read it."""

import stat

import pytest

from privrag.whole_file import write_whole
from tests.opened import full_disk


def test_the_new_file_is_there_whole_and_private(tmp_path):
    file = tmp_path / "report.json"
    file.write_text("old")
    draft = tmp_path / "report.json.new"
    draft.write_text("what a kill left")
    for each in (file, draft):
        each.chmod(0o644)
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_on_a_full_disk_the_old_one_stays_and_nothing_else(tmp_path):
    file = tmp_path / "report.json"
    file.write_text("old")
    with full_disk(), pytest.raises(OSError, match="too large"):
        write_whole(file, b"new")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_it_does_not_write_through_a_link_that_somebody_put_there(tmp_path):
    other = tmp_path / "other"
    other.write_text("theirs")
    (tmp_path / "report.json.new").symlink_to(other)
    with pytest.raises(OSError, match="symbolic link"):
        write_whole(tmp_path / "report.json", b"new")
    assert other.read_text() == "theirs"
