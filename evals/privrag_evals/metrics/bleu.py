"""BLEU of answers by sacrebleu (Papineni et al., ACL 2002; Post, WMT 2018), divided by 100.

Up to four words side by side, tokenizer 13a, case kept, exponential smoothing. Of one answer: the
orders that it is long enough for (effective order). Of a corpus: counts are added over the answers
first, and its interval draws answers with replacement. Higher is better, in [0, 1]. No answer, an
empty one and no gold answer give 0; a corpus of no answers has no value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from privrag.gate.bootstrap import Interval

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

_ROUNDS = 1000
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class BleuCounts:
    """What one answer adds to a corpus, and its own BLEU."""

    score: float
    counts: tuple[int, ...]
    """N-grams that a gold answer has, for each order."""
    totals: tuple[int, ...]
    answer_words: int
    gold_words: int
    """Of the gold answer closest in length."""


def bleu(answer: str, gold: Sequence[str]) -> BleuCounts:
    """One answer against its gold answers."""
    if not gold:
        return BleuCounts(0.0, (0,) * 4, (0,) * 4, 0, 0)
    found = _scorer().sentence_score(answer, list(gold))
    counts, totals = tuple(found.counts), tuple(found.totals)
    return BleuCounts(found.score / _PERCENT, counts, totals, found.sys_len, found.ref_len)


def corpus_bleu(answers: Sequence[BleuCounts], *, seed: int = 0) -> Interval:
    """All answers as one text, with its interval at 95 %."""
    if not answers:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    rows = np.asarray([[*a.counts, *a.totals, a.answer_words, a.gold_words] for a in answers])
    drawn = np.random.default_rng(seed).integers(0, len(rows), size=(_ROUNDS, len(rows)))
    values = [_of_sums(rows[some].sum(axis=0)) for some in drawn]
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(_of_sums(rows.sum(axis=0)), float(low), float(high), len(rows))


def _of_sums(sums: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> float:
    *grams, answer_words, gold_words = (int(n) for n in sums)
    found = _scorer().compute_bleu(
        grams[:4], grams[4:], answer_words, gold_words, smooth_method="exp"
    )
    return float(found.score) / _PERCENT


@cache
def _scorer() -> "BLEU":
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(effective_order=True)
