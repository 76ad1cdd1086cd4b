"""Replace every identity of a parsed document by its pseudonym: raw text goes in, safe text out.

Text that merely looks like a pseudonym is replaced too (label LITERAL), so that no document can
forge one. If an identity that was found would still stand somewhere in the result, nothing is
returned: `PseudonymError`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from privrag.errors import PseudonymError
from privrag.pseudonym import find_lookalikes, placeholders
from privrag.pseudonymize.canonical import alias_forms, ambiguous_people, canonical, link
from privrag.pseudonymize.homonyms import identifiers_of
from privrag.pseudonymize.known import find_known
from privrag.pseudonymize.sentences import join_across, split_sentences
from privrag.records import Block, Document, Entity, SafeBlock, SafeDocument, SafeSentence, SafeText
from privrag.vault import Flag, Mention, Vault

_WORD = re.compile(r"\w+")
_CHECKED_LABELS = frozenset({"EMAIL", "IBAN", "CARD", "SSN", "SECRET"})


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text with its pseudonyms, and how offsets moved."""

    text: str
    spans: tuple[tuple[int, int, int, int], ...]
    """(raw start, raw end, safe start, safe end) of each pseudonym."""

    def safe_offset(self, raw: int) -> int:
        """Where a raw offset lies in the safe text; inside an entity: the pseudonym's start."""
        shift = 0
        for raw_start, raw_end, safe_start, safe_end in self.spans:
            if raw < raw_end:
                return safe_start if raw > raw_start else raw + shift
            shift = safe_end - raw_end
        return raw + shift


@dataclass(frozen=True, slots=True)
class Masked:
    """An entity with its place in the document's parsed text, and what stands there now."""

    entity: Entity
    pseudonym: str


def pseudonymize_document(
    document: Document, found: Sequence[Sequence[Entity]], vault: Vault, *, version: str | None
) -> tuple[SafeDocument, list[Masked]]:
    """The safe form of a document, and what was masked in its blocks.

    `found` has the entities of each block, then of the title. Without a version the vault keeps
    nothing of it.
    """
    texts = [*(block.text for block in document.blocks), document.title]
    known = find_known(texts, vault)
    spans = [
        with_literals(text, [*detected, *others])
        for text, detected, others in zip(texts, found, known, strict=True)
    ]
    mentions = _mentions(texts, spans)
    tokens = iter(vault.assign(mentions, version=version))
    paired = [[(entity, next(tokens)) for entity in entities] for entities in spans]
    replaced = [replace_all(text, pairs) for text, pairs in zip(texts, paired, strict=True)]
    _refuse_residue(mentions, [r.text for r in replaced])
    blocks = tuple(
        _safe_block(block, result, entities)
        for block, result, entities in zip(document.blocks, replaced, spans, strict=False)
    )
    safe = SafeDocument(
        document_id=document.id,
        title=SafeText(replaced[-1].text),
        blocks=blocks,
        placeholders=frozenset().union(*(placeholders(r.text) for r in replaced)),
    )
    masked = [
        Masked(replace(e, start=block.start + e.start, end=block.start + e.end), token)
        for block, pairs in zip(document.blocks, paired, strict=False)
        for e, token in pairs
    ]
    return safe, masked


def with_literals(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """The entities plus look-alikes of pseudonyms, in order and without overlap."""
    literals = [
        Entity("LITERAL", found.start, found.end, 1.0, "literal") for found in find_lookalikes(text)
    ]
    merged: list[Entity] = []
    for entity in sorted([*entities, *literals], key=lambda e: (e.start, -e.end)):
        last = merged[-1] if merged else None
        if last is None or entity.start >= last.end:
            merged.append(entity)
        elif entity.end > last.end:
            kept = last if last.label != "LITERAL" else entity
            merged[-1] = Entity(kept.label, last.start, entity.end, kept.score, kept.recognizer)
    return merged


def _mentions(texts: Sequence[str], spans: Sequence[Sequence[Entity]]) -> list[Mention]:
    """Every mention in reading order, aliases linked inside this document."""
    surfaces = [
        (entity.label, text[entity.start : entity.end])
        for text, entities in zip(texts, spans, strict=True)
        for entity in entities
    ]
    linked = link(surfaces)
    unclear = ambiguous_people(surfaces)
    beside = identifiers_of(surfaces)
    return [
        Mention(
            label,
            surface,
            canonical=to,
            forms=_further_forms(label, surface, to),
            flags=Flag.AMBIGUOUS if label == "PERSON" and to in unclear else Flag(0),
            beside=beside.get(to, ()) if label == "PERSON" else (),
        )
        for (label, surface), to in zip(surfaces, linked, strict=True)
    ]


def _further_forms(label: str, surface: str, linked: str) -> tuple[str, ...]:
    """Under which other forms an entity is found: those of a full name, or of a linked alias."""
    own = canonical(label, surface)
    return (*alias_forms(label, surface), *((own,) if own != linked else ()))


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


def _refuse_residue(mentions: Sequence[Mention], safe_texts: Sequence[str]) -> None:
    """Raise if an identity that was found once still stands anywhere as it was written."""
    by_word: dict[str, set[tuple[str, int]]] = {}  # first word -> values, and where it begins
    for mention in mentions:
        first = _WORD.search(mention.surface)
        if first and (mention.label in _CHECKED_LABELS or _is_full_name(mention)):
            by_word.setdefault(first[0], set()).add((mention.surface, first.start()))
    for text in safe_texts:
        for word in _WORD.finditer(text):
            for value, offset in by_word.get(word[0], ()):
                if _stands_at(text, word.start() - offset, value):
                    raise PseudonymError(
                        "an identity found in one place of this document would remain in another; "
                        "nothing was written"
                    )


def _stands_at(text: str, start: int, value: str) -> bool:
    """Whether the whole value stands there, not as a part of longer words."""
    if start < 0 or not text.startswith(value, start):
        return False
    return not (start > 0 and _touches(text[start - 1])) and not _touches(
        text[start + len(value) : start + len(value) + 1]
    )


def _is_full_name(mention: Mention) -> bool:
    return mention.label == "PERSON" and " " in mention.surface.strip()
