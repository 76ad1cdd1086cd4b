"""Surname first without a comma: `CASTLEREAGH Philomena`, `Castlereagh Philomena`.

Capitals say which word is the surname, so the name is turned round at once. Without them nothing
says it: then the two orders are one person where both stand (see `canonical.link`), unless every
word of them is a given name (`John James`, `James John`).
"""

from collections.abc import Iterable, Sequence

from privrag.pseudonymize.lexicon import is_given_name

_MIN_CAPITALS = 3
"""`AJ Cook` and `DE Cook` begin with initials."""


def turned_by_capitals(name: str) -> str:
    """A name (no title, no comma) with its surname behind, if its first words are capitals alone.

    Not if a given name stands there in capitals and none behind (`ANNA Berg`).
    """
    words = name.split()
    if len(words) < 2 or not words[0].isupper() or words[-1].isupper():
        return name
    at = next(i for i, word in enumerate(words) if not word.isupper())
    given = words[at:]
    plain = all(word[:1].isupper() and word[1:].islower() for word in given[0].split("-"))
    if len(words[at - 1]) < _MIN_CAPITALS or not plain or any(map(_has_sign, words)):
        return name
    if is_given_name(words[0]) and not is_given_name(given[0]):
        return name
    return " ".join([*given, *words[:at]])


def other_orders(form: str) -> tuple[str, ...]:
    """The canonical forms of the same words with the surname at the other end."""
    words = form.split()
    if len(words) < 2 or len(words[0]) < 2 or len(words[-1]) < 2:
        return ()
    if is_given_name(words[0]) and is_given_name(words[-1]):
        return ()
    orders = ([*words[1:], words[0]], [words[-1], *words[:-1]])
    return tuple(dict.fromkeys(" ".join(order) for order in orders))


def leading_orders(names: Iterable[str]) -> dict[str, str]:
    """Those full names (canonical forms, as they stand in the document) -> their other order.

    What begins with a given name leads, else what came first.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = next((o for o in other_orders(name) if o in seen), None)
        if other is not None and seen[other] == other and _begins_better(name, other):
            seen[other] = seen[name] = name
        else:
            seen.setdefault(name, name if other is None else seen[other])
    return {name: lead for name, lead in seen.items() if name != lead}


def _begins_better(name: str, other: str) -> bool:
    first: Sequence[str] = (name.split()[0], other.split()[0])
    return is_given_name(first[0]) and not is_given_name(first[1])


def _has_sign(word: str) -> bool:
    return any(not (c.isalpha() or c in "-'’") for c in word)
