"""The pairs of a file in the home's safe space: one document, so one name has one pseudonym.

A name that the home knows gets its pseudonym; any other one a pseudonym for this data set alone,
which nobody can turn back: the vault keeps nothing of a CSV file.
"""

import asyncio
from collections.abc import Sequence

from privrag.errors import PseudonymError
from privrag.intake import to_detect
from privrag.pseudonymize import pseudonymize_document
from privrag.rag import AsyncRag
from privrag.records import BLOCK_SEPARATOR, Block, Document, SafeText
from privrag_finetune.texts.columns import Pair, Table

SafePair = tuple[SafeText, SafeText]
"""Text and target."""


async def safe_pairs(rag: AsyncRag, name: str, table: Table) -> list[SafePair]:
    """The pairs in order. Raises PseudonymError if they cannot be proven safe."""
    document = _document(name, table)
    found = await asyncio.wrap_future(rag.detectors.submit(to_detect(document)))
    try:
        safe, _ = await asyncio.to_thread(
            pseudonymize_document,
            document,
            found,
            rag.stores.vault,
            version=None,
            settings=rag.settings.pseudonymize,
        )
    except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError) as error:
        raise PseudonymError(  # a message may hold the text
            f"the file could not be pseudonymized ({type(error).__name__}); nothing was written"
        ) from None
    texts = [block.text for block in safe.blocks]
    return list(zip(texts[::2], texts[1::2], strict=True))


def _document(name: str, table: Table) -> Document:
    """Each cell is a block."""
    blocks, position = [], 0
    for cell in _cells(table.pairs):
        blocks.append(Block("paragraph", cell, None, position, position + len(cell)))
        position += len(cell) + len(BLOCK_SEPARATOR)
    return Document(table.sha256, f"text:{name}", name, "text/csv", tuple(blocks), None)


def _cells(pairs: Sequence[Pair]) -> list[str]:
    return [cell for pair in pairs for cell in (pair.text, pair.target)]
