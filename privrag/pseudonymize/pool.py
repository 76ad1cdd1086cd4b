"""Detection in child processes, side by side; what goes wrong there is an error, never a miss."""

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from privrag.child import Child, ChildDiedError, ChildOverflowError, ChildTimeoutError
from privrag.errors import ModelError, PrivragError, PseudonymError
from privrag.pseudonymize.models.token_classifier import memory_needed
from privrag.pseudonymize.packed import unpack
from privrag.pseudonymize.remembered import Remembered
from privrag.records import BlockKind, Entity

if TYPE_CHECKING:
    from privrag.pseudonymize.profile import DetectSettings

Blocks = Sequence[tuple[BlockKind, str]]
_MEMORY_MB = 2048
"""Address space, of which a child touches about 200 MB."""
_START_SECONDS, _SECONDS_PER_1000_CHARACTERS = 60.0, 2.0
"""40 times the usual time: for machines under load, not for slow patterns."""
_RECYCLE_CHARACTERS = 50_000_000
"""A child is replaced after that much text, in case the model's library keeps some of it."""
_LARGE_CHARACTERS = 2_000_000
"""A child that read so much at once goes: the holes that it leaves take 200 MB, a start 1.5 s."""
_ATTEMPTS = 2
_REMEMBERED = 200_000
"""Spans and blocks, about 200 bytes each."""
_WORTH_A_START = 40_000
"""Characters that one child reads while a second one would start (1.5 s)."""


class Requester(Protocol):
    """What the pool needs of `privrag.child.Child`."""

    def request(self, message: dict[str, Any], *, timeout_seconds: float) -> dict[str, Any]: ...

    def close(self) -> None: ...


class DetectorPool:
    """Finds entities in child processes. Safe for use from several threads; close it when done."""

    def __init__(
        self, settings: "DetectSettings", *, children: Sequence[Requester] | None = None
    ) -> None:
        """Take the settings, which name the number of children: `settings.workers`.

        The first starts when it is used, each further one when enough text waits to be worth it.
        """
        self._settings: dict[str, Any] = settings.model_dump(mode="json")
        if children is None:
            children = [
                Child("privrag.pseudonymize.worker", memory_mb=_memory_mb(settings))
                for _ in range(settings.workers)
            ]
        self._children = [_Worker(child, self._settings) for child in children]
        first, *self._cold = self._children
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._idle.put(first)
        self._seen: Remembered[list[list[Entity]]] = Remembered(most=_REMEMBERED)
        self._waiting = 0  # characters submitted and not done
        self._counting = threading.Lock()
        self._threads = ThreadPoolExecutor(len(self._children), thread_name_prefix="privrag-detect")
        self._starters = ThreadPoolExecutor(len(self._children), thread_name_prefix="privrag-start")

    def detect(self, blocks: Blocks) -> list[list[Entity]]:
        """Entities of each block of one text. Raises PseudonymError, ModelError.

        For questions: always the whole work, so that its time tells nothing about other texts.
        """
        return self.submit(blocks, remember=False).result()

    def submit(self, blocks: Blocks, *, remember: bool = True) -> "Future[list[list[Entity]]]":
        """Like `detect`, but do not wait; documents begin in the order of the calls.

        With `remember`, a document that was read before is not read again.
        """
        size = _characters(blocks)
        with self._counting:
            self._waiting += size
            if self._cold and self._waiting > _WORTH_A_START:
                self._starters.submit(self._start, self._cold.pop())
        return self._threads.submit(self._detect, blocks, size, remember=remember)

    def detect_many(self, documents: Iterable[Blocks]) -> Iterator[list[list[Entity]]]:
        """Entities of each document, in the order given; two documents a child are read ahead."""
        ahead: list[Future[list[list[Entity]]]] = []
        for blocks in documents:
            ahead.append(self.submit(blocks))
            if len(ahead) > 2 * len(self._children):
                yield ahead.pop(0).result()
        for future in ahead:
            yield future.result()

    def warm(self) -> None:
        """Start every child and wait until each has loaded its model."""
        with self._counting:
            cold, self._cold = self._cold, []
        starting = [self._starters.submit(self._start, worker) for worker in cold]
        self.detect(())
        for start in starting:
            start.result()

    def close(self) -> None:
        """Wait for what runs, refuse the rest, end the children; closing twice is no error."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._starters.shutdown(wait=True, cancel_futures=True)
        for worker in self._children:
            worker.close()

    def __enter__(self) -> "DetectorPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, worker: "_Worker") -> None:
        """Let a child load its model; nothing waits for it meanwhile."""
        with contextlib.suppress(PrivragError):  # what is wrong will be said of a document
            worker.detect(())
        self._idle.put(worker)

    def _detect(self, blocks: Blocks, size: int, *, remember: bool) -> list[list[Entity]]:
        try:
            return self._recall(blocks) if remember else self._read(blocks, remember=False)
        finally:
            with self._counting:
                self._waiting -= size

    def _recall(self, blocks: Blocks) -> list[list[Entity]]:
        """The pool has one policy for its whole life, so the text alone is the key."""
        key = self._seen.key_of(part for block in blocks for part in block)
        found = self._seen.get(key)
        if found is None:
            found = self._read(blocks, remember=True)
            self._seen.put(key, found, weight=sum(map(len, found)) + len(found))
        return [list(entities) for entities in found]

    def _read(self, blocks: Blocks, *, remember: bool) -> list[list[Entity]]:
        worker = self._idle.get()
        try:
            return worker.detect(blocks, remember=remember)
        finally:
            self._idle.put(worker)


class _Worker:
    """One child and what it has done so far."""

    def __init__(self, child: Requester, settings: dict[str, Any]) -> None:
        self._child = child
        self._settings = settings
        self._characters = 0

    def detect(self, blocks: Blocks, *, remember: bool = False) -> list[list[Entity]]:
        size = _characters(blocks)
        if self._characters + size > _RECYCLE_CHARACTERS:
            self.close()
        self._characters += size
        timeout = _START_SECONDS + size / 1000 * _SECONDS_PER_1000_CHARACTERS
        message = {
            "settings": self._settings,
            "blocks": [[kind, text] for kind, text in blocks],
            "remember": remember,
        }
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = self._child.request(message, timeout_seconds=timeout)
            except (ChildDiedError, ChildTimeoutError, ChildOverflowError) as error:
                self._characters = 0
                if attempt == _ATTEMPTS:
                    raise PseudonymError(
                        f"detection failed {_ATTEMPTS} times on a document of {size} characters "
                        f"({type(error).__name__}); nothing was written"
                    ) from None
            else:
                if size > _LARGE_CHARACTERS:
                    self.close()
                return _entities(answer, len(blocks))
        raise AssertionError

    def close(self) -> None:
        self._characters = 0
        self._child.close()


def _memory_mb(settings: "DetectSettings") -> int:
    if settings.token_classifier is None:
        return _MEMORY_MB
    return memory_needed(settings.token_classifier, settings.token_classifier_device)


def _characters(blocks: Blocks) -> int:
    return sum(len(text) for _, text in blocks)


def _entities(answer: dict[str, Any], blocks: int) -> list[list[Entity]]:
    """The child's answer, checked: an answer that is not one for each block is an error."""
    if error := answer.get("error"):
        kind = ModelError if answer.get("type") == "ModelError" else PseudonymError
        raise kind(error)
    found = unpack(answer, blocks)
    if found is None:
        raise PseudonymError(
            "the detection child gave no answer for some blocks; nothing was written"
        )
    return found
