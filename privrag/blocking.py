"""The handle that `privrag.open()` gives to scripts and notebooks: every call waits for its result.

It runs an `AsyncRag` on a thread of its own, so that it also works where an event loop is already
running (a notebook).
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from privrag.errors import IndexingError
from privrag.feedback import Feedback, Opinion
from privrag.manifest import Entry
from privrag.rag import AsyncRag
from privrag.records import Answer, Hit, SafeText, SyncReport, Viewer

T = TypeVar("T")


class Rag:
    """An open home; also a context manager."""

    def __init__(
        self, home: str | Path | None = None, *, overrides: Mapping[str, Any] | None = None
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="privrag")
        self._thread.start()
        try:
            self.rag = self._wait(AsyncRag.open(home, overrides=overrides))
        except BaseException:
            self._stop()
            raise

    def sync(self, *paths: str | Path, **options: Any) -> SyncReport:  # noqa: ANN401
        """Bring the index in line with folders; options: dry_run, allow_mass_delete, collection."""
        return self._wait(self.rag.sync(*paths, **options))

    def search(
        self, text: str, k: int = 10, *, viewer: Viewer | None = None, collection: str | None = None
    ) -> list[Hit]:
        """The `k` best passages; safe text unless the viewer may reveal."""
        return self._wait(self.rag.search(text, k=k, viewer=viewer, collection=collection))

    def safe_question(self, text: str) -> SafeText:
        """The question as index and model see it."""
        return self._wait(self.rag.safe_question(text))

    def ask(self, question: str, *, viewer: Viewer | None = None, **options: Any) -> Answer:  # noqa: ANN401
        """The answer with citations, restored for the viewer (default: the local owner)."""
        return self._wait(self.rag.ask(question, viewer=viewer, **options))

    def stream(
        self,
        question: str,
        *,
        viewer: Viewer | None = None,
        **options: Any,  # noqa: ANN401
    ) -> Iterator[str]:
        """The answer's text piece by piece."""
        pieces = self.rag.stream(question, viewer=viewer, **options)
        try:
            while (piece := self._wait(_next(pieces))) is not None:
                if isinstance(piece, str):
                    yield piece
        finally:
            self._wait(pieces.aclose())

    def give_feedback(
        self, answer_id: str, opinion: Opinion, *, viewer: Viewer | None = None
    ) -> Feedback:
        """What the viewer (default: the local owner) says of an answer asked with `answer_id`."""
        own = viewer or self.rag.owner
        return self._wait(self.rag.give_feedback(answer_id, opinion, viewer=own))

    def documents(self) -> list[Entry]:
        """Every document in the index, sorted by uri."""
        return self.rag.documents()

    def status(self) -> dict[str, Any]:
        """Counts from the index itself, and which models are set."""
        return self._wait(self.rag.status())

    def close(self) -> None:
        """Let go of everything; closing twice is no error."""
        if not self._loop.is_closed():
            try:
                self._wait(self.rag.close())
            finally:
                self._stop()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop.is_closed():
            work.close()
            raise IndexingError("this home was closed; open it again")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


async def _next(pieces: AsyncGenerator[str | Answer, None]) -> str | Answer | None:
    return await anext(pieces, None)
