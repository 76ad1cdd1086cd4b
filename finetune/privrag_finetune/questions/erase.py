"""Data sets as `privrag forget` and `privrag leak-scan` know them: see `privrag.erasable`."""

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

from privrag_finetune.questions.rows import Rewrite
from privrag_finetune.questions.store import (
    JOURNAL,
    ROWS,
    as_bytes,
    is_frozen,
    read_manifest,
    read_rows,
    rewrite_journal,
    set_folder,
    set_names,
    write_manifest,
    write_whole,
)


class ErasableSet:
    """One data set: rows that name somebody, or whose passage does, go as a whole."""

    def __init__(self, home: Path, name: str) -> None:
        self.name = f"training/{name}"
        """As the certificate counts it."""
        self._home = home
        self._set = name

    def erase(self, pseudonyms: Collection[str]) -> int:
        """Drop the rows; a run that was killed in the middle is finished by the next one."""
        gone = frozenset(pseudonyms)
        journal = set_folder(self._home, self._set) / JOURNAL
        dropped = rewrite_journal(journal, lambda line: gone.isdisjoint(line.entities))
        if not is_frozen(self._home, self._set):
            return dropped
        self._finish()
        rows = read_rows(self._home, self._set)
        kept = [row for row in rows if gone.isdisjoint(row.entities)]
        if len(kept) == len(rows):
            return dropped
        manifest = read_manifest(self._home, self._set)
        data = as_bytes(kept)
        rewrite = Rewrite(
            sha256=hashlib.sha256(data).hexdigest(),
            rows=len(kept),
            erased=manifest.erased + len(rows) - len(kept),
        )
        write_manifest(self._home, manifest.model_copy(update={"rewrite": rewrite}))
        write_whole(set_folder(self._home, self._set) / ROWS, data)
        self._finish()
        return dropped + len(rows) - len(kept)

    def models_with(self, pseudonyms: Collection[str]) -> list[str]:
        """Models trained on this data set, if a row of it has one of them."""
        if not is_frozen(self._home, self._set):
            return []
        gone = frozenset(pseudonyms)
        rows = read_rows(self._home, self._set)
        held = any(not gone.isdisjoint(row.entities) for row in rows)
        return list(read_manifest(self._home, self._set).models) if held else []

    def files(self) -> Iterable[Path]:
        """None: they lie in the home, where the scan reads them."""
        return ()

    def _finish(self) -> None:
        """Bring the manifest in line with the rows, if an erasure was about to write some."""
        manifest = read_manifest(self._home, self._set)
        if manifest.rewrite is None:
            return
        data = (set_folder(self._home, self._set) / ROWS).read_bytes()
        update: dict[str, object] = {"rewrite": None}
        if hashlib.sha256(data).hexdigest() == manifest.rewrite.sha256:
            rows = read_rows(self._home, self._set)
            splits = {name: sum(row.split == name for row in rows) for name in manifest.splits}
            update |= manifest.rewrite.model_dump() | {
                "splits": splits,
                "first_sha256": manifest.first_sha256 or manifest.sha256,
            }
        write_manifest(self._home, manifest.model_copy(update=update))


def erasable_sets(home: Path) -> list[ErasableSet]:
    """Every data set of the home; the factory of the entry point `privrag.erasable`."""
    return [ErasableSet(home, name) for name in set_names(home)]
