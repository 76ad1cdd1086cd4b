"""Does one person get one pseudonym? Mentions that belong together against those put together.

Two kinds of file. In TAB's, coreference ids say which mentions of *one text* are the same. In
`spia_panorama`'s, each text has its author's profile: a mention that is a part of the profile's
name, or one of its handles, is that person in *every* text with the same profile. Beside them, each
profile's full name is taken in as a text of its own, as a staff list would bring it.

Measured twice: with the marks as a perfect detector would give them (linking alone), and with the
real detector, where a mention that was not found counts as a cluster of its own. A split costs
recall, a merge shows one person's data as another's. Only counts leave this module.
"""

import ast
import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from privrag.pseudonym import base
from privrag.pseudonymize import Detecting, pseudonymize_document
from privrag.pseudonymize.linking.canonical import canonical
from privrag.pseudonymize.matches import Match, trim
from privrag.pseudonymize.replace import Masked
from privrag.records import Block, Document, Entity
from privrag.vault import Vault
from privrag_evals.metrics.b_cubed import b_cubed
from privrag_evals.metrics.pairwise import pairwise
from privrag_evals.pii.data import Gold, GoldSpan, read_gold, read_lines, without_overlap
from privrag_evals.scratch_vault import scratch_vault

_WORD = re.compile(r"[^\W\d_]+")
_MIN_PART = 3
_ROUNDS = 4
"""Once, and as often as a sync settles."""


@dataclass(frozen=True, slots=True)
class GoldMention:
    """A mention with the entity that it truly names, among all texts of the file."""

    text: int
    start: int
    end: int
    label: str
    surface: str = field(repr=False)
    entity: Hashable
    across: bool
    """Whether `entity` means the same in every text of the file."""


def linking(data: Path, *, detector: Detecting | None = None) -> dict[str, Any]:
    """The report as one JSON value; `detector` adds the rows with the real one."""
    texts, rows = with_register(read_gold(data), [row for _, row in read_lines(data)])
    gold = gold_mentions(texts, rows)
    report: dict[str, Any] = {"texts": len(texts)}
    sides: dict[str, Detecting | None] = {"gold marks": None}
    if detector is not None:
        sides["detector"] = detector
    for side, finds in sides.items():
        with scratch_vault() as (vault, _):
            predicted = predicted_clusters(texts, gold, vault, finds)
        people = [n for n, mention in enumerate(gold) if mention.label == "PERSON"]
        if any(mention.across for mention in gold):
            report[f"people across texts, {side}"] = {
                **_scores(gold, predicted, people),
                "merges": _merges(gold, predicted, people),
                "splits_by_kind": _kinds(gold, predicted, people),
            }
            continue
        inside = [(mention.text, put) for mention, put in zip(gold, predicted, strict=True)]
        report[f"people in one text, {side}"] = {
            **_scores(gold, inside, people),
            "splits_by_kind": _kinds(gold, inside, people),
        }
        report[f"all types in one text, {side}"] = _scores(gold, inside, range(len(gold)))
    return report


def with_register(
    texts: list[Gold], rows: list[dict[str, Any]]
) -> tuple[list[Gold], list[dict[str, Any]]]:
    """The texts and rows, and one text for the full name of each profile that the rows hold."""
    profiles = {
        str(profile["Unique ID"]): profile
        for row in rows
        if (profile := _profile_of(row)) and "Unique ID" in profile
    }
    names = {key: f"{p.get('First Name')} {p.get('Last Name')}" for key, p in profiles.items()}
    register = [
        Gold(f"register-{key}", name, (GoldSpan(0, len(name), "PERSON"),))
        for key, name in names.items()
    ]
    more = [{"metadata": {"provenance": {"profile": p}}} for p in profiles.values()]
    return [*texts, *register], [*rows, *more]


def _profile_of(row: Mapping[str, Any]) -> dict[str, Any] | None:
    profile = row.get("metadata", {}).get("provenance", {}).get("profile")
    return profile if isinstance(profile, dict) else None


def gold_mentions(texts: Sequence[Gold], rows: Sequence[Mapping[str, Any]]) -> list[GoldMention]:
    """Mentions whose entity the file tells."""
    mentions = []
    for number, (annotated, row) in enumerate(zip(texts, rows, strict=True)):
        profile = _profile_of(row)
        for mark in without_overlap(annotated.spans):
            surface = annotated.text[mark.start : mark.end]
            entity: Hashable = (number, mark.entity) if mark.entity else None
            label = mark.label
            if profile is not None:
                entity, label = _of_profile(profile, surface), "PERSON"
            if entity is not None:
                across = profile is not None
                mentions.append(
                    GoldMention(number, mark.start, mark.end, label, surface, entity, across)
                )
    return mentions


def predicted_clusters(
    texts: Sequence[Gold],
    gold: Sequence[GoldMention],
    vault: Vault,
    detector: Detecting | None,
) -> list[Hashable]:
    """The pseudonym of each mention, by the production path; its own number where it has none.

    As a sync does, documents that the vault then calls stale are written again.
    """
    predicted: list[Hashable] = list(range(len(gold)))
    own: list[list[int]] = [[] for _ in texts]
    for n, mention in enumerate(gold):
        own[mention.text].append(n)
    found = [
        _as_found(annotated.text, [gold[n] for n in own[number]])
        if detector is None
        else detector.detect([("paragraph", annotated.text)])[0]
        for number, annotated in enumerate(texts)
    ]
    versions = {str(number): number for number in range(len(texts))}
    for settled in range(_ROUNDS):
        for version, number in versions.items():
            annotated = texts[number]
            block = Block("paragraph", annotated.text, None, 0, len(annotated.text))
            document = Document(annotated.id, annotated.id, "", "text/plain", (block,), None)
            again = f"{number}.{settled}" if settled else version
            _, masked = pseudonymize_document(document, [found[number], []], vault, version=again)
            for n in own[number]:
                predicted[n] = _predicted(gold[n], masked, otherwise=n)
            if settled:
                vault.release(version)
        versions = {version: int(version.partition(".")[0]) for version in sorted(vault.stale())}
    return predicted


def _predicted(mention: GoldMention, masked: Sequence[Masked], *, otherwise: int) -> Hashable:
    """The pseudonym of what covers most of the mention."""
    overlaps = {
        m: min(m.entity.end, mention.end) - max(m.entity.start, mention.start) for m in masked
    }
    best = max(overlaps, key=lambda m: overlaps[m], default=None)
    if best is None or best.pseudonym is None or overlaps[best] <= 0:
        return otherwise
    return base(best.pseudonym)


def _as_found(text: str, mentions: Sequence[GoldMention]) -> list[Entity]:
    matches = (trim(text, Match(m.label, m.start, m.end, 1.0, "gold")) for m in mentions)
    return [Entity(m.label, m.start, m.end, 1.0, "gold") for m in matches if m is not None]


def _of_profile(profile: Mapping[str, Any], surface: str) -> Hashable | None:
    """The profile's id if these words name its person: a part of the name, or a handle."""
    if "@" in surface.strip("@"):
        return None  # an e-mail address has a type, and so a pseudonym, of its own
    parts = {str(profile.get(k, "")).casefold() for k in ("First Name", "Last Name")}
    handles = {_letters(h) for h in _handles(profile)}
    words = [w.casefold() for w in _WORD.findall(surface)]
    named = words and all(w in parts or len(w) < _MIN_PART for w in words)
    if (named and any(w in parts for w in words)) or _letters(surface) in handles - {""}:
        return str(profile.get("Unique ID"))
    return None


def _handles(profile: Mapping[str, Any]) -> list[str]:
    try:
        handles = ast.literal_eval(str(profile.get("Social Media Handles", "{}")))
    except (ValueError, SyntaxError):
        return []
    return [str(h) for h in handles.values()] if isinstance(handles, dict) else []


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _scores(
    gold: Sequence[GoldMention], predicted: Sequence[Hashable], rows: Sequence[int] | range
) -> dict[str, Any]:
    true = [gold[n].entity for n in rows]
    put = [predicted[n] for n in rows]
    cubed, pairs = b_cubed(true, put), pairwise(true, put)
    return {
        "b_cubed": {
            "precision": _rounded(cubed.precision),
            "recall": _rounded(cubed.recall),
            "f1": _rounded(cubed.f1),
            "mentions": cubed.mentions,
        },
        "pairwise": {
            "precision": _rounded(pairs.precision),
            "recall": _rounded(pairs.recall),
            "together": pairs.together,
            "true_pairs": pairs.true_pairs,
        },
    }


def _merges(
    gold: Sequence[GoldMention], predicted: Sequence[Hashable], rows: Sequence[int]
) -> dict[str, int]:
    """Pseudonyms that stand for several people, by whether their name is one word."""
    people: dict[Hashable, set[Hashable]] = {}
    words: dict[Hashable, int] = {}
    for n in rows:
        people.setdefault(predicted[n], set()).add(gold[n].entity)
        words[predicted[n]] = len(canonical("PERSON", gold[n].surface).split())
    merged = [put for put, several in people.items() if len(several) > 1]
    single = sum(words[put] == 1 for put in merged)
    return {"single word": single, "several words": len(merged) - single}


def _kinds(
    gold: Sequence[GoldMention], predicted: Sequence[Hashable], rows: Sequence[int]
) -> dict[str, int]:
    """Pairs of different spellings of one person that got two pseudonyms, by what differs."""
    kinds: Counter[str] = Counter()
    by_entity: dict[Hashable, dict[tuple[str, Hashable], str]] = {}
    for n in rows:
        spelling = canonical("PERSON", gold[n].surface)
        by_entity.setdefault(gold[n].entity, {})[spelling, predicted[n]] = gold[n].surface
    for spellings in by_entity.values():
        for (first, a), (second, b) in combinations(spellings.items(), 2):
            if first[1] != second[1]:
                kinds[_kind(first[0], second[0], a, b)] += 1
    return dict(kinds.most_common())


def _kind(first: str, second: str, a: str, b: str) -> str:
    """What differs between two spellings, in general terms."""
    one, other = sorted((first.split(), second.split()), key=len)
    if first == second:
        return "same form, not found or found twice"
    if any("_" in s or any(c.isdigit() for c in s) or s.startswith("@") for s in (a, b)):
        return "user name against name"
    if all(len(word) == 1 for word in one):
        return "initials alone"
    if any(len(word) == 1 for word in (*one, *other)):
        return "initials against name"
    if len(one) == 1 and one[0] in other:
        return "single name fits several people" if len(other) > 1 else "single names"
    if set(one) < set(other):
        return "shorter against longer name"
    if _letters(first) == _letters(second):
        return "spaces or hyphens"
    return "spelling or another name" if set(one) & set(other) else "no word shared"


def _rounded(value: float) -> float | None:
    return None if value != value else round(value, 4)
