"""Where a training cannot write, one sentence says where, why, and how it goes on.

Checkpoints in `NAME.work` stay, and what tells of a model is written last: nothing is half there.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from privrag.errors import TrainingError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR})
_NUMBER = re.compile(r"\(os error (\d+)\)")
"""How libraries in Rust tell it: safetensors as SafetensorError, tokenizers as plain Exception."""


@contextmanager
def writing_into(out: Path) -> Iterator[None]:
    """Around what writes a model's folder `out`, or its checkpoints beside it.

    Raises TrainingError for a full disk, a quota, a folder that may not be written, and for weights
    in the checkpoints that are damaged; other errors go through as they are.
    """
    try:
        yield
    except Exception as error:
        if (told := _told(error, out)) is None:
            raise
        raise told from None


def cannot_write(what: str, folder: Path, number: int | None) -> TrainingError:
    """`number` is the system's of the error."""
    why = "unknown error" if number is None else os.strerror(number)
    todo = (
        f"make {folder} writable for this user" if number in _CLOSED else f"make room in {folder}"
    )
    return TrainingError(f"{what} cannot be written ({why}); {todo} and run the same command again")


def _told(error: Exception, out: Path) -> TrainingError | None:
    from safetensors import SafetensorError

    number = number_of(error, of_rust=isinstance(error, SafetensorError))
    if number in _FULL | _CLOSED:
        return cannot_write(f"the model {out.name}", out.parent, number)
    if not isinstance(error, SafetensorError):
        return None
    return TrainingError(
        f"a checkpoint of {out.name} is damaged; remove the folder {out}.work and run the same "
        "command again: it begins anew"
    )


def number_of(error: Exception, *, of_rust: bool) -> int | None:
    """The system's of an error, also where a library in Rust tells it in words."""
    if isinstance(error, OSError):
        return error.errno
    if of_rust or type(error) is Exception:
        found = _NUMBER.search(str(error))
        return int(found[1]) if found else None
    return None
