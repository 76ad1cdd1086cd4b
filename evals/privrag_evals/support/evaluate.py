"""Score every sentence of judged answers as the product does, and compare with what people say.

An answer scores the mean of its sentences' coverage, each by the passage that covers most of it,
weighted by their content words. The passages are those that the answer was written from, cut into
chunks by the code of production, as raw text in memory. Faithful is the mean of what people say,
0-1. The curve is fitted on one half of the conversations and tried on the other.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from privrag.cite import coverage_by, faithfulness, statements
from privrag.embed import LocalEmbedder
from privrag.evidence import content_words
from privrag.gate.bootstrap import bootstrap
from privrag.index.protocol import IndexIdentity
from privrag.records import Chunk
from privrag.settings import Settings
from privrag_evals.metrics.spearman import spearman, spearman_interval
from privrag_evals.scratch_home import NoDetector, Parts, documents_by_version, filled
from privrag_evals.suites import Suite
from privrag_evals.support.calibrate import fit_curve
from privrag_evals.support.judged import Judged

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


async def score_all(suite: Suite, answers: Sequence[Judged], settings: Settings) -> list[float]:
    """The score of each answer, in their order; 0 for one without a word that says something."""
    passages = await _passages(suite, settings)
    return [_score(answer, passages) for answer in answers]


def report(
    answers: Sequence[Judged], scores: Sequence[float], first: Suite, *, seed: int = 0
) -> dict[str, Any]:
    """Correlations, and the curve from the conversations of `first` tried on the others."""
    fitting = {asked.alike for asked in first.questions}
    halves: dict[str, list[int]] = {"first": [], "second": []}
    for number, answer in enumerate(answers):
        halves["first" if answer.asked.alike in fitting else "second"].append(number)
    everything = {"all": list(range(len(answers))), **halves}
    return {
        "answers": len(answers),
        "conversations": len({answer.asked.alike for answer in answers}),
        "spearman": {
            name: _correlations([answers[n] for n in some], [scores[n] for n in some], seed)
            for name, some in everything.items()
        },
        "calibration": _calibration(answers, scores, halves, seed),
    }


async def _passages(suite: Suite, settings: Settings) -> dict[str, list[Chunk]]:
    """Document id -> its chunks."""
    parts = Parts(settings, NoDetector(), _Counting(settings))
    passages: dict[str, list[Chunk]] = {}
    async with filled(suite, parts, raw=True) as home:
        names = documents_by_version(home)
        async for item in home.stores.index.scroll():
            passages.setdefault(names[item.chunk.source.version], []).append(item.chunk)
    return passages


class _Counting:
    """Counts tokens as the home's embedder does; nothing is searched here, so no vector tells."""

    def __init__(self, settings: Settings) -> None:
        self._own = LocalEmbedder(settings.embed)

    @property
    def identity(self) -> IndexIdentity:
        return self._own.identity

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        return np.ones((len(texts), 1), dtype=np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._own.count_tokens(texts)


def _score(answer: Judged, passages: Mapping[str, Sequence[Chunk]]) -> float:
    read = [chunk for name in answer.asked.gains for chunk in passages.get(name, ())]
    given = content_words(answer.asked.text)
    sentences = statements(answer.text)
    if not sentences or not read:
        return 0.0
    covered = [max(coverage_by(s, chunk, given=given) for chunk in read) for s in sentences]
    return float(np.average(covered, weights=[len(content_words(s)) for s in sentences]))


def _correlations(answers: Sequence[Judged], scores: Sequence[float], seed: int) -> dict[str, Any]:
    """Of our score with what people say, beside automatic judges and beside people themselves."""
    people = [answer.faithful for answer in answers]
    groups = [answer.asked.alike for answer in answers]
    sides = {"support": (scores, people, groups)}
    for name in sorted({name for answer in answers for name in answer.judges}):
        held = [n for n, answer in enumerate(answers) if name in answer.judges]
        sides[name] = (
            [answers[n].judges[name] for n in held],
            [people[n] for n in held],
            [groups[n] for n in held],
        )
    for model in sorted({answer.model for answer in answers}):
        held = [n for n, answer in enumerate(answers) if answer.model == model]
        sides[f"support, {model}"] = (
            [scores[n] for n in held],
            [people[n] for n in held],
            [groups[n] for n in held],
        )
    pairs = [
        (one, (sum(answer.people) - one) / (len(answer.people) - 1), answer.asked.alike)
        for answer in answers
        for one in answer.people
        if len(answer.people) > 1
    ]
    sides["one person with the others"] = tuple(  # type: ignore[assignment] # three lists again
        [pair[n] for pair in pairs] for n in range(3)
    )
    return {name: _correlation(*side, seed=seed) for name, side in sides.items()}


def _correlation(
    one: Sequence[float], other: Sequence[float], groups: Sequence[str], *, seed: int
) -> dict[str, Any]:
    low, high = spearman_interval(one, other, groups=groups, seed=seed)
    return {
        "rho": _rounded(spearman(one, other)),
        "ci95": [_rounded(low), _rounded(high)],
        "cases": len(one),
    }


def _calibration(
    answers: Sequence[Judged], scores: Sequence[float], halves: Mapping[str, list[int]], seed: int
) -> dict[str, Any]:
    """Mean distance to what people say: of the score itself, of the curve, and of one value."""
    fit, trial = halves["first"], halves["second"]
    people = [answer.faithful for answer in answers]
    if not fit or not trial:
        return {}
    curve = fit_curve([scores[n] for n in fit], [people[n] for n in fit])
    usual = sum(people[n] for n in fit) / len(fit)
    groups = [answers[n].asked.alike for n in trial]
    missed = {
        "score": [abs(scores[n] - people[n]) for n in trial],
        "fitted": [abs(curve.share_of(scores[n]) - people[n]) for n in trial],
        "product": [abs(faithfulness(scores[n]) - people[n]) for n in trial],
        "mean_of_first_half": [abs(usual - people[n]) for n in trial],
    }
    better = [a - b for a, b in zip(missed["score"], missed["fitted"], strict=True)]
    return {
        "intercept": round(curve.intercept, 4),
        "slope": round(curve.slope, 4),
        "fitted_on": len(fit),
        "mean_error": {
            name: bootstrap(rows, groups=groups, seed=seed).as_json()
            for name, rows in missed.items()
        },
        "score_minus_fitted": bootstrap(better, groups=groups, seed=seed).as_json(),
        "bands": _bands([scores[n] for n in trial], [people[n] for n in trial]),
    }


def _bands(scores: Sequence[float], people: Sequence[float]) -> list[dict[str, Any]]:
    """What people say of answers in each band of scores, and what the product states for them."""
    bands = []
    for low, high in itertools.pairwise(_BANDS):
        held = [n for n, score in enumerate(scores) if low <= score < high]
        if held:
            stated = [faithfulness(scores[n]) for n in held]
            bands.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "answers": len(held),
                    "stated": round(sum(stated) / len(held), 3),
                    "people": round(sum(people[n] for n in held) / len(held), 3),
                }
            )
    return bands


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
