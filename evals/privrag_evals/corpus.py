"""What both sides are given: the text files below a path, copied, and questions built from them."""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from privrag.errors import PrivragError
from privrag.scratch import Scratch

SUFFIXES = frozenset({".md", ".mdx", ".txt", ".html"})
_MARKUP = re.compile(r"<[^>]*>|!?\[([^\]]*)\]\([^)]*\)|[*_`#>|]+")
_SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))([A-Z][^.!?\n]{30,180})[.!?](?= |$)", re.MULTILINE)
_WORDS_ASKED = 12
_ASKED_AS = (
    "What do the documents say about {}?",
    "Where is it written that {}?",
    "Is it true that {}?",
    "What else is known about this: {}?",
)


class NothingToMeasureError(PrivragError):
    """No text file, or no sentence in them to ask about."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Copies of the text files in a folder of their own."""

    folder: Path = field(repr=False)
    texts: dict[str, str] = field(repr=False)
    """Absolute path of each copy -> its text."""

    @property
    def characters(self) -> int:
        return sum(map(len, self.texts.values()))


@contextmanager
def staged(paths: Sequence[Path]) -> Iterator[Corpus]:
    """Copy the text files below these paths, so that both sides see the same and nothing else.

    Files that are not UTF-8 or hold only white space are left out. Raises NothingToMeasureError.
    """
    with Scratch() as scratch:
        folder = scratch.path / "corpus"
        texts: dict[str, str] = {}
        for number, path in enumerate(paths):
            if not path.exists():
                raise NothingToMeasureError(f"there is no file or folder {str(path)!r}")
            for source in _text_files(path):
                try:
                    text = source.read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    continue
                if not text.strip():
                    continue
                inside = source.relative_to(path) if source != path else Path(source.name)
                copy = folder / str(number) / inside
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
                texts[str(copy)] = text
        if not texts:
            raise NothingToMeasureError(
                f"there is no text file to measure with; expected some of {sorted(SUFFIXES)}"
            )
        yield Corpus(folder, texts)


def _text_files(path: Path) -> list[Path]:
    """The same files that a sync walks over: nothing hidden, sorted."""
    if path.is_file():
        return [path] if path.suffix.lower() in SUFFIXES else []
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def questions_from(texts: Sequence[str], count: int) -> list[str]:
    """At most `count` different questions, each about a sentence, spread evenly over the texts.

    The same texts give the same questions. Raises NothingToMeasureError where there is no sentence.
    """
    sentences = list(dict.fromkeys(s for text in texts for s in _sentences(text)))
    if not sentences:
        raise NothingToMeasureError("the files hold no sentence of 30 to 180 characters to ask for")
    picked = [sentences[i * len(sentences) // count] for i in range(count)]
    questions = dict.fromkeys(
        _ASKED_AS[i % len(_ASKED_AS)].format(" ".join(s.split()[:_WORDS_ASKED]))
        for i, s in enumerate(dict.fromkeys(picked))
    )
    return list(questions)


def _sentences(text: str) -> list[str]:
    plain = _MARKUP.sub(lambda m: m[1] or "", text)
    return [match[1] for match in _SENTENCE.finditer(plain)]
