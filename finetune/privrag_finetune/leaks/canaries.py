"""Rows that belong to nobody, of which a coin decides each whether the model learns it.

Half of them are in-domain: a question like those of the data set and an answer with three words
drawn at random, readable and unlike anything true. The others answer with tokens that no training
row has, in random order: what a model can remember best (Panda et al., ICLR 2025).

Each canary is an owner of its own, so what an audit finds holds for the unit of privacy. The coins
stay out of the training: only `training_rows` goes in, and nothing of the rest is written down.
"""

import math
import random
import statistics
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from privrag.errors import TrainingError
from privrag.gate.bootstrap import Interval, bootstrap
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.leaks.reading import Examined

CanaryKind = Literal["in-domain", "rare-tokens"]
EncodeRow = Callable[[str, str, str], Encoded]
"""(id, question, answer) -> the row as training rows are encoded, end of sequence included."""

_WORDS, _TOKENS = 3, 12
"""In a filling."""
_POOL = 512
"""Rare tokens that fillings are drawn from."""
_SHIPPED = Path(__file__).with_name("canaries.toml")


class Wording(BaseModel):
    """What canaries speak of: `canaries.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    question: str
    answer: str
    objects: tuple[str, ...]
    places: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Canary:
    """One canary; its filling is what a model can only know from training."""

    id: str
    kind: CanaryKind
    thing: str
    place: str
    filling: tuple[str, ...]
    """Words, or rare tokens as numbers."""
    included: bool


@dataclass(frozen=True, slots=True)
class Canaries:
    """All of them, whether they were learnt or not."""

    seed: int
    wording: Wording
    pool: tuple[int, ...]
    """Rare tokens."""
    canaries: tuple[Canary, ...]

    def training_rows(self, encode: EncodeRow) -> list[Encoded]:
        """Those whose coin said so, each under an owner of its own."""
        return [self.row(canary, encode) for canary in self.canaries if canary.included]

    def row(
        self, canary: Canary, encode: EncodeRow, filling: tuple[str, ...] | None = None
    ) -> Encoded:
        """The canary as a row, or with another filling."""
        words = self.wording
        names = {"object": canary.thing, "place": canary.place}
        own = canary.filling if filling is None else filling
        question = words.question.format(**names)
        if canary.kind == "in-domain":
            answer = words.answer.format(**names, filling=", ".join(own))
            row = encode(canary.id, question, answer)
            return Encoded(canary.id, canary.id, row.input_ids, row.prompt_tokens)
        frame = encode(canary.id, question, words.words[0])
        tokens = (*frame.input_ids[: frame.prompt_tokens], *map(int, own), frame.input_ids[-1])
        return Encoded(canary.id, canary.id, tokens, frame.prompt_tokens)

    def fillings(self, canary: Canary, count: int) -> Iterator[tuple[str, ...]]:
        """Other fillings that the coin could as well have fallen on, the same in every run."""
        draw = random.Random(f"{self.seed} fillings of {canary.id}")  # noqa: S311 - repeatable
        made = 0
        while made < count:
            filling = _filling(draw, canary.kind, self.wording, self.pool)
            if filling != canary.filling:
                made += 1
                yield filling


def make_canaries(count: int, *, seed: int, rare_tokens: Sequence[int] = ()) -> Canaries:
    """Draw canaries and their coins; the same seed draws the same.

    Without rare tokens all are in-domain. Which tokens are rare changes their fillings alone:
    things and coins have streams of their own. Raises TrainingError for more canaries than there
    are things to speak of.
    """
    words = Wording.model_validate(tomllib.loads(_SHIPPED.read_text(encoding="utf-8")))
    draw, coins, rare = (
        random.Random(f"{seed} {what} of canaries")  # noqa: S311 - repeatable
        for what in ("things", "coins", "rare tokens")
    )
    things = [(thing, place) for thing in words.objects for place in words.places]
    if count > len(things):
        raise TrainingError(
            f"{count} canaries were asked for and there are words for {len(things)}; ask for fewer"
        )
    pool = tuple(rare.sample(list(rare_tokens), min(_POOL, len(rare_tokens))))
    made = []
    for number, (thing, place) in enumerate(draw.sample(things, count)):
        name = f"canary-{number:04}"
        kind: CanaryKind = "rare-tokens" if number % 2 and pool else "in-domain"
        own = random.Random(f"{seed} filling of {name}")  # noqa: S311 - repeatable
        made.append(
            Canary(
                id=name,
                kind=kind,
                thing=thing,
                place=place,
                filling=_filling(own, kind, words, pool),
                included=coins.random() < 0.5,
            )
        )
    return Canaries(seed=seed, wording=words, pool=pool, canaries=tuple(made))


def unused_tokens(
    rows: Iterable[Encoded], *, vocabulary: int, special: Iterable[int]
) -> tuple[int, ...]:
    """Tokens that no row has, special ones left out; of no rows: the whole vocabulary."""
    used = {token for row in rows for token in row.input_ids} | set(special)
    return tuple(token for token in range(vocabulary) if token not in used)


@dataclass(frozen=True, slots=True)
class CanaryScore:
    """How much one canary stands out."""

    id: str
    kind: CanaryKind
    included: bool
    score: float
    """Fall of its loss from base to tuned model, in nats a token, less the kind's median."""
    exposure: float | None
    """In bits; None if it was not ranked."""


@dataclass(frozen=True, slots=True)
class Exposures:
    """Secret-Sharer exposure of the canaries of a kind, in bits (Carlini et al., 2019)."""

    kind: CanaryKind
    fillings: int
    ceiling: float
    """Of a canary that is likelier than every other filling; a chance one has 1.44 on average."""
    included: Interval
    excluded: Interval
    above_chance: Interval
    """Mean of the included less that of the excluded; the interval draws both."""


@dataclass(frozen=True, slots=True)
class CanaryResult:
    scores: tuple[CanaryScore, ...] = field(repr=False)
    exposures: tuple[Exposures, ...]


def score_canaries(
    tuned: Examined,
    base: Examined,
    canaries: Canaries,
    encode: EncodeRow,
    *,
    fillings: int = 255,
    ranked: int = 64,
) -> CanaryResult:
    """Scores of all canaries for the audit, and the exposure of the first `ranked` of them."""
    rows = [canaries.row(canary, encode) for canary in canaries.canaries]
    own = [losses.mean for losses in tuned.nll(rows)]
    falls = [b.mean - t for b, t in zip(base.nll(rows), own, strict=True)]
    medians = _medians(canaries, falls)
    scores = []
    for number, canary in enumerate(canaries.canaries):
        bits = None
        if number < ranked:
            drawn = canaries.fillings(canary, fillings)
            others = tuned.nll([canaries.row(canary, encode, filling) for filling in drawn])
            bits = exposure(own[number], [losses.mean for losses in others])
        score = falls[number] - medians[canary.kind]
        scores.append(CanaryScore(canary.id, canary.kind, canary.included, score, bits))
    kinds: tuple[CanaryKind, ...] = ("in-domain", "rare-tokens")
    found = [_exposures(kind, scores, fillings) for kind in kinds]
    return CanaryResult(tuple(scores), tuple(one for one in found if one))


def exposure(loss: float, others: Sequence[float]) -> float:
    """log2 of the number of fillings less log2 of the rank; of equals the canary comes last."""
    rank = 1 + sum(other <= loss for other in others)
    return math.log2(len(others) + 1) - math.log2(rank)


def _medians(canaries: Canaries, falls: Sequence[float]) -> dict[CanaryKind, float]:
    """Of each kind: all fall a little when a model learns the form of answers."""
    by_kind: dict[CanaryKind, list[float]] = {}
    for canary, fall in zip(canaries.canaries, falls, strict=True):
        by_kind.setdefault(canary.kind, []).append(fall)
    return {kind: statistics.median(some) for kind, some in by_kind.items()}


def _exposures(kind: CanaryKind, scores: Sequence[CanaryScore], fillings: int) -> Exposures | None:
    ranked = [s for s in scores if s.kind == kind and s.exposure is not None]
    sides = [[s.exposure or 0.0 for s in ranked if s.included is side] for side in (True, False)]
    if not ranked:
        return None
    included, excluded = (bootstrap(side) for side in sides)
    return Exposures(
        kind, fillings, math.log2(fillings + 1), included, excluded, _difference(*sides)
    )


def _difference(included: Sequence[float], excluded: Sequence[float]) -> Interval:
    """Mean of the one less that of the other, drawn with replacement; nan without either."""
    if not included or not excluded:
        return Interval(math.nan, math.nan, math.nan, len(included) + len(excluded))
    generator = np.random.default_rng(0)
    means = [
        generator.choice(np.asarray(side), size=(2000, len(side))).mean(axis=1)
        for side in (included, excluded)
    ]
    low, high = np.percentile(means[0] - means[1], [2.5, 97.5])
    mean = float(np.mean(included) - np.mean(excluded))
    return Interval(mean, float(low), float(high), len(included) + len(excluded))


def _filling(
    draw: random.Random, kind: CanaryKind, wording: Wording, pool: Sequence[int]
) -> tuple[str, ...]:
    if kind == "in-domain":
        return tuple(draw.sample(wording.words, _WORDS))
    return tuple(str(token) for token in draw.choices(pool, k=_TOKENS))
