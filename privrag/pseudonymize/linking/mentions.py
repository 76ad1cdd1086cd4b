"""What the vault is told of the mentions of one document: who is one, and who may join whom."""

from collections.abc import Iterator, Sequence

from privrag.pseudonymize.linking.canonical import (
    alias_forms,
    ambiguous_people,
    canonical,
    contradicted,
    full_names,
    is_coded_name,
    is_one_word,
    link,
)
from privrag.pseudonymize.linking.handles import handle_letters, is_handle, people_behind
from privrag.pseudonymize.linking.homonyms import identifiers_of, identifiers_of_parts
from privrag.pseudonymize.linking.joining import HANDLE, Key, must_be_alone, offers, seeks
from privrag.records import Entity
from privrag.vault import Flag, Mention

_KEPT = 10_000
"""Mentions of a document that are made once; a register has far more, each of somebody else."""


def surfaces_of(texts: Sequence[str], spans: Sequence[Sequence[Entity]]) -> list[tuple[str, str]]:
    """(label, words) of every span of each text, in reading order."""
    return [
        (entity.label, text[entity.start : entity.end])
        for text, entities in zip(texts, spans, strict=True)
        for entity in entities
    ]


def mentions_of(surfaces: Sequence[tuple[str, str]], key: str) -> Iterator[Mention]:
    """Every (label, surface) of a document in reading order, linked inside it.

    `key` names the document, the same in every version of it. All that takes long is done when it
    returns: the vault goes through the mentions while it writes, and others wait.
    """
    people, linked = _People(surfaces, key), link(surfaces)
    return _each(people, surfaces, linked)


def _each(
    people: "_People", surfaces: Sequence[tuple[str, str]], linked: Sequence[str]
) -> Iterator[Mention]:
    made: dict[tuple[str, str], Mention] = {}
    for one, to in zip(surfaces, linked, strict=True):
        if one not in made:
            if len(made) == _KEPT:
                made.clear()
            made[one] = people.mention(*one, to)
        yield made[one]


class _People:
    """What all mentions of a document together tell about its people."""

    def __init__(self, surfaces: Sequence[tuple[str, str]], key: str) -> None:
        self._key = key
        self._behind = people_behind(surfaces)
        self._unclear = ambiguous_people(surfaces)
        self._divided = contradicted(surfaces)
        self._full = full_names(surfaces)
        self._beside = identifiers_of(surfaces)
        self._beside_parts = identifiers_of_parts(surfaces)

    def mention(self, label: str, surface: str, linked: str) -> Mention:
        own = canonical(label, surface)
        if (name := self._behind.get((label, surface))) is not None:
            return self._of_full_name(surface, name, aliases=((label, own),))
        if is_handle(label, surface):
            return Mention(label, surface, canonical=own, seeks=_sought_by_handle(label, surface))
        if label != "PERSON":
            return Mention(label, surface, canonical=own)
        if linked in self._full:
            forms = (*alias_forms(label, surface), *((own,) if own != linked else ()))
            return self._of_full_name(surface, linked, forms=forms)
        return self._of_part(surface, linked)

    def _of_full_name(
        self,
        surface: str,
        name: str,
        *,
        forms: tuple[str, ...] = (),
        aliases: tuple[tuple[str, str], ...] = (),
    ) -> Mention:
        beside = self._beside.get(name, ())
        return Mention(
            "PERSON",
            surface,
            canonical=name,
            forms=forms,
            beside=beside,
            aliases=aliases,
            offers=offers(name, beside),
            seeks=seeks(name, beside),
        )

    def _of_part(self, surface: str, form: str) -> Mention:
        if is_coded_name(form) and handle_letters("PERSON", surface) is None:
            return Mention("PERSON", surface, canonical=form)
        divided = ("PERSON", surface) in self._divided
        unclear = divided or form in self._unclear
        beside = () if unclear else self._beside_parts.get(form, ())
        spelled = _sought_by_handle("PERSON", surface)
        return Mention(
            "PERSON",
            surface,
            canonical=form,
            forms=alias_forms("PERSON", surface),
            flags=Flag.AMBIGUOUS if unclear else Flag(0),
            document=self._key if is_one_word(form) else "",
            seeks=spelled or seeks(form, beside),
            alone=() if spelled or divided else must_be_alone(form),
        )


def _sought_by_handle(label: str, surface: str) -> tuple[Key, ...]:
    letters = handle_letters(label, surface)
    return () if letters is None else ((HANDLE, letters),)
