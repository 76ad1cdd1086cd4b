from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privrag.parse import ParseSettings, ParseWorker
from privrag.records import Document

Parse = Callable[[str, bytes], Document]


@pytest.fixture(scope="module")
def worker() -> Iterator[ParseWorker]:
    with ParseWorker(ParseSettings()) as worker:
        yield worker


@pytest.fixture
def parse(worker: ParseWorker, tmp_path: Path) -> Parse:
    """Write bytes under a name and parse them."""

    def write_and_parse(name: str, data: bytes) -> Document:
        path = tmp_path / name
        path.write_bytes(data)
        return worker.parse(path)

    return write_and_parse
