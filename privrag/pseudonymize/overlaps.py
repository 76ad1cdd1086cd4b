"""What was found in a place, beside what the vault knows there: each keeps its own type.

Detection settled its own overlaps (`matches.resolve`). What is known comes on top of it by its form
alone, and so has less to say: nothing that was detected is shown under another type because a known
name reached into it, and of neither does a part stay in clear.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from privrag.pseudonym import LITERAL, SECRET
from privrag.pseudonymize.known.joined import JOINED
from privrag.records import Entity

NAMES = frozenset({"PERSON", "ORG", "LOCATION", "GROUP", "TITLE", "MISC"})
"""What a model reads out of capitals; the types that have a form of their own stay whole."""
_CUT_BY_VALUES = NAMES | {"ID", "PHONE", "DATE", "AMOUNT", "AGE", "ADDRESS", LITERAL}
"""Parts of a longer value may look like these: `99-12` of a known `PA-99-12`."""
_KNOWN = "known"
"""How the recognizers of `known/` are called."""


def beside_each_other(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """The entities in order and without overlap; every letter that one covers stays covered.

    Of equal spans the one that is placed first counts (`_turn`), but a name written as one word
    replaces a name, a user name or an ID, for it is linked by its letters. What was detected stays
    whole; what is known keeps the words beside it, or is one with it if both are one's name. A
    known value stays whole over a part of it that passed for something else.
    """
    placed: list[Entity] = []
    for entity in sorted(entities, key=_turn):
        _place(text, entity, placed)
    return placed


def _turn(entity: Entity) -> tuple[int, int, int]:
    """What was detected comes first, and of it what has a form of its own."""
    if is_known(entity):
        rank = 4
    elif entity.label == LITERAL:
        rank = 3
    else:
        rank = 2 if entity.label in NAMES else int(entity.label != SECRET)
    return rank, entity.start, -entity.end


def is_known(entity: Entity) -> bool:
    """Whether it was found by its form in the vault alone."""
    return entity.recognizer == _KNOWN or entity.recognizer.startswith(f"{_KNOWN}.")


def _place(text: str, entity: Entity, placed: list[Entity]) -> None:
    for other in over(entity, placed):
        if not _gives_way(text, other, entity):
            continue
        _remove(other, placed)
        for rest in outside(text, other, [entity]):
            insert(rest, placed)
    found = over(entity, placed)
    same = [other for other in found if _is_one_name(other, entity)]
    others = [other for other in found if other not in same]
    for part in outside(text, entity, others) if others else [entity]:
        joined = [other for other in same if other.start < part.end and part.start < other.end]
        for other in joined:
            _remove(other, placed)
        insert(_union([*joined, part]), placed)


def _gives_way(text: str, other: Entity, entity: Entity) -> bool:
    """Whether what was placed before is cut by an entity, or lies within it and goes."""
    if not is_known(entity) or other.label == SECRET:
        return False
    within = entity.start <= other.start and other.end <= entity.end
    equal = within and other.end - other.start == entity.end - entity.start
    if entity.label == SECRET:
        return other.label in NAMES or (within and not equal)
    if equal:
        return entity.recognizer == JOINED and other.label in {*NAMES, "USERNAME", "ID"}
    if not within or _is_one_name(other, entity):
        return False
    words = text[entity.start : entity.end]
    if entity.label == "PERSON" and not any(c.isdigit() for c in words):
        return other.label in NAMES and "," not in words
    return other.label in (NAMES if entity.recognizer == JOINED else _CUT_BY_VALUES)


def _is_one_name(one: Entity, two: Entity) -> bool:
    """Whether two that overlap are one: of one type, or a name and the same written as one word."""
    if one.label == two.label:
        return True
    return JOINED in (one.recognizer, two.recognizer) and {one.label, two.label} == {
        "PERSON",
        "USERNAME",
    }


def _union(parts: Sequence[Entity]) -> Entity:
    """All of them as one, of the type of the first; of equal starts, of the longest."""
    first = min(parts, key=lambda e: (e.start, -e.end))
    return replace(first, end=max(part.end for part in parts))


def outside(text: str, entity: Entity, others: Sequence[Entity]) -> Iterator[Entity]:
    """The words of an entity that no other covers."""
    at = entity.start
    ends = [(o.start, o.end) for o in sorted(others, key=_start)]
    for left, right in [*ends, (entity.end, entity.end)]:
        start, end = at, max(at, left)
        while start < end and not text[start].isalnum():
            start += 1
        while start < end and not text[end - 1].isalnum():
            end -= 1
        if start < end:
            yield replace(entity, start=start, end=end)
        at = max(at, right)


def over(entity: Entity, placed: Sequence[Entity]) -> list[Entity]:
    """Those that overlap the entity; `placed` are in order and without overlap."""
    first = bisect_right(placed, entity.start, key=lambda other: other.end)
    last = bisect_left(placed, entity.end, key=_start)
    return list(placed[first:last])


def insert(entity: Entity, placed: list[Entity]) -> None:
    """Put the entity in its place among others in order, of which it overlaps none."""
    placed.insert(bisect_left(placed, entity.start, key=_start), entity)


def _remove(entity: Entity, placed: list[Entity]) -> None:
    del placed[bisect_left(placed, entity.start, key=_start)]


def _start(entity: Entity) -> int:
    return entity.start
