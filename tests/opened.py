"""An open home with small stand-ins for the models; vault, manifest and index are the real ones."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from privrag.errors import ParseError
from privrag.home import open_audit, open_vault
from privrag.intake import Stores
from privrag.manifest import Manifest
from privrag.rag import AsyncRag
from privrag.records import BLOCK_SEPARATOR, Block, Document
from privrag.registry import read_registry, with_promoted
from privrag.serving import Serving, clear_leftovers, open_version
from privrag.settings import load_settings
from tests.fakes import HashEmbedder, ScriptedGenerator, WordListDetector

PEOPLE = ("Marta Lindqvist", "Femi Adeyemi", "Linh Pham")


class ParagraphParser:
    """Plain text by blank lines; a file that starts with `broken` cannot be read."""

    def parse(self, path: Path) -> Document:
        import hashlib

        data = path.read_bytes()
        text = data.decode()
        if text.startswith("broken"):
            raise ParseError(f"{path.name} is broken")
        blocks, position = [], 0
        for part in filter(None, (p.strip() for p in text.split("\n\n"))):
            blocks.append(Block("paragraph", part, None, position, position + len(part)))
            position += len(part) + len(BLOCK_SEPARATOR)
        digest = hashlib.sha256(data).hexdigest()
        return Document(digest, path.as_uri(), path.stem, "text/plain", tuple(blocks), None)


async def open_small(
    home: Path,
    *answers: str,
    overrides: dict[str, Any] | None = None,
    embedder: HashEmbedder | None = None,
) -> AsyncRag:
    """A home with fakes; the generator says `answers` one after the other.

    `embedder` is the one that serves.
    """
    own = load_settings(home, overrides)
    vault = open_vault(home, own)
    embedder = embedder or HashEmbedder()
    await clear_leftovers(home, own)
    registry = read_registry(home)
    settings = with_promoted(own, home, registry)
    serving = Serving(own, settings, own.embed, embedder, registry.index, registry.release)
    index = await open_version(home, settings.index, serving.index, embedder.identity)
    manifest = Manifest(home / "manifest.db", vault, tenant=settings.tenant)
    stores = Stores(settings, vault, manifest, index, open_audit(home, settings, vault))
    rag = AsyncRag(home, stores, serving)
    rag.embedder = embedder
    rag.parser = ParagraphParser()
    rag.detector = rag.detectors = WordListDetector(PEOPLE)
    rag.generator = ScriptedGenerator(*(answers or ("The documents do not say.",)))
    return rag


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
