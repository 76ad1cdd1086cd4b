"""Who was forgotten on request: their mentions get the bare words for the type, for good."""

from collections.abc import Collection, Sequence

from privrag.pseudonymize.known.encoded import readings
from privrag.pseudonymize.known.find import find_known
from privrag.pseudonymize.lexicon import fold
from privrag.pseudonymize.linking.canonical import alias_forms, canonical, is_full, link
from privrag.pseudonymize.linking.joining import HANDLE, INITIAL, Key
from privrag.pseudonymize.linking.name_order import other_orders
from privrag.vault.store import Vault

_MAY_SAY = frozenset({"EMAIL", "URL", "SECRET", "ID", "USERNAME"})

Surface = tuple[str, str]
"""(label, words)."""


def forgotten(surfaces: Sequence[Surface], vault: Vault) -> set[Surface]:
    """Those of one document's (or request's) surfaces that name somebody who was forgotten.

    A surname that joins a full name of the same document is that person's: it is masked if that
    one was forgotten, and stays a pseudonym if not. A full name is masked by its own form, also
    where it joins a longer one. A longer name is masked with its short form (`ann marie lee` with
    `ann lee`), and so is what joins it; never by a single word of it.
    """
    if not vault.any_suppressed():
        return set()
    forms: dict[Surface, set[tuple[str, str]]] = {}
    for (label, words), linked in zip(surfaces, link(surfaces), strict=True):
        own = canonical(label, words)
        full = {linked, own} if is_full(own.split()) else {linked}
        asked = {form for name in full for form in (name, *_further(label, name))}
        forms[label, words] = {(label, form) for form in asked}
    gone = vault.suppressed({form for each in forms.values() for form in each})
    spelled = {surface: keys for surface in forms if (keys := _spelled(*surface))}
    sought = {key for some in spelled.values() for key in some}
    offered = vault.suppressed_offers(sought) if sought else set()
    return {
        surface
        for surface, each in forms.items()
        if each & gone or not offered.isdisjoint(spelled.get(surface, ()))
    } | _saying_forgotten(forms, vault)


def _further(label: str, name: str) -> tuple[str, ...]:
    """Of a full name (canonical form) the given name with the surname, and its other orders."""
    if label != "PERSON":
        return ()
    first = name.split()[0]
    short = (form for form in alias_forms(label, name) if " " in form)
    return (*(form for form in short if form.split()[0] == first), *other_orders(name))


def _saying_forgotten(surfaces: Collection[Surface], vault: Vault) -> set[Surface]:
    """Those of other types that say such a name: `https://.../?owner=Anna%20Lee`, base64."""
    said = [(one, text) for one in surfaces if one[0] in _MAY_SAY for text in readings(one[1])]
    found = find_known([text for _, text in said], vault, only_forgotten=True)
    return {one for (one, _), entities in zip(said, found, strict=True) if entities}


def _spelled(label: str, words: str) -> tuple[Key, ...]:
    """The keys of a user name: of a whole name, or of an initial and a surname."""
    if label != "USERNAME":
        return ()
    letters = "".join(c for c in fold(words) if c.isalpha())
    return (HANDLE, letters), (INITIAL, letters)
