"""Walk folders: which files are there, which cannot be read and why.

Symbolic links are followed while they stay inside the folder that was named; a loop or a link
that leaves it is a failure with its reason, not a hang and not a leak. Hidden files, lock files of
office programs and what the operating system strews about are passed over.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from privrag.errors import ParseError, PrivragError

_IGNORED_NAMES = frozenset({"Thumbs.db", "desktop.ini"})
_IGNORED_PREFIXES = (".", "~$")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file with the hash of its bytes."""

    path: Path = field(repr=False)
    uri: str = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that could not be looked at; what was known below it is kept."""

    path: Path = field(repr=False)
    uri: str = field(repr=False)
    error: PrivragError
    gone: bool = False
    """It is not there: nothing below it is kept."""


def uri_of(path: Path) -> str:
    """`file://` and the absolute path, percent-encoded; links are not resolved."""
    return Path(os.path.abspath(path)).as_uri()  # noqa: PTH100 - absolute() keeps `..`


def walk(root: Path) -> Iterator[Found | Unreadable]:
    """Every file below `root` (or `root` itself) in the order of names."""
    root = Path(os.path.abspath(root))  # noqa: PTH100 - absolute() keeps `..`
    yield from _visit(root, root.resolve(), ())


def _visit(
    path: Path, inside: Path, above: tuple[tuple[int, int], ...]
) -> Iterator[Found | Unreadable]:
    try:
        if path.is_symlink() and not path.resolve(strict=True).is_relative_to(inside):
            raise ParseError("the link leaves the synced folder; sync its target instead")
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            if not stat.S_ISREG(status.st_mode):
                raise ParseError("it is not a regular file")
            yield Found(path, uri_of(path), _sha256(path))
            return
        here = (status.st_dev, status.st_ino)
        if here in above:
            raise ParseError("the link leads back to a folder above it (a loop)")
        names = sorted(entry.name for entry in os.scandir(path))
    except OSError as error:
        gone = error.errno in {errno.ENOENT, errno.ENOTDIR}
        yield Unreadable(path, uri_of(path), ParseError(_reason(error)), gone)
        return
    except (ParseError, RuntimeError) as error:
        known = error if isinstance(error, ParseError) else ParseError("the link is a loop")
        yield Unreadable(path, uri_of(path), known)
        return
    for name in names:
        if name not in _IGNORED_NAMES and not name.startswith(_IGNORED_PREFIXES):
            yield from _visit(path / name, inside, (*above, here))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _reason(error: OSError) -> str:
    known = {
        errno.ENOENT: "it is no longer there (or a link to nothing)",
        errno.EACCES: "permission denied; make it readable for this user",
        errno.EPERM: "permission denied; make it readable for this user",
        errno.ELOOP: "the link is a loop",
        errno.ENAMETOOLONG: "its name is too long",
    }
    return known.get(
        error.errno or 0, f"it cannot be read ({errno.errorcode.get(error.errno or 0)})"
    )
