"""Replaces a file in one step: whoever reads it finds the old one or the new one, whole."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in its place that its owner alone may read (0600), durable when this returns.

    Raises OSError; the old file stays then, and nothing of the new one is left.
    """
    draft = path.with_name(path.name + ".new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
        try:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
