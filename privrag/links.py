"""The link to a document that a viewer gets: the file, unless its path names whom it may not see.

A path is no text that could be restored in part, and with the name in it one reads in the link
whom the pseudonym beside it stands for.
"""

import re
from collections.abc import Collection
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from privrag.manifest import Entry
from privrag.pseudonym import DIRECT, PATTERN, TYPE_WORDS, is_valid, label
from privrag.pseudonymize import file_name_as_words, find_known
from privrag.pseudonymize.known.joined import JOINED
from privrag.records import Entity, Viewer
from privrag.vault import Vault

_REPLACED = re.compile("|".join([PATTERN.pattern, *map(re.escape, TYPE_WORDS.values())]))


def links_for(vault: Vault, entries: Collection[Entry], viewer: Viewer) -> dict[str, str]:
    """Document version -> its uri, or `urn:privrag:document:KEY` where that would tell too much.

    What counts is what the vault knows of the path's words, what was replaced in the title if that
    is the file's name, and any `@`. The key is the same in every version.
    The local owner put the files where they are: it gets every path.
    """
    if viewer.owner or viewer.revealed >= DIRECT:
        return {entry.version: entry.uri for entry in entries}
    paths = [PurePosixPath(unquote(urlsplit(entry.uri).path)) for entry in entries]
    words = [_words_of(path, entry.uri) for path, entry in zip(paths, entries, strict=True)]
    links: dict[str, str] = {}
    for entry, path, text, known in zip(
        entries, paths, words, find_known(words, vault), strict=True
    ):
        told = {_label(entity) for entity in known} | _replaced_in(path.stem, entry.title)
        if "@" in text:
            told.add("EMAIL")
        may_see = told <= viewer.revealed
        links[entry.version] = entry.uri if may_see else f"urn:privrag:document:{entry.document}"
    return links


def _words_of(path: PurePosixPath, uri: str) -> str:
    """Each part of the path as words; a query or fragment, too."""
    parts = [*path.parts[:-1], path.stem, *map(unquote, urlsplit(uri)[3:])]
    return "\n\n".join(map(file_name_as_words, parts))


def _replaced_in(stem: str, title: str) -> set[str]:
    """What stands for words of a file's name, if this safe title was made from it.

    The types of its pseudonyms; the bare words for a type, which nobody may open, as they are.
    """
    found = [match[0] for match in _REPLACED.finditer(title)]
    kept = (re.escape(part.strip()) for part in _REPLACED.split(title))
    if title == stem or not found or not re.fullmatch(".+".join(kept), stem):
        return set()
    return {label(words) if is_valid(words) else words for words in found}


def _label(entity: Entity) -> str:
    return "PERSON" if entity.recognizer == JOINED else entity.label
