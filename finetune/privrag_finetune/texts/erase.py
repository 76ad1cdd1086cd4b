"""Texts as `privrag forget` and `privrag leak-scan` know them: see `privrag.erasable`."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from privrag.pseudonym import placeholders
from privrag.registry import FOLDER as MODELS
from privrag_finetune.fit import read_note
from privrag_finetune.questions.split import SPLITS
from privrag_finetune.questions.store import write_whole
from privrag_finetune.texts.store import (
    FOLDER,
    KIND,
    SAMPLES,
    as_text,
    read_for_erasure,
    read_text_manifest,
    text_names,
    write_set,
    write_text_manifest,
)


class ErasableTexts:
    """One data set, and the samples of its models: what holds a pseudonym of the person goes."""

    def __init__(self, home: Path, name: str) -> None:
        self.name = f"{FOLDER}/{name}"
        """As the certificate counts it."""
        self._home = home
        self._set = name

    def erase(self, pseudonyms: Collection[str]) -> int:
        """Drop the rows; a run that was killed in the middle is finished by the next one."""
        manifest = read_text_manifest(self._home, self._set)
        if manifest is None:
            return 0
        gone = frozenset(pseudonyms)
        samples = sum(self._erase_samples(model, gone) for model in manifest.models)
        rows = {split: read_for_erasure(self._home, self._set, split) for split in SPLITS}
        kept = {
            split: [row for row in some if gone.isdisjoint(row.entities)]
            for split, some in rows.items()
        }
        dropped = sum(map(len, rows.values())) - sum(map(len, kept.values()))
        if not dropped and not manifest.erasing:
            return samples
        write_text_manifest(self._home, manifest.model_copy(update={"erasing": True}))
        before = sum(noted.rows for noted in manifest.splits.values())
        erased = manifest.erased + before - sum(map(len, kept.values()))
        write_set(self._home, manifest.model_copy(update={"erased": erased}), kept)
        return dropped + samples

    def _erase_samples(self, model: str, gone: frozenset[str]) -> int:
        file = self._home / MODELS / KIND / model / SAMPLES
        read = read_note(file)
        samples = read if isinstance(read, list) else []
        kept = [one for one in samples if gone.isdisjoint(placeholders(json.dumps(one)))]
        if len(kept) < len(samples):
            write_whole(file, as_text(kept))
        return len(samples) - len(kept)

    def models_with(self, pseudonyms: Collection[str]) -> list[str]:
        """Models that learnt from it, if a row of it has one of them."""
        manifest = read_text_manifest(self._home, self._set)
        gone = frozenset(pseudonyms)
        held = manifest is not None and any(
            not gone.isdisjoint(row.entities)
            for split in SPLITS
            for row in read_for_erasure(self._home, self._set, split)
        )
        return list(manifest.models) if manifest is not None and held else []

    def files(self) -> Iterable[Path]:
        """None: they lie in the home, where the scan reads them."""
        return ()


def erasable_texts(home: Path) -> list[ErasableTexts]:
    """Every data set of texts; the factory of the entry point `privrag.erasable`."""
    return [ErasableTexts(home, name) for name in text_names(home)]
