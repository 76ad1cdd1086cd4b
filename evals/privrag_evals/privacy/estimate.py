"""How much does the detector find on documents that nobody has marked? Two estimates, two bounds.

1. **Labels** (`privrag eval pii-label`): the owner marked what is missed in drawn blocks;
   see `metrics/stratified_recall.py`. They outlive a change of the detector: what counts is what
   it finds now.
2. **Disagreement**: the share of the second detector's findings that ours has, too, is an estimate
   of our recall (Lincoln-Petersen; Chapman's form gives the number of all identities). It has two
   errors, in opposite directions. The detectors depend on each other, which makes it too high; the
   second one also finds what is no identity, which makes it too low. Only findings of which it is
   sure (a check, a title, a full name) enter the estimate; `lower` counts every other doubt as a
   miss, too. There is no upper bound: what neither finds is not seen, and of the types in
   `not_seen`, which the second one never finds, it says nothing.

With labels in which thirty identities or more stand, and a block of every stratum that there is,
`recall` is the first; else the second: one register has eighty names and says nothing of letters.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privrag.intake import to_detect
from privrag.pseudonymize import Detecting
from privrag.records import Block, Entity
from privrag.vault import Vault
from privrag.wilson import wilson
from privrag_evals.metrics.capture_recapture import chapman
from privrag_evals.metrics.half_covered import half_covered
from privrag_evals.metrics.stratified_recall import StratumCount, stratified_recall
from privrag_evals.privacy.labels import Candidate, Labelled, by_document
from privrag_evals.privacy.passages import Passage, inside, passages_of
from privrag_evals.privacy.sources import SourceDocument

_ENOUGH = 30
_SURE = 0.8


Place = tuple[str, int, int]
"""Document, block, and where in the block a passage begins."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Findings of two detectors over the same blocks, of the types that ours is set to find."""

    ours: int
    second: int
    both: int
    sure: int
    """Of the second's: those with a score of .8 or more."""
    sure_both: int

    @property
    def recall(self) -> float | None:
        """Ours over the estimated number of all, from the sure findings."""
        if not self.sure:
            return None
        total = chapman(max(self.ours, self.sure_both), self.sure, self.sure_both).total
        return min(1.0, self.ours / total) if total else None

    @property
    def lower(self) -> float | None:
        """Ours over all findings of either: every doubt is a miss."""
        either = self.ours + self.second - self.both
        return self.ours / either if either else None


def estimate(
    candidates: Sequence[Candidate],
    labelled: Sequence[Labelled],
    found_now: Mapping[Place, Sequence[Entity]],
    *,
    labels: Iterable[str],
) -> dict[str, Any]:
    """The report as one JSON value."""
    wanted = frozenset(labels)
    doubt = disagreement(candidates, wanted)
    marked = _labelled_recall(candidates, labelled, found_now, wanted)
    use_labels = marked["identities"] >= _ENOUGH and not marked["strata_unseen"]
    return {
        "recall": marked["recall"] if use_labels else doubt["recall"],
        "ci95": marked["ci95"] if use_labels else doubt["ci95"],
        "by_label": marked["by_label"] if use_labels else doubt["by_label"],
        "sampled": len(candidates),
        "labelled": marked["blocks"],
        "method": "labels" if use_labels else "two detectors",
        "labels": marked,
        "two_detectors": doubt,
    }


def disagreement(candidates: Sequence[Candidate], labels: frozenset[str]) -> dict[str, Any]:
    """The second estimate, with its interval and the bounds that its two errors give."""
    kinds = sorted({d.label for c in candidates for d in c.doubted} & labels)
    return {
        **_described(_agreement(candidates, frozenset(kinds))),
        "not_seen": sorted(labels - set(kinds)),
        "by_label": {kind: _described(_agreement(candidates, frozenset({kind}))) for kind in kinds},
    }


def find_again(
    documents: Iterable[SourceDocument],
    labelled: Sequence[Labelled],
    detector: Detecting,
    vault: Vault,
) -> dict[Place, Sequence[Entity]]:
    """What the detector finds now in labelled blocks that still have the same text."""
    wanted = by_document(labelled)
    found: dict[Place, Sequence[Entity]] = {}
    for document in documents:
        if document.key not in wanted:
            continue
        entities = detector.detect(to_detect(document.raw))
        for one in wanted[document.key]:
            if one.block >= len(document.raw.blocks):
                continue
            block = document.raw.blocks[one.block]
            passage = Passage(one.start, len(block.text) if one.end is None else one.end)
            text = block.text[passage.start : passage.end]
            if _still(block, passage) and vault.blind("pii-label", text) == one.text:
                found[one.place] = inside(entities[one.block], passage)
    return found


def _still(block: Block, passage: Passage) -> bool:
    """Whether it is a passage of the block today, or all of it."""
    today = {(p.start, p.end) for p in passages_of(block.kind, block.text)}
    return (passage.start, passage.end) in today | {(0, len(block.text))}


def _labelled_recall(
    candidates: Sequence[Candidate],
    labelled: Sequence[Labelled],
    found_now: Mapping[Place, Sequence[Entity]],
    labels: frozenset[str],
) -> dict[str, Any]:
    """The first estimate; `recall` is null where nothing was found and nothing missed."""
    usable = [one for one in labelled if one.place in found_now]
    kinds = {span.label for one in usable for span in one.true} & labels
    return {
        **_from_labels(candidates, usable, found_now, labels),
        "blocks": len(usable),
        "strata_unseen": sorted({c.stratum for c in candidates} - {one.stratum for one in usable}),
        "by_label": {
            kind: _from_labels(candidates, usable, found_now, frozenset({kind}))
            for kind in sorted(kinds)
        },
    }


def _from_labels(
    candidates: Sequence[Candidate],
    usable: Sequence[Labelled],
    found_now: Mapping[Place, Sequence[Entity]],
    labels: frozenset[str],
) -> dict[str, Any]:
    strata: dict[str, StratumCount] = {}
    right = wrong = identities = 0
    for one in usable:
        found = found_now[one.place]
        true = [span for span in one.true if span.label in labels]
        identities += len(true)
        ours = [entity for entity in found if entity.label in labels]
        correct = sum(half_covered(entity, one.true) for entity in ours)
        right, wrong = right + correct, wrong + len(ours) - correct
        missed = sum(not half_covered(span, found) for span in true)
        before = strata.get(one.stratum, StratumCount(0, 0, 0, 0))
        strata[one.stratum] = StratumCount(
            max(one.stratum_size, before.size),
            before.seen + 1,
            before.missed + missed,
            (before.squares or 0) + missed**2,
        )
    all_found = sum(entity.label in labels for c in candidates for entity in c.found)
    result = stratified_recall(all_found, right=right, wrong=wrong, strata=list(strata.values()))
    known = bool(usable) and not math.isnan(result.recall)
    return {
        "recall": round(result.recall, 4) if known else None,
        "ci95": [round(result.low, 4), round(result.high, 4)] if known else [0.0, 1.0],
        "identities": identities,
        "missed": sum(s.missed for s in strata.values()),
    }


def _agreement(candidates: Sequence[Candidate], labels: frozenset[str]) -> Agreement:
    ours = second = both = sure = sure_both = 0
    for candidate in candidates:
        ours += sum(entity.label in labels for entity in candidate.found)
        for finding in candidate.doubted:
            if finding.label not in labels:
                continue
            hit, certain = half_covered(finding, candidate.found), finding.score >= _SURE
            second += 1
            both += hit
            sure += certain
            sure_both += hit and certain
    return Agreement(ours, second, min(both, ours), sure, min(sure_both, ours))


def _described(agreement: Agreement) -> dict[str, Any]:
    low, high = wilson(agreement.sure_both, agreement.sure)
    lower = agreement.lower
    return {
        "recall": None if agreement.recall is None else round(agreement.recall, 4),
        "ci95": [round(low, 4), round(high, 4)],
        "lower": None if lower is None else round(lower, 4),
        "ours": agreement.ours,
        "second": agreement.second,
        "both": agreement.both,
        "second_sure": agreement.sure,
        "both_sure": agreement.sure_both,
    }
