"""The people whose names a document may also write as one word: `zolta-quirm`, `zquirm`.

Those whom it names in full, under each half of a double surname too, and those whom an address or a
user name spells: after `zolta.quirm@mail.example`, `/users/zolta-quirm/` is hers.
"""

import re
from collections.abc import Iterator, Sequence

from privrag.pseudonymize.lexicon import (
    PARTICLES,
    is_given_name,
    is_ordinary_word,
    is_organisation_word,
)
from privrag.pseudonymize.linking.canonical import full_names, surname_halves
from privrag.pseudonymize.linking.veiled_mail import plain_mail

_SIGNS = re.compile(r"[._-]")
_MIN_PART, _MIN_SURNAME = 3, 4


def people_spelled(surfaces: Sequence[tuple[str, str]]) -> set[str]:
    """Canonical forms of full names, from the (label, surface) mentions of one document."""
    people = full_names(surfaces)
    halves = {name for full in people for name in _with_half_of_surname(full)}
    spelled = {
        name
        for label, surface in surfaces
        if label in {"EMAIL", "USERNAME"} and (name := _name_spelled(surface)) is not None
    }
    return people | halves | spelled


def _with_half_of_surname(full: str) -> Iterator[str]:
    """`zolta quirm` and `zolta tann` for `zolta quirm-tann`."""
    words = [word for word in full.split() if word not in PARTICLES]
    if len(words) > 1 and len(words[0]) > 1:
        halves = (half for half in surname_halves(words[-1]) if len(half) >= _MIN_SURNAME)
        yield from (f"{words[0]} {half}" for half in halves)


def _name_spelled(surface: str) -> str | None:
    """`zolta quirm` for `zolta.quirm@mail.example`; none for `customer.service@...`."""
    local = plain_mail(surface).casefold().removeprefix("mailto:").lstrip("@").partition("@")[0]
    parts = [part.rstrip("0123456789") for part in _SIGNS.split(local)]
    if len(parts) != 2 or not all(p.isalpha() and len(p) >= _MIN_PART for p in parts):
        return None
    if any(
        is_organisation_word(p) or (is_ordinary_word(p) and not is_given_name(p)) for p in parts
    ):
        return None
    return " ".join(parts)
