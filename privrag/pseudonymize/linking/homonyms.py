"""Which strong identifiers of a document belong to which of its people.

Two people of one name show only by what stands with them, and so does that two names are one
person's. An e-mail address is somebody's whose name it spells or holds a part of; any identifier is
somebody's who alone is named there.
"""

import re
from collections.abc import Sequence

from privrag.pseudonymize.lexicon import PARTICLES, fold
from privrag.pseudonymize.linking.canonical import canonical, full_names, link

Identifier = tuple[str, str]
"""(label, canonical form)."""

_STRONG = frozenset({"EMAIL", "PHONE", "ID", "SSN", "ACCOUNT", "USERNAME"})
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
"""`5.44E+13`: a number that lost its end is many people's."""
_SHORTEST_PART = 3
_LETTERS = re.compile(r"[^\W\d_]+")


def identifiers_of(surfaces: Sequence[tuple[str, str]]) -> dict[str, tuple[Identifier, ...]]:
    """Canonical full name -> the identifiers that are this person's; others are absent.

    `surfaces` are the (label, surface) mentions of one document.
    """
    people = full_names(surfaces)
    return _whose(surfaces, people, among=people)


def identifiers_of_parts(
    surfaces: Sequence[tuple[str, str]],
) -> dict[str, tuple[Identifier, ...]]:
    """The same for people of whom the document has a part of the name only: `anna`, `z quirm`.

    Narrower: nobody else at all may be named in the document, or the address spells the name.
    """
    people = {
        form for (label, _), form in zip(surfaces, link(surfaces), strict=True) if label == "PERSON"
    }
    return _whose(surfaces, people - full_names(surfaces), among=people)


def _whose(
    surfaces: Sequence[tuple[str, str]], people: set[str], *, among: set[str]
) -> dict[str, tuple[Identifier, ...]]:
    strong = {
        (label, canonical(label, words))
        for label, words in surfaces
        if label in _STRONG and not _ROUNDED.fullmatch(words)
    }
    found = {}
    for name in people if strong else ():
        mine = {one for one in strong if len(among) == 1 or _names(one, name, among)}
        if mine:
            found[name] = tuple(sorted(mine))
    return found


def _names(identifier: Identifier, name: str, people: set[str]) -> bool:
    """Whether an address spells this name, or holds a part of it, and nobody else's."""
    label, value = identifier
    if label != "EMAIL":
        return False
    held = set(_LETTERS.findall(fold(value.partition("@")[0])))
    others = {word for other in people - {name} for word in fold(other).split()}
    if any(w in held for w in set(fold(name).split()) - others if len(w) >= _SHORTEST_PART):
        return True
    spelled = {way for other in people - {name} for way in _spelled(other)}
    return not held.isdisjoint(_spelled(name) - spelled)


def _spelled(name: str) -> frozenset[str]:
    """`zoltaquirm`, `quirmzolta`, `zquirm`, `quirmz`: how an address runs a name together."""
    words = [w for w in fold(name).split() if w not in PARTICLES]
    if len(words) < 2:
        return frozenset()
    first, last = words[0], words[-1]
    ways = {first + last, last + first, first[0] + last, last + first[0]}
    return frozenset(way for way in ways if len(way) > _SHORTEST_PART)
