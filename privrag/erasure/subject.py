"""Who is to be forgotten: one person, and every entry of the vault that carries the name."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from privrag.errors import VaultError
from privrag.pseudonym import LABELS, LITERAL, base, is_valid
from privrag.pseudonym import label as label_of
from privrag.pseudonymize.canonical import canonical
from privrag.vault import Vault

_MOST_LISTED = 20
_GAP = r"[\W_]{0,3}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A person with everything that leads to it."""

    leaders: tuple[str, ...]
    """One pseudonym of each person or thing to erase, the person that was named first."""
    pseudonyms: frozenset[str]
    """All of theirs."""
    surfaces: tuple[tuple[str, str], ...] = field(repr=False)
    """(label, raw words) by which they stand in documents."""


def find_subject(vault: Vault, name: str) -> Subject:
    """The person of this name or pseudonym.

    With it go what the vault holds of the very name in other types (an e-mail address with both
    names in it, a user name), and a surname on its own that is nobody else's. Raises VaultError for
    an unknown name, and for one of several people: it lists their pseudonyms.
    """
    person = _person(vault, name)
    own = _group(vault, person)
    words = [(label_of(token), text) for token, text in vault.show(person, reveal=True).words]
    everything = list(vault.every_surface())
    others = [(p, text) for p, text in everything if p not in own]
    further = _with_the_name(words, others) if label_of(person) == "PERSON" else set()
    leaders = vault.leaders(further)
    first = tuple(dict.fromkeys((person, *sorted(leaders.get(p, p) for p in further))))
    pseudonyms = frozenset().union(*(_group(vault, leader) for leader in first))
    surfaces = tuple((label_of(p), text) for p, text in everything if p in pseudonyms)
    return Subject(first, pseudonyms, surfaces)


def forms_of_name(name: str) -> list[tuple[str, str]]:
    """(label, form) under which a name may be in the vault."""
    return [(label, canonical(label, name)) for label in LABELS if label != LITERAL]


def shares_surname(own: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> bool:
    """Whether anybody else has the surname; both are (label, words) of the vault."""
    names = {_words(text) for label, text in own if label == "PERSON"}
    people = {_words(text) for label, text in others if label == "PERSON"}
    taken = {words[-1] for words in people if len(words) > 1}
    return any(words[-1] in taken for words in names if len(words) > 1)


def _words(name: str) -> tuple[str, ...]:
    return tuple(canonical("PERSON", name).split())


def _person(vault: Vault, name: str) -> str:
    token = name.strip().upper()
    if is_valid(token):
        if vault.erased([token]):
            message = f"{base(token)} was forgotten already; its certificate is in the home"
            raise VaultError(message)
        return vault.show(token).pseudonym
    form = ("PERSON", canonical("PERSON", name))
    found = vault.matching([form], widely=" " not in form[1])
    found = found or vault.matching(forms_of_name(name))
    if len(found) > 1:
        some = ", ".join(sorted(found)[:_MOST_LISTED])
        message = f"that name fits {len(found)} entities; name one by its pseudonym: {some}"
        raise VaultError(message)
    if not found:
        gone = vault.suppressed(forms_of_name(name)) if name.strip() else ()
        message = (
            "nobody of that name is left in the vault: it was forgotten already"
            if gone
            else "the vault knows nobody of that name; see: privrag vault show --name"
        )
        raise VaultError(message)
    return found.pop()


def _group(vault: Vault, pseudonym: str) -> frozenset[str]:
    shown = vault.show(pseudonym)
    return frozenset({shown.pseudonym, *shown.others})


def _with_the_name(own: Iterable[tuple[str, str]], others: list[tuple[str, str]]) -> set[str]:
    """Entries of other types with the full name in them, and the lone surname."""
    names = {_words(text) for label, text in own if label == "PERSON"}
    full = {words for words in names if len(words) > 1 and len(words[0]) > 1}
    people = {(p, _words(text)) for p, text in others if label_of(p) == "PERSON"}
    taken = {words[-1] for _, words in people if len(words) > 1}
    surnames = {words[-1] for words in full} - taken
    found = {p for p, words in people if len(words) == 1 and words[0] in surnames}
    patterns = [_pattern(words[0], words[-1]) for words in full]
    short = [_pattern(words[0][0], words[-1]) for words in full if words[-1] in surnames]
    for p, text in others:
        kind, plain = label_of(p), _plain(text)
        if kind in {"PERSON", LITERAL}:
            continue
        asked = [*patterns, *short] if kind in {"EMAIL", "USERNAME"} else patterns
        if any(pattern.search(plain) for pattern in asked):
            found.add(p)
    return found


def _pattern(first: str, last: str) -> re.Pattern[str]:
    one, two = re.escape(_plain(first)), re.escape(_plain(last))
    return re.compile(
        rf"(?<![^\W_]){one}{_GAP}{two}(?![^\W\d_])|(?<![^\W_]){two}{_GAP}{one}(?![^\W\d_])"
    )


def _plain(text: str) -> str:
    """Lower case without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))
