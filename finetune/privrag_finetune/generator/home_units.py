"""Whose rows count as one when a home's privacy is counted, and whose budget pays.

A home knows no person behind a document, but it knows its collection: whoever keeps an owner's
documents in one of their own (`privrag sync DIR --collection anna`) protects that owner with the
unit `collection`. A collection is also who a budget is agreed with, whatever the unit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from privrag.rag import AsyncRag
from privrag_finetune.dp.contract import provider_of
from privrag_finetune.generator.rows import PromptRow

Unit = Literal["document", "collection"]
UNITS: tuple[Unit, ...] = get_args(Unit)


@dataclass(frozen=True, slots=True)
class Owners:
    """Of rows that privacy is counted for."""

    units: Mapping[str, str]
    """Document -> unit; a document that is missing, and a canary, is one of its own."""
    providers: tuple[str, ...]
    """Of all the rows, sorted."""

    def unit_of(self, owner: str) -> str:
        """Of the document, or the canary, that a row is about."""
        return self.units.get(owner, owner)


def owners_of(rag: AsyncRag, learnt: Iterable[PromptRow], unit: Unit) -> Owners:
    """Of rows about documents of the home as they are now; hold the sync lock."""
    collections = _collections(rag)
    providers = _providers(rag, collections, (row.owner for row in learnt))
    named = {document: f"collection {name}" for document, name in collections.items()}
    return Owners(named if unit == "collection" else {}, providers)


def providers_of(rag: AsyncRag, documents: Iterable[str]) -> tuple[str, ...]:
    """Whose budgets pay for a training on these, sorted; hold the sync lock."""
    return _providers(rag, _collections(rag), documents)


def _collections(rag: AsyncRag) -> dict[str, str]:
    return {entry.document: entry.collection for entry in rag.documents()}


def _providers(
    rag: AsyncRag, collections: Mapping[str, str], documents: Iterable[str]
) -> tuple[str, ...]:
    tenant = rag.settings.tenant
    return tuple(sorted({provider_of(tenant, collections[document]) for document in documents}))
