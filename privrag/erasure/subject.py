"""Who is to be forgotten: one person, and every entry of the vault that carries the name."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from privrag.decoded import decode
from privrag.erasure.halves import (
    GENERATIONS,
    Halves,
    Words,
    halves_of,
    parts_of,
    taken_parts,
    words_of,
)
from privrag.errors import VaultError
from privrag.pseudonym import LABELS, LITERAL, base, is_valid
from privrag.pseudonym import label as label_of
from privrag.pseudonymize.known.encoded import encoded_runs
from privrag.pseudonymize.lexicon import fold
from privrag.pseudonymize.linking.canonical import canonical
from privrag.pseudonymize.linking.name_order import other_orders
from privrag.vault import Vault

_MOST_LISTED = 20
_GAP = r"[\W_]{0,3}"
_WORD = re.compile(r"[^\W_]+")
_MAY_BE_ENCODED = frozenset({"SECRET", "URL", "ID", "USERNAME", "EMAIL"})


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
    vault: Vault,
    name: str,
    *,
    keep: Collection[str] = (),
    also: Collection[str] = (),
    everything: Sequence[tuple[str, str]] | None = None,
) -> Subject:
    """The person of this name or pseudonym.

    With it go what the vault holds of the very name: in other types (an e-mail address with both
    names in it, a user name, a web address or a run of base64 that says it), with the surname
    first, inside a longer name (`JOHN SMITH AGREES`), with half of a double surname, and a surname
    on its own that is nobody else's. `keep` are pseudonyms out of these that stay, `also` others
    that go; `everything` is `vault.every_surface`, if it was read already. Raises VaultError for
    an unknown name, for one of several people (it lists their pseudonyms), and for a pseudonym to
    keep that would not go.
    """
    person = _person(vault, name)
    own = _group(vault, person)
    words = [(label_of(token), text) for token, text in vault.show(person, reveal=True).words]
    if everything is None:
        everything = list(vault.every_surface())
    others = [(p, text) for p, text in everything if p not in own]
    is_person = label_of(person) == "PERSON"
    further: set[str] = set()
    longer: set[str] = set()
    left: set[str] = set()
    halves = Halves(frozenset(), frozenset())
    if is_person:
        halves = halves_in(words, [(label_of(p), text) for p, text in others])
        further, doubtful = _with_the_name(words, others, halves)
        longer, left = _longer_names(words, others, halves)
        left |= (doubtful | _other_spellings(words, others)) - further
    kept = _kept(vault, keep, further | longer)
    further = (further | longer | set(also)) - kept
    leaders = vault.leaders(further)
    first = tuple(dict.fromkeys((person, *sorted(leaders.get(p, p) for p in further))))
    pseudonyms = frozenset().union(*(_group(vault, leader) for leader in first))
    return Subject(
        leaders=first,
        pseudonyms=pseudonyms,
        surfaces=(
            *((label_of(p), text) for p, text in everything if p in pseudonyms),
            *halves.values(sure=True),
        ),
        longer=tuple(sorted(longer - kept)),
        left=tuple(sorted((left | kept) - pseudonyms)),
        part_of_name=_is_part(name, words),
    )


def forms_of_name(name: str) -> list[tuple[str, str]]:
    """(label, form) under which a name may be in the vault."""
    return [(label, canonical(label, name)) for label in LABELS if label != LITERAL]


def shares_surname(own: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> bool:
    """Whether anybody else has the surname, or half of it; both are (label, words) of the vault."""
    return not taken_parts(people_in(own)).isdisjoint(taken_parts(people_in(others)))


def halves_in(own: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> Halves:
    """The names with half of the surname; both are (label, words) of the vault."""
    return halves_of(people_in(own), people_in(others))


def people_in(surfaces: Iterable[tuple[str, str]]) -> set[Words]:
    """The words of those that are people."""
    return {words_of(text) for label, text in surfaces if label == "PERSON"}


def further_forms(own: Iterable[tuple[str, str]], halves: Halves) -> set[tuple[str, str]]:
    """(label, form) of what else means the person from now on: the other order, half a surname."""
    names = {" ".join(words) for words in people_in(own) if len(words) > 1}
    names_with_halves = names | {" ".join(words) for words in halves.sure}
    turned = {form for name in names_with_halves for form in other_orders(name)}
    return {("PERSON", form) for form in (names_with_halves - names) | turned}


def _is_part(name: str, own: Iterable[tuple[str, str]]) -> bool:
    """Whether the name is a single word out of the person's name: it may be meant otherwise."""
    if is_valid(name.strip().upper()):
        return False
    people = [words_of(text) for label, text in own if label == "PERSON"]
    given = words_of(name)
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
            else "the vault knows nobody of that name; see: privrag vault list --all"
        )
        raise VaultError(message)
    return found.pop()


def _group(vault: Vault, pseudonym: str) -> frozenset[str]:
    shown = vault.show(pseudonym)
    return frozenset({shown.pseudonym, *shown.others})


def _with_the_name(
    own: Iterable[tuple[str, str]], others: list[tuple[str, str]], halves: Halves
) -> tuple[set[str], set[str]]:
    """Entries of other types with the full name in them, and the lone surname; those in doubt."""
    names = people_in(own)
    full = {words for words in names if len(words) > 1 and len(words[0]) > 1}
    people = {(p, words_of(text)) for p, text in others if label_of(p) == "PERSON"}
    taken = taken_parts(words for _, words in people)
    parts = {part for words in full for part in parts_of(words[-1])}
    found = {p for p, words in people if len(words) == 1 and fold(words[0]) in parts - taken}
    patterns = [_pattern(words[0], words[-1]) for words in full | halves.sure]
    unsure = [_pattern(words[0], words[-1]) for words in halves.doubtful]
    short = {(words[0][0], part) for words in full for part in parts_of(words[-1])}
    sure_short = [_pattern(*pair) for pair in short if pair[1] not in taken]
    doubtful_short = [_pattern(*pair) for pair in short if pair[1] in taken]
    doubtful: set[str] = set()
    for p, text in others:
        kind = label_of(p)
        if kind in {"PERSON", LITERAL}:
            continue
        account = kind in {"EMAIL", "USERNAME"}
        asked = [*patterns, *(sure_short if account else ())]
        in_doubt = [*unsure, *(doubtful_short if account else ())]
        for said in _readings(kind, text):
            plain = _plain(said)
            if any(pattern.search(plain) for pattern in asked):
                found.add(p)
            elif any(pattern.search(plain) for pattern in in_doubt):
                doubtful.add(p)
    return found, doubtful


def _readings(label: str, text: str) -> Iterator[str]:
    """What stands there, with escapes decoded, and what a run in it says."""
    yield text
    decoded = decode(text).text
    if decoded != text:
        yield decoded
    if label in _MAY_BE_ENCODED:
        yield from (run.said for run in encoded_runs(text))


def _longer_names(
    own: Iterable[tuple[str, str]], others: list[tuple[str, str]], halves: Halves
) -> tuple[set[str], set[str]]:
    """People in whose words the full name stands as a run: those that go, and those left.

    Also with the surname first, and with half of a double surname. Left are relatives (`John Smith
    Junior`), who may be called the other way round (`James John`), and all of them if somebody
    else has the very name.
    """
    people = [(p, text) for p, text in others if label_of(p) == "PERSON"]
    names = {_run(canonical("PERSON", text)) for label, text in own if label == "PERSON"}
    names = {words for words in names if len(words) > 1 and len(words[0]) > 1}
    half = {tuple(words) for words in halves.sure}
    orders = {order: run for run in names | half for order in ((run[-1], *run[:-1]), run)}
    unsure = {o for run in halves.doubtful for o in (run, (run[-1], *run[:-1]))}
    whole = {p: _run(canonical("PERSON", text)) for p, text in people}
    namesake = any(words in names for words in whole.values())
    found: set[str] = set()
    left: set[str] = set()
    for p, text in people:
        spellings = (_run(canonical("PERSON", text)), _run(text))
        held = [run for run in orders for words in spellings if _holds(words, run)]
        if spellings[0] in names or (not held and spellings[0] not in unsure):
            continue
        further = {*spellings[0], *spellings[1]}.difference(*held)
        turned = spellings[0] in orders and orders[spellings[0]] != spellings[0]
        other = turned and not other_orders(" ".join(spellings[0]))
        relative = not further.isdisjoint(GENERATIONS)
        (left if namesake or other or relative or not held else found).add(p)
    return found - left, left


def _other_spellings(own: Iterable[tuple[str, str]], others: Iterable[tuple[str, str]]) -> set[str]:
    """People of the surname whose given names may be the same: `P. J. Tann`, `Zolta Jane Tann`.

    Also who is known by the surname alone.
    """
    names = people_in(own)
    mine = {(fold(words[0]), fold(words[-1])) for words in names if len(words) > 1}
    found: set[str] = set()
    for p, text in others:
        words = words_of(text) if label_of(p) == "PERSON" else ()
        if words and words not in names:
            given = fold(words[0]) if len(words) > 1 else ""
            if any(fold(words[-1]) == last and _may_be_one(given, first) for first, last in mine):
                found.add(p)
    return found


def _may_be_one(given: str, other: str) -> bool:
    """Whether one is the other, its initial, or left out."""
    return given in {other, other[:1], ""} or given[:1] == other


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
