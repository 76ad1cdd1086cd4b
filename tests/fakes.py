"""Small real stand-ins for the heavy seams: they compute, only less."""

import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from privrag.generate import GenerateOptions, GenerateSettings
from privrag.index.protocol import IndexIdentity
from privrag.records import BlockKind, Draft, Entity, Message, SafeText, Usage

Blocks = Sequence[tuple[BlockKind, str]]


class HashEmbedder:
    """A bag of words: each word adds one to a dimension that its hash names."""

    def __init__(self, dimensions: int = 64) -> None:
        self.identity = IndexIdentity("hash", dimensions, "fp32")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.identity.dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[int(hashlib.md5(word.encode()).hexdigest(), 16) % len(row)] += 1  # noqa: S324
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-9)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]

    def token_vectors(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        return [self.embed(re.findall(r"\w+", text) or [""]) for text in texts]


class WordListDetector:
    """Finds the given names, and e-mail addresses."""

    def __init__(self, people: Sequence[str]) -> None:
        self._people = re.compile("|".join(map(re.escape, people)) or "(?!)")
        self._email = re.compile(r"[\w.]+@[\w.]+\.\w+")

    def detect(self, blocks: Blocks) -> list[list[Entity]]:
        return [self._entities(text) for _, text in blocks]

    def submit(self, blocks: Blocks) -> "Future[list[list[Entity]]]":
        future: Future[list[list[Entity]]] = Future()
        future.set_result(self.detect(blocks))
        return future

    def _entities(self, text: str) -> list[Entity]:
        emails = [Entity("EMAIL", *m.span(), 1.0, "fake") for m in self._email.finditer(text)]
        people = [
            Entity("PERSON", *m.span(), 1.0, "fake")
            for m in self._people.finditer(text)
            if not any(e.start < m.end() and m.start() < e.end for e in emails)
        ]
        return sorted([*emails, *people], key=lambda e: e.start)


class ScriptedGenerator:
    """Says what it was told to say, a few characters at a time; remembers what it was asked."""

    def __init__(self, *answers: str, piece: int = 4) -> None:
        self._answers = list(answers)
        self._piece = piece
        self.asked: list[list[Message]] = []

    async def stream(
        self, messages: Sequence[Message], options: GenerateOptions
    ) -> AsyncGenerator[SafeText | Draft, None]:
        del options
        self.asked.append(list(messages))
        text = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        for start in range(0, len(text), self._piece):
            yield SafeText(text[start : start + self._piece])
        yield Draft(SafeText(text), "stop", Usage(10, 5))

    async def models(self) -> list[str]:
        return ["scripted"]

    def follow(self, settings: GenerateSettings) -> None:
        self.settings = settings

    async def close(self) -> None:
        return None
