"""Sample answers on model cards, as `privrag forget` knows them: see `privrag.erasable`."""

from collections.abc import Collection, Iterable
from pathlib import Path

from privrag.registry import FOLDER
from privrag_finetune.tracking.card import FILE, forget_samples


class ErasableCards:
    """The cards of a home's models: a sample that names somebody goes as a whole."""

    name = f"{FOLDER}/cards"

    def __init__(self, home: Path) -> None:
        self._home = home

    def erase(self, pseudonyms: Collection[str]) -> int:
        """Take the samples out; gives their number."""
        cards = (self._home / FOLDER).glob(f"*/*/{FILE}")
        return sum(forget_samples(card, pseudonyms) for card in cards)

    def models_with(self, pseudonyms: Collection[str]) -> list[str]:
        """None: which model learnt from whom, the data sets know."""
        del pseudonyms
        return []

    def files(self) -> Iterable[Path]:
        """None: they lie in the home, where the scan reads them."""
        return ()
