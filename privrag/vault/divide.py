"""One person becomes two: the entity that was merged is let go, or surfaces get a new one.

    all surfaces of a merged entity     that entity is its own again, with its old pseudonym
    some of an entity's surfaces        a new entity; in the old one they are marked as moved
    both                                they become one person, the entity that was merged leads

A name follows its words. Where the words that go bear the very form by which their entity is
found, the new entity gets that form, and what stays is found by its surfaces and further forms.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from privrag.errors import VaultError
from privrag.pseudonym import ALIAS_SUFFIXES, base
from privrag.vault.cipher import encrypt
from privrag.vault.entity import Entity, Flag, Kind, Surface
from privrag.vault.integrity import State
from privrag.vault.lookup import Form, open_surface
from privrag.vault.opened import Opened
from privrag.vault.relate import add_forms, create
from privrag.vault.stale import mark_stale

_Place = tuple[Entity, str]
"""A surface in its entity, by its suffix."""


@dataclass(frozen=True, slots=True)
class Parted:
    """The words of a person, as a split would part them; without repetition."""

    going: tuple[str, ...] = field(repr=False)
    staying: tuple[str, ...] = field(repr=False)


def parted(opened: Opened, pseudonym: str, surfaces: Collection[str]) -> Parted:
    """Whose words would be whose after `split`. Changes nothing. Raises VaultError as it does."""
    with opened.reading():
        cut = _cut(opened, opened.group_of(base(pseudonym)), surfaces)
        going = [*_live(cut.whole), *cut.loose]
        gone = {(entity.id, suffix) for entity, suffix in cut.loose}
        staying = [(e, s) for e, s in _live(cut.rest) if (e.id, s) not in gone]
        return Parted(_texts(opened, going), _texts(opened, staying))


def split(
    opened: Opened,
    pseudonym: str,
    surfaces: Collection[str],
    *,
    forms: Sequence[Form],
    shared: Sequence[Form],
) -> str:
    """Take surfaces out of a person into one of their own; gives its pseudonym.

    `surfaces` are exact texts or tokens; the token of something merged is the whole of it. `forms`
    are those by which the new person is found, and the old one no longer is; `shared` lead to both.
    Raises VaultError if a surface is not there, or nothing would be left.
    """
    with opened.writing() as state:
        group = opened.group_of(base(pseudonym))
        cut = _cut(opened, group, surfaces)
        after = mark_stale(opened, state, opened.versions({entity.id for entity in group}))
        made, after = _move(opened, after, cut, forms)
        taken = [*cut.whole, *made]
        _lead(taken, taken[0])
        if cut.rest[0] is not group[0]:
            _lead(cut.rest, next(e for e, _ in _live(cut.rest)))
        opened.write_flags([*group, *made])
        _take_forms(opened, taken[0], cut.rest, forms)
        add_forms(opened, taken[0], shared)
        opened.save(after.after(people=after.people + 1), opened.digests([*group, *made]))
    return taken[0].pseudonym


@dataclass(frozen=True, slots=True)
class _Cut:
    """How a group comes apart."""

    whole: list[Entity]
    """Go as they are."""
    loose: list[_Place]
    """Go out of entities that stay."""
    rest: list[Entity]


def _cut(opened: Opened, group: list[Entity], surfaces: Collection[str]) -> _Cut:
    units = _units(group)
    by_token = {e.pseudonym: unit for unit in units[1:] for e in unit}
    places: set[tuple[int, str]] = set()
    whole = [by_token[word] for word in surfaces if word in by_token]
    for word in set(surfaces) - by_token.keys():
        found = {(e.id, s) for e, s in _live(group) if _is_meant(opened, e, s, word)}
        if not found:
            message = f"{group[0].pseudonym} has no such surface; see: privrag vault show --reveal"
            raise VaultError(message)
        places |= found
    for unit in units:
        own = {(e.id, s) for e, s in _live(unit)}
        if own and own <= places:
            whole.append(unit)
    ids = {e.id for unit in whole for e in unit}
    if group[0].id in ids:  # names that were added by hand have no words to tell whose they are
        ids |= {e.id for e in group if not e.surfaces}
    going = [e for e in group if e.id in ids]
    rest = [e for e in group if e.id not in ids]
    loose = [(e, s) for e, s in _live(rest) if (e.id, s) in places]
    if len(loose) == len(_live(rest)):
        message = f"nothing would be left of {group[0].pseudonym}; split off a part of it"
        raise VaultError(message)
    return _Cut(going, loose, rest)


def _units(group: list[Entity]) -> list[list[Entity]]:
    """What was one entity before a merge, with the parts that continue it; the leader's first."""
    units: dict[tuple[bytes, int], list[Entity]] = {}
    for entity in group:
        units.setdefault((entity.canonical, entity.flags & Flag.SPLIT), []).append(entity)
    return list(units.values())


def _live(entities: Sequence[Entity]) -> list[_Place]:
    """Their surfaces, without those that were split off before."""
    return [(e, suffix) for e in entities for suffix, row in e.surfaces.items() if not row.moved]


def _is_meant(opened: Opened, entity: Entity, suffix: str, word: str) -> bool:
    """Whether this surface is named, by its token or by its text."""
    blind = entity.surfaces[suffix].blind
    return word == entity.pseudonym + suffix or opened.surface_blind(entity, word) == blind


def _texts(opened: Opened, places: Sequence[_Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(open_surface(opened, entity, suffix) for entity, suffix in places))


def _move(
    opened: Opened, state: State, cut: _Cut, forms: Sequence[Form]
) -> tuple[list[Entity], State]:
    """New entities for what goes out of entities that stay, those that bear a name first."""
    blinds = {opened.blind(Kind.FORM, *form) for form in forms}
    chosen: dict[tuple[bool, bytes, int], list[_Place]] = {}
    for entity, suffix in cut.loose:
        split_off = entity.flags & Flag.SPLIT
        named = entity.canonical in blinds and not split_off
        chosen.setdefault((not named, entity.canonical, split_off), []).append((entity, suffix))
    there = set(_texts(opened, _live(cut.whole)))
    made: list[Entity] = []
    for (nameless, canonical, _), places in sorted(chosen.items(), key=lambda item: item[0]):
        texts = [text for text in _texts(opened, places) if text not in there]
        there.update(texts)
        for start in range(0, len(texts), len(ALIAS_SUFFIXES)):
            some = texts[start : start + len(ALIAS_SUFFIXES)]
            new, state = create(opened, state, places[0][0].label, canonical)
            new.flags = int(Flag.SPLIT) if nameless else 0
            _add_surfaces(opened, new, some)
            state = _mention_with(opened, state, new, places)
            made.append(new)
        if not nameless:
            _take_the_name(cut.rest, canonical)
    _mark_moved(opened, cut.loose)
    return made, state


def _take_the_name(rest: Sequence[Entity], canonical: bytes) -> None:
    for entity in rest:
        if entity.canonical == canonical:
            entity.flags |= int(Flag.SPLIT | Flag.RENAMED)


def _add_surfaces(opened: Opened, new: Entity, texts: Sequence[str]) -> None:
    key = opened.data_key(new)
    for suffix, text in zip(ALIAS_SUFFIXES, texts, strict=False):
        row = Surface(opened.surface_blind(new, text), encrypt(key, text, new.context(suffix)))
        new.surfaces[suffix] = row
        opened.db.execute(
            "INSERT INTO surfaces (entity, suffix, blind, sealed) VALUES (?, ?, ?, ?)",
            (new.id, suffix, row.blind, row.sealed),
        )


def _mention_with(opened: Opened, state: State, new: Entity, places: Sequence[_Place]) -> State:
    """The new entity stands, until they are written again, in the documents of the old ones."""
    versions = sorted(opened.versions({entity.id for entity, _ in places}))
    opened.db.executemany(
        "INSERT INTO mentions VALUES (?, ?)", [(version, new.id) for version in versions]
    )
    rows = (f"mention|{version}|{new.id}" for version in versions)
    return state.after(loose=state.with_loose(opened.state_key, added=rows))


def _mark_moved(opened: Opened, places: Sequence[_Place]) -> None:
    for entity, suffix in places:
        entity.surfaces[suffix].moved = 1
        opened.db.execute(
            "UPDATE surfaces SET moved = 1 WHERE entity = ? AND suffix = ?", (entity.id, suffix)
        )


def _lead(people: Sequence[Entity], lead: Entity) -> None:
    for entity in people:
        entity.leader = None if entity is lead else lead.id


def _take_forms(
    opened: Opened, entity: Entity, rest: Sequence[Entity], forms: Sequence[Form]
) -> None:
    """Give the forms to an entity; nobody whom it left has them any more."""
    add_forms(opened, entity, forms)
    blinds = {opened.blind(Kind.FORM, *form) for form in forms}
    for other in rest:
        for blind in blinds & other.forms:
            opened.db.execute("DELETE FROM forms WHERE blind = ? AND entity = ?", (blind, other.id))
        other.forms -= blinds
