"""The files behind a home's documents, parsed again: the raw side of what the home holds.

Raw text is in memory only, and only while a command runs that its owner started at this machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from privrag.audit import AuditLog
from privrag.errors import ParseError, PrivragError
from privrag.home import open_vault
from privrag.manifest import Manifest
from privrag.parse import ParseWorker
from privrag.records import Document
from privrag.settings import Settings, load_settings
from privrag.vault import Vault


class NothingToLabelError(PrivragError):
    """The home has no documents whose sources are still there, or nobody labelled any."""


@dataclass(frozen=True, slots=True)
class Home:
    """What measuring needs of a home; the index stays closed."""

    path: Path
    settings: Settings
    vault: Vault
    manifest: Manifest
    audit: AuditLog


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document of the home with its raw parsed text."""

    key: str
    """The manifest's keyed hash of the uri."""
    raw: Document = field(repr=False)


@contextmanager
def open_home(path: Path) -> Iterator[Home]:
    """Vault and manifest of a home that exists. Raises NothingToLabelError."""
    if not (path / "manifest.db").is_file():
        raise NothingToLabelError(f"{str(path)!r} holds no documents; run privrag sync first")
    settings = load_settings(path)
    with open_vault(path, settings) as vault:
        manifest = Manifest(path / "manifest.db", vault, tenant=settings.tenant)
        audit = AuditLog(path, vault, tenant=settings.tenant, settings=settings.audit)
        try:
            yield Home(path, settings, vault, manifest, audit)
        finally:
            audit.close()
            manifest.close()


def sources_of(home: Home, *, only: frozenset[str] | None = None) -> Iterator[SourceDocument]:
    """Each document whose file is still there and can be read, parsed again; in order of uri."""
    with ParseWorker(home.settings.parse) as worker:
        for entry in home.manifest.entries():
            parts = urlsplit(entry.uri)
            file = Path(unquote(parts.path))
            if (only is not None and entry.document not in only) or parts.scheme != "file":
                continue
            if not file.is_file():
                continue
            try:
                yield SourceDocument(entry.document, worker.parse(file))
            except ParseError:
                continue
