"""Which files the home holds, wherever links lead: what is left out here, nobody searches.

A link is followed (an index on another disk is one), each real file is read once, and what cannot
be entered or followed is given with the reason, so that whoever searches can say so.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

OURS = ("vault.db", "manifest.db", "audit.db", "index/")
"""Files of the home that only privrag writes."""


@dataclass(frozen=True, slots=True)
class HomeFile:
    """A file to search."""

    path: Path
    place: str
    """Its name for people: below the home, else in full."""
    fault: str = ""
    """Why it (or the folder, or what the link leads to) cannot be read; empty: try."""

    @property
    def is_ours(self) -> bool:
        """Whether only privrag writes it."""
        return f"{self.place}/".startswith(OURS)


def files_of(home: Path, further: Iterable[Path] = ()) -> Iterator[HomeFile]:
    """Every regular file below the home, then the further ones.

    A file with several names goes by the one without a link in it, else by that of our own stores.
    """
    walk = _Walk(home)
    yield from walk.below(home)
    while walk.links:
        walk.links.sort(key=walk.order)
        yield from walk.entered(walk.links.pop(0))
    for path in further:
        yield from walk.entered(path)


class _Walk:
    """Files and folders, each once, by what they are and not by their names."""

    def __init__(self, home: Path) -> None:
        self.links: list[Path] = []
        """Met and not yet followed."""
        self._home = home
        self._seen: set[tuple[int, int]] = set()

    def place(self, path: Path) -> str:
        return str(path.relative_to(self._home) if path.is_relative_to(self._home) else path)

    def order(self, path: Path) -> tuple[bool, Path]:
        """Our own stores first, so that a file of theirs goes by their name."""
        return not HomeFile(path, self.place(path)).is_ours, path

    def entered(self, path: Path) -> Iterator[HomeFile]:
        """The file, or all files of the folder; a link is followed."""
        try:
            status = path.stat()
        except OSError as error:
            if path.is_symlink() or not isinstance(error, FileNotFoundError):
                yield HomeFile(path, self.place(path), error.strerror or type(error).__name__)
            return  # else it vanished meanwhile
        key = (status.st_dev, status.st_ino)
        if stat.S_ISDIR(status.st_mode):
            yield from self.below(path)
        elif stat.S_ISREG(status.st_mode) and key not in self._seen:
            self._seen.add(key)
            yield HomeFile(path, self.place(path))

    def below(self, folder: Path) -> Iterator[HomeFile]:
        try:
            status = folder.stat()
            key = (status.st_dev, status.st_ino)
            if key in self._seen:
                return
            self._seen.add(key)
            found = sorted((Path(entry.path) for entry in os.scandir(folder)), key=self.order)
        except FileNotFoundError:
            return
        except OSError as error:
            yield HomeFile(folder, self.place(folder), error.strerror or type(error).__name__)
            return
        for path in found:
            if path.is_symlink():
                self.links.append(path)
            else:
                yield from self.entered(path)
