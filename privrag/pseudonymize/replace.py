"""Replace every identity of a parsed document by its pseudonym: raw text goes in, safe text out.

Text that merely looks like a pseudonym is replaced too (label LITERAL), so that no document can
forge one. If an identity that was found would still stand somewhere in the result, nothing is
returned: `PseudonymError`.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from privrag.errors import PseudonymError
from privrag.pseudonym import TYPE_WORDS, is_valid, placeholders
from privrag.pseudonymize.generalise import generalise
from privrag.pseudonymize.known.encoded import ENCODED
from privrag.pseudonymize.known.find import find_known
from privrag.pseudonymize.known.forgotten import forgotten
from privrag.pseudonymize.known.joined import JOINED, file_name_as_words
from privrag.pseudonymize.known.spelled import people_spelled
from privrag.pseudonymize.linking.mentions import mentions_of, surfaces_of
from privrag.pseudonymize.linking.titled import with_dividing_titles
from privrag.pseudonymize.literals import with_literals
from privrag.pseudonymize.profile import Action, DetectSettings
from privrag.pseudonymize.sentences import join_across, split_sentences
from privrag.records import Block, Document, Entity, SafeBlock, SafeDocument, SafeSentence, SafeText
from privrag.vault import Vault

_WORD = re.compile(r"\w+")
_IDENTIFIES_FROM = {"EMAIL": 1, "IBAN": 8, "CARD": 8, "SSN": 8, "SECRET": 6}
"""Letters and digits from which a value of a checked type identifies by itself.

A security code, a PIN or the last four of a card is hidden where it is announced; the same digits
elsewhere are a room or a year, and no document would be safe if they had to be gone.
"""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text with its pseudonyms, and how offsets moved."""

    text: str = field(repr=False)
    spans: tuple[tuple[int, int, int, int], ...]
    """(raw start, raw end, safe start, safe end) of each pseudonym."""

    def safe_offset(self, raw: int) -> int:
        """Where a raw offset lies in the safe text; inside an entity: the pseudonym's start."""
        at = bisect_right(self.spans, raw, key=lambda span: span[1])
        if at < len(self.spans) and raw > self.spans[at][0]:
            return self.spans[at][2]
        shift = self.spans[at - 1][3] - self.spans[at - 1][1] if at else 0
        return raw + shift


@dataclass(frozen=True, slots=True)
class Masked:
    """An entity with its place in the document's parsed text, and what stands there now."""

    entity: Entity
    pseudonym: str | None
    """None where the text was masked for good: anonymized or generalised."""


def pseudonymize_document(
    document: Document,
    found: Sequence[Sequence[Entity]],
    vault: Vault,
    *,
    version: str | None,
    settings: DetectSettings | None = None,
    key: str | None = None,
) -> tuple[SafeDocument, list[Masked]]:
    """The safe form of a document, and what was masked in its blocks.

    `found` has the entities of each block, then of the title; `settings` say what becomes of each
    type (without them, all get pseudonyms). Without a version the vault keeps nothing of it. `key`
    is the same for every version of the document (default: its uri): a single name belongs to it.
    """
    texts = [*(block.text for block in document.blocks), document.title]
    people = people_spelled(surfaces_of(texts, found))
    words = file_name_as_words(document.title)
    *known, in_words = find_known([*texts, words], vault, people=people)
    known[-1] = [*known[-1], *in_words]
    spans = [
        with_literals(text, [*detected, *others])
        for text, detected, others in zip(texts, found, known, strict=True)
    ]
    mentions = with_dividing_titles(texts, spans)
    paired = written(
        texts, mentions, vault, version, settings or DetectSettings(), key=key or document.uri
    )
    replaced = [replace_all(text, pairs) for text, pairs in zip(texts, paired, strict=True)]
    _refuse_residue(surfaces_of(texts, spans), [r.text for r in replaced])
    blocks = tuple(
        _safe_block(block, result, entities)
        for block, result, entities in zip(document.blocks, replaced, mentions, strict=False)
    )
    safe = SafeDocument(
        document_id=document.id,
        title=SafeText(replaced[-1].text),
        blocks=blocks,
        placeholders=frozenset().union(*(placeholders(r.text) for r in replaced)),
    )
    masked = [
        Masked(
            replace(e, start=block.start + e.start, end=block.start + e.end),
            words if is_valid(words) else None,
        )
        for block, pairs in zip(document.blocks, paired, strict=False)
        for e, words in pairs
    ]
    return safe, masked


def written(
    texts: Sequence[str],
    spans: Sequence[Sequence[Entity]],
    vault: Vault,
    version: str | None,
    settings: DetectSettings,
    *,
    key: str,
) -> list[list[tuple[Entity, str]]]:
    """Each entity of each text of one document with what is written in its place."""
    gone = forgotten(surfaces_of(texts, spans), vault)

    def gets_token(e: Entity, text: str) -> bool:
        return (
            action_for(e, settings) == "pseudonymize"
            and (e.label, text[e.start : e.end]) not in gone
        )

    kept = [
        [e for e in entities if gets_token(e, text)]
        for text, entities in zip(texts, spans, strict=True)
    ]
    tokens = iter(vault.assign(mentions_of(surfaces_of(texts, kept), key), version=version))
    return [
        [
            (e, next(tokens))
            if gets_token(e, text)
            else (e, masked_for_good(e.label, text[e.start : e.end], settings))
            for e in entities
        ]
        for text, entities in zip(texts, spans, strict=True)
    ]


def action_for(entity: Entity, settings: DetectSettings) -> Action:
    """What becomes of it; where user names are kept, a known name written as one is a name."""
    action = settings.action(entity.label)
    is_name = entity.recognizer in {JOINED, ENCODED}
    return settings.action("PERSON") if action == "keep" and is_name else action


def masked_for_good(label: str, surface: str, settings: DetectSettings) -> str:
    """The coarser value, or the bare words for the type: neither leads back to the surface."""
    if settings.action(label) == "generalise":
        return generalise(label, surface)
    return TYPE_WORDS[label]


def replace_all(text: str, tokens: Sequence[tuple[Entity, str]]) -> Replaced:
    """Put each token in the place of its entity, one pass from left to right.

    A space divides a token from a letter or digit that would touch it.
    """
    parts: list[str] = []
    spans: list[tuple[int, int, int, int]] = []
    position = safe = 0
    for entity, token in tokens:
        gap = text[position : entity.start]
        glue_before = " " if (gap or parts) and _touches((gap or parts[-1])[-1:]) else ""
        glue_after = " " if _touches(text[entity.end : entity.end + 1]) else ""
        written = f"{glue_before}{token}{glue_after}"
        safe += len(gap)
        spans.append((entity.start, entity.end, safe, safe + len(written)))
        parts += [gap, written]
        safe += len(written)
        position = entity.end
    parts.append(text[position:])
    return Replaced("".join(parts), tuple(spans))


def _touches(character: str) -> bool:
    """Whether this character belongs to a word: a pseudonym beside it could not be recognised."""
    return bool(character) and (character.isalnum() or character == "_")


def _safe_block(block: Block, replaced: Replaced, entities: Sequence[Entity]) -> SafeBlock:
    sentences = join_across(split_sentences(block.kind, block.text), entities)
    return SafeBlock(
        kind=block.kind,
        text=SafeText(replaced.text),
        page=block.page,
        start=block.start,
        end=block.end,
        sentences=tuple(
            SafeSentence(
                replaced.safe_offset(start),
                replaced.safe_offset(end),
                block.start + start,
                block.start + end,
            )
            for start, end in sentences
        ),
    )


def _refuse_residue(surfaces: Sequence[tuple[str, str]], safe_texts: Sequence[str]) -> None:
    """Raise if an identity that was found once still stands anywhere as it was written."""
    by_word: dict[str, set[tuple[str, str, int]]] = {}  # first word -> (label, value, its place)
    for label, surface in surfaces:
        first = _WORD.search(surface)
        if first and _identifies(label, surface):
            by_word.setdefault(first[0], set()).add((label, surface, first.start()))
    for text in safe_texts:
        for word in _WORD.finditer(text):
            for label, value, offset in by_word.get(word[0], ()):
                if _stands_at(text, word.start() - offset, value):
                    raise PseudonymError(
                        f"{TYPE_WORDS[label]} found in one place of this document would remain in "
                        "another; nothing was written: take it out of the document, or put it on "
                        "a word list (pseudonymize.word_lists)"
                    )


def _identifies(label: str, surface: str) -> bool:
    """Whether the value, wherever it stands, means what it meant where it was found."""
    if label == "PERSON":
        return " " in surface.strip()
    signs = sum(map(str.isalnum, surface))
    return label in _IDENTIFIES_FROM and signs >= _IDENTIFIES_FROM[label]


def _stands_at(text: str, start: int, value: str) -> bool:
    """Whether the whole value stands there, not as a part of longer words."""
    if start < 0 or not text.startswith(value, start):
        return False
    return not (start > 0 and _touches(text[start - 1])) and not _touches(
        text[start + len(value) : start + len(value) + 1]
    )
