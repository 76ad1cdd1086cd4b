"""Temporary folders that outlive nobody: removed by their owner, or by the next one after a kill.

The owner holds a lock on the folder, which the kernel drops with the process, however that ends.
So a folder that can be locked is nobody's, and whoever makes a new one removes it first.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

_PREFIX = "privrag-scratch-"
"""So long that nobody gives a folder of his own such a name: what is swept is gone."""


class Scratch:
    """A folder of this process (mode 0700), removed by `close`; also a context manager."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
            lock = _locked(self.path)
            if lock is not None:  # else another process swept it before it was locked
                self._lock: int | None = lock
                return

    def close(self) -> None:
        """Remove the folder and everything in it; closing twice is no error."""
        lock, self._lock = self._lock, None
        if lock is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _sweep(parent: Path) -> None:
    """Remove this user's folders that nobody holds."""
    for folder in parent.glob(f"{_PREFIX}*"):
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """An exclusive lock on a folder of this user; None if somebody holds it or it is not ours."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.fstat(handle).st_uid == os.getuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists():
                return handle
    except OSError:
        pass
    os.close(handle)
    return None
