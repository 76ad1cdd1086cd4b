"""Which files still hold a person: source documents, and files of the home that are not ours.

privrag edits none of them; the report names them.
"""

import hashlib
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote, urlsplit

from privrag.erasure.rows import Striker, struck_chunks, struck_titles
from privrag.erasure.subject import Subject
from privrag.errors import ParseError
from privrag.intake import Stores
from privrag.leak import KnownValues
from privrag.leak.files import HomeFile, files_of
from privrag.leak.views import views_of_file, views_of_text
from privrag.manifest import Entry
from privrag.parse import ParseWorker


async def struck_versions(stores: Stores, striker: Striker) -> set[str]:
    """Document versions with a chunk or title to strike: names that were missed, too."""
    versions = {entry.version for entry, _ in struck_titles(stores, striker)}
    async for batch in struck_chunks(stores, striker):
        versions |= {item.chunk.source.version for item, _, _ in batch}
    return versions


def sources_of(
    stores: Stores, subject: Subject, versions: Collection[str], parser: ParseWorker
) -> list[str]:
    """Keys of the documents whose file still holds the person.

    Asked about are those of the `versions`, those that mention it in the vault, and those whose
    address has the name in it.
    """
    mentioned = {*versions, *stores.vault.versions_of(subject.pseudonyms)}
    entries = stores.manifest.current(mentioned).values()
    known = KnownValues(subject.surfaces)
    everything = stores.manifest.entries()
    named = {e.document for e in everything if any(known.search(unquote(e.uri)))}
    held = {e.document for e in entries if _still_holds(e, subject, known, parser)}
    return sorted(named | held)


def _still_holds(entry: Entry, subject: Subject, known: KnownValues, parser: ParseWorker) -> bool:
    """Whether the file does: unchanged since it was read, or read again."""
    path = Path(unquote(urlsplit(entry.uri).path))
    try:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256:
                return True
        document = parser.parse(path)
    except OSError:
        return False  # it is gone
    except ParseError:
        return True  # not known: rather named once too often
    raw = "\n".join([document.title, *(b.text for b in document.blocks)])
    text = " ".join(raw.casefold().split())
    plain = any(" ".join(words.casefold().split()) in text for _, words in subject.surfaces)
    return plain or any(True for view, _ in views_of_text(raw) for _ in known.search(view.text))


def held_in_home(home: Path, subject: Subject) -> list[str]:
    """Files of the home, besides our own stores, in which the name stands: settings, logs."""
    known = KnownValues(subject.surfaces)
    return [file.place for file in files_of(home) if not file.is_ours and _may_hold(file, known)]


def _may_hold(file: HomeFile, known: KnownValues) -> bool:
    """Whether the name stands in it, or nobody can tell."""
    if file.fault:
        return True
    try:
        return any(True for view in views_of_file(file.path) for _ in known.search(view.text))
    except FileNotFoundError:
        return False
    except OSError:
        return True
