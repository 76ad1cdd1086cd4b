"""What was found in a text that was seen before: offsets and labels under a keyed hash, no text.

In memory alone, under a key that dies with the process: on disk such a table would say for ever
which texts had been taken in. Questions neither read nor fill it, or the time of an answer would
tell whether somebody's sentence stands in a document.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Generic, TypeVar

_HASH_BYTES = 16

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Values under the hash of a text; the least recently used go first. Safe between threads."""

    def __init__(self, *, most: int) -> None:
        """Hold values up to `most` in weight: about so many spans."""
        self._most = most
        self._key = secrets.token_bytes(32)
        self._values: OrderedDict[bytes, tuple[Value, int]] = OrderedDict()
        self._weight = 0
        self._turn = threading.Lock()

    def key_of(self, parts: Iterable[str]) -> bytes:
        """The keyed hash of these texts in this order."""
        digest = hashlib.blake2b(key=self._key, digest_size=_HASH_BYTES)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
        return digest.digest()

    def get(self, key: bytes) -> Value | None:
        """What was put there; it counts as used now."""
        with self._turn:
            held = self._values.get(key)
            if held is None:
                return None
            self._values.move_to_end(key)
            return held[0]

    def put(self, key: bytes, value: Value, *, weight: int) -> None:
        """Hold it, unless it alone is heavier than everything may be together."""
        weight = max(1, weight)
        if weight > self._most:
            return
        with self._turn:
            self._weight += weight - self._values.pop(key, (value, 0))[1]
            self._values[key] = (value, weight)
            while self._weight > self._most:
                self._weight -= self._values.popitem(last=False)[1][1]

    def __len__(self) -> int:
        return len(self._values)
