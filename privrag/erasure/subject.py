"""Who is to be forgotten: one person, and every entry of the vault that carries the name."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from privrag.errors import VaultError
from privrag.pseudonym import LABELS, LITERAL, base, is_valid
from privrag.pseudonym import label as label_of
from privrag.pseudonymize.canonical import canonical
from privrag.vault import Vault

_MOST_LISTED = 20
_GAP = r"[\W_]{0,3}"
_WORD = re.compile(r"[^\W_]+")
_GENERATIONS = frozenset(
    {
        *("junior", "jnr", "jun", "senior", "snr", "sen", "younger", "elder", "iv"),
        *("fils", "père", "pere", "filho", "neto", "hijo"),
        *("jüngere", "jungere", "juengere", "ältere", "altere", "aeltere"),
    }
)
"""`John Smith Junior` is another person than John Smith. (`Jr.`, `II` and `III` are no part of a
canonical form: those are one entity with John Smith from the start.)"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A person with everything that leads to it."""

    leaders: tuple[str, ...]
    """One pseudonym of each person or thing to erase, the person that was named first."""
    pseudonyms: frozenset[str]
    """All of theirs."""
    surfaces: tuple[tuple[str, str], ...] = field(repr=False)
    """(label, raw words) by which they stand in documents."""
    longer: tuple[str, ...] = ()
    """Those of the pseudonyms that are of a longer name with this one in it."""
    left: tuple[str, ...] = ()
    """Not among them: whose words hold this name, too, but may be a relative or namesake."""
    part_of_name: bool = False
    """Whether only one word of this person's longer name was given."""


def find_subject(
    vault: Vault, name: str, *, keep: Collection[str] = (), also: Collection[str] = ()
) -> Subject:
    """The person of this name or pseudonym.

    With it go what the vault holds of the very name: in other types (an e-mail address with both
    names in it, a user name), inside a longer name (`JOHN SMITH AGREES`), and a surname on its own
    that is nobody else's. `keep` are pseudonyms out of these that stay, `also` others that go.
    Raises VaultError for an unknown name, for one of several people (it lists their pseudonyms),
    and for a pseudonym to keep that would not go.
    """
    person = _person(vault, name)
    own = _group(vault, person)
    words = [(label_of(token), text) for token, text in vault.show(person, reveal=True).words]
    everything = list(vault.every_surface())
    others = [(p, text) for p, text in everything if p not in own]
    is_person = label_of(person) == "PERSON"
    further = _with_the_name(words, others) if is_person else set()
    longer, left = _longer_names(words, others) if is_person else (set(), set())
    kept = _kept(vault, keep, further | longer)
    further = (further | longer | set(also)) - kept
    leaders = vault.leaders(further)
    first = tuple(dict.fromkeys((person, *sorted(leaders.get(p, p) for p in further))))
    pseudonyms = frozenset().union(*(_group(vault, leader) for leader in first))
    return Subject(
        leaders=first,
        pseudonyms=pseudonyms,
        surfaces=tuple((label_of(p), text) for p, text in everything if p in pseudonyms),
        longer=tuple(sorted(longer - kept)),
        left=tuple(sorted((left | kept) - pseudonyms)),
        part_of_name=_is_part(name, words),
    )


def forms_of_name(name: str) -> list[tuple[str, str]]:
    """(label, form) under which a name may be in the vault."""
    return [(label, canonical(label, name)) for label in LABELS if label != LITERAL]


def shares_surname(own: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> bool:
    """Whether anybody else has the surname; both are (label, words) of the vault."""
    names = {_words(text) for label, text in own if label == "PERSON"}
    people = {_words(text) for label, text in others if label == "PERSON"}
    taken = {_surname(words) for words in people if len(words) > 1}
    return any(_surname(words) in taken for words in names if len(words) > 1)


def _words(name: str) -> tuple[str, ...]:
    return tuple(canonical("PERSON", name).split())


def _surname(words: tuple[str, ...]) -> str:
    """The last word that is no `junior`."""
    return next((word for word in reversed(words) if word not in _GENERATIONS), words[-1])


def _is_part(name: str, own: Iterable[tuple[str, str]]) -> bool:
    """Whether the name is a single word out of the person's name: it may be meant otherwise."""
    if is_valid(name.strip().upper()):
        return False
    people = [_words(text) for label, text in own if label == "PERSON"]
    given = _words(name)
    return len(given) == 1 and any(given[0] in words for words in people if len(words) > 1)


def _kept(vault: Vault, keep: Collection[str], further: set[str]) -> set[str]:
    """Those of what goes with the name that stay, with all of their groups."""
    kept: set[str] = set()
    for token in (base(word.strip().upper()) for word in keep):
        group = _group(vault, token)
        if further.isdisjoint(group):
            message = f"{token} would not go with this person; leave it out of --keep"
            raise VaultError(message)
        kept |= group
    return kept


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
    taken = {_surname(words) for _, words in people if len(words) > 1}
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


def _longer_names(
    own: Iterable[tuple[str, str]], others: list[tuple[str, str]]
) -> tuple[set[str], set[str]]:
    """People in whose words the full name stands as a run: those that go, and those left.

    Left are relatives (`John Smith Junior`), and all of them if somebody else has the very name.
    """
    people = [(p, text) for p, text in others if label_of(p) == "PERSON"]
    names = {_run(canonical("PERSON", text)) for label, text in own if label == "PERSON"}
    names = {words for words in names if len(words) > 1 and len(words[0]) > 1}
    orders = names | {(words[-1], *words[:-1]) for words in names}
    whole = {p: _run(canonical("PERSON", text)) for p, text in people}
    namesake = any(words in names for words in whole.values())
    found: set[str] = set()
    left: set[str] = set()
    for p, text in people:
        spellings = (_run(canonical("PERSON", text)), _run(text))
        held = [run for run in orders for words in spellings if _holds(words, run)]
        if not held or spellings[0] in orders:
            continue
        further = {*spellings[0], *spellings[1]}.difference(*held)
        (left if namesake or not further.isdisjoint(_GENERATIONS) else found).add(p)
    return found - left, left


def _run(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_plain(text)))


def _holds(words: tuple[str, ...], run: tuple[str, ...]) -> bool:
    return any(words[at : at + len(run)] == run for at in range(len(words) - len(run) + 1))


def _pattern(first: str, last: str) -> re.Pattern[str]:
    one, two = re.escape(_plain(first)), re.escape(_plain(last))
    return re.compile(
        rf"(?<![^\W_]){one}{_GAP}{two}(?![^\W\d_])|(?<![^\W_]){two}{_GAP}{one}(?![^\W\d_])"
    )


def _plain(text: str) -> str:
    """Lower case without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))
