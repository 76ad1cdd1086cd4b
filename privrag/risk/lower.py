"""Which settings would lower the risk of documents, computed on their safe text.

The detector reads the safe text once more, with every type on and in every document. What it finds
is what stands in clear because the settings say so; each suggestion replaces a part of it as the
settings would, and the risk is computed anew. What no type covers (names it did not see, rare
words) only a word list can take away; which of them are identities is for a reader to say.

It is an estimate of what the next sync would give: a pseudonym says less to the detector than the
name that stood there, and documents that are not looked at stay as they are.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from privrag import pseudonym
from privrag.pseudonymize import Detecting, DetectSettings
from privrag.pseudonymize.about import speaks_of_people
from privrag.pseudonymize.generalise import GENERALISED, generalise
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.records import BlockKind, Entity
from privrag.risk.score import POPULATION, DocumentRisk, RiskType, risks

_GONE = "§"
_MOST_WORDS = 40
_RARE_FROM_DOCUMENTS = 100
"""In a smaller index every other word stands in one document only."""
_LEAST = 0.0005
"""A mean score that falls by less is not worth a line."""

Blocks = Sequence[tuple[BlockKind, str]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lines for `privrag.toml`, and what the scores would be with them."""

    toml: str = field(repr=False)
    note: str
    scores: Mapping[str, float]
    """Document -> its score then."""
    before: float
    """Mean score of these documents now."""

    @property
    def after(self) -> float:
        """Mean score then."""
        return sum(self.scores.values()) / len(self.scores)


@dataclass(frozen=True, slots=True)
class _Read:
    """A document as the detector sees it with everything on."""

    blocks: Blocks = field(repr=False)
    found: Sequence[Sequence[Entity]] = field(repr=False)
    about_people: bool


_Change = Callable[[_Read, Entity, str], str | None]
"""What is written in the place of an entity and its words; None leaves them."""


def every_type(settings: DetectSettings) -> DetectSettings:
    """The settings with which `detector` is to read for `suggest`."""
    return settings.model_copy(update={"actions": {}, "quasi": "always"})


def suggest(
    documents: Mapping[str, Blocks],
    *,
    only: Sequence[str],
    detector: Detecting,
    settings: DetectSettings,
    population: int = POPULATION,
) -> list[Suggestion]:
    """Suggestions for the documents named, the one that lowers their mean score most first.

    `documents` is the whole index, which says what is rare. None where nothing would help.
    """
    if not only:
        return []
    texts = {name: "\n".join(text for _, text in blocks) for name, blocks in documents.items()}
    now = {risk.document: risk for risk in risks(texts.items(), population=population)}
    before = sum(now[name].score for name in only) / len(only)
    read = {name: _read(documents[name], detector) for name in only}

    def then(toml: str, note: str, changed: Mapping[str, str]) -> Suggestion:
        scored = risks((texts | dict(changed)).items(), population=population)
        scores = {risk.document: risk.score for risk in scored if risk.document in read}
        return Suggestion(toml, note, scores, before)

    suggestions = [
        then(toml, note, {name: _rewritten(one, change) for name, one in read.items()})
        for toml, note, change in _changes(read, settings, _hidden(texts.values()))
    ]
    kinds: tuple[RiskType, ...] = (
        ("NAMED", "RARE") if len(documents) >= _RARE_FROM_DOCUMENTS else ("NAMED",)
    )
    words = _words([now[name] for name in only], read, kinds)
    if words:
        listed = {name: _without(texts[name], words) for name in only}
        suggestions.append(then(_word_list(words), "take out what is no identity first", listed))
    useful = [one for one in suggestions if before - one.after >= _LEAST]
    return sorted(useful, key=lambda one: (one.after, one.toml))


def _read(blocks: Blocks, detector: Detecting) -> _Read:
    found = [
        [
            entity
            for entity in entities
            if not any(t.start() < entity.end and entity.start < t.end() for t in tokens)
        ]
        for (_, text), entities in zip(blocks, detector.detect(blocks), strict=True)
        for tokens in [list(pseudonym.PATTERN.finditer(text))]
    ]
    known = [
        Match(pseudonym.label(token[0]), token.start(), token.end(), 1.0, "pseudonym")
        for _, text in blocks
        for token in pseudonym.PATTERN.finditer(text)
    ]
    return _Read(blocks, found, speaks_of_people(DocumentText.join(blocks), known))


def _hidden(texts: Iterable[str]) -> frozenset[str]:
    """Types of which some document holds a pseudonym."""
    return frozenset(
        pseudonym.label(t[0]) for text in texts for t in pseudonym.PATTERN.finditer(text)
    )


def _changes(
    read: Mapping[str, _Read], settings: DetectSettings, hidden: frozenset[str]
) -> list[tuple[str, str, _Change]]:
    """(lines, note, change) of each setting that touches something found in clear.

    A type of which something is hidden today is never made coarser: that would show more of it.
    """
    labels = {e.label for one in read.values() for block in one.found for e in block}
    changes: list[tuple[str, str, _Change]] = []
    for label in sorted(labels - settings.labels):
        to_where = _reaches(settings, label)
        line = f"[pseudonymize.actions]\n{label} = "
        changes.append((f'{line}"pseudonymize"', "", _hiding(frozenset({label}), to_where)))
        if label in GENERALISED:
            change = _coarser(frozenset({label}), frozenset({label}), to_where)
            changes.append((f'{line}"generalise"', "keeps coarse values readable", change))
    quasi = frozenset(labels & settings.labels - pseudonym.DIRECT)
    if settings.quasi != "always" and quasi:
        always = '[pseudonymize]\nquasi = "always"'
        now = frozenset(kind for kind in quasi if settings.action(kind) == "generalise")
        changes.append((always, "", _coarser(quasi, now, _everywhere)))
        coarse = quasi & frozenset(GENERALISED) - hidden
        if coarse - now:
            lines = "".join(f'\n{kind} = "generalise"' for kind in sorted(coarse - now))
            changes.append(
                (
                    f"{always}\n\n[pseudonymize.actions]{lines}",
                    "keeps coarse values readable",
                    _coarser(quasi, coarse, _everywhere),
                )
            )
    return changes


def _everywhere(_: _Read) -> bool:
    return True


def _reaches(settings: DetectSettings, label: str) -> Callable[[_Read], bool]:
    """In which documents a type is looked for."""
    if label in pseudonym.DIRECT or settings.quasi == "always":
        return _everywhere
    return lambda one: one.about_people


def _hiding(labels: frozenset[str], where: Callable[[_Read], bool]) -> _Change:
    return _coarser(labels, frozenset(), where)


def _coarser(
    labels: frozenset[str], coarse: frozenset[str], where: Callable[[_Read], bool]
) -> _Change:
    def change(one: _Read, entity: Entity, words: str) -> str | None:
        if entity.label not in labels or not where(one):
            return None
        return generalise(entity.label, words) if entity.label in coarse else _GONE

    return change


def _rewritten(one: _Read, change: _Change) -> str:
    return "\n".join(
        _replaced(one, text, entities, change)
        for (_, text), entities in zip(one.blocks, one.found, strict=True)
    )


def _replaced(one: _Read, text: str, entities: Sequence[Entity], change: _Change) -> str:
    pieces, at = [], 0
    for entity in entities:
        said = change(one, entity, text[entity.start : entity.end])
        if said is not None:
            pieces += [text[at : entity.start], said]
            at = entity.end
    return "".join([*pieces, text[at:]])


def _words(
    found: Sequence[DocumentRisk], read: Mapping[str, _Read], kinds: Sequence[RiskType]
) -> list[str]:
    """Words of these kinds that no type covers, those that tell most first."""
    covered = {
        " ".join(text[e.start : e.end].casefold().split())
        for one in read.values()
        for (_, text), entities in zip(one.blocks, one.found, strict=True)
        for e in entities
    }
    telling = [
        (-one.bits, one.words)
        for risk in found
        for kind in kinds
        if kind in risk.left
        for one in risk.left[kind].found
    ]
    words = dict.fromkeys(words for _, words in sorted(telling))
    return [w for w in words if not any(w in c or c in w for c in covered)][:_MOST_WORDS]


def _without(text: str, words: Sequence[str]) -> str:
    each = "|".join(r"\s+".join(map(re.escape, w.split())) for w in sorted(words, key=len)[::-1])
    return re.sub(rf"(?i)(?<!\w)(?:{each})(?!\w)", _GONE, text)


def _word_list(words: Sequence[str]) -> str:
    quoted = ", ".join('"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"' for w in words)
    return f'[pseudonymize.word_lists.from_risk]\nlabel = "ID"\nwords = [{quoted}]'
