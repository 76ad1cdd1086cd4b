"""The risk of the documents of an open home, as its index holds them."""

from collections.abc import Sequence
from dataclasses import dataclass

from privrag.errors import SettingsError
from privrag.intake import Stores
from privrag.manifest import Entry
from privrag.pseudonymize import Detector
from privrag.records import BlockKind
from privrag.risk.lower import Suggestion, every_type, suggest
from privrag.risk.score import DocumentRisk, risks


@dataclass(frozen=True, slots=True)
class Texts:
    """The safe texts of every current document."""

    entries: dict[str, Entry]
    """By document."""
    blocks: dict[str, list[tuple[BlockKind, str]]]
    """Document -> its chunks with their context."""


async def read_texts(stores: Stores) -> Texts:
    """Read the whole index."""
    entries = {entry.document: entry for entry in stores.manifest.entries()}
    current = {entry.version for entry in entries.values()}
    blocks: dict[str, list[tuple[BlockKind, str]]] = {}
    async for item in stores.index.scroll(tenant=stores.settings.tenant):
        chunk = item.chunk
        if chunk.source.version in current:
            text = f"{chunk.context}\n{chunk.text}"
            blocks.setdefault(chunk.source.document, []).append((chunk.kind, text))
    return Texts(entries, blocks)


def highest_risks(
    texts: Texts, *, population: int, top: int, uri_holds: str | None = None
) -> list[DocumentRisk]:
    """The `top` documents of highest risk, highest first, of those in whose uri this stands.

    Raises SettingsError if there is none such.
    """
    each = ((name, text) for name, some in texts.blocks.items() for _, text in some)
    found = [
        risk
        for risk in risks(each, population=population)
        if uri_holds is None or uri_holds in texts.entries[risk.document].uri
    ]
    if uri_holds is not None and not found:
        raise SettingsError(f"no document's uri holds {uri_holds!r}; see privrag documents")
    return found[:top]


def suggestions_for(
    stores: Stores, texts: Texts, found: Sequence[DocumentRisk], *, population: int
) -> list[Suggestion]:
    """Settings that would lower the risk of these documents."""
    settings = stores.settings.pseudonymize
    return suggest(
        texts.blocks,
        only=[risk.document for risk in found],
        detector=Detector(every_type(settings)),
        settings=settings,
        population=population,
    )
