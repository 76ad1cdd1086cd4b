"""A store of rows that another package announces: real entry points, real files."""

import os
from pathlib import Path

_PACKAGE = """
from pathlib import Path

ROWS = Path(__file__).with_name("rows.txt")


class Rows:
    name = "rows"

    def __init__(self, home):
        self._home = home

    def erase(self, pseudonyms):
        rows = ROWS.read_text().splitlines(keepends=True)
        kept = [row for row in rows if not any(p in row for p in pseudonyms)]
        ROWS.write_text("".join(kept))
        return len(rows) - len(kept)

    def models_with(self, pseudonyms):
        return ["reranker-1"] if any(p in ROWS.read_text() for p in pseudonyms) else []

    def files(self):
        return [ROWS]
"""


def announced_rows(tmp_path: Path) -> tuple[str, Path]:
    """Gives the PYTHONPATH under which the store is announced, and its file of rows."""
    package = tmp_path / "installed"
    announced = package / "rowstore-1.0.dist-info"
    announced.mkdir(parents=True)
    (package / "rowstore.py").write_text(_PACKAGE)
    (announced / "METADATA").write_text("Metadata-Version: 2.1\nName: rowstore\nVersion: 1.0\n")
    (announced / "entry_points.txt").write_text("[privrag.erasable]\nrows = rowstore:Rows\n")
    paths = [str(package), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, paths)), package / "rows.txt"
