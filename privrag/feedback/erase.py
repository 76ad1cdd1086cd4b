"""What people said of answers, as `privrag forget` knows it: see `privrag.erasable`."""

from collections.abc import Collection, Iterable
from contextlib import closing
from pathlib import Path

from privrag.feedback.store import FILE, FeedbackStore


class ErasableFeedback:
    """Answers and corrections that name somebody go as a whole."""

    name = "feedback"

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    def erase(self, pseudonyms: Collection[str]) -> int:
        """Drop the rows, of every tenant; pseudonyms are nobody else's."""
        if not self._path.exists():
            return 0
        with closing(FeedbackStore(self._path, tenant="")) as store:
            return store.erase(pseudonyms)

    def models_with(self, pseudonyms: Collection[str]) -> list[str]:
        """None: models learn from data sets, which name themselves."""
        del pseudonyms
        return []

    def files(self) -> Iterable[Path]:
        """None: the file lies in the home, where the scan reads it."""
        return ()


def erasable_feedback(home: Path) -> ErasableFeedback:
    """The factory of the entry point `privrag.erasable`."""
    return ErasableFeedback(home)
