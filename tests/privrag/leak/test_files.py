"""No file of the home escapes the search: links are followed, what cannot be is said."""

import os

import pytest

from privrag.leak.files import files_of


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "own.log").write_text("x")
    return home


def places(home, *further):
    return [file.place for file in files_of(home, further) if not file.fault]


def faults(home, *further):
    return [file.place for file in files_of(home, further) if file.fault]


def test_links_to_files_and_folders_are_followed(home, tmp_path):
    elsewhere = tmp_path / "disk"
    (elsewhere / "shard").mkdir(parents=True)
    (elsewhere / "shard" / "page.dat").write_text("x")
    (tmp_path / "far.log").write_text("x")
    (home / "index").symlink_to(elsewhere)
    (home / "vllm.log").symlink_to(tmp_path / "far.log")
    assert places(home) == ["own.log", "index/shard/page.dat", "vllm.log"]
    assert faults(home) == []


def test_each_real_file_is_read_once_and_loops_end(home, tmp_path):
    (home / "again.log").symlink_to(home / "own.log")
    (home / "self").symlink_to(home)
    (home / "sub").mkdir()
    (home / "sub" / "up").symlink_to("..")
    assert places(home, home / "own.log", home / "again.log") == ["own.log"]


def test_an_index_with_two_names_goes_by_that_of_the_index(home, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "page.dat").write_text("x")
    (home / "a-copy").symlink_to(tmp_path / "disk")
    (home / "index").symlink_to(tmp_path / "disk")
    (found,) = [file for file in files_of(home) if file.path.name == "page.dat"]
    assert (found.place, found.is_ours) == ("index/page.dat", True)


def test_what_cannot_be_followed_is_given_with_its_fault(home, tmp_path):
    (home / "gone").symlink_to(tmp_path / "nowhere")
    (home / "one").symlink_to("two")
    (home / "two").symlink_to("one")
    assert faults(home) == ["gone", "one", "two"]
    (home / "index").symlink_to(tmp_path / "nowhere")
    assert [file.is_ours for file in files_of(home) if file.place == "index"] == [True]


def test_a_folder_that_cannot_be_listed_is_given_with_its_fault(home, monkeypatch):
    (home / "shut").mkdir()
    real = os.scandir

    def refusing(folder):
        if str(folder).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    assert (places(home), faults(home)) == (["own.log"], ["shut"])


def test_pipes_are_not_read(home):
    os.mkfifo(home / "pipe")
    (home / "linked").symlink_to(home / "pipe")
    assert (places(home), faults(home)) == (["own.log"], [])


def test_further_files_and_folders_are_named_in_full_and_followed(home, tmp_path):
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "train.jsonl").write_text("x")
    (tmp_path / "linked").symlink_to(rows)
    assert places(home, tmp_path / "linked") == ["own.log", str(tmp_path / "linked/train.jsonl")]
    assert places(home, tmp_path / "never.jsonl") == ["own.log"]
