"""What is left of a person after striking: our own work, checked before the keys are destroyed.

Once they are, nobody can look for the name again. So everything of ours is read once more, the
index through the engine and file by file, in every spelling and encoding that the leak scan knows.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from privrag.erasure.rows import Striker, batches
from privrag.errors import VaultError
from privrag.index.protocol import EmbeddedChunk
from privrag.intake import Stores
from privrag.leak.files import files_of
from privrag.leak.views import View, views_of_file, views_of_text

_LOG = "audit.db"
"""Its records are never changed; a user's name may stand in them."""
_MOST_NAMED = 5


@dataclass(slots=True)
class Remains:
    """Where forms of the person still stand; places only."""

    certain: list[str] = field(default_factory=list)
    """Places of ours that were to be struck."""
    doubtful: dict[str, list[str]] = field(
        default_factory=lambda: {"chunks": [], "titles": [], "audit": []}
    )
    """Kind of place -> places where words stand that may mean somebody or something else."""

    def note(self, kind: str, place: str, found: set[bool]) -> None:
        """Put a place where it belongs, by whether what was found there is to be struck."""
        if True in found:
            self.certain.append(place)
        elif found:
            self.doubtful[kind].append(place)


async def remains(stores: Stores, striker: Striker, home: Path) -> Remains:
    """Read index, titles and the files of ours once more."""
    left = Remains()
    async for batch in batches(stores):
        await asyncio.to_thread(_read_chunks, batch, striker, left)
    for entry in stores.manifest.entries():
        place = f"title of document {entry.document}"
        left.note("titles", place, _found(entry.title, striker))
    await asyncio.to_thread(_read_files, home, striker, left)
    return left


async def refuse_names_of_places(stores: Stores, striker: Striker) -> None:
    """Raise VaultError where a collection or a reader is called like the person.

    Those words are the operator's: striking them would change who may read what.
    """
    seen: dict[str, bool] = {}
    held: list[str] = []
    async for batch in batches(stores):
        for chunk in (item.chunk for item in batch):
            for words in (chunk.source.collection, *chunk.source.acl):
                if words not in seen:
                    seen[words] = True in _found(words, striker)
                if seen[words]:
                    held.append(f"chunk {chunk.id}")
                    break
    if held:
        message = (
            f"the collection or the readers (acl) of {len(held)} chunks are called like this "
            f"person, so nothing was changed ({_some(held)}); change them in the settings, sync, "
            "and run the command again"
        )
        raise VaultError(message)


def refuse_what_is_left(left: Remains, pseudonym: str) -> None:
    """Raise VaultError if a place of ours holds what should be gone; nothing is lost then."""
    if left.certain:
        message = (
            f"a form of the name still stands in {len(left.certain)} places "
            f"({_some(left.certain)}), so the keys of {pseudonym} were not destroyed; run the "
            "command again, or sync those documents into a new home first"
        )
        raise VaultError(message)


def _read_chunks(batch: list[EmbeddedChunk], striker: Striker, left: Remains) -> None:
    for chunk in (item.chunk for item in batch):
        for part, text in (("text", chunk.text), ("context", chunk.context)):
            left.note("chunks", f"chunk {chunk.id} ({part})", _found(text, striker))


def _read_files(home: Path, striker: Striker, left: Remains) -> None:
    for file in files_of(home):
        if not file.is_ours:
            continue
        try:
            if file.fault:
                raise _unread(file.place, file.fault)
            found = {hit for view in views_of_file(file.path) for hit in _hits(view, striker)}
        except FileNotFoundError:
            continue  # the engine's own housekeeping
        except OSError as error:
            raise _unread(file.place, error.strerror) from None
        if file.place.startswith(_LOG):
            left.note("audit", file.place, {False} if found else set())
        else:
            left.note("chunks", file.place, found - {False})


def _unread(place: str, why: str | None) -> VaultError:
    return VaultError(
        f"{place} cannot be read ({why}), so the keys were not destroyed; make it readable and run "
        "the command again"
    )


def _found(text: str, striker: Striker) -> set[bool]:
    return {hit for view, _ in views_of_text(text) for hit in _hits(view, striker)}


def _hits(view: View, striker: Striker) -> set[bool]:
    return {to_strike for _, to_strike in striker.matches(view)}


def _some(places: list[str]) -> str:
    more = len(places) - _MOST_NAMED
    return ", ".join(places[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
