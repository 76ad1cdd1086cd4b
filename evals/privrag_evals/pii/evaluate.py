"""All figures of `privrag eval pii`, with intervals over the texts."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from privrag_evals.pii import spans, tokens
from privrag_evals.pii.data import Gold
from privrag_evals.pii.spans import Counts

_RESAMPLES, _SEED, _LEVEL = 1000, 7, 0.95
_BETA = 2.0


@dataclass(frozen=True, slots=True)
class PredictedSpan:
    """What would be masked, and as what."""

    start: int
    end: int
    label: str
    pseudonym: str | None = None
    """None where the text is masked one way or generalised."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """The masks of one text."""

    id: str
    spans: tuple[PredictedSpan, ...]


def evaluate(golds: Sequence[Gold], predicted: Sequence[Predicted]) -> dict[str, Any]:
    """Figures in [0, 1], higher is better; `predicted` in the order of `golds`.

    `precision`, `recall`, `f2`: spans of any label (`privrag_evals.pii.spans`). `er_direct`,
    `er_quasi`, `token_precision`: `privrag_evals.pii.tokens`; None where the data has no such
    entities. `by_label`: a match needs the label, too, in our names. `ci95`: percentile bootstrap
    (Efron and Tibshirani, 1993, chapter 13) over 1,000 resamples of whole texts: mentions in one
    text are not independent.
    """
    masked = [tokens.masked_characters(p.spans) for p in predicted]
    per_text = [
        _TextCounts.of(gold, found, covered)
        for gold, found, covered in zip(golds, predicted, masked, strict=True)
    ]
    figures = _figures(per_text)
    return {
        **figures,
        "by_label": _by_label(golds, predicted),
        "texts": len(golds),
        "spans": sum(c.spans.true for c in per_text),
        "ci95": _intervals(per_text, figures),
    }


@dataclass(frozen=True, slots=True)
class _TextCounts:
    """Everything that is counted in one text."""

    spans: Counts
    direct: tuple[int, int]
    quasi: tuple[int, int]
    tokens: tuple[int, int]

    @classmethod
    def of(cls, gold: Gold, found: Predicted, covered: set[int]) -> "_TextCounts":
        wanted = [span for span in gold.spans if span.to_mask]
        return cls(
            spans.count(found.spans, wanted),
            tokens.entity_recall([gold], [covered], "DIRECT"),
            tokens.entity_recall([gold], [covered], "QUASI"),
            tokens.token_precision([gold], [covered]),
        )


def _figures(texts: Sequence[_TextCounts]) -> dict[str, float | None]:
    total = sum((text.spans for text in texts), Counts())
    return {
        "precision": _round(total.precision),
        "recall": _round(total.recall),
        "f2": _round(total.f_beta(_BETA)),
        "er_direct": _ratio(texts, lambda text: text.direct),
        "er_quasi": _ratio(texts, lambda text: text.quasi),
        "token_precision": _ratio(texts, lambda text: text.tokens),
    }


def _ratio(
    texts: Sequence[_TextCounts], part: Callable[[_TextCounts], tuple[int, int]]
) -> float | None:
    over = sum(part(text)[0] for text in texts)
    under = sum(part(text)[1] for text in texts)
    return _round(over / under) if under else None


def _intervals(
    texts: Sequence[_TextCounts], figures: dict[str, float | None]
) -> dict[str, list[float]]:
    random = np.random.default_rng(_SEED)
    drawn = random.integers(0, len(texts), size=(_RESAMPLES, len(texts)))
    samples: dict[str, list[float]] = defaultdict(list)
    for indices in drawn.tolist():
        for name, value in _figures([texts[i] for i in indices]).items():
            if value is not None:
                samples[name].append(value)
    tail = (1 - _LEVEL) / 2
    return {
        name: [_round(float(q)) for q in np.quantile(samples[name], [tail, 1 - tail])]
        for name, value in figures.items()
        if value is not None
    }


def _by_label(golds: Sequence[Gold], predicted: Sequence[Predicted]) -> dict[str, dict[str, Any]]:
    """Precision, recall and F2 of each of our labels."""
    counts: dict[str, Counts] = defaultdict(Counts)
    for gold, found in zip(golds, predicted, strict=True):
        true = [(span.label, span) for span in gold.spans if span.to_mask]
        labels = {label for label, _ in true} | {span.label for span in found.spans}
        for label in labels:
            ours = [span for span in found.spans if span.label == label]
            counts[label] += spans.count(ours, [span for name, span in true if name == label])
    return {
        label: {
            "precision": _round(c.precision),
            "recall": _round(c.recall),
            "f2": _round(c.f_beta(_BETA)),
            "spans": c.true,
        }
        for label, c in sorted(counts.items())
    }


def _round(value: float) -> float:
    return round(value, 4)
