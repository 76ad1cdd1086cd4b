"""What the vault tells without writing.

Who a form names, what a token stands for, who belongs together, what is known about somebody.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag

from privrag.pseudonym import base
from privrag.vault.cipher import decrypt
from privrag.vault.entity import Entity, Flag, Kind, damaged
from privrag.vault.opened import Opened

Form = tuple[str, str]
"""(label, normalised form)."""

_PAGE = 512

_IS_WHOLE = f"flags & {Flag.SPLIT:d} = 0"
_MAY_BEAR = f"({_IS_WHOLE} OR (flags & {Flag.RENAMED:d} = 0 AND leader IS NULL))"
"""Also who was split off and may be called the same; not who has another name or lost this one."""
_CANONICAL = "SELECT canonical, id, coalesce(leader, id) FROM entities WHERE tenant = ?"
_BY_CANONICAL = f"{_CANONICAL} AND {_IS_WHOLE} AND canonical IN"
_BY_NAME = f"{_CANONICAL} AND {_MAY_BEAR} AND canonical IN"
_BY_FORM = (
    "SELECT f.blind, e.id, coalesce(e.leader, e.id) FROM forms f JOIN entities e"
    " ON e.id = f.entity WHERE +e.tenant = ? AND f.blind IN"
)


@dataclass(frozen=True, slots=True)
class Others:
    """Pseudonyms of people whom the same words may mean."""

    full: tuple[str, ...]
    """Named in full somewhere; all of them share the form."""
    one_word: tuple[str, ...]
    """Known by this word alone, each in one document."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known about a person, without any name."""

    pseudonym: str
    label: str
    others: tuple[str, ...]
    """Further pseudonyms of the same person: parts, and what was merged into it."""
    surfaces: int
    forms: int
    documents: int
    """Document versions that mention it."""
    flags: tuple[str, ...]
    words: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(token, surface), only if they were asked for."""


def find(opened: Opened, forms: Iterable[Form]) -> dict[Form, str]:
    """The pseudonym for each form that names exactly one person."""
    blinds = {form: opened.blind(Kind.FORM, *form) for form in dict.fromkeys(forms)}
    with opened.reading():
        leads = _leads(opened, _BY_CANONICAL, set(blinds.values()))
        leads |= _leads(opened, _BY_FORM, set(blinds.values()) - leads.keys())
        words = {opened.blind(Kind.ONE_WORD, *form): blind for form, blind in blinds.items()}
        bare = {blind: one for one, blind in words.items() if blind not in leads}
        found = _leads(opened, _BY_FORM, set(bare.values()))
        leads |= {words[one]: people for one, people in found.items()}
        only = {blind: next(iter(some)) for blind, some in leads.items() if len(some) == 1}
        people = opened.entities("id", set(only.values()))
        return {
            form: people[only[blind]].pseudonym
            for form, blind in blinds.items()
            if blind in only and only[blind] in people
        }


def others(opened: Opened, forms: Iterable[Form], *, limit: int) -> dict[Form, Others]:
    """Further people whom the same words may mean, besides the one that `find` gives."""
    blinds = {form: opened.blind(Kind.FORM, *form) for form in dict.fromkeys(forms)}
    words = {form: opened.blind(Kind.ONE_WORD, *form) for form in blinds}
    with opened.reading():
        ruled = _leads(opened, _BY_CANONICAL, set(blinds.values()))
        open_forms = {form for form, blind in blinds.items() if blind not in ruled}
        wanted = {blind for form in open_forms for blind in (blinds[form], words[form])}
        leads = _leads(opened, _BY_FORM, wanted)
        people = opened.entities("id", set().union(*leads.values()))
        named = {form: sorted(leads.get(blinds[form], ())) for form in open_forms}
        single = {form: sorted(leads.get(words[form], ())) for form in open_forms}
    found = {}
    for form in open_forms:
        one_word = [lead for lead in single[form] if lead not in named[form]]
        full = named[form] if len(named[form]) > 1 else []
        if not named[form] and len(one_word) == 1:
            continue  # `find` gives it
        if full or one_word:
            kept = one_word[: limit - min(len(full), limit // 2)]
            full = full[: limit - len(kept)]
            found[form] = Others(
                tuple(people[lead].pseudonym for lead in full if lead in people),
                tuple(people[lead].pseudonym for lead in kept if lead in people),
            )
    return found


def _leads(opened: Opened, query: str, blinds: set[bytes]) -> dict[bytes, set[int]]:
    """Blind form -> leaders of all entities that have it; the entities are checked."""
    rows = list(opened.select(query, blinds, opened.tenant))
    opened.entities("id", {entity for _, entity, _ in rows})
    found: dict[bytes, set[int]] = {}
    for blind, _, lead in rows:
        found.setdefault(blind, set()).add(lead)
    return found


def bearers(opened: Opened, blinds: Collection[bytes]) -> Iterator[tuple[bytes, int]]:
    """(hash of a form, entity) of all who have it, split off or not. Not checked."""
    for query in (f"{_CANONICAL} AND canonical IN", _BY_FORM):
        for blind, entity, _ in opened.select(query, blinds, opened.tenant):
            yield blind, entity


def known(
    opened: Opened, forms: Iterable[Form], *, further_only: bool, one_word: Iterable[Form]
) -> set[Form]:
    """Those of the forms that name anybody. Not checked: it only decides what is looked at."""
    blinds = {opened.blind(Kind.FORM, *form): form for form in dict.fromkeys(forms)}
    alone = {opened.blind(Kind.ONE_WORD, *form): form for form in dict.fromkeys(one_word)}
    tenant = opened.tenant
    with opened.reading():
        ruled = [] if further_only else list(opened.select(_BY_CANONICAL, blinds, tenant))
        rows = [*ruled, *opened.select(_BY_FORM, [*blinds, *alone], tenant)]
    return {(blinds.get(row[0]) or alone[row[0]]) for row in rows}


def offered(
    opened: Opened, keys: Iterable[tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Those of the keys that anybody offers -> the pseudonyms of all who do, sorted."""
    blinds = {opened.blind(Kind.OFFER, *key): key for key in dict.fromkeys(keys)}
    if not blinds:
        return {}
    with opened.reading():
        leads = _leads(opened, _BY_FORM, set(blinds))
        people = opened.entities("id", set().union(*leads.values()))
    return {
        blinds[blind]: tuple(sorted(people[lead].pseudonym for lead in some if lead in people))
        for blind, some in leads.items()
    }


def surface(opened: Opened, tokens: Collection[str]) -> dict[str, str]:
    """The exact text behind each known token."""
    with opened.reading():
        found = opened.entities("pseudonym", {base(token) for token in tokens})
        entities = {entity.pseudonym: entity for entity in found.values() if entity.surfaces}
        return {
            token: open_surface(opened, entities[base(token)], token[len(base(token)) :])
            for token in tokens
            if base(token) in entities
        }


def open_surface(opened: Opened, entity: Entity, suffix: str) -> str:
    """The text of one surface; of the first one if there is no such suffix."""
    if suffix not in entity.surfaces:
        suffix = min(entity.surfaces)
    try:
        return decrypt(
            opened.data_key(entity), entity.surfaces[suffix].sealed, entity.context(suffix)
        )
    except InvalidTag:
        raise damaged(entity.pseudonym) from None


def leaders(opened: Opened, pseudonyms: Collection[str]) -> dict[str, str]:
    """Those of the pseudonyms for which another one stands -> that one."""
    with opened.reading():
        groups = opened.groups(pseudonyms)
    return {p: group[0].pseudonym for p, group in groups.items() if group[0].pseudonym != p}


def led_by(opened: Opened, pseudonyms: Collection[str]) -> dict[str, str]:
    """All further pseudonyms of these people -> the one given."""
    with opened.reading():
        groups = opened.groups(pseudonyms)
    return {
        entity.pseudonym: pseudonym
        for pseudonym, group in groups.items()
        for entity in group
        if entity.pseudonym not in groups
    }


def show(opened: Opened, pseudonym: str, *, reveal: bool) -> Shown:
    """One person. Raises VaultError for an unknown pseudonym."""
    with opened.reading():
        return _shown(opened, opened.group_of(base(pseudonym)), reveal=reveal)


def flagged(opened: Opened, flags: Flag) -> list[Shown]:
    """Everybody who has one of the flags."""
    with opened.reading():
        rows = opened.db.execute(
            "SELECT id, pseudonym FROM entities WHERE flags <> 0 AND flags & ? AND +tenant = ?"
            " ORDER BY id",
            (int(flags), opened.tenant),
        ).fetchall()
        groups = opened.groups([pseudonym for _, pseudonym in rows])
        people = {group[0].id: group for group in groups.values()}
        return [_shown(opened, group, reveal=False) for _, group in sorted(people.items())]


def everybody(opened: Opened) -> Iterator[Shown]:
    """Everybody of the tenant, by id; some at a time, so that others can write meanwhile."""
    after = 0
    while True:
        with opened.reading():
            rows = opened.db.execute(
                "SELECT id, pseudonym FROM entities"
                " WHERE id > ? AND leader IS NULL AND +tenant = ? ORDER BY id LIMIT ?",
                (after, opened.tenant, _PAGE),
            ).fetchall()
            groups = opened.groups([pseudonym for _, pseudonym in rows])
            some = [_shown(opened, groups[pseudonym], reveal=False) for _, pseudonym in rows]
        if not rows:
            return
        after = rows[-1][0]
        yield from some


def matching(opened: Opened, forms: Iterable[Form], *, widely: bool) -> set[str]:
    """The pseudonyms of all people whom any of the forms names, however many; of leaders only.

    Unless `widely`, who has one as the canonical form wins over those who have a further form.
    """
    blinds = {opened.blind(Kind.FORM, *form) for form in dict.fromkeys(forms)}
    found: set[int] = set()
    with opened.reading():
        for query in (_BY_NAME, _BY_FORM):
            if widely or not found:
                found |= {lead for _, _, lead in opened.select(query, blinds, opened.tenant)}
        return {entity.pseudonym for entity in opened.entities("id", found).values()}


def every_surface(opened: Opened) -> Iterator[tuple[str, str]]:
    """(pseudonym, words) of all that the tenant's vault knows, by id; raw, for a scan in memory.

    Words that were split off are those of whoever has them now.
    """
    after = 0
    while True:
        with opened.reading():
            rows = opened.db.execute(
                "SELECT id FROM entities WHERE id > ? AND +tenant = ? ORDER BY id LIMIT ?",
                (after, opened.tenant, _PAGE),
            ).fetchall()
            found = opened.entities("id", [row[0] for row in rows])
            words = [
                (entity.pseudonym, open_surface(opened, entity, suffix))
                for entity in found.values()
                for suffix, row in entity.surfaces.items()
                if not row.moved
            ]
        if not rows:
            return
        after = rows[-1][0]
        yield from words


def beside(opened: Opened, forms: Iterable[Form]) -> dict[Form, set[str]]:
    """Those of the identifiers that documents had with a person -> all whom they had it with."""
    blinds = {opened.blind(Kind.BESIDE, *form): form for form in dict.fromkeys(forms)}
    found: dict[Form, set[str]] = {}
    with opened.reading():
        for blind, pseudonym in opened.select(
            "SELECT b.blind, e.pseudonym FROM beside b JOIN entities e ON e.id = b.entity"
            " WHERE e.tenant = ? AND b.blind IN",
            blinds,
            opened.tenant,
        ):
            found.setdefault(blinds[blind], set()).add(pseudonym)
    return found


def versions_of(opened: Opened, pseudonyms: Collection[str]) -> set[str]:
    """The document versions that mention any of these entities (not the rest of their groups)."""
    with opened.reading():
        return opened.versions(opened.entities("pseudonym", set(pseudonyms)))


def _shown(opened: Opened, group: list[Entity], *, reveal: bool) -> Shown:
    versions = opened.versions(entity.id for entity in group)
    flags = Flag(0)
    for entity in group:
        flags |= Flag(entity.flags)
    tokens = [(e, suffix) for e in group for suffix, row in e.surfaces.items() if not row.moved]
    words = [(e.pseudonym + s, open_surface(opened, e, s)) for e, s in tokens] if reveal else []
    return Shown(
        pseudonym=group[0].pseudonym,
        label=group[0].label,
        others=tuple(entity.pseudonym for entity in group[1:]),
        surfaces=len(tokens),
        forms=len({form for entity in group for form in entity.forms}),
        documents=len(versions),
        flags=tuple(str(flag.name).lower() for flag in flags),
        words=tuple(words),
    )
