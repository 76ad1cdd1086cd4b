"""The tenant's own patterns and words."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from privrag.errors import PseudonymError
from privrag.pseudonymize.lexicon import fold
from privrag.pseudonymize.matches import CHECKSUM, DocumentText, Match, Recognizer
from privrag.pseudonymize.profile import PATTERN_TIMEOUT_SECONDS, Pattern, WordList

_WORD = re.compile(r"\w+")


def tenant_patterns(patterns: Mapping[str, str | Pattern]) -> Recognizer:
    """Regular expressions by name; what matches widens to its whole word."""
    import regex  # type: ignore[import-untyped] # it has a time limit

    compiled = {
        name: (regex.compile(p), "ID") if isinstance(p, str) else (regex.compile(p.regex), p.label)
        for name, p in patterns.items()
    }

    def find(document: DocumentText) -> Iterator[Match]:
        """Raise PseudonymError, naming the pattern, if it takes too long: skipping leaks."""
        text = document.text
        for name, (pattern, label) in compiled.items():
            try:
                spans = [m.span() for m in pattern.finditer(text, timeout=PATTERN_TIMEOUT_SECONDS)]
            except TimeoutError as error:
                raise PseudonymError(
                    f"pattern `{name}` took over {PATTERN_TIMEOUT_SECONDS:g} s on a document; "
                    f"simplify it"
                ) from error
            except MemoryError:
                raise PseudonymError(
                    f"pattern `{name}` calls itself without end on a document; simplify it"
                ) from None
            for start, end in (_widen(text, *span) for span in spans):
                if start < end:
                    yield Match(label, start, end, 0.95, f"pattern.{name}", CHECKSUM)

    return find


def word_list(name: str, words: WordList) -> Recognizer:
    """Words and phrases, compared without case and accents, as whole words."""
    phrases = [p for phrase in words.words if (p := _folded_words(phrase))]
    by_first = {
        first: sorted({tuple(p) for p in some}, key=len, reverse=True)
        for first, some in groupby(sorted(phrases), key=lambda p: p[0])
    }

    def find(document: DocumentText) -> Iterator[Match]:
        text = document.text
        places = [word.span() for word in _WORD.finditer(text)]
        folded = [fold(text[start:end]) for start, end in places]
        for at, word in enumerate(folded):
            for phrase in by_first.get(word, ()):
                if tuple(folded[at : at + len(phrase)]) == phrase:
                    last = places[at + len(phrase) - 1][1]
                    yield Match(
                        words.label, places[at][0], last, 0.95, f"word_list.{name}", CHECKSUM
                    )
                    break

    return find


def _folded_words(phrase: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in _WORD.findall(phrase))


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    while (
        start > 0
        and text[start].isalnum()
        and (text[start - 1].isalnum() or text[start - 1] == "_")
    ):
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return start, end
