"""Where a report is written: checked before the measuring, not after ten minutes of it."""

import os
from pathlib import Path

from privrag.errors import EvaluationError
from privrag.whole_file import write_whole


def refuse_unwritable(path: Path | None) -> None:
    """Raise EvaluationError unless a file can be written there; None is no file."""
    if path is None:
        return
    place = path.absolute()
    needed = (place.parent, *([place] if place.exists() else []))  # whole means: put in its place
    if (
        place.is_dir()
        or not place.parent.is_dir()
        or not all(os.access(one, os.W_OK) for one in needed)
    ):
        raise EvaluationError(f"{str(path)!r} cannot be written; name a file in a folder of yours")


def write_private(path: Path, text: str) -> None:
    """A file that this user alone may read (0600), whole or not at all. Raises EvaluationError."""
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise EvaluationError(f"{str(path)!r} cannot be written ({error.strerror})") from None


def made_folder(path: Path) -> Path:
    """The folder, made if it is not there. Raises EvaluationError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise EvaluationError(
            f"{str(path)!r} cannot be made; name a folder of yours, or one to be made there"
        ) from None
    return path
