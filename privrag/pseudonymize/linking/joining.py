"""How a mention of one document may join a full name of another, and what of a name may not.

A part of a name ("Anna", "Z. Quirm") joins a full name of another document only by a strong
identifier that stands with both; a handle joins the only full name that it spells. The vault
compares keyed hashes of what full names offer and of what the others seek: it needs no list of
names. A single word that joins nobody is somebody of its own document.
"""

from collections.abc import Iterable

from privrag.pseudonymize.linking.canonical import is_written_out, strong_words
from privrag.pseudonymize.linking.handles import initialed_letters, letters_of_name
from privrag.pseudonymize.linking.homonyms import Identifier

Key = tuple[str, ...]

HANDLE, INITIAL = "handle", "initial"
"""Kinds of keys: all letters of a name; those of an initial and the surname."""


def offers(name: str, identifiers: Iterable[Identifier]) -> tuple[Key, ...]:
    """Under which keys a full name (canonical form) can be joined; of other forms, none."""
    if not is_written_out(name):
        return ()
    words = strong_words(name)
    first, last = words[0], words[-1]
    parts: list[Key] = [("part", part) for part in sorted({first, last})]
    handles = spellings(name)
    short = sorted({first, last, f"{first[0]} {last}", f"{first} {last}"})
    joint: list[Key] = [("joint", form, *one) for one in identifiers for form in short]
    return (*parts, *handles, *joint)


def spellings(name: str) -> tuple[Key, ...]:
    """The keys of a full name (canonical form) where it is written as one word."""
    if not is_written_out(name):
        return ()
    handles: list[Key] = [(HANDLE, letters) for letters in sorted(letters_of_name(name))]
    initials: list[Key] = [(INITIAL, letters) for letters in sorted(initialed_letters(name))]
    return (*handles, *initials)


def seeks(form: str, identifiers: Iterable[Identifier]) -> tuple[Key, ...]:
    """Any of which must be offered by the one full name that this part of a name joins."""
    words = strong_words(form)
    if is_written_out(form) or not words:
        return ()
    short = words[0] if len(words) == 1 else f"{words[0]} {words[-1]}"
    return tuple(("joint", short, *one) for one in identifiers)


def must_be_alone(form: str) -> tuple[Key, ...]:
    """What nobody else may offer: a single word joins the only full name with it at all."""
    words = strong_words(form)
    return (("part", words[0]),) if len(words) == 1 else ()
