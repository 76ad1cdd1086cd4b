"""What answers in a home: settings, embedder and index version that belong together.

The first index version lies in `index/` of the home, the others in `index/NAME/`; on a server they
are the collections `COLLECTION` and `COLLECTION-NAME`. The registry names the one that serves. See
docs/design/index-versions.md.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from privrag.embed import Embedder, EmbedSettings, LocalEmbedder
from privrag.errors import (
    IndexingError,
    IndexLockedError,
    ModelError,
    SettingsError,
    SyncError,
)
from privrag.home import MANIFEST_FILE
from privrag.index import IndexSettings, copy_index, drop_index, open_index
from privrag.index.protocol import Index, IndexIdentity
from privrag.manifest import tenants_in
from privrag.registry import (
    FOLDER,
    ModelVersion,
    Registry,
    model_folder_of,
    read_registry,
    with_promoted,
    write_registry,
)
from privrag.settings import Settings
from privrag.upkeep import sync_lock

INDEX_FOLDER = "index"
_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Serving:
    """What answers now."""

    own: Settings
    """As they were loaded."""
    settings: Settings
    """With reranker, weights and generator that were promoted."""
    embed: EmbedSettings
    """Those of the embedder that serves."""
    embedder: Embedder
    index: str
    """The index version."""
    release: int | None = None
    """Its number, where one was made."""


def serving_of(home: Path, own: Settings, registry: Registry) -> Serving:
    """What serves by this registry.

    Raises ModelError where the settings name another embedder than the promoted one was trained
    from: the index holds the vectors of that one.
    """
    version = registry.serving("embedder")
    if version is not None and version.base != own.embed.model:
        raise ModelError(
            f"the index holds vectors of {version.name}, which was trained from {version.base!r}, "
            f"but embed.model names {own.embed.model!r}: set embed.model back; to use another "
            "embedder, first go back: privrag models rollback embedder"
        )
    embed = embed_settings_of(home, own, version)
    return Serving(
        own,
        with_promoted(own, home, registry),
        embed,
        embedder_of(home, own, version),
        registry.index,
        registry.release,
    )


def untuned(own: Settings) -> Serving:
    """What would serve by these settings alone, had nothing been promoted."""
    return Serving(own, own, own.embed, LocalEmbedder(own.embed), "")


def embed_settings_of(home: Path, own: Settings, version: ModelVersion | None) -> EmbedSettings:
    """Those of a trained embedder, or without one the home's own."""
    if version is None:
        return own.embed
    folder = model_folder_of(home, "embedder", version.name)
    return own.embed.model_copy(update={"model": str(folder)})


def embedder_of(home: Path, own: Settings, version: ModelVersion | None) -> LocalEmbedder:
    """A trained embedder, or without one that of the settings; the index knows it by its weights.

    Raises ModelError where its files are gone.
    """
    embed = embed_settings_of(home, own, version)
    if version is None:
        return LocalEmbedder(embed)
    try:
        return LocalEmbedder(embed, known_as=f"{version.name}@{version.sha256[:_HASH_DIGITS]}")
    except ModelError:
        raise ModelError(
            f"models/embedder/{version.name} of the home is not whole; put it back from a backup, "
            "or remove models/registry.json and index/ and write the documents again: privrag sync"
        ) from None


def place_of(home: Path, settings: IndexSettings, version: str) -> tuple[IndexSettings, Path]:
    """Where an index version is: the collection on a server, else the folder."""
    if not version:
        return settings, home / INDEX_FOLDER
    named = settings.model_copy(update={"collection_name": f"{settings.collection_name}-{version}"})
    return named, home / INDEX_FOLDER / version


async def open_version(
    home: Path, settings: IndexSettings, version: str, identity: IndexIdentity
) -> Index:
    """Open an index version, or make it. Raises as `open_index`."""
    placed, path = place_of(home, settings, version)
    return await open_index(placed, path=path, identity=identity)


async def open_serving(home: Path, own: Settings) -> tuple[Serving, Index]:
    """What serves, with its index open; what a kill left of other index versions is removed."""
    await clear_leftovers(home, own)
    while True:
        serving = serving_of(home, own, read_registry(home))
        index = await open_version(home, own.index, serving.index, serving.embedder.identity)
        if read_registry(home).index == serving.index:
            return serving, index
        await index.close()  # replaced meanwhile: this one was made anew, and is empty
        await _drop(home, own, serving.index)


async def clear_leftovers(home: Path, own: Settings) -> None:
    """Remove index versions that do not serve, unless somebody is making one just now.

    Raises ModelError where the registry is lost that names the one that serves.
    """
    _refuse_a_lost_registry(home, own)
    if not _leftovers(home, own):
        return
    try:
        with sync_lock(home):
            for version in _leftovers(home, own):
                await _drop(home, own, version)
            registry = read_registry(home)
            if registry.leftovers:
                write_registry(home, registry.model_copy(update={"leftovers": ()}))
    except (SyncError, IndexLockedError):
        return  # the next opening tries again


async def copy_serving(
    home: Path, serving: Serving, index: Index, *, to: str, name: str | None = None
) -> int:
    """Copy the index that serves to a Qdrant server (its address) or to the home (`edge`).

    The server's key and, without `name`, its collection are those of `[index]`. Returns the
    number of chunks. Raises IndexingError, also where both are the same index.
    """
    here = serving.settings.index
    changes = {"url": None if to == "edge" else to, "collection_name": name}
    try:
        there = IndexSettings.model_validate(
            {**here.model_dump(), **{k: v for k, v in changes.items() if v or k == "url"}}
        )
    except ValidationError:
        raise SettingsError(
            "--to expects `edge` or an address such as http://127.0.0.1:6333, --name letters, "
            "digits, `_` and `-`"
        ) from None
    if (there.url, there.collection_name) == (here.url, here.collection_name):
        raise IndexingError("the index is there already; name another place to copy it to")
    target = await open_version(home, there, serving.index, serving.embedder.identity)
    try:
        return await copy_index(index, target)
    finally:
        await target.close()


def tenants_of(home: Path, own: Settings) -> set[str]:
    """Everybody whose chunks are in the home's index: one index serves them all."""
    return {own.tenant, *tenants_in(home / MANIFEST_FILE)}


def registry_stamp(home: Path) -> tuple[int, int] | None:
    """Another one after each change of the registry; None without one."""
    try:
        found = (home / FOLDER / "registry.json").stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _refuse_a_lost_registry(home: Path, own: Settings) -> None:
    """Without it nobody knows which version serves, and the right one must not go as a leftover."""
    made = (home / INDEX_FOLDER).glob("*/identity.json") if own.index.url is None else ()
    if registry_stamp(home) is None and any(made):
        raise ModelError(
            "models/registry.json of the home, which names the index version that serves, is gone; "
            "put it back from a backup, or remove index/ and write the documents again: "
            "privrag sync"
        )


async def _drop(home: Path, own: Settings, version: str) -> None:
    placed, path = place_of(home, own.index, version)
    await drop_index(placed, path=path, tenants=sorted(tenants_of(home, own)))


def _leftovers(home: Path, own: Settings) -> list[str]:
    """Noted ones, and those in the home that no registry names (any more)."""
    registry = read_registry(home)
    found = set(registry.leftovers)
    if own.index.url is None:
        folder = home / INDEX_FOLDER
        found |= {file.parent.name for file in folder.glob("*/identity.json")}
        found |= {""} if (folder / "identity.json").exists() else set()
    return sorted(found - {registry.index})
