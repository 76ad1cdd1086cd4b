"""The child process: limits, death, traces."""

import os
import signal
import tempfile
import threading
from pathlib import Path

import pytest

from privrag.errors import ParseLimitError
from privrag.parse import ParseSettings, ParseWorker
from tests.privrag.parse.samples import make_pptx, make_xlsx, make_zip

pytestmark = pytest.mark.alone


def child_pid(worker: ParseWorker) -> int:
    process = worker._child._process
    assert process is not None
    return process.pid


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text("Hello.")
    return path


def test_a_parse_that_takes_too_long_is_stopped_and_the_next_one_works(note: Path) -> None:
    with ParseWorker(ParseSettings(timeout_seconds=1)) as worker:
        worker.parse(note)
        stuck = child_pid(worker)
        os.kill(stuck, signal.SIGSTOP)
        with pytest.raises(ParseLimitError, match=r"note\.txt: it was not parsed within 1 seconds"):
            worker.parse(note)
        with pytest.raises(ProcessLookupError):
            os.kill(stuck, 0)
        assert worker.parse(note).text == "Hello."
        assert child_pid(worker) != stuck


def test_a_child_that_dies_is_an_error_and_the_next_parse_works(note: Path) -> None:
    with ParseWorker(ParseSettings()) as worker:
        worker.parse(note)
        pid = child_pid(worker)
        os.kill(pid, signal.SIGSTOP)
        timer = threading.Timer(0.2, os.kill, (pid, signal.SIGKILL))
        timer.start()
        with pytest.raises(ParseLimitError, match="its parser crashed or ran out of memory"):
            worker.parse(note)
        timer.join()
        assert worker.parse(note).text == "Hello."


def test_memory_is_limited_and_the_sentence_says_so(tmp_path: Path) -> None:
    path = tmp_path / "large.docx"
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{n * 7919}</w:t></w:r></w:p>" for n in range(1_000_000))
    path.write_bytes(
        make_zip(
            {
                "[Content_Types].xml": "",
                "word/document.xml": f'<w:document xmlns:w="{space}"><w:body>{body}</w:body>'
                "</w:document>",
            }
        )
    )
    with (
        ParseWorker(ParseSettings(max_memory_mb=512)) as worker,
        pytest.raises(ParseLimitError, match=r"it needs more memory than parse\.max_memory_mb"),
    ):
        worker.parse(path)


def test_a_child_that_has_grown_large_is_replaced(tmp_path: Path, note: Path) -> None:
    book, deck = tmp_path / "book.xlsx", tmp_path / "deck.pptx"
    book.write_bytes(make_xlsx(["the libraries for both take more than half of the limit"]))
    deck.write_bytes(make_pptx())
    with ParseWorker(ParseSettings(max_memory_mb=512)) as worker:
        worker.parse(note)
        before = child_pid(worker)
        worker.parse(book)
        worker.parse(deck)
        worker.parse(note)
        assert child_pid(worker) != before


def test_closing_leaves_no_process_and_no_file(
    note: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with ParseWorker(ParseSettings()) as worker:
        worker.parse(note)
        pid = child_pid(worker)
        assert len(list(temporary.iterdir())) == 1
        assert not list(temporary.glob("*/*"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not list(temporary.iterdir())
    worker.close()


def test_modules_in_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The documents' folder may hold a hostile `lxml.py`."""
    monkeypatch.chdir(tmp_path)
    for name in ("lxml", "json", "privrag"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')\n")
    page = tmp_path / "page.html"
    page.write_text("<p>Hello.")
    with ParseWorker(ParseSettings()) as worker:
        assert worker.parse(page).text == "Hello."
    assert not (tmp_path / "imported").exists()


def test_a_relative_path_is_located_from_the_current_folder(
    note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ParseWorker(ParseSettings()) as worker:
        worker.parse(note)
        monkeypatch.chdir(note.parent)
        assert worker.parse(Path("note.txt")).uri == note.as_uri()
