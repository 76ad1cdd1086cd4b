"""Are the estimates of `pii-estimate` right? Against marked texts, where recall is known.

Each line of a text is a block. The labels are given by the marks: what an owner would say who never
errs. Both estimates then stand beside the true recall over all marks of the types in question.
"""

from collections.abc import Sequence
from typing import Any

from privrag.pseudonymize import Detecting
from privrag.records import BLOCK_SEPARATOR, Block, Document, Entity
from privrag.second_opinion import SecondOpinion
from privrag.wilson import wilson
from privrag_evals.metrics.half_covered import half_covered
from privrag_evals.pii.data import Gold, GoldSpan
from privrag_evals.privacy.estimate import Place, disagreement, estimate
from privrag_evals.privacy.known_items import Paragraph, paragraphs_of
from privrag_evals.privacy.labels import Candidate, Labelled, Span, candidates_of, draw
from privrag_evals.privacy.passages import Passage, inside
from privrag_evals.privacy.sources import SourceDocument


def validate(
    texts: Sequence[Gold],
    detector: Detecting,
    second: SecondOpinion,
    *,
    labels: frozenset[str],
    blocks: int,
    seed: int,
) -> dict[str, Any]:
    """Estimated and true recall, overall and by type, as one JSON value."""
    paragraphs = paragraphs_of(texts)
    own: dict[tuple[str, int], Paragraph] = {}
    documents = []
    for case in range(len(texts)):
        lines = [p for p in paragraphs if p.case == case]
        own |= {(str(case), number): p for number, p in enumerate(lines)}
        documents.append(_document(case, lines))
    candidates = candidates_of(documents, detector, second)
    true = _true_recall(candidates, own, labels)
    drawn = draw(candidates, blocks, seed=seed)
    labelled = [_as_labelled(candidate, size, own) for candidate, size in drawn]
    found: dict[Place, Sequence[Entity]] = {c.place: c.found for c, _ in drawn}
    return {
        "true": true,
        "estimated": estimate(candidates, labelled, found, labels=labels),
        "two_detectors": disagreement(candidates, labels),
    }


def _document(case: int, lines: Sequence[Paragraph]) -> SourceDocument:
    blocks, at = [], 0
    for line in lines:
        blocks.append(Block("paragraph", line.text, None, at, at + len(line.text)))
        at += len(line.text) + len(BLOCK_SEPARATOR)
    name = str(case)
    return SourceDocument(name, Document(name, name, "", "text/plain", tuple(blocks), None))


def _as_labelled(
    candidate: Candidate,
    size: int,
    own: dict[tuple[str, int], Paragraph],
) -> Labelled:
    spans = tuple(Span(m.start, m.end, m.label, "") for m in _marks(candidate, own))
    return Labelled(
        candidate.document,
        candidate.block,
        "",
        candidate.stratum,
        size,
        spans,
        candidate.start,
        candidate.start + len(candidate.text),
    )


def _marks(candidate: Candidate, own: dict[tuple[str, int], Paragraph]) -> tuple[GoldSpan, ...]:
    passage = Passage(candidate.start, candidate.start + len(candidate.text))
    return inside(own[candidate.document, candidate.block].marks, passage)


def _true_recall(
    candidates: Sequence[Candidate],
    own: dict[tuple[str, int], Paragraph],
    labels: frozenset[str],
) -> dict[str, Any]:
    hits: dict[str, list[bool]] = {}
    for candidate in candidates:
        for mark in _marks(candidate, own):
            if mark.label in labels:
                hits.setdefault(mark.label, []).append(half_covered(mark, candidate.found))
    every = [hit for some in hits.values() for hit in some]
    low, high = wilson(sum(every), len(every))
    return {
        "recall": round(sum(every) / len(every), 4) if every else None,
        "ci95": [round(low, 4), round(high, 4)],
        "identities": len(every),
        "by_label": {k: round(sum(v) / len(v), 4) for k, v in sorted(hits.items())},
    }
