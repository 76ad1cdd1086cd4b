"""Which strong identifiers of a document belong to which of its people.

Two people of one name show only by what stands with them. An e-mail address is somebody's whose
surname or given name it holds; any identifier is somebody's who alone is named in full there.
"""

import re
from collections.abc import Sequence

from privrag.pseudonymize.canonical import canonical, full_names

_STRONG = frozenset({"EMAIL", "PHONE", "ID", "SSN", "ACCOUNT", "USERNAME"})
_SHORTEST_PART = 3
_LETTERS = re.compile(r"[^\W\d_]+")


def identifiers_of(surfaces: Sequence[tuple[str, str]]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Canonical full name -> (label, canonical form) of what is this person's; others are absent.

    `surfaces` are the (label, surface) mentions of one document.
    """
    people = full_names(surfaces)
    strong = {(label, canonical(label, words)) for label, words in surfaces if label in _STRONG}
    found = {}
    for name in people:
        mine = {one for one in strong if len(people) == 1 or _names(one, name, people)}
        if mine:
            found[name] = tuple(sorted(mine))
    return found


def _names(identifier: tuple[str, str], name: str, people: set[str]) -> bool:
    """Whether an address holds a part of this name that nobody else's name has."""
    label, value = identifier
    if label != "EMAIL":
        return False
    held = set(_LETTERS.findall(value.partition("@")[0]))
    others = {word for other in people - {name} for word in other.split()}
    return any(w in held for w in set(name.split()) - others if len(w) >= _SHORTEST_PART)
