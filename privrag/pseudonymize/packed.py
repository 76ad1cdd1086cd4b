"""Entities on their way out of a detection child: in flat lists, each name once.

A register has hundreds of thousands; as lists of their own they took three times the memory.
"""

from collections.abc import Sequence
from typing import Any

from privrag.records import Entity

_VALUES = 5


def pack(found: Sequence[Sequence[Entity]]) -> dict[str, Any]:
    """`names`: labels and recognizers. `entities`: for each block five values an entity.

    They are the label's place in `names`, start, end, score and the recognizer's place.
    """
    at: dict[str, int] = {}
    blocks = []
    for entities in found:
        flat: list[float] = []
        for e in entities:
            flat += (
                at.setdefault(e.label, len(at)),
                e.start,
                e.end,
                e.score,
                at.setdefault(e.recognizer, len(at)),
            )
        blocks.append(flat)
    return {"names": list(at), "entities": blocks}


def unpack(answer: dict[str, Any], blocks: int) -> list[list[Entity]] | None:
    """The entities of each of so many blocks; None if the answer is none for all of them."""
    names, found = answer.get("names"), answer.get("entities")
    if not isinstance(names, list) or not isinstance(found, list) or len(found) != blocks:
        return None
    if any(not isinstance(flat, list) or len(flat) % _VALUES for flat in found):
        return None
    unpacked = []
    while found:  # each block's values go as its entities come
        values = iter(found.pop())
        fives = zip(values, values, values, values, values, strict=True)
        unpacked.append([Entity(names[a], s, e, score, names[b]) for a, s, e, score, b in fives])
    return unpacked[::-1]
