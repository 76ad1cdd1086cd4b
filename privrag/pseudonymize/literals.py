"""Text that merely looks like a pseudonym gets one of its own: no document can forge one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from privrag.pseudonym import LITERAL, SECRET, find_lookalikes
from privrag.pseudonymize.matches import Match, trim
from privrag.records import Entity

_NAMES = frozenset({"PERSON", "ORG", "LOCATION", "GROUP", "TITLE", "MISC"})
"""What a model reads out of capitals; the types that have a form of their own stay whole."""


def with_literals(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """The entities plus look-alikes of pseudonyms, in order and without overlap.

    A look-alike wins over whatever lies within it, and over a name around it, of which the rest
    stays one. It is a part of an address or another value with a form of its own, and of a secret.
    """
    literals = [
        Entity(LITERAL, found.start, found.end, 1.0, "literal") for found in find_lookalikes(text)
    ]
    if literals:
        entities = [part for one in entities for part in _beside(text, one, literals)]
    merged: list[Entity] = []
    for entity in sorted([*entities, *literals], key=_order):
        last = merged[-1] if merged else None
        if last is None or entity.start >= last.end:
            merged.append(entity)
        elif entity.end > last.end:
            kept = last if last.label != LITERAL else entity
            merged[-1] = Entity(kept.label, last.start, entity.end, kept.score, kept.recognizer)
    return merged


def _order(entity: Entity) -> tuple[int, int]:
    return entity.start, -entity.end


def _beside(text: str, entity: Entity, literals: Sequence[Entity]) -> Iterator[Entity]:
    """What the look-alikes leave of an entity: all, nothing, or the words around them."""
    over = [one for one in literals if one.start < entity.end and entity.start < one.end]
    if not over or entity.label == SECRET:
        yield entity
        return
    if any(one.start <= entity.start and entity.end <= one.end for one in over):
        return
    if entity.label not in _NAMES:
        yield entity
        return
    at = entity.start
    for start, end in [*((one.start, one.end) for one in over), (entity.end, entity.end)]:
        match = trim(text, Match(entity.label, at, max(at, start), entity.score, ""))
        if match is not None and any(c.isalnum() for c in text[match.start : match.end]):
            yield replace(entity, start=match.start, end=match.end)
        at = end
