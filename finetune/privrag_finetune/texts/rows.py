"""The rows of a CSV file as a data set of the home: made safe, divided, stored once.

Rows of one text stand in one split, and so do texts that differ by names only: form letters.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from privrag.errors import TrainingError
from privrag.intake import policy_of
from privrag.pseudonym import bare, placeholders
from privrag.rag import AsyncRag
from privrag.records import SafeText
from privrag_finetune.home_data import now
from privrag_finetune.questions.recipe import Shares
from privrag_finetune.questions.split import SPLITS, Split, split_clusters
from privrag_finetune.texts.columns import Columns, Pair, Table
from privrag_finetune.texts.safe import safe_pairs
from privrag_finetune.texts.store import (
    TextManifest,
    TextRow,
    read_splits,
    read_text_manifest,
    write_set,
)

_ROW_ID = 16
"""Digits of the group's hash; rows of one group are numbered behind it."""

TextSet = tuple[TextManifest, dict[Split, list[TextRow]]]


async def text_set(
    rag: AsyncRag, name: str, table: Table, columns: Columns, *, keep_raw: bool
) -> TextSet:
    """The data set of this name, made at the first call; with the same file it is taken as it is.

    Raises TrainingError where it was made of something else, or of fewer than three texts,
    PseudonymError where the rows cannot be proven safe.
    """
    content = _content(rag, table, columns, keep_raw=keep_raw)
    made = await asyncio.to_thread(read_text_manifest, rag.home, name)
    if made is not None:
        if made.content != content:
            raise TrainingError(
                f"the texts {name} of this home were made of another file, other columns or other "
                "settings; choose another --name"
            )
        return made, await asyncio.to_thread(read_splits, rag.home, made)
    if keep_raw:
        rows = await asyncio.to_thread(_raw_rows, rag, table.pairs)
    else:
        rows = _rows(rag, table.pairs, await safe_pairs(rag, name, table))
    splits = _split(rag, name, rows)
    manifest = TextManifest(
        name=name,
        created=now(),
        tenant=rag.settings.tenant,
        content=content,
        pseudonymized=not keep_raw,
        splits={},
        skipped=table.skipped,
    )
    return await asyncio.to_thread(write_set, rag.home, manifest, splits), splits


def _content(rag: AsyncRag, table: Table, columns: Columns, *, keep_raw: bool) -> str:
    decides = (columns.text, columns.target, columns.delimiter, str(keep_raw))
    whole = "\0".join((table.sha256, *decides, policy_of(rag.settings)))
    return rag.stores.vault.blind("texts", whole)


def _rows(
    rag: AsyncRag, pairs: Sequence[Pair], safe: Sequence[tuple[SafeText, SafeText]]
) -> list[TextRow]:
    """In order; the group of a text goes by the file's own words, and by them without names."""
    of_text: dict[str, str] = {}
    of_form: dict[str, str] = {}
    numbers = Counter[str]()
    rows = []
    for pair, (text, target) in zip(pairs, safe, strict=True):
        own, form = _plain(pair.text), _plain(bare(text))
        group = of_text.get(own) or of_form.get(form) or rag.stores.vault.blind("text", own)
        of_text[own] = group
        of_form.setdefault(form, group)
        row = TextRow(
            id=f"{group[:_ROW_ID]}-{numbers[group]}",
            group=group,
            text=text,
            target=target,
            entities=tuple(sorted(placeholders(text) | placeholders(target))),
        )
        numbers[group] += 1
        rows.append(row)
    return rows


def _raw_rows(rag: AsyncRag, pairs: Sequence[Pair]) -> list[TextRow]:
    """As the file has them: the owner said so."""
    return _rows(rag, pairs, [(SafeText(pair.text), SafeText(pair.target)) for pair in pairs])


def _split(rag: AsyncRag, name: str, rows: Sequence[TextRow]) -> dict[Split, list[TextRow]]:
    groups = {row.group: row.group for row in rows}
    if len(groups) < len(SPLITS):
        raise TrainingError(
            f"the texts {name} are {len(groups)} different ones; at least {len(SPLITS)} are "
            "needed: to learn from, to validate with and to measure on"
        )
    split_of = split_clusters(groups, Shares(), key=rag.stores.vault.blind("texts", "splits"))
    return {split: [row for row in rows if split_of[row.group] == split] for split in SPLITS}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
