"""Passages in the words of the question.

A document about nobody holds its places and companies in clear. If the vault knows one of them
from another document, the question has its pseudonym; so the passage gets the same one, for this
request, and model and checks see one name for one thing.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from privrag.pseudonym import IN_CLEAR_ELSEWHERE, PATTERN, base, label
from privrag.pseudonymize.replace import replace_all
from privrag.records import Chunk, Entity, SafeSentence, SafeText


def align(chunk: Chunk, words: Mapping[str, str]) -> Chunk:
    """The chunk with the question's pseudonyms (token -> words) for quasi-identifiers in it."""
    wanted = {
        surface: token for token, surface in words.items() if label(token) in IN_CLEAR_ELSEWHERE
    }
    if not wanted:
        return chunk
    longest_first = sorted(wanted, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    tokens = [token.span() for token in PATTERN.finditer(chunk.text)]
    pairs = [
        (Entity("", match.start(), match.end(), 1.0, "align"), wanted[match[0]])
        for match in pattern.finditer(chunk.text)
        if not any(start < match.end() and match.start() < end for start, end in tokens)
    ]
    if not pairs:
        return chunk
    replaced = replace_all(chunk.text, pairs)
    return replace(
        chunk,
        text=SafeText(replaced.text),
        placeholders=chunk.placeholders | {base(token) for _, token in pairs},
        sentences=tuple(
            SafeSentence(
                replaced.safe_offset(s.safe_start), replaced.safe_offset(s.safe_end), s.start, s.end
            )
            for s in chunk.sentences
        ),
    )
