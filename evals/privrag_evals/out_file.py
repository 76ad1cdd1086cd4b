"""Where a report is written: checked before the measuring, not after ten minutes of it."""

import os
from pathlib import Path

from privrag.errors import EvaluationError


def refuse_unwritable(path: Path | None) -> None:
    """Raise EvaluationError unless a file can be written there; None is no file."""
    if path is None:
        return
    place = path.absolute()
    there = place if place.exists() else place.parent
    if place.is_dir() or not place.parent.is_dir() or not os.access(there, os.W_OK):
        raise EvaluationError(f"{str(path)!r} cannot be written; name a file in a folder of yours")


def write_private(path: Path, text: str) -> None:
    """A file that this user alone may read (0600), also where there was another before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


def made_folder(path: Path) -> Path:
    """The folder, made if it is not there. Raises EvaluationError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise EvaluationError(
            f"{str(path)!r} cannot be made; name a folder of yours, or one to be made there"
        ) from None
    return path
