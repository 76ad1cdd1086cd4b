"""Text that merely looks like a pseudonym gets one of its own: no document can forge one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from privrag.pseudonym import LITERAL, SECRET, find_lookalikes
from privrag.pseudonymize.matches import Match, trim
from privrag.pseudonymize.overlaps import NAMES, beside_each_other, over
from privrag.records import Entity


def with_literals(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """The entities plus look-alikes of pseudonyms, in order and without overlap.

    Where two overlap, each keeps its type (`overlaps`). A look-alike wins over whatever lies within
    it, and over a name around it, of which the rest stays one. It is a part of an address or
    another value with a form of its own, and of a secret.
    """
    literals = [
        Entity(LITERAL, found.start, found.end, 1.0, "literal") for found in find_lookalikes(text)
    ]
    if literals:
        entities = [part for one in entities for part in _beside(text, one, literals)]
    return beside_each_other(text, [*entities, *literals])


def _beside(text: str, entity: Entity, literals: Sequence[Entity]) -> Iterator[Entity]:
    """What the look-alikes leave of an entity: all, nothing, or the words around them."""
    found = over(entity, literals)
    if not found or entity.label == SECRET:
        yield entity
        return
    if any(one.start <= entity.start and entity.end <= one.end for one in found):
        return
    if entity.label not in NAMES:
        yield entity
        return
    at = entity.start
    for start, end in [*((one.start, one.end) for one in found), (entity.end, entity.end)]:
        match = trim(text, Match(entity.label, at, max(at, start), entity.score, ""))
        if match is not None and any(c.isalnum() for c in text[match.start : match.end]):
            yield replace(entity, start=match.start, end=match.end)
        at = end
